package trace

import (
	"encoding/binary"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// judge runs a filter on a call as the kernel does, and returns its result.
func judge(t *testing.T, filter []unix.SockFilter, arch, nr uint32, args ...uint64) uint32 {
	t.Helper()
	var raw []bpf.RawInstruction
	for _, f := range filter {
		raw = append(raw, bpf.RawInstruction{Op: f.Code, Jt: f.Jt, Jf: f.Jf, K: f.K})
	}
	program, ok := bpf.Disassemble(raw)
	if !ok {
		t.Fatal("not all of the filter is known")
	}
	vm, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	// The virtual machine is one for packets and reads network byte order, so
	// each word is given in that order.
	words := []uint32{nr, arch, 0, 0}
	for i := range 6 {
		var a uint64
		if i < len(args) {
			a = args[i]
		}
		words = append(words, uint32(a), uint32(a>>32))
	}
	var data []byte
	for _, w := range words {
		data = binary.BigEndian.AppendUint32(data, w)
	}
	n, err := vm.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

const (
	allow = unix.SECCOMP_RET_ALLOW
	stop  = unix.SECCOMP_RET_TRACE
)

func TestFilter(t *testing.T) {
	const high = 1 << 32
	m := machines["amd64"]
	for _, arch := range machines {
		if arch.arch == 0 || arch.foreign == 0 {
			t.Errorf("%+v", arch)
		}
	}
	if this, ok := thisMachine(); ok {
		m = this // because the call numbers are this machine's
	}
	for _, test := range []struct {
		nr          uint32
		args        []uint64
		fast, every uint32
	}{
		{unix.SYS_SENDMSG, nil, stop, stop},
		{unix.SYS_SENDTO, nil, stop, stop},
		{unix.SYS_SENDMMSG, nil, stop, stop},
		{unix.SYS_RECVMSG, []uint64{3, 0, 0}, stop, stop},
		{unix.SYS_RECVMSG, []uint64{3, 0, unix.MSG_PEEK | unix.MSG_TRUNC}, allow, stop},
		{unix.SYS_RECVMSG, []uint64{3, 0, unix.MSG_TRUNC}, stop, stop},
		{unix.SYS_RECVFROM, []uint64{3, 0, 0, 0}, stop, stop},
		{unix.SYS_RECVFROM, []uint64{3, 0, unix.MSG_PEEK, 0}, stop, stop},
		{unix.SYS_RECVFROM, []uint64{3, 0, 0, unix.MSG_PEEK}, allow, stop},
		{unix.SYS_RECVMMSG, []uint64{3, 0, 0, unix.MSG_PEEK}, allow, stop},
		{unix.SYS_RECVMMSG, []uint64{3, 0, 0, 0}, stop, stop},
		{unix.SYS_SOCKET, []uint64{unix.AF_NETLINK, unix.SOCK_RAW, 0}, stop, stop},
		{unix.SYS_SOCKET, []uint64{unix.AF_NETLINK | high, unix.SOCK_RAW, 0}, stop, stop}, // the kernel takes an int
		{unix.SYS_SOCKET, []uint64{unix.AF_INET, unix.AF_NETLINK, 0}, allow, allow},
		{unix.SYS_BIND, nil, stop, stop},
		{unix.SYS_CONNECT, nil, stop, stop},
		{unix.SYS_SETSOCKOPT, []uint64{3, unix.SOL_NETLINK, unix.NETLINK_EXT_ACK}, stop, stop},
		{unix.SYS_SETSOCKOPT, []uint64{3, unix.SOL_SOCKET, unix.SO_RCVBUF}, stop, stop},
		{unix.SYS_SETSOCKOPT, []uint64{3, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE}, stop, stop},
		{unix.SYS_SETSOCKOPT, []uint64{3, unix.SOL_SOCKET, unix.SO_SNDBUF}, stop, stop},
		{unix.SYS_SETSOCKOPT, []uint64{3, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE}, stop, stop},
		{unix.SYS_SETSOCKOPT, []uint64{3, unix.SOL_SOCKET, unix.SO_REUSEADDR}, allow, allow},
		{unix.SYS_SETSOCKOPT, []uint64{3, unix.IPPROTO_TCP, unix.SO_RCVBUF}, allow, allow},
		{unix.SYS_IO_URING_SETUP, nil, stop, stop},
		{unix.SYS_READ, []uint64{3, 0, 4096}, allow, stop},
		{unix.SYS_READ, []uint64{3, 0, 16}, allow, stop},
		{unix.SYS_READ, []uint64{3, 0, 15}, allow, allow},
		{unix.SYS_READ, []uint64{3, 0, high}, allow, stop},
		{unix.SYS_WRITE, []uint64{3, 0, 8}, allow, allow},
		{unix.SYS_WRITE, []uint64{3, 0, 28}, allow, stop},
		{unix.SYS_READV, nil, allow, stop},
		{unix.SYS_WRITEV, nil, allow, stop},
		{unix.SYS_CLOSE, nil, allow, stop},
		{unix.SYS_CLOSE_RANGE, nil, allow, stop},
		{unix.SYS_DUP3, nil, allow, stop},
		{unix.SYS_MMAP, nil, allow, allow},
		{unix.SYS_GETPID, nil, allow, allow},
	} {
		for every, want := range map[bool]uint32{false: test.fast, true: test.every} {
			if got := judge(t, m.filter(every), m.arch, test.nr, test.args...); got != want {
				t.Errorf("call %d %x, every %t: %#x, want %#x", test.nr, test.args, every, got, want)
			}
		}
		// Each call that the filter stops at is one that the tracer knows.
		if test.every == stop && m.kindOf(uint64(test.nr)) == kindNone {
			t.Errorf("call %d is not known", test.nr)
		}
	}
	for name, m := range machines {
		t.Run(name, func(t *testing.T) {
			for _, test := range []struct {
				arch, nr uint32
				args     []uint64
				want     uint32
			}{
				{m.foreign, m.socket, []uint64{unix.AF_NETLINK}, stop | stopForeign},
				{m.foreign, m.socket, []uint64{unix.AF_INET}, allow},
				{m.foreign, unix.SYS_SENDMSG + 1000, nil, allow},
				{12345, m.socket, []uint64{unix.AF_NETLINK}, allow},
			} {
				if got := judge(t, m.filter(false), test.arch, test.nr, test.args...); got != test.want {
					t.Errorf("arch %#x, call %d %x: %#x, want %#x", test.arch, test.nr, test.args, got, test.want)
				}
			}
			if m.socketcall != 0 {
				if got := judge(t, m.filter(false), m.foreign, m.socketcall, socketcallSocket); got != stop|stopForeign {
					t.Errorf("socketcall: %#x", got)
				}
				if got := judge(t, m.filter(false), m.foreign, m.socketcall, 9); got != allow {
					t.Errorf("another socketcall: %#x", got)
				}
			}
			if m.x32 != 0 {
				if got := judge(t, m.filter(false), m.arch, m.x32, unix.AF_NETLINK); got != stop|stopForeign {
					t.Errorf("x32: %#x", got)
				}
			}
			if m.dup2 != 0 {
				if got := judge(t, m.filter(true), m.arch, m.dup2); got != stop {
					t.Errorf("dup2: %#x", got)
				}
			}
		})
	}
}

func TestStageMarker(t *testing.T) {
	for _, s := range []stage{{1, 7, true, "/bin/a:b c"}, {9, 3, false, ""}} {
		if got, ok := parseStage(s.String()); !ok || got != s {
			t.Errorf("%q: %+v, %t", s, got, ok)
		}
	}
	for _, text := range []string{"", "1", "1:2:true", "x:2:true:p", "1:x:true:p", "1:2:maybe:p", "01:2:true:p", "1:2:1:p", "+1:2:true:p"} {
		if got, ok := parseStage(text); ok {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
