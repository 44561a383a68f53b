package audit

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestNamesAreRead reads each name that was written.
func TestNamesAreRead(t *testing.T) {
	for n := unix.Errno(1); n <= maxErrno; n++ {
		if got, ok := ParseErrno(ErrnoName(n)); !ok || got != n {
			t.Errorf("errno %d is %q, which is %d, %t", n, ErrnoName(n), got, ok)
		}
	}
	for o := OpSocket; o <= OpLost; o++ {
		if got, ok := ParseOp(o.String()); !ok || got != o {
			t.Errorf("op %d is %q, which is %d, %t", o, o, got, ok)
		}
	}
	for _, o := range append(sockOptions, sockOption{1, 999, ""}, sockOption{-1, -2, ""}) {
		name := OptionName(o.level, o.option)
		if level, option, ok := ParseOption(name); !ok || level != o.level || option != o.option {
			t.Errorf("option %v is %q, which is %d/%d, %t", o, name, level, option, ok)
		}
	}
	for bit := range 32 {
		flags := 1<<bit | unix.MSG_PEEK
		if got, ok := ParseMsgFlags(MsgFlagNames(flags)); !ok || got != flags {
			t.Errorf("flags %#x are %q, which are %#x, %t", flags, MsgFlagNames(flags), got, ok)
		}
	}
	for typ := range 8 {
		for _, with := range []int{0, unix.SOCK_CLOEXEC, unix.SOCK_NONBLOCK, unix.SOCK_CLOEXEC | unix.SOCK_NONBLOCK} {
			name := SocketTypeNames(typ | with)
			if got, ok := ParseSocketType(name); !ok || got != typ|with {
				t.Errorf("type %#x is %q, which is %#x, %t", typ|with, name, got, ok)
			}
		}
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{ErrnoName(unix.EOPNOTSUPP), "EOPNOTSUPP"}, {ErrnoName(524), "ENOTSUPP"}, {ErrnoName(4000), "4000"},
		{MsgFlagNames(unix.MSG_PEEK | unix.MSG_TRUNC | 1<<20), "MSG_PEEK|MSG_TRUNC|0x100000"}, {MsgFlagNames(0), "0x0"},
		{SocketTypeNames(unix.SOCK_DGRAM), "SOCK_DGRAM"}, {SocketTypeNames(unix.SOCK_RAW | unix.SOCK_CLOEXEC), "SOCK_RAW|SOCK_CLOEXEC"},
		{OptionName(270, 11), "NETLINK_EXT_ACK"}, {OptionName(270, 99), "270/99"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
	for _, name := range []string{"", "0", "4096", "-5", "EWHAT"} {
		if n, ok := ParseErrno(name); ok {
			t.Errorf("errno %q is %d", name, n)
		}
	}
}
