package rtnl

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sendto writes one datagram to the kernel: an unconnected netlink socket
// without a destination address means port 0. The kernel handles every message
// of it before the call returns.
func sendto(fd uintptr, b []byte) (int, unix.Errno) {
	n, _, errno := syscall.Syscall6(unix.SYS_SENDTO, fd,
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0, 0)
	return int(n), errno
}

// recvfrom reads one datagram into b without waiting. It returns the datagram's
// full length, which is more than len(b) when b was too small. It is done by
// hand because unix.Recvfrom allocates the address it returns.
func recvfrom(fd uintptr, b []byte, from *unix.RawSockaddrNetlink) (int, unix.Errno) {
	size := uint32(unix.SizeofSockaddrNetlink)
	n, _, errno := syscall.Syscall6(unix.SYS_RECVFROM, fd,
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		unix.MSG_DONTWAIT|unix.MSG_TRUNC,
		uintptr(unsafe.Pointer(from)), uintptr(unsafe.Pointer(&size)))
	return int(n), errno
}
