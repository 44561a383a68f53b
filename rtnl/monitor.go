package rtnl

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"
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
	// NetNS is an open descriptor of the network namespace to open the socket
	// in; it is not kept. 0 is the calling thread's own namespace.
	NetNS int
	// Name is the label of the namespace in errors and for the Observer.
	Name string
	// Observer sees each datagram that is received. Nil costs nothing.
	Observer nlspec.Observer
	// ReceiveBuffer is the size of the receive buffer in bytes, as in
	// Config. 0 asks for 1 MiB.
	ReceiveBuffer int
	// Groups are the multicast groups to join, RTNLGRP_*.
	Groups []uint32
	// AllNSIDs listens in all namespaces that have an id in the socket's own
	// (NETLINK_LISTEN_ALL_NSID in netlink(7)). It needs CAP_NET_BROADCAST.
	AllNSIDs bool
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
// until Close.
type Monitor struct {
	nl     *netlink.Conn
	rc     syscall.RawConn
	name   string
	obs    nlspec.Observer
	portID uint32

	rest   []byte // of the last datagram, not yet received
	nsid   Opt[int32]
	closed atomic.Bool
}

// Listen opens a Monitor. What changes after it returns is received.
func Listen(cfg *MonitorConfig) (*Monitor, error) {
	if cfg == nil {
		cfg = &MonitorConfig{}
	}
	nl, err := netlink.Dial(unix.NETLINK_ROUTE, &netlink.Config{NetNS: cfg.NetNS})
	if err != nil {
		return nil, dialError(cfg.Name, enterError(cfg.NetNS, err))
	}
	m := &Monitor{nl: nl, name: cfg.Name, obs: cfg.Observer, portID: nl.PID()}
	if err := m.configure(cfg); err != nil {
		nl.Close()
		return nil, err
	}
	return m, nil
}

func (m *Monitor) configure(cfg *MonitorConfig) (err error) {
	if m.rc, err = m.nl.SyscallConn(); err != nil {
		return dialError(m.name, err)
	}
	receive := cfg.ReceiveBuffer
	if receive == 0 {
		receive = defaultReceiveBuffer
	}
	if err := m.nl.SetReadBuffer(receive); err != nil {
		return dialError(m.name, err)
	}
	if cfg.AllNSIDs {
		if err := m.nl.SetOption(netlink.ListenAllNSID, true); err != nil {
			return fmt.Errorf("listen in all namespaces%s: %w", m.in(), err)
		}
	}
	for _, g := range cfg.Groups {
		if err := m.Join(g); err != nil {
			return err
		}
	}
	return nil
}

// in says where the Monitor is, for a message.
func (m *Monitor) in() string {
	if m.name == "" {
		return ""
	}
	return " in " + quote(m.name)
}

// Join joins one more multicast group, RTNLGRP_*. It fails with EINVAL if the
// kernel does not have the group.
func (m *Monitor) Join(group uint32) error {
	if err := m.nl.JoinGroup(group); err != nil {
		return fmt.Errorf("join %s%s: %w", nlspec.GroupName(unix.NETLINK_ROUTE, group), m.in(), err)
	}
	return nil
}

// Close closes the socket. Receive ends with an error that matches os.ErrClosed.
func (m *Monitor) Close() error {
	m.closed.Store(true)
	return m.nl.Close()
}

// Name returns the label that the Monitor was opened with.
func (m *Monitor) Name() string { return m.name }

// PortID returns the socket's netlink port.
func (m *Monitor) PortID() uint32 { return m.portID }

// SyscallConn gives access to the socket, for options and for its descriptor.
// Reading through it takes notifications away from Receive.
func (m *Monitor) SyscallConn() (syscall.RawConn, error) { return m.nl.SyscallConn() }

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
		err := m.read(false)
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

// datagram waits for a datagram from the kernel and keeps a copy of it.
func (m *Monitor) datagram(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	ran := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		m.nl.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // fails only on a closed socket, which ends the read as well
		close(ran)
	})
	err := m.read(true)
	if !stop() {
		<-ran
		// What was read all the same is not to be lost, so the context's
		// end is told with the next call.
		if reset := m.nl.SetReadDeadline(time.Time{}); reset != nil && err == nil {
			err = reset
		}
	}
	if os.IsTimeout(err) && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// read reads a datagram and keeps a copy of it. Nothing being there is EAGAIN,
// unless it is to wait.
func (m *Monitor) read(wait bool) error {
	// A Monitor that waits holds no buffer: there may be thousands.
	var buf *[receiveSize]byte
	defer func() {
		if buf != nil {
			receiveBuffers.Put(buf)
		}
	}()
	var control [controlSize]byte
	var n, oobn, flags int
	var from unix.Sockaddr
	var errno error
	err := m.rc.Read(func(fd uintptr) bool {
		buf = receiveBuffers.Get().(*[receiveSize]byte)
		for {
			n, oobn, flags, from, errno = unix.Recvmsg(int(fd), buf[:], control[:], unix.MSG_DONTWAIT|unix.MSG_TRUNC|unix.MSG_CMSG_CLOEXEC)
			if errno != unix.EINTR {
				break
			}
		}
		if errno != unix.EAGAIN || !wait {
			return true
		}
		receiveBuffers.Put(buf)
		buf = nil
		return false
	})
	switch {
	case err != nil && m.closed.Load():
		return os.ErrClosed // what the poller says cannot be tested for
	case err != nil:
		return err
	case errno == unix.ENOBUFS:
		return fmt.Errorf("%w (%w)", ErrLost, unix.ENOBUFS)
	case errno != nil:
		return os.NewSyscallError("recvmsg", errno)
	}
	sender, ok := from.(*unix.SockaddrNetlink)
	if !ok || sender.Pid != 0 {
		return nil // another process, not the kernel, wrote to this port
	}
	if flags&unix.MSG_TRUNC != 0 {
		return fmt.Errorf("%w: datagram of %d bytes, room for %d", ErrMalformed, n, len(buf))
	}
	if m.nsid, err = controlNSID(control[:oobn]); err != nil {
		return err
	}
	if m.obs != nil {
		m.obs.Observe(nlspec.Datagram{
			Time: time.Now(), Direction: nlspec.Received, Protocol: unix.NETLINK_ROUTE, NetNS: m.name,
			PortID: m.portID, Multicast: sender.Groups != 0, Data: buf[:n],
		})
	}
	m.rest = append([]byte(nil), buf[:n]...)
	return nil
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
