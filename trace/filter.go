package trace

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// What the filter reports about a call that it stops at (SECCOMP_RET_DATA).
const (
	stopNative  = iota
	stopForeign // it opens a socket with a call of another architecture
)

// machine is what the filter and the tracer need to know of a processor: how
// seccomp(2) and ptrace(2) name its architecture, and the calls that open
// sockets in programs for its 32-bit counterpart. Numbers are from the kernel's
// tables (arch/x86/entry/syscalls, arch/arm/tools/syscall.tbl).
type machine struct {
	arch       uint32 // AUDIT_ARCH_...
	foreign    uint32 // AUDIT_ARCH_... of the 32-bit counterpart
	socket     uint32 // its socket(2)
	socketcall uint32 // its socketcall(2), or 0
	x32        uint32 // socket(2) of the x32 ABI, which has the arch of 64-bit programs, or 0
	dup2       uint32 // dup2(2), or 0
}

// machines are the processors whose programs can be traced, by GOARCH.
var machines = map[string]machine{
	"amd64": {arch: unix.AUDIT_ARCH_X86_64, foreign: unix.AUDIT_ARCH_I386, socket: 359, socketcall: 102, x32: 0x40000000 | 41, dup2: 33},
	"arm64": {arch: unix.AUDIT_ARCH_AARCH64, foreign: unix.AUDIT_ARCH_ARM, socket: 281},
}

// thisMachine returns the machine that this program runs on. ok is false if
// programs cannot be traced there.
func thisMachine() (m machine, ok bool) {
	m, ok = machines[runtime.GOARCH]
	return m, ok
}

// socketcallSocket is SYS_SOCKET of include/uapi/linux/net.h, the first
// argument of socketcall(2).
const socketcallSocket = 1

// A condition is a test of an argument of a call.
type condition struct {
	arg  int
	test uint16 // BPF_JEQ, BPF_JGE, BPF_JSET
	k    uint32
	not  bool
	high bool // test the upper half of a 64-bit argument
}

// A rule says when to stop at a call: if all conditions of one of several lists
// hold, or always if there are no lists.
type rule struct {
	nr   uint32
	any  [][]condition
	data uint32
}

// minMessage is the length of the shortest netlink message, its header (struct
// nlmsghdr).
const minMessage = unix.NLMSG_HDRLEN

// rules returns the calls that the filter stops at. A stop costs as much as
// many system calls. With every set, the filter also stops at MSG_PEEK and at
// calls that read, write and close files of any kind.
func (m machine) rules(every bool) []rule {
	arg := func(n int, v uint32) condition { return condition{arg: n, test: unix.BPF_JEQ, k: v} }
	option := func(level, option uint32) []condition { return []condition{arg(1, level), arg(2, option)} }
	receive := func(nr uint32, flags int) rule {
		if every {
			return rule{nr: nr}
		}
		return rule{nr: nr, any: [][]condition{{{arg: flags, test: unix.BPF_JSET, k: unix.MSG_PEEK, not: true}}}}
	}
	rules := []rule{
		{nr: unix.SYS_SENDMSG},
		receive(unix.SYS_RECVMSG, 2),
		{nr: unix.SYS_SENDTO},
		receive(unix.SYS_RECVFROM, 3),
		{nr: unix.SYS_SENDMMSG},
		receive(unix.SYS_RECVMMSG, 3),
		{nr: unix.SYS_SOCKET, any: [][]condition{{arg(0, unix.AF_NETLINK)}}},
		{nr: unix.SYS_BIND},
		{nr: unix.SYS_CONNECT},
		{nr: unix.SYS_SETSOCKOPT, any: [][]condition{
			{arg(1, unix.SOL_NETLINK)},
			option(unix.SOL_SOCKET, unix.SO_RCVBUF), option(unix.SOL_SOCKET, unix.SO_RCVBUFFORCE),
			option(unix.SOL_SOCKET, unix.SO_SNDBUF), option(unix.SOL_SOCKET, unix.SO_SNDBUFFORCE),
		}},
		{nr: unix.SYS_IO_URING_SETUP},
		// What depends on a pairing.
		{nr: unix.SYS_SCHED_GETAFFINITY},
		{nr: unix.SYS_SCHED_SETAFFINITY},
		{nr: unix.SYS_SCHED_SETATTR},
	}
	if m.x32 != 0 {
		rules = append(rules, rule{nr: m.x32, any: [][]condition{{arg(0, unix.AF_NETLINK)}}, data: stopForeign})
	}
	if !every {
		return rules
	}
	// Anything shorter than a message's header is not a message.
	long := [][]condition{
		{{arg: 2, test: unix.BPF_JGE, k: minMessage}},
		{{arg: 2, high: true, test: unix.BPF_JEQ, k: 0, not: true}},
	}
	rules = append(rules,
		rule{nr: unix.SYS_READ, any: long},
		rule{nr: unix.SYS_WRITE, any: long},
		rule{nr: unix.SYS_READV},
		rule{nr: unix.SYS_WRITEV},
		rule{nr: unix.SYS_CLOSE},
		rule{nr: unix.SYS_CLOSE_RANGE},
		rule{nr: unix.SYS_DUP3},
	)
	if m.dup2 != 0 {
		rules = append(rules, rule{nr: m.dup2})
	}
	return rules
}

