package rtnl

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

// ErrLost means that a Monitor's receive buffer overran (ENOBUFS) and
// notifications were dropped. Those queued before can still be received, and so
// can later ones. Dump what you watch to learn its current state.
var ErrLost = errors.New("notifications were lost: the receive buffer overran")

// MonitorConfig configures a Monitor. The zero MonitorConfig listens to
// nothing, in the calling thread's network namespace.
type MonitorConfig struct {
	// NetNS is the network namespace to open the socket in, as in Config.
	NetNS NetNS
	// Name is the label of the namespace in errors and for the Observer, as in
	// Config.
	Name string
	// Observer sees each received datagram. Nil costs nothing.
	Observer nlspec.Observer
	// Peer, if set, takes the kernel's place, as in Config.
	Peer Peer
	// ReceiveBuffer is the size of the receive buffer in bytes, as in Config. 0
	// asks for 1 MiB.
	ReceiveBuffer int
	// Groups are the multicast groups to join, RTNLGRP_*.
	Groups []uint32
	// AllNSIDs listens in all namespaces that have an id in the socket's own
	// (NETLINK_LISTEN_ALL_NSID in netlink(7)). It needs CAP_NET_BROADCAST in
	// the user namespaces that own them. Without it, the kernel sends nothing
	// from there.
	AllNSIDs bool
	// NSIDName, with AllNSIDs, returns the Observer's label for the namespace
	// with an id. Nil labels all with Name.
	NSIDName func(id int32) string
	// PortID is the netlink port. For 0, the kernel chooses it: the process id
	// if that is free in the socket's namespace. The kernel does not send a
	// socket the notifications of a change that was made with NLM_F_ECHO
	// through a socket with the same port, in any namespace (do_one_broadcast
	// in net/netlink/af_netlink.c). So with AllNSIDs choose a port that nobody
	// else uses.
	PortID uint32
}

// A Notification is one message that the kernel sent to a multicast group.
type Notification struct {
	// Message is the message. Its Data is never overwritten.
	Message
	// NSID is the id, in the Monitor's namespace, of the namespace that the
	// message comes from. If it is absent, that is the Monitor's own.
	NSID Opt[int32]
}

// A Monitor is a NETLINK_ROUTE socket that listens for changes. One goroutine
// may receive at a time; another may call Close. It stays in its namespace
// whichever thread uses it, and keeps that namespace alive until Close. Reading
// through SyscallConn takes notifications away from Receive.
type Monitor struct {
	socket
	rest []byte // the part of the last datagram that was not returned yet
	nsid Opt[int32]
}

