package rtnl

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

// receiveSize is the room for each datagram. The kernel fills dump datagrams up
// to 32 KiB once it has seen a buffer of that size (netlink_dump in
// net/netlink/af_netlink.c).
const receiveSize = 64 << 10

// receiveBuffers holds buffers that no socket is reading into. Thousands of
// sockets share a few of them.
var receiveBuffers = sync.Pool{New: func() any { return new([receiveSize]byte) }}

// A socket is what a Conn and a Monitor send and receive with.
type socket struct {
	end      endpoint
	protocol int
	name     string
	obs      nlspec.Observer
	portID   uint32
	closed   atomic.Bool
	// label returns the label of the namespace that the last datagram came
	// from. If it is nil, that is name.
	label func() string

	// Arguments and results of the two functions that the endpoint calls. The
	// functions are created once, so that a call allocates nothing.
	write, read func(fd uintptr) bool
	io          struct {
		b    []byte
		wait bool
		got  Received
		err  error
	}
}

// An endpoint is a socket as the system has it: the kernel's, or a Peer's.
type endpoint interface {
	// read and write call a function until it returns true. Between the calls
	// they wait until something can be read or written, until the read deadline
	// has passed, or until the endpoint is closed.
	read(f func(fd uintptr) bool) error
	write(f func(fd uintptr) bool) error
	setReadDeadline(t time.Time) error
	close() error
	rawConn() (syscall.RawConn, error)

	// send and receive carry one datagram and do not wait: EAGAIN.
	send(fd uintptr, b []byte) error
	receive(fd uintptr, b []byte) (Received, error)

	port() uint32
	// setOptions sets options of level SOL_NETLINK to a value.
	setOptions(value int, options ...int) error
	// setBuffer sets SO_SNDBUF or SO_RCVBUF, and buffers returns both, in
	// bytes.
	setBuffer(option, size int) error
	buffers() (send, receive int, err error)
}

// A socketConfig is what a socket is opened with.
type socketConfig struct {
	netns         NetNS
	openNetNS     func(NetNS) (fd int, release func(), err error)
	receiveBuffer int // in bytes, 0 for the default
	portID        uint32
	hold          bool
	peer          Peer
}

// open opens the socket.
func (s *socket) open(cfg socketConfig) (err error) {
	if s.name == "" {
		s.name = cfg.netns.name
	}
	if cfg.receiveBuffer == 0 {
		cfg.receiveBuffer = defaultReceiveBuffer
	}
	if cfg.peer != nil {
		s.end, err = openPeer(cfg.peer, PeerConfig{Protocol: s.protocol, Name: s.name, NetNS: cfg.netns, PortID: cfg.portID})
	} else {
		s.end, err = openKernel(s.protocol, cfg)
	}
	if err != nil {
		return s.openError(err)
	}
	if err := s.end.setBuffer(unix.SO_RCVBUF, cfg.receiveBuffer); err != nil {
		s.end.close() //nolint:errcheck // the other error counts
		return s.openError(err)
	}
	s.portID = s.end.port()
	s.write, s.read = s.writeOnce, s.readOnce
	return nil
}

func (s *socket) openError(err error) error {
	what := "rtnetlink"
	if s.protocol != unix.NETLINK_ROUTE {
		what = nlspec.ProtocolName(s.protocol)
	}
	return fmt.Errorf("open %s socket%s: %w", what, s.in(), err)
}

// in says where the socket is, for error texts.
func (s *socket) in() string {
	if s.name == "" {
		return ""
	}
	return " in " + quote(s.name)
}

// Close closes the socket. Whatever waits for it ends with an error that
// matches os.ErrClosed.
func (s *socket) Close() error {
	s.closed.Store(true)
	return s.end.close()
}

// Name returns the label that the socket was opened with.
func (s *socket) Name() string { return s.name }

// PortID returns the socket's netlink port.
func (s *socket) PortID() uint32 { return s.portID }

// SyscallConn gives access to the socket, for options and for its descriptor.
// Reading or writing through it disturbs whoever waits for an answer. A socket
// of a Peer has no descriptor: the error matches errors.ErrUnsupported.
func (s *socket) SyscallConn() (syscall.RawConn, error) { return s.end.rawConn() }

func (s *socket) writeOnce(fd uintptr) bool {
	s.io.err = s.end.send(fd, s.io.b)
	return s.io.err != unix.EAGAIN
}

// readOnce reads one datagram. A socket without a buffer of its own has none
// while it waits, since there may be thousands of sockets.
func (s *socket) readOnce(fd uintptr) bool {
	io := &s.io
	var pooled *[receiveSize]byte
	b := io.b
	if b == nil {
		pooled = receiveBuffers.Get().(*[receiveSize]byte)
		b = pooled[:]
	}
	io.got, io.err = s.end.receive(fd, b)
	if pooled != nil {
		if io.err == nil {
			io.b = b
		} else {
			receiveBuffers.Put(pooled)
		}
	}
	return io.err != unix.EAGAIN || !io.wait
}

// send writes one datagram. The kernel takes or refuses a datagram as a whole,
// so an error means that it handled none of the messages.
func (s *socket) send(b []byte) error {
	if s.obs != nil {
		s.observe(nlspec.Sent, b)
	}
	s.io.b = b
	err := s.end.write(s.write)
	s.io.b = nil
	if err != nil {
		return s.ended(err)
	}
	if s.io.err != nil {
		return os.NewSyscallError("sendto", s.io.err)
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

// recv reads one datagram into b or, if b is nil, into one of receiveBuffers,
// which the caller puts back. It returns that buffer and the datagram's length,
// which exceeds the buffer's if the datagram was cut. If there is none and wait
// is false, the error is EAGAIN.
func (s *socket) recv(b []byte, wait bool) ([]byte, int, error) {
	for {
		s.io.b, s.io.wait = b, wait
		err := s.end.read(s.read)
		got := s.io.b
		s.io.b = nil
		if err != nil {
			return b, 0, s.ended(err)
		}
		if s.io.err != nil {
			return b, 0, s.io.err
		}
		b = got
		if s.io.got.PortID != 0 {
			continue // sent to this port by another process, not the kernel
		}
		n := s.io.got.Len
		if s.obs != nil {
			s.observe(nlspec.Received, b[:min(n, len(b))])
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
		PortID: s.portID, Multicast: dir == nlspec.Received && s.io.got.Groups != 0, Data: b,
	})
}

// await runs read, which waits for a datagram, until the context ends or,
// unless it is zero, until deadline.
func (s *socket) await(ctx context.Context, deadline time.Time, read func() error) error {
	if !deadline.IsZero() {
		if err := s.end.setReadDeadline(deadline); err != nil {
			return s.ended(err)
		}
	}
	ran := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		s.end.setReadDeadline(time.Unix(1, 0)) //nolint:errcheck // fails only on a closed socket, which ends the read as well
		close(ran)
	})
	err := read()
	over := !stop()
	if over {
		<-ran
	}
	if over || !deadline.IsZero() {
		if reset := s.end.setReadDeadline(time.Time{}); reset != nil && err == nil {
			err = s.ended(reset)
		}
	}
	if os.IsTimeout(err) && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
