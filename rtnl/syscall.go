package rtnl

import (
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
func sendto(fd uintptr, b []byte, hold bool) (int, unix.Errno) {
	if hold {
		n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, fd,
			uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0, 0)
		return int(n), errno
	}
	n, _, errno := syscall.Syscall6(unix.SYS_SENDTO, fd,
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0, 0)
	return int(n), errno
}

// recvfrom reads one datagram into b without waiting. It returns the datagram's
// full length, which is more than len(b) when b was too small. It is done by
// hand because unix.Recvfrom allocates the address it returns.
func recvfrom(fd uintptr, b []byte, from *unix.RawSockaddrNetlink, hold bool) (int, unix.Errno) {
	size := uint32(unix.SizeofSockaddrNetlink)
	if hold {
		n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, fd,
			uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
			unix.MSG_DONTWAIT|unix.MSG_TRUNC,
			uintptr(unsafe.Pointer(from)), uintptr(unsafe.Pointer(&size)))
		return int(n), errno
	}
	n, _, errno := syscall.Syscall6(unix.SYS_RECVFROM, fd,
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		unix.MSG_DONTWAIT|unix.MSG_TRUNC,
		uintptr(unsafe.Pointer(from)), uintptr(unsafe.Pointer(&size)))
	return int(n), errno
}
