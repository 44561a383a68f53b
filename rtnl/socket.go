package rtnl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	msocket "github.com/mdlayher/socket"
	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

// receiveSize is the room offered to each datagram. The kernel fills dump
// datagrams up to 32 KiB once it has seen a buffer of that size
// (netlink_dump in net/netlink/af_netlink.c).
const receiveSize = 64 << 10

// receiveBuffers holds buffers of sockets that nothing is being read from: thousands
// of them take turns at a few.
var receiveBuffers = sync.Pool{New: func() any { return new([receiveSize]byte) }}

// A socket is a netlink socket: what a Conn and a Monitor send and receive with.
type socket struct {
	conn     *msocket.Conn
	rc       syscall.RawConn
	protocol int
	name     string
	obs      nlspec.Observer
	portID   uint32
	hold     bool // see Config
	closed   atomic.Bool
	// control is where control messages go, none if it is empty.
	control []byte
	// label names the namespace of what was received last; nil is for name.
	label func() string

	// Arguments and results of the two functions that RawConn calls, which
	// are made once so that a call allocates nothing.
	write, read func(fd uintptr) bool
	io          struct {
		b     []byte
		n     int
		errno unix.Errno
		wait  bool
		from  unix.RawSockaddrNetlink
		iov   unix.Iovec
		msg   unix.Msghdr
	}
	// tamper, set by tests, replaces a datagram that was received; nil drops it.
	tamper func([]byte) []byte
}

// open opens a socket in a namespace, the calling thread's own if netns is zero. Find is
// Config.OpenNetNS. For its message layer, which is not used here, mdlayher/netlink seeds a random number
// generator of 5 KB with each socket: that takes as long as all of this, and there may
// be thousands of sockets, or a command that ends at once.
func (s *socket) open(netns NetNS, find func(NetNS) (int, func(), error), receiveBuffer int) error {
	if s.name == "" {
		s.name = netns.name
	}
	if find == nil {
		find = openNetNS
	}
	var err error
	if s.conn, err = netns.socket(s.protocol, find); err != nil {
		return s.openError(err)
	}
	if err := s.bind(receiveBuffer); err != nil {
		s.conn.Close()
		return s.openError(err)
	}
	s.write, s.read = s.writeOnce, s.readOnce
	return nil
}

func (s *socket) bind(receiveBuffer int) (err error) {
	if err := s.conn.Bind(&unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: s.portID}); err != nil {
		return err
	}
	name, err := s.conn.Getsockname()
	if err != nil {
		return err
	}
	s.portID = name.(*unix.SockaddrNetlink).Pid
	if s.rc, err = s.conn.SyscallConn(); err != nil {
		return err
	}
	if receiveBuffer == 0 {
		receiveBuffer = defaultReceiveBuffer
	}
	return s.ctl(func(fd int) error {
		return setBuffer(fd, unix.SO_RCVBUFFORCE, unix.SO_RCVBUF, receiveBuffer)
	})
}

// ctl calls f with the socket's descriptor.
func (s *socket) ctl(f func(fd int) error) error {
	var err error
	cerr := s.rc.Control(func(fd uintptr) { err = f(int(fd)) })
	return errors.Join(cerr, err)
}

func (s *socket) openError(err error) error {
	what := "rtnetlink"
	if s.protocol != unix.NETLINK_ROUTE {
		what = nlspec.ProtocolName(s.protocol)
	}
	return fmt.Errorf("open %s socket%s: %w", what, s.in(), err)
}

// enterError explains why a socket could not be opened in another namespace: the way
// there leads through the thread's directory in /proc.
func enterError(err error) error {
	if self, rerr := os.Readlink("/proc/self"); rerr == nil && self == strconv.Itoa(os.Getpid()) {
		return err
	}
	return fmt.Errorf("/proc is not that of this process's PID namespace; run \"mount -t proc proc /proc\" in a mount namespace of your own: %w", err)
}

// in says where the socket is, for a message.
func (s *socket) in() string {
	if s.name == "" {
		return ""
	}
	return " in " + quote(s.name)
}

// Close closes the socket. What waits for it ends with an error that matches
// os.ErrClosed.
func (s *socket) Close() error {
	s.closed.Store(true)
	return s.conn.Close()
}

// Name returns the label that the socket was opened with.
func (s *socket) Name() string { return s.name }

// PortID returns the socket's netlink port.
func (s *socket) PortID() uint32 { return s.portID }

