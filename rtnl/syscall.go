package rtnl

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel works on requests in the system call that sends them, for a fraction
// of a millisecond each. A Conn whose Config has Hold makes it without telling Go's
// scheduler, which would otherwise give the processor to another thread, and take
// as long to get it back as many a request takes.

// sendto writes one datagram to the kernel: an unconnected netlink socket
// without a destination address means port 0. The kernel handles every message
// of it before the call returns.
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

// recvmsg reads one datagram without waiting. It returns the datagram's full length,
// which is more than there is room for when it was cut. It is done by hand because
// unix.Recvmsg allocates the address it returns.
func recvmsg(fd uintptr, msg *unix.Msghdr, hold bool) (int, unix.Errno) {
	const flags = unix.MSG_DONTWAIT | unix.MSG_TRUNC | unix.MSG_CMSG_CLOEXEC
	if hold {
		n, _, errno := syscall.RawSyscall(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(msg)), flags)
		return int(n), errno
	}
	n, _, errno := syscall.Syscall(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(msg)), flags)
	return int(n), errno
}

// namePointer is a as struct msghdr has it.
func namePointer(a *unix.RawSockaddrNetlink) *byte { return (*byte)(unsafe.Pointer(a)) }

func setsockopt(fd, level, option, value int) error {
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, level, option, value))
}