// foreignRules returns the calls with which 32-bit programs open a netlink
// socket.
func (m machine) foreignRules() []rule {
	rules := []rule{{nr: m.socket, any: [][]condition{{{arg: 0, test: unix.BPF_JEQ, k: unix.AF_NETLINK}}}, data: stopForeign}}
	if m.socketcall != 0 {
		// The family is in memory, which a filter cannot read.
		rules = append(rules, rule{nr: m.socketcall, any: [][]condition{{{arg: 0, test: unix.BPF_JEQ, k: socketcallSocket}}}, data: stopForeign})
	}
	return rules
}

// Offsets in struct seccomp_data on a little-endian machine.
const (
	offsetNr   = 0
	offsetArch = 4
	offsetArgs = 16
)

// filter returns a program for seccomp(2) that stops the process at the calls
// of rules, for the tracer, and lets all others through.
func (m machine) filter(every bool) []unix.SockFilter {
	native := append([]unix.SockFilter{load(offsetNr)}, compile(m.rules(every))...)
	foreign := append([]unix.SockFilter{load(offsetNr)}, compile(m.foreignRules())...)
	program := []unix.SockFilter{
		load(offsetArch),
		jump(unix.BPF_JEQ, m.arch, uint8(len(foreign)+2), 0), // over the next two and the foreign part
		jump(unix.BPF_JEQ, m.foreign, 1, 0),
		result(unix.SECCOMP_RET_ALLOW),
	}
	return append(append(program, foreign...), native...)
}

// compile turns rules into code that expects the number of the call in the
// accumulator.
func compile(rules []rule) (code []unix.SockFilter) {
	for _, r := range rules {
		block := r.compile()
		code = append(code, jump(unix.BPF_JEQ, r.nr, 0, uint8(len(block))))
		code = append(code, block...)
	}
	return append(code, result(unix.SECCOMP_RET_ALLOW))
}

// compile returns the code of one rule, to be run if the call is the rule's.
func (r rule) compile() (code []unix.SockFilter) {
	stop := result(unix.SECCOMP_RET_TRACE | r.data)
	if r.any == nil {
		return []unix.SockFilter{stop}
	}
	for _, all := range r.any {
		for i, c := range all {
			// If it does not hold, skip the rest of this list and its stop.
			past := uint8(2*(len(all)-i-1) + 1)
			offset := uint32(offsetArgs + 8*c.arg)
			if c.high {
				offset += 4
			}
			j := jump(c.test, c.k, 0, past)
			if c.not {
				j.Jt, j.Jf = j.Jf, j.Jt
			}
			code = append(code, load(offset), j)
		}
		code = append(code, stop)
	}
	return append(code, result(unix.SECCOMP_RET_ALLOW))
}

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

func jump(test uint16, k uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | test, K: k, Jt: yes, Jf: no}
}

func result(v uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: v}
}
