package rtnltest

import (
	"os"
	"sync"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A socket is an rtnl.PeerSocket: a queue of datagrams that the program has not
// yet received.
type socket struct {
	peer *Peer
	cfg  rtnl.PeerConfig
	port uint32

	mu       sync.Mutex // guards what follows
	queue    []datagram
	overrun  bool
	closed   bool
	deadline time.Time
	groups   map[uint32]bool
	all      bool // NETLINK_LISTEN_ALL_NSID
	// changed is closed, and made anew, when one of the above changes that Wait
	// waits for.
	changed chan struct{}
}

// A datagram is what the program receives at once.
type datagram struct {
	data   []byte
	groups uint32
	nsid   rtnl.Opt[int32]
}

// deliver queues a datagram.
func (s *socket) deliver(d datagram) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, d)
	s.wake()
}

// lose says that the receive buffer had no room for a datagram.
func (s *socket) lose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.overrun = true
	s.wake()
}

// wake ends all waiting. s.mu is held.
func (s *socket) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *socket) inGroup(group uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.groups[group]
}

func (s *socket) hearsAll() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

// PortID implements rtnl.PeerSocket.
func (s *socket) PortID() uint32 { return s.port }

// SetOption implements rtnl.PeerSocket.
func (s *socket) SetOption(option, value int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch option {
	case unix.NETLINK_ADD_MEMBERSHIP:
		if value < 1 {
			return os.NewSyscallError("setsockopt", unix.EINVAL)
		}
		s.groups[uint32(value)] = true
	case unix.NETLINK_LISTEN_ALL_NSID:
		s.all = value != 0
	}
	return nil
}

// Send implements rtnl.PeerSocket.
func (s *socket) Send(b []byte) error {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return os.ErrClosed
	}
	s.peer.answer(s, b)
	return nil
}

// Receive implements rtnl.PeerSocket.
func (s *socket) Receive(b []byte) (rtnl.Received, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return rtnl.Received{}, os.ErrClosed
	case s.overrun:
		s.overrun = false
		return rtnl.Received{}, unix.ENOBUFS
	case len(s.queue) == 0:
		return rtnl.Received{}, unix.EAGAIN
	}
	d := s.queue[0]
	s.queue = s.queue[1:]
	copy(b, d.data)
	return rtnl.Received{Len: len(d.data), Groups: d.groups, NSID: d.nsid}, nil
}

// Wait implements rtnl.PeerSocket.
func (s *socket) Wait() error {
	for {
		s.mu.Lock()
		ready, closed := s.overrun || len(s.queue) > 0, s.closed
		changed, deadline := s.changed, s.deadline
		s.mu.Unlock()
		switch {
		case closed:
			return os.ErrClosed
		case ready:
			return nil
		case deadline.IsZero():
			<-changed
			continue
		}
		left := time.Until(deadline)
		if left <= 0 {
			return os.ErrDeadlineExceeded
		}
		timer := time.NewTimer(left)
		select {
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// SetReadDeadline implements rtnl.PeerSocket.
func (s *socket) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return os.ErrClosed
	}
	s.deadline = t
	s.wake()
	return nil
}

// Close implements rtnl.PeerSocket.
func (s *socket) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return os.ErrClosed
	}
	s.closed = true
	s.wake()
	s.mu.Unlock()
	s.peer.forget(s.port)
	return nil
}
