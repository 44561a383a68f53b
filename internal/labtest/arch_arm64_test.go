package labtest

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// older are calls that this architecture lacks.
var older = map[uint64]string{}

// Register sets of linux/elf.h.
const (
	ntPrstatus  = 1
	ntARMSystem = 0x404 // NT_ARM_SYSTEM_CALL: the number of the call
)

func changeRegisters(tid int, change func(*unix.PtraceRegsArm64)) error {
	var regs unix.PtraceRegsArm64
	if err := unix.PtraceGetRegSetArm64(tid, ntPrstatus, &regs); err != nil {
		return os.NewSyscallError("ptrace GETREGSET", err)
	}
	change(&regs)
	return os.NewSyscallError("ptrace SETREGSET", unix.PtraceSetRegSetArm64(tid, ntPrstatus, &regs))
}

// skipCall, on entry of a call, makes the kernel skip it.
func skipCall(tid int) error {
	nr := int32(-1)
	iov := unix.Iovec{Base: (*byte)(unsafe.Pointer(&nr)), Len: 4}
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SETREGSET, uintptr(tid), ntARMSystem, uintptr(unsafe.Pointer(&iov)), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("ptrace SETREGSET", errno)
	}
	return nil
}

// setResult, on exit of a call, replaces its result.
func setResult(tid int, result int64) error {
	return changeRegisters(tid, func(r *unix.PtraceRegsArm64) { r.Regs[0] = uint64(result) })
}

// setFlags, on entry of a call, replaces its fourth argument.
func setFlags(tid int, flags uint64) error {
	return changeRegisters(tid, func(r *unix.PtraceRegsArm64) { r.Regs[3] = flags })
}
