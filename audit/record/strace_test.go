package record

import (
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/audit"
)

func TestStraceErrors(t *testing.T) {
	const socket = "socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 3\n"
	for _, tt := range []struct{ text, want string }{
		{"", "no line is a call as strace writes it"},
		{"hello\n", "no line is a call as strace writes it"},
		{socket + `sendto(3, [{nlmsg_len=20}], 20, 0, NULL, 0) = 20`,
			"line 2: strace shows no dump of the 20 bytes, and what it shows by name cannot be read back; run it with -e read=all -e write=all"},
		{"sendto(3<NETLINK:[12]>, [{nlmsg_len=20}], 20, 0, NULL, 0) = 20\n",
			"line 1: the protocol of descriptor 3 is not known; run strace with -yy, or from before the socket is opened"},
		{socket + "sendto(3, [{nlmsg_len=20\n", "line 2: sendto( does not end on this line"},
		{socket + "sendto(3, [], 20, 0, NULL, 0) = 20\n | 00000  20 0x\n", "line 3: column 15: a dump has pairs of hexadecimal digits"},
		{socket + "sendto(0x3, 0x7ffe1bceb260, 0x20, 0, 0, 0) = 0x20\n", "line 2: the arguments of sendto are raw, which cannot be read; run strace without -e raw"},
		{"socket(0x10, 0x80003, 0x10) = 0xb\n7 recvmsg(0xb, 0x7ffe1bceb260, 0) = 0x2c\n", "line 2: the arguments of recvmsg are raw, which cannot be read; run strace without -e raw"},
		{"recvmsg(0xb, 0x7ffe1bceb260, 0) = 0x2c\nsendto(0xb, 0x7ffe1bceb260, 0x20, 0, 0, 0) = 0x20\n",
			"line 1: the arguments of recvmsg are raw, which cannot be read; run strace without -e raw"},
		{"sendto(3, [{nlmsg_len=20}], 20, 0, NULL, 0) = 20\n",
			"line 1: the protocol of descriptor 3 is not known; run strace with -yy, or from before the socket is opened"},
		{"recvmsg(3, {msg_name={sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, msg_namelen=12}, 0) = 20\n",
			"line 1: the protocol of descriptor 3 is not known; run strace with -yy, or from before the socket is opened"},
		{"socket(AF_NETLINK, SOCK_RAW, NETLINK_NEW) = 3\n", `line 1: netlink protocol "NETLINK_NEW" is not known`},
	} {
		if _, err := readAll(NewStraceReader(strings.NewReader(tt.text))); err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.text, err, tt.want)
		}
	}
	// Calls that are not on netlink sockets, that did not return, or of which
	// strace saw only the end are left out.
	for _, text := range []string{
		"socket(AF_INET, SOCK_STREAM, 0) = 3\nsendto(3, \"x\", 1, 0, NULL, 0) = 1\n",
		socket + "socket(AF_UNIX, SOCK_STREAM, 0) = 3\nsendto(3, \"x\", 1, 0, NULL, 0) = 1\n",
		"sendto(3<TCP:[127.0.0.1:80->127.0.0.1:90]>, \"x\", 1, 0, NULL, 0) = 1\n",
		"sendto(4</tmp/a[b>, \"x\", 1) = 1\n",
		socket + "recvmsg(3, {msg_name=0x7ffd, msg_namelen=12}, 0) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)\n",
		"1 <... recvmsg resumed>{msg_name=NULL}, 0) = 20\n | 00000  14 00\n",
		"socket(0x2, 0x1, 0) = 0x3\nsendto(0x3, 0x7ffe1bceb260, 0x20, 0, 0, 0) = 0x20\n",
		socket + "close(0x3) = 0\nread(0x3, 0x7ffe1bceb260, 0x20) = 0x20\n",
		"write(1, \"[{nlmsg_len=20}], {sa_family=AF_NETLINK\", 40) = 40\n",
		"read(0, \"a\", 1) = 1\n | 00000  61                                                a                |\n",
	} {
		events, err := readAll(NewStraceReader(strings.NewReader(text)))
		events = slices.DeleteFunc(events, func(e audit.Event) bool { return e.Op == audit.OpSocket || e.Op == audit.OpClose })
		if err != nil || len(events) != 0 {
			t.Errorf("%s: %v, %v", text, events, err)
		}
	}
}

// TestStraceLine reads lines with the prefixes of strace's options.
func TestStraceLine(t *testing.T) {
	for _, before := range []string{
		"", "7  ", "[pid     7] ", "7<ip> ", "16:37:27.123456 ", "     0.000094 ", "16:37:27 (+     0.000345) ", "[  41] ", "[00007f3895b32d6a] ", "[????????????????] ",
		"3711       0.000192 [  54] [00007f3895b32d6a] ", "[pid  7] 1796049611.086568 [  54] ",
	} {
		l := parseStraceLine(before + "sendto(3, [{nlmsg_len=20}], 20, 0, NULL, 0) = 20")
		if l.name != "sendto" || l.text != "3, [{nlmsg_len=20}], 20, 0, NULL, 0) = 20" {
			t.Errorf("%q: %+v", before, l)
		}
		if l := parseStraceLine(before + "<... sendto resumed>) = 20"); l.name != "sendto" || !l.resumed {
			t.Errorf("%q resumed: %+v", before, l)
		}
	}
}
