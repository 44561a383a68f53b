package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// restFactor is how much longer than a reading of the namespace took the next one waits:
// reading takes a tenth of the time at most, however much changes.
const restFactor = 10

// A space is one namespace that is watched.
type space struct {
	Space
	w     *watcher
	id    nsfs.ID
	names []string // in the directory, the first being Space.NetNS

	monitor *rtnl.Monitor
	state   state
	ports   ports
	// unread says that notifications were lost since the namespace was last read,
	// and missed how many differences that showed.
	unread bool
	// readAgain is not before this time.
	readAgain time.Time

	// touched, while the namespace is read, are the keys that notifications are about.
	touched map[key]bool

	stop context.CancelFunc
	done chan struct{}
}

// open opens the sockets, both from one visit of a thread: one that listens, and one for
// the first reading.
func (s *space) open(h *nsfs.Handle) (conn *rtnl.Conn, err error) {
	err = h.Do(func() error {
		s.monitor, err = rtnl.Listen(&rtnl.MonitorConfig{
			Name: s.NetNS, Observer: s.w.cfg.Observer, ReceiveBuffer: s.w.cfg.Buffer, Groups: s.w.kinds.groups(),
		})
		if err != nil {
			return err
		}
		conn, err = rtnl.Dial(s.w.connConfig(s, rtnl.NetNS{}))
		return err
	})
	if err == nil && s.w.kinds.Has(Route) {
		err = joinNexthops(s.monitor)
	}
	if err != nil {
		if s.monitor != nil {
			err = errors.Join(err, s.monitor.Close())
		}
		if conn != nil {
			err = errors.Join(err, conn.Close())
		}
		return nil, tooMany(err)
	}
	return conn, nil
}

// joinNexthops listens to nexthop objects: routes change with them. The group is there
// since Linux 5.3.
func joinNexthops(m *rtnl.Monitor) error {
	if err := m.Join(unix.RTNLGRP_NEXTHOP); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	return nil
}

// tooMany says what helps where open files are used up.
func tooMany(err error) error {
	if errors.Is(err, unix.EMFILE) {
		return fmt.Errorf("%w: each namespace takes one open file; raise the limit with \"ulimit -Hn\", as root", err)
	}
	return err
}

func (w *watcher) connConfig(s *space, net rtnl.NetNS) *rtnl.Config {
	return &rtnl.Config{
		NetNS: net, Name: s.NetNS, Observer: w.cfg.Observer,
		// What changes all the time is read once more when it is quiet.
		OnInterrupted: func(*rtnl.InterruptedDump) { s.state.dirty = true },
	}
}

