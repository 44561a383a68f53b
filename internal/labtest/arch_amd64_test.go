package labtest

import (
	"os"

	"golang.org/x/sys/unix"
)

// older are the calls that newer architectures lack.
var older = map[uint64]string{
	unix.SYS_OPEN: "open", unix.SYS_CREAT: "creat", unix.SYS_RENAME: "rename", unix.SYS_UNLINK: "unlink",
	unix.SYS_MKDIR: "mkdir", unix.SYS_RMDIR: "rmdir", unix.SYS_SYMLINK: "symlink", unix.SYS_LINK: "link",
}

func changeRegisters(tid int, change func(*unix.PtraceRegs)) error {
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &regs); err != nil {
		return os.NewSyscallError("ptrace GETREGS", err)
	}
	change(&regs)
	return os.NewSyscallError("ptrace SETREGS", unix.PtraceSetRegs(tid, &regs))
}

// skipCall, on entry of a call, makes the kernel skip it.
func skipCall(tid int) error {
	return changeRegisters(tid, func(r *unix.PtraceRegs) { r.Orig_rax = ^uint64(0) })
}

// setResult, on exit of a call, replaces its result.
func setResult(tid int, result int64) error {
	return changeRegisters(tid, func(r *unix.PtraceRegs) { r.Rax = uint64(result) })
}

// setFlags, on entry of a call, replaces its fourth argument.
func setFlags(tid int, flags uint64) error {
	return changeRegisters(tid, func(r *unix.PtraceRegs) { r.R10 = flags })
}