// SyscallConn gives access to the socket, for options and for its descriptor.
// Reading or writing through it disturbs whoever waits for an answer.
func (s *socket) SyscallConn() (syscall.RawConn, error) { return s.conn.SyscallConn() }

func (s *socket) writeOnce(fd uintptr) bool {
	for {
		s.io.n, s.io.errno = sendto(fd, s.io.b, s.hold)
		if s.io.errno != unix.EINTR {
			return s.io.errno != unix.EAGAIN
		}
	}
}

// readOnce reads one datagram. A socket without a buffer of its own holds none while it
// waits: there may be thousands.
func (s *socket) readOnce(fd uintptr) bool {
	var pooled *[receiveSize]byte
	b := s.io.b
	if b == nil {
		pooled = receiveBuffers.Get().(*[receiveSize]byte)
		b = pooled[:]
	}
	io := &s.io
	for {
		io.iov.Base = &b[0]
		io.iov.SetLen(len(b))
		io.msg = unix.Msghdr{Iov: &io.iov, Name: namePointer(&io.from), Namelen: unix.SizeofSockaddrNetlink}
		io.msg.SetIovlen(1)
		if len(s.control) > 0 {
			io.msg.Control = &s.control[0]
			io.msg.SetControllen(len(s.control))
		}
		io.n, io.errno = recvmsg(fd, &io.msg, s.hold)
		if io.errno != unix.EINTR {
			break
		}
	}
	if pooled != nil {
		if io.errno == 0 {
			io.b = b
		} else {
			receiveBuffers.Put(pooled)
		}
	}
	return io.errno != unix.EAGAIN || !io.wait
}

// send writes one datagram. An error means that no message of it was handled:
// the kernel refuses a datagram whole, or takes it whole.
func (s *socket) send(b []byte) error {
	if s.obs != nil {
		s.observe(nlspec.Sent, b)
	}
	s.io.b = b
	err := s.rc.Write(s.write)
	s.io.b = nil
	if err != nil {
		return s.ended(err)
	}
	if s.io.errno != 0 {
		return os.NewSyscallError("sendto", s.io.errno)
	}
	return nil
}

// ended returns what an error of the poller means, which cannot be tested for.
func (s *socket) ended(err error) error {
	if s.closed.Load() {
		return os.ErrClosed
	}
	return err
}

// recv reads one datagram into b, or if that is nil into one of receiveBuffers, which
// the caller puts back. It returns that buffer, and the datagram's length, which is more
// than the buffer's if the datagram was cut. Nothing being there is EAGAIN, unless wait
// is set.
func (s *socket) recv(b []byte, wait bool) ([]byte, int, error) {
	for {
		s.io.b, s.io.wait = b, wait
		err := s.rc.Read(s.read)
		got := s.io.b
		s.io.b = nil
		if err != nil {
			return b, 0, s.ended(err)
		}
		if s.io.errno != 0 {
			return b, 0, s.io.errno
		}
		b = got
		if s.io.from.Pid != 0 {
			continue // another process, not the kernel, wrote to this port
		}
		n := s.io.n
		if s.obs != nil {
			s.observe(nlspec.Received, b[:min(n, len(b))])
		}
		if s.tamper != nil {
			t := s.tamper(b[:min(n, len(b))])
			if t == nil {
				continue
			}
			n = copy(b, t)
		}
		return b, n, nil
	}
}

func (s *socket) observe(dir nlspec.Direction, b []byte) {
	name := s.name
	if dir == nlspec.Received && s.label != nil {
		name = s.label()
	}
	s.obs.Observe(nlspec.Datagram{
		Time: time.Now(), Direction: dir, Protocol: s.protocol, NetNS: name,
		PortID: s.portID, Multicast: dir == nlspec.Received && s.io.from.Groups != 0, Data: b,
	})
}

// await runs read, which waits for a datagram, until the context ends, or until a time
// that is not zero.
func (s *socket) await(ctx context.Context, deadline time.Time, read func() error) error {
	if !deadline.IsZero() {
		if err := s.conn.SetReadDeadline(deadline); err != nil {
			return s.ended(err)
		}
	}
	ran := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		s.conn.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // fails only on a closed socket, which ends the read as well
		close(ran)
	})
	err := read()
	over := !stop()
	if over {
		<-ran
	}
	if over || !deadline.IsZero() {
		if reset := s.conn.SetReadDeadline(time.Time{}); reset != nil && err == nil {
			err = s.ended(reset)
		}
	}
	if os.IsTimeout(err) && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
