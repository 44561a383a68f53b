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

// ErrLost says that a Monitor's receive buffer overran (ENOBUFS): notifications
// were dropped. Those that were queued before can still be received, and so can
// later ones. Dump what is being watched to know where it stands.
var ErrLost = errors.New("notifications were lost: the receive buffer overran")

// MonitorConfig configures a Monitor. The zero MonitorConfig listens to nothing,
// in the calling thread's network namespace.
type MonitorConfig struct {
	// NetNS is the network namespace to open the socket in, as in Config.
	NetNS NetNS
	// Name is the label of the namespace in errors and for the Observer, as in
	// Config.
	Name string
	// Observer sees each datagram that is received. Nil costs nothing.
	Observer nlspec.Observer
	// Peer, if set, takes the kernel's place, as in Config.
	Peer Peer
	// ReceiveBuffer is the size of the receive buffer in bytes, as in
	// Config. 0 asks for 1 MiB.
	ReceiveBuffer int
	// Groups are the multicast groups to join, RTNLGRP_*.
	Groups []uint32
	// AllNSIDs listens in all namespaces that have an id in the socket's own
	// (NETLINK_LISTEN_ALL_NSID in netlink(7)). It needs CAP_NET_BROADCAST in the
	// user namespaces that own those, without which the kernel says nothing.
	AllNSIDs bool
	// NSIDName, with AllNSIDs, is the label for the Observer of the namespace that
	// has an id. Nil labels all with Name.
	NSIDName func(id int32) string
	// PortID is the netlink port; 0 leaves it to the kernel, which takes the process
	// id if that is free in the socket's namespace. The kernel does not tell a port of
	// what was asked for with NLM_F_ECHO through one of the same number, in any
	// namespace (do_one_broadcast in net/netlink/af_netlink.c): with AllNSIDs choose
	// one that nobody else has.
	PortID uint32
}

// A Notification is one message that the kernel sent to a multicast group.
type Notification struct {
	// Message is the message. Its Data is never written again.
	Message
	// NSID is the id, in the Monitor's namespace, of the namespace that the
	// message is from; absent, that is the Monitor's own.
	NSID Opt[int32]
}

// A Monitor is a NETLINK_ROUTE socket that listens to what changes. One goroutine
// may receive at a time; Close may be called by another. It stays in its
// namespace whichever thread it is used from, and keeps that namespace alive
// until Close. Reading through SyscallConn takes notifications away from Receive.
type Monitor struct {
	socket
	rest []byte // of the last datagram, not yet received
	nsid Opt[int32]
}

// Listen opens a Monitor. What changes after it returns is received.
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
		if err := m.end.setOption(unix.NETLINK_LISTEN_ALL_NSID, 1); err != nil {
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

// Join joins one more multicast group, RTNLGRP_*. It fails with EINVAL if the
// kernel does not have the group.
func (m *Monitor) Join(group uint32) error {
	if err := m.end.setOption(unix.NETLINK_ADD_MEMBERSHIP, int(group)); err != nil {
		return fmt.Errorf("join %s%s: %w", nlspec.GroupName(unix.NETLINK_ROUTE, group), m.in(), err)
	}
	return nil
}

// Receive returns the next notification, and waits for it if there is none yet.
// It ends with the context's cause when the context does. After an error that
// matches ErrLost or ErrMalformed the Monitor can go on; the kernel then tells of
// nothing until all that is queued has been received (netlink_rcv_wake in
// net/netlink/af_netlink.c).
func (m *Monitor) Receive(ctx context.Context) (Notification, error) {
	for len(m.rest) == 0 {
		if err := m.datagram(ctx); err != nil {
			return Notification{}, fmt.Errorf("monitor%s: %w", m.in(), err)
		}
	}
	return m.next()
}

// TryReceive is Receive that does not wait: ok is false if there is no notification
// yet.
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

// next takes the next message of the datagram that was read last.
func (m *Monitor) next() (Notification, error) {
	msg, rest, err := nextMessage(m.rest)
	m.rest = rest
	if err != nil {
		return Notification{}, fmt.Errorf("monitor%s: %w", m.in(), err)
	}
	return Notification{Message: msg, NSID: m.nsid}, nil
}

// datagram waits for a datagram from the kernel and keeps a copy of it. What was read
// although the context ended is not lost: that it ended is told with the next call.
func (m *Monitor) datagram(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return m.await(ctx, time.Time{}, func() error { return m.take(true) })
}

// take reads a datagram and keeps a copy of it. Nothing being there is EAGAIN,
// unless it is to wait.
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

// controlSize is room for the control message with a namespace's id: its header, which
// is aligned, and four bytes.
const controlSize = unix.SizeofCmsghdr + 8

// controlNSID returns the namespace's id that came with a datagram. There is none
// with a message of the Monitor's own namespace (netlink_cmsg_listen_all_nsid in
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
