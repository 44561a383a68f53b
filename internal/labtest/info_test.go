package labtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// entryInfo is struct ptrace_syscall_info of ptrace(2), as far as it is needed.
type entryInfo struct {
	op uint8
	// nr is the number of the call on entry, and its result on exit.
	nr   uint64
	args [6]uint64
	// failed says on exit that the result is an error.
	failed bool
}

// syscallInfo returns the answer of PTRACE_GET_SYSCALL_INFO (Linux 5.3).
func syscallInfo(tid int) (*entryInfo, error) {
	var raw struct {
		op   uint8
		_    [3]uint8
		arch uint32
		ip   uint64
		sp   uint64
		// On entry the number and six arguments; on exit the result, and one
		// byte that says whether it is an error.
		u [8]uint64
	}
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(tid),
		unsafe.Sizeof(raw), uintptr(unsafe.Pointer(&raw)), 0, 0)
	if errno != 0 {
		return nil, os.NewSyscallError("ptrace GET_SYSCALL_INFO", errno)
	}
	info := &entryInfo{op: raw.op, nr: raw.u[0], failed: *(*uint8)(unsafe.Pointer(&raw.u[1])) != 0}
	copy(info.args[:], raw.u[1:7])
	return info, nil
}

// threadGroup returns the process that a thread belongs to.
func threadGroup(tid int) (int, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "Tgid:"); ok {
			return strconv.Atoi(strings.TrimSpace(v))
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no Tgid", tid)
}

// word reads a number of 64 bits from the program's memory, 0 where it cannot.
func word(tid int, at uint64) uint64 {
	var b [8]byte
	local := []unix.Iovec{{Base: &b[0], Len: uint64(len(b))}}
	remote := []unix.RemoteIovec{{Base: uintptr(at), Len: len(b)}}
	if n, err := unix.ProcessVMReadv(tid, local, remote, 0); err != nil || n != len(b) {
		return 0
	}
	return binary.NativeEndian.Uint64(b[:])
}

// text reads a string from the program's memory, as far as it is readable.
func text(tid int, at uint64) string {
	var b [256]byte
	local := []unix.Iovec{{Base: &b[0], Len: uint64(len(b))}}
	remote := []unix.RemoteIovec{{Base: uintptr(at), Len: len(b)}}
	// A read stops before a page that is not mapped.
	if edge := int(4096 - at%4096); edge < len(b) {
		remote = []unix.RemoteIovec{{Base: uintptr(at), Len: edge}, {Base: uintptr(at) + uintptr(edge), Len: len(b) - edge}}
	}
	n, err := unix.ProcessVMReadv(tid, local, remote, 0)
	if err != nil {
		return "?"
	}
	s, _, _ := bytes.Cut(b[:n], []byte{0})
	return string(s)
}