// Listen opens a Monitor. It receives every change after Listen returns.
func Listen(cfg *MonitorConfig) (*Monitor, error) {
	if cfg == nil {
		cfg = &MonitorConfig{}
	}
	m := &Monitor{socket: socket{protocol: unix.NETLINK_ROUTE, name: cfg.Name, obs: cfg.Observer}}
	if err := m.open(socketConfig{netns: cfg.NetNS, receiveBuffer: cfg.ReceiveBuffer, portID: cfg.PortID, peer: cfg.Peer}); err != nil {
		return nil, err
	}
	if err := m.configure(cfg); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

func (m *Monitor) configure(cfg *MonitorConfig) error {
	if cfg.AllNSIDs {
		if err := m.end.setOptions(1, unix.NETLINK_LISTEN_ALL_NSID); err != nil {
			return fmt.Errorf("listen in all namespaces%s: %w", m.in(), err)
		}
		if cfg.NSIDName != nil {
			m.label = func() string { return m.labelOf(cfg.NSIDName) }
		}
	}
	for _, g := range cfg.Groups {
		if err := m.Join(g); err != nil {
			return err
		}
	}
	return nil
}

// Join joins one more multicast group, RTNLGRP_*. If the kernel does not have
// the group, the error is EINVAL.
func (m *Monitor) Join(group uint32) error {
	if err := m.end.setOptions(int(group), unix.NETLINK_ADD_MEMBERSHIP); err != nil {
		return fmt.Errorf("join %s%s: %w", nlspec.GroupName(unix.NETLINK_ROUTE, group), m.in(), err)
	}
	return nil
}

// Receive waits for the next notification and returns it. If the context ends,
// it returns the context's cause. After an error that matches ErrLost or
// ErrMalformed, the Monitor is still usable; after ErrLost, the kernel sends
// nothing until everything queued has been received (netlink_rcv_wake in
// net/netlink/af_netlink.c).
func (m *Monitor) Receive(ctx context.Context) (Notification, error) {
	for len(m.rest) == 0 {
		if err := m.datagram(ctx); err != nil {
			return Notification{}, fmt.Errorf("monitor%s: %w", m.in(), err)
		}
	}
	return m.next()
}

// TryReceive does what Receive does, without waiting: ok is false if there is
// no notification yet.
func (m *Monitor) TryReceive() (n Notification, ok bool, err error) {
	for len(m.rest) == 0 {
		err := m.take(false)
		if errors.Is(err, unix.EAGAIN) {
			return Notification{}, false, nil
		}
		if err != nil {
			return Notification{}, false, fmt.Errorf("monitor%s: %w", m.in(), err)
		}
	}
	n, err = m.next()
	return n, err == nil, err
}

// next returns the next message of the datagram that was read last.
func (m *Monitor) next() (Notification, error) {
	msg, rest, err := nextMessage(m.rest)
	m.rest = rest
	if err != nil {
		return Notification{}, fmt.Errorf("monitor%s: %w", m.in(), err)
	}
	return Notification{Message: msg, NSID: m.nsid}, nil
}

// datagram waits for a datagram from the kernel and keeps a copy of it. A
// datagram that arrives although the context has ended is not lost; the next
// call then reports the end of the context.
func (m *Monitor) datagram(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return m.await(ctx, time.Time{}, func() error { return m.take(true) })
}

// take reads a datagram and keeps a copy of it. If there is none and wait is
// false, the error is EAGAIN.
func (m *Monitor) take(wait bool) error {
	buf, n, err := m.recv(nil, wait)
	if buf != nil {
		defer receiveBuffers.Put((*[receiveSize]byte)(buf))
	}
	switch errno, ok := err.(unix.Errno); {
	case errno == unix.ENOBUFS:
		return fmt.Errorf("%w (%w)", ErrLost, unix.ENOBUFS)
	case ok:
		return os.NewSyscallError("recvmsg", errno)
	case err != nil:
		return err
	case n > len(buf):
		return fmt.Errorf("%w: datagram of %d bytes, room for %d", ErrMalformed, n, len(buf))
	}
	m.nsid = m.io.got.NSID
	m.rest = append([]byte(nil), buf[:n]...)
	return nil
}

// labelOf returns the label of the namespace that the last datagram came from.
func (m *Monitor) labelOf(named func(id int32) string) string {
	if id, other := m.io.got.NSID.Get(); other {
		return named(id)
	}
	return m.name
}

// controlSize is the size of the control message with a namespace's id: its
// header, which is aligned, and four bytes.
const controlSize = unix.SizeofCmsghdr + 8

// controlNSID returns the id of the namespace that a datagram came from. It is
// absent for the Monitor's own (netlink_cmsg_listen_all_nsid in
// net/netlink/af_netlink.c).
func controlNSID(control []byte) (Opt[int32], error) {
	if len(control) == 0 {
		return Opt[int32]{}, nil
	}
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return Opt[int32]{}, fmt.Errorf("%w: control message: %v", ErrMalformed, err)
	}
	for _, c := range messages {
		if c.Header.Level == unix.SOL_NETLINK && c.Header.Type == unix.NETLINK_LISTEN_ALL_NSID && len(c.Data) >= 4 {
			if id := int32(binary.NativeEndian.Uint32(c.Data)); id >= 0 {
				return Some(id), nil
			}
		}
	}
	return Opt[int32]{}, nil
}