// run listens until the context ends.
func (s *space) run(ctx context.Context) error {
	for {
		n, ok, err := s.receive(ctx)
		switch {
		case ctx.Err() != nil && !ok && !recoverable(err):
			return s.drain() // what was sent before the end
		case ok || recoverable(err):
			if err := s.received(n, err); err != nil {
				return err
			}
		case err != nil:
			return err
		default:
			if err := s.reread(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// recoverable reports whether a monitor can go on after an error.
func recoverable(err error) bool {
	return errors.Is(err, rtnl.ErrLost) || errors.Is(err, rtnl.ErrMalformed)
}

// received is told of what a monitor returned: a notification, or a recoverable error.
func (s *space) received(n rtnl.Notification, err error) error {
	switch {
	case err == nil:
		return s.notification(n)
	case errors.Is(err, rtnl.ErrMalformed):
		s.state.dirty = true
		return s.problem(err)
	}
	was := s.unread
	s.unread, s.state.dirty = true, true
	if was {
		return nil
	}
	return s.tell(Event{Kind: NetNS, Action: Lost})
}

// drain takes what has been sent already.
func (s *space) drain() error {
	for {
		n, ok, err := s.monitor.TryReceive()
		switch {
		case ok || recoverable(err):
			if err := s.received(n, err); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// receive waits for a notification. With ok false it is time to read the namespace.
func (s *space) receive(ctx context.Context) (n rtnl.Notification, ok bool, err error) {
	if !s.state.dirty {
		n, err = s.monitor.Receive(ctx)
		return n, err == nil, err
	}
	// What has been sent already comes before.
	if n, ok, err = s.monitor.TryReceive(); ok || err != nil {
		return n, ok, err
	}
	rest := time.Until(s.readAgain)
	if rest <= 0 {
		return n, false, nil
	}
	short, stop := context.WithTimeout(ctx, rest)
	defer stop()
	if n, err = s.monitor.Receive(short); err != nil && short.Err() != nil && ctx.Err() == nil && !errors.Is(err, rtnl.ErrLost) {
		return n, false, nil
	}
	return n, err == nil, err
}

// notification applies one and tells of it.
func (s *space) notification(n rtnl.Notification) error {
	d, err := s.state.apply(n.Message)
	if err != nil {
		return s.problem(err)
	}
	if d != nil && s.touched != nil {
		s.touched[d.key] = true
	}
	if d == nil || !s.w.kinds.Has(d.kind) || d.kind == Link && !s.w.tellLinks {
		return nil
	}
	if d.action == Repeated && !s.w.cfg.Repeated {
		return nil
	}
	e := d.event(s.state.names)
	e.Flags, e.Port, e.message = n.Flags, n.PortID, &n.Message
	if deletes(n.Type) {
		e.Flags = 0 // the bits mean something else there
	}
	if e.Port != 0 {
		e.Process = s.ports.find(e.Port, &s.w.processes, s.openNet)
	}
	return s.tell(e)
}

// openNet opens the namespace through its socket (SIOCGSKNS, Linux 4.10): its name may
// stand for another one by now.
func (s *space) openNet() (*nsfs.Handle, error) {
	rc, err := s.monitor.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd := -1
	if cerr := rc.Control(func(socket uintptr) {
		fd, err = unix.IoctlRetInt(int(socket), unix.SIOCGSKNS)
	}); cerr != nil {
		return nil, cerr
	}
	if err != nil {
		return nil, os.NewSyscallError("ioctl SIOCGSKNS", err)
	}
	defer unix.Close(fd)
	return nsfs.OpenPath(fmt.Sprintf("/proc/self/fd/%d", fd))
}

// reread reads the namespace and tells what differs from the state. Notifications that came
// meanwhile are older than what was read, or newer: what they are about is left to
// them, and to the next reading.
func (s *space) reread(ctx context.Context) error {
	begin := time.Now()
	defer func() { s.readAgain = time.Now().Add(restFactor * time.Since(begin)) }()
	h, err := s.openNet()
	if err != nil {
		return err
	}
	defer h.Close()
	conn, err := rtnl.Dial(s.w.connConfig(s, rtnl.NetNSFD(h.FD())))
	if err != nil {
		return tooMany(err)
	}
	source, unread := Silent, s.unread
	if unread {
		source, s.unread = Missed, false
	}
	now, err := s.readState(ctx, conn)
	if err := errors.Join(err, conn.Close()); err != nil {
		return err
	}
	s.touched = make(map[key]bool)
	err = s.drain()
	touched := s.touched
	s.touched = nil
	if err != nil {
		return err
	}
	told := 0
	for _, d := range s.state.become(now, touched) {
		if !s.w.kinds.Has(d.kind) || d.kind == Link && !s.w.tellLinks {
			continue
		}
		e := d.event(s.state.names)
		e.Source = source
		if err := s.tell(e); err != nil {
			return err
		}
		told++
	}
	if unread {
		return s.tell(Event{Kind: NetNS, Action: Reread, Count: told})
	}
	return nil
}

// readState reads a namespace. Links come first: the kernel lists them under the lock that
// every change holds (RTNL), so that what is read afterwards is what the change has led to
// that the last notification is about.
func (s *space) readState(ctx context.Context, conn *rtnl.Conn) (*state, error) {
	now := newState()
	s.state.dirty = false // OnInterrupted may set it
	for _, one := range []struct {
		kind Kind
		req  rtnl.Request
	}{
		{Link, &rtnl.LinkDump{ExtMask: skipStats}},
		{Address, &rtnl.AddrDump{}},
		{Route, &rtnl.RouteDump{}},
		{Neighbour, &rtnl.NeighDump{}},
		{FDB, &rtnl.NeighDump{Family: unix.AF_BRIDGE}},
		{Rule, &rtnl.RuleDump{}},
		{Qdisc, qdiscDump{}},
	} {
		if !s.w.kinds.Has(one.kind) {
			continue
		}
		messages, err := conn.Dump(ctx, one.req)
		if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, fs.ErrNotExist) {
			continue // a kernel without rules or queueing disciplines has none
		}
		if err != nil {
			return nil, err
		}
		for m := range messages.All() {
			o, ok, err := read(m)
			if err != nil {
				return nil, err
			}
			if ok {
				now.add(&o)
			}
		}
	}
	now.dirty = s.state.dirty
	return now, nil
}

// skipStats is RTEXT_FILTER_SKIP_STATS (include/uapi/linux/rtnetlink.h).
const skipStats = 1 << 3

// qdiscDump lists queueing disciplines.
type qdiscDump struct{}

// Encode implements rtnl.Request.
func (qdiscDump) Encode(e *rtnl.Encoder) {
	e.Begin(unix.RTM_GETQDISC, unix.NLM_F_DUMP)
	e.Header(make([]byte, tcmsgSize)...)
}

func (s *space) problem(err error) error {
	return s.tell(Event{Kind: NetNS, Action: Problem, Err: err})
}

func (s *space) tell(e Event) error {
	e.Space = s.Space
	return s.w.tell(e)
}
