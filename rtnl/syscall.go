package rtnl

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel works on a request in the system call that sends it, for a
// fraction of a millisecond. A Conn whose Config has Hold makes that call
// without telling Go's scheduler. Otherwise the scheduler would give the
// processor to another thread, and getting it back would take as long as many
// requests.

// sendto writes one datagram to the kernel: for an unconnected netlink socket,
// no destination address means port 0. The kernel handles all its messages
// before the call returns.
func sendto(fd uintptr, b []byte, hold bool) unix.Errno {
	if hold {
		_, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, fd,
			uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0, 0)
		return errno
	}
	_, _, errno := syscall.Syscall6(unix.SYS_SENDTO, fd,
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0, 0)
	return errno
}

// recvmsg reads one datagram without waiting. It returns the datagram's full
// length, which exceeds the buffer's if the datagram was cut. It does not use
// unix.Recvmsg, which allocates the address it returns.
func recvmsg(fd uintptr, msg *unix.Msghdr, hold bool) (int, unix.Errno) {
	const flags = unix.MSG_DONTWAIT | unix.MSG_TRUNC | unix.MSG_CMSG_CLOEXEC
	if hold {
		n, _, errno := syscall.RawSyscall(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(msg)), flags)
		return int(n), errno
	}
	n, _, errno := syscall.Syscall(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(msg)), flags)
	return int(n), errno
}

// namePointer returns a as struct msghdr has it.
func namePointer(a *unix.RawSockaddrNetlink) *byte { return (*byte)(unsafe.Pointer(a)) }

func setsockopt(fd, level, option, value int) error {
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, level, option, value))
}
