package trace

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// syscallInfo is struct ptrace_syscall_info of ptrace(2), since Linux 5.3.
type syscallInfo struct {
	op   uint8 // PTRACE_SYSCALL_INFO_...
	_    [3]uint8
	arch uint32 // AUDIT_ARCH_...
	_    [2]uint64
	data [8]uint64 // depending on op: the call's number and arguments, and the filter's SECCOMP_RET_DATA; or the result
}

func (i *syscallInfo) nr() uint64      { return i.data[0] }
func (i *syscallInfo) args() [6]uint64 { return [6]uint64(i.data[1:7]) }

// result returns the call's result. errno is 0 if the call did not fail. It may
// be an error that only the kernel sees, see restarted.
func (i *syscallInfo) result() (n int64, errno unix.Errno) {
	n = int64(i.data[0])
	if uint8(i.data[1]) != 0 {
		return n, unix.Errno(-n)
	}
	return n, 0
}

// restarted reports whether a call failed with an error that programs never see
// (include/linux/errno.h): a signal came, and the kernel makes the call again
// or changes the error to EINTR.
func restarted(errno unix.Errno) bool { return errno >= 512 && errno <= 516 }

// The requests of ptrace(2) that the tracer needs. Only the thread that has
// seized the task may make them. Each fails with ESRCH if the task is dying.

func ptrace(request int, tid int, addr, data uintptr) error {
	if _, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), addr, data, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

func seize(tid int, options uintptr) error {
	return ptrace(unix.PTRACE_SEIZE, tid, 0, options)
}

// interrupt makes a task stop, with PTRACE_EVENT_STOP. It also fails with ESRCH
// if another thread traces the task.
func interrupt(tid int) error { return ptrace(unix.PTRACE_INTERRUPT, tid, 0, 0) }

func eventMessage(tid int) (uint64, error) {
	var msg uint64
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GETEVENTMSG, uintptr(tid), 0, uintptr(unsafe.Pointer(&msg)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return msg, nil
}

func (i *syscallInfo) get(tid int) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(tid), unsafe.Sizeof(*i), uintptr(unsafe.Pointer(i)), 0, 0)
	switch errno {
	case 0:
		return nil
	case unix.EIO: // as for any request that the kernel does not know
		return fmt.Errorf("PTRACE_GET_SYSCALL_INFO, which needs Linux 5.3: %w", ErrNotSupported)
	}
	return errno
}

// waitAny waits for any child or tracee of the calling thread, and of no other
// thread: a library must not reap its caller's children.
func waitAny() (tid int, status unix.WaitStatus, err error) {
	var ws uint32
	n, _, errno := unix.Syscall6(unix.SYS_WAIT4, ^uintptr(0), uintptr(unsafe.Pointer(&ws)), unix.WALL|unix.WNOTHREAD, 0, 0, 0)
	if errno != 0 {
		return 0, 0, errno
	}
	return int(n), unix.WaitStatus(ws), nil
}

// hasChildren reports whether the calling thread has children that it has not
// waited for.
func hasChildren() bool {
	return unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT|unix.WALL|unix.WNOTHREAD, nil) != unix.ECHILD
}

// ptraceEvent returns the PTRACE_EVENT_... of a stop, or 0.
func ptraceEvent(ws unix.WaitStatus) int { return int(ws) >> 16 }

// syscallStop is the signal of a stop at a call, with PTRACE_O_TRACESYSGOOD.
const syscallStop = unix.SIGTRAP | 0x80

// stopsGroup reports whether a signal stops the whole process (group-stop in
// ptrace(2)).
func stopsGroup(s unix.Signal) bool {
	return s == unix.SIGSTOP || s == unix.SIGTSTP || s == unix.SIGTTIN || s == unix.SIGTTOU
}
