package rtnl

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	msocket "github.com/mdlayher/socket"
	"golang.org/x/sys/unix"
)

// A kernelSocket is a netlink socket of the kernel.
type kernelSocket struct {
	conn   *msocket.Conn
	rc     syscall.RawConn
	portID uint32
	hold   bool // see Config

	// What recvmsg fills in.
	from unix.RawSockaddrNetlink
	iov  unix.Iovec
	msg  unix.Msghdr
	// control is the buffer for control messages; there are none if it is
	// empty.
	control []byte
}

// openKernel opens a socket. It does not use mdlayher/netlink's message layer,
// which seeds a random number generator of 5 KB for each socket. That takes as
// long as everything here, and matters for thousands of sockets and for a
// command that ends at once.
func openKernel(protocol int, cfg socketConfig) (*kernelSocket, error) {
	find := cfg.openNetNS
	if find == nil {
		find = openNetNS
	}
	conn, err := cfg.netns.socket(protocol, find)
	if err != nil {
		return nil, err
	}
	k := &kernelSocket{conn: conn, hold: cfg.hold}
	if err := k.bind(cfg.portID); err != nil {
		conn.Close() //nolint:errcheck // the other error counts
		return nil, err
	}
	return k, nil
}

func (k *kernelSocket) bind(portID uint32) error {
	if err := k.conn.Bind(&unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: portID}); err != nil {
		return err
	}
	name, err := k.conn.Getsockname()
	if err != nil {
		return err
	}
	k.portID = name.(*unix.SockaddrNetlink).Pid
	k.rc, err = k.conn.SyscallConn()
	return err
}

// enterError explains why a socket could not be opened in another namespace:
// that needs the thread's directory in /proc.
func enterError(err error) error {
	if self, rerr := os.Readlink("/proc/self"); rerr == nil && self == strconv.Itoa(os.Getpid()) {
		return err
	}
	return fmt.Errorf("/proc is not that of this process's PID namespace; run \"mount -t proc proc /proc\" in a mount namespace of your own: %w", err)
}

func (k *kernelSocket) port() uint32                        { return k.portID }
func (k *kernelSocket) read(f func(fd uintptr) bool) error  { return k.rc.Read(f) }
func (k *kernelSocket) write(f func(fd uintptr) bool) error { return k.rc.Write(f) }
func (k *kernelSocket) setReadDeadline(t time.Time) error   { return k.conn.SetReadDeadline(t) }
func (k *kernelSocket) close() error                        { return k.conn.Close() }
func (k *kernelSocket) rawConn() (syscall.RawConn, error)   { return k.conn.SyscallConn() }

// ctl calls f with the socket's descriptor.
func (k *kernelSocket) ctl(f func(fd int) error) error {
	var err error
	cerr := k.rc.Control(func(fd uintptr) { err = f(int(fd)) })
	return errors.Join(cerr, err)
}

func (k *kernelSocket) setOptions(value int, options ...int) error {
	return k.ctl(func(fd int) error {
		for _, option := range options {
			if err := setsockopt(fd, unix.SOL_NETLINK, option, value); err != nil {
				return err
			}
			if option == unix.NETLINK_LISTEN_ALL_NSID {
				k.control = make([]byte, controlSize)
			}
		}
		return nil
	})
}

// setBuffer sets the size of a buffer, beyond the machine's limit if that is
// allowed.
func (k *kernelSocket) setBuffer(option, size int) error {
	force := unix.SO_RCVBUFFORCE
	if option == unix.SO_SNDBUF {
		force = unix.SO_SNDBUFFORCE
	}
	return k.ctl(func(fd int) error {
		if unix.SetsockoptInt(fd, unix.SOL_SOCKET, force, size) == nil {
			return nil
		}
		return setsockopt(fd, unix.SOL_SOCKET, option, size)
	})
}

func (k *kernelSocket) buffers() (send, receive int, err error) {
	err = k.ctl(func(fd int) (err error) {
		if send, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF); err == nil {
			receive, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
		}
		return os.NewSyscallError("getsockopt", err)
	})
	return send, receive, err
}

func (k *kernelSocket) send(fd uintptr, b []byte) error {
	for {
		if errno := sendto(fd, b, k.hold); errno != unix.EINTR {
			return errorOf(errno)
		}
	}
}

func (k *kernelSocket) receive(fd uintptr, b []byte) (Received, error) {
	for {
		k.iov.Base = &b[0]
		k.iov.SetLen(len(b))
		k.msg = unix.Msghdr{Iov: &k.iov, Name: namePointer(&k.from), Namelen: unix.SizeofSockaddrNetlink}
		k.msg.SetIovlen(1)
		if len(k.control) > 0 {
			k.msg.Control = &k.control[0]
			k.msg.SetControllen(len(k.control))
		}
		n, errno := recvmsg(fd, &k.msg, k.hold)
		switch errno {
		case 0:
			nsid, err := controlNSID(k.control[:k.msg.Controllen])
			return Received{Len: n, PortID: k.from.Pid, Groups: k.from.Groups, NSID: nsid}, err
		case unix.EINTR:
		default:
			return Received{}, errno
		}
	}
}

// errorOf returns an errno as an error, nil if it is 0.
func errorOf(errno unix.Errno) error {
	if errno == 0 {
		return nil
	}
	return errno
}
