package watch

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"time"

	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

const (
	// restFactor makes the next reading of a namespace wait this many times as
	// long as the last one took: reading takes at most a tenth of the time,
	// however much changes.
	restFactor = 10
	// failedPause is how soon reading a namespace is tried again after a
	// failure. It doubles up to mostDoubled times.
	failedPause = time.Second
	mostDoubled = 6
)

// A reading is the result of reading a namespace.
type reading struct {
	space  *space
	took   time.Duration
	unread bool // it is read because notifications were lost
	state  *state
	err    error
}

// readers returns how many namespaces are read at a time. Half of the
// processors are left for reporting notifications. The upper bound is for open
// files, of which each reading takes up to five.
func (w *watcher) readers() int {
	n := 2 * runtime.GOMAXPROCS(0)
	if w.ready {
		n /= 4
	}
	return min(max(1, n), 8)
}

// readDue returns when the next namespace is to be read, or zero if none is, or
// none can be now.
func (w *watcher) readDue() time.Time {
	if len(w.queue) == 0 || w.reading >= w.readers() {
		return time.Time{}
	}
	return w.queue[0].due
}

// read begins to read the namespaces that are due.
func (w *watcher) read() error {
	for w.reading < w.readers() {
		s := w.queue.next()
		if s == nil {
			return nil
		}
		if s.starved {
			s.starved = false
			w.shortage.spaces--
		}
		r := reading{space: s, unread: w.unread[s]}
		h, err := s.open()
		if err != nil {
			r.err = err
			if err := w.unreadable(&r); err != nil {
				return err
			}
			continue
		}
		if r.unread {
			w.unread[s] = false
		}
		s.state.dirty, s.reading = false, true
		if s.watched {
			s.touched = make(map[key]bool)
		}
		w.reading++
		begin, name := time.Now(), s.NetNS
		w.running.Add(1)
		go func() {
			defer w.running.Done()
			r.state, r.err = readState(w.ctx, h, name, w.kinds, w.cfg.Observer)
			r.took = time.Since(begin)
			w.done.add(r)
			w.wake.wake()
		}()
	}
	return nil
}

// finish handles the end of a reading. Notifications that came since it began
// may be older or newer than what was read, so the objects that they are about
// are left to them and to the next reading.
func (w *watcher) finish(r *reading) error {
	s := r.space
	w.reading--
	s.reading = false
	touched, pending := s.touched, s.pending
	s.touched, s.pending = nil, nil
	switch {
	case s.dropped:
		return nil
	case r.err != nil:
		return w.unreadable(r)
	}
	s.failed = 0
	s.due = time.Now().Add(restFactor * r.took)
	if !s.watched {
		r.state.dirty = r.state.dirty || s.state.dirty
		s.state, s.watched = *r.state, true
		if err := w.appeared(s); err != nil {
			return err
		}
		for _, n := range pending {
			if err := s.notification(n); err != nil {
				return err
			}
		}
		w.notAwaited(s)
	} else if err := w.tellDifferences(r, touched); err != nil {
		return err
	}
	if s.state.dirty || w.unread[s] {
		w.queue.add(s)
	}
	if w.unread[s] {
		return nil // notifications were lost again since it began
	}
	return w.caughtUp(s)
}

// tellDifferences reports how a namespace differs from its known state.
func (w *watcher) tellDifferences(r *reading, touched map[key]bool) error {
	s, source := r.space, Silent
	if r.unread {
		source = Missed
	}
	for _, d := range s.state.become(r.state, touched) {
		if !s.tells(&d) {
			continue
		}
		e := d.event(s.state.names)
		e.Source = source
		if err := s.tell(e); err != nil {
			return err
		}
		if r.unread {
			w.missed++
		}
	}
	return nil
}

// unreadable handles a namespace that could not be read.
func (w *watcher) unreadable(r *reading) error {
	if w.ctx.Err() != nil {
		return nil
	}
	s, pause := r.space, failedPause
	w.notAwaited(s)
	if r.unread {
		w.unread[s] = true
	}
	var err error
	switch {
	case errors.Is(r.err, errAstray):
		w.doubt(s)
	case isShortage(r.err):
		s.starved, pause = true, shortPause
		w.shortage.spaces++
		err = w.tellShortage(r.err)
	default:
		pause <<= min(s.failed, mostDoubled)
		if s.failed++; s.failed == 1 {
			err = s.problem(r.err)
		}
	}
	s.due = time.Now().Add(pause)
	w.queue.add(s)
	if err == nil && s.failed > 0 {
		err = w.caughtUp(s) // do not wait for what it missed
	}
	return err
}

// overrun handles lost notifications, of unknown namespaces: all must be read
// again.
func (w *watcher) overrun() error {
	for _, s := range w.spaces {
		if s.watched {
			w.unread[s] = true
		}
		s.state.dirty = true
		w.queue.add(s)
	}
	if w.lost {
		return nil
	}
	w.lost, w.missed = true, 0
	if err := w.tell(Event{Kind: NetNS, Action: Lost}); err != nil {
		return err
	}
	return w.caughtUp(nil) // if none was being watched
}

// caughtUp handles a namespace of which nothing is missing any more.
func (w *watcher) caughtUp(s *space) error {
	delete(w.unread, s)
	if !w.lost || len(w.unread) > 0 {
		return nil
	}
	w.lost = false
	return w.tell(Event{Kind: NetNS, Action: Reread, Count: w.missed})
}

// errAstray is the error for opening a namespace whose names lead elsewhere.
var errAstray = errors.New("its name stands for something else")

// open opens the namespace by one of its names.
func (s *space) open() (*nsfs.Handle, error) {
	err := errAstray
	for _, n := range s.names {
		h, oerr := s.w.cfg.Dir.Open(n.NetNS)
		if oerr != nil {
			if isShortage(oerr) {
				err = oerr
			}
			continue
		}
		if oerr = s.w.ended(); oerr == nil && h.ID() == s.inode && !s.ended {
			return h, nil
		}
		if oerr = errors.Join(oerr, h.Close()); oerr != nil {
			return nil, oerr
		}
	}
	return nil, err
}

// readState reads a namespace, and closes its handle. Links come first: the
// kernel lists them under the lock that every change holds (RTNL), so what is
// read afterwards includes the effects of the change of the last notification.
func readState(ctx context.Context, h *nsfs.Handle, name string, kinds Kinds, obs nlspec.Observer) (now *state, err error) {
	now = newState()
	conn, err := rtnl.Dial(&rtnl.Config{
		NetNS: rtnl.NetNSFD(h.FD()), Name: name, Observer: obs,
		// A table that changes all the time is read again when it is quiet.
		OnInterrupted: func(*rtnl.InterruptedDump) { now.dirty = true },
	})
	if err := errors.Join(err, h.Close()); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
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
		if !kinds.Has(one.kind) {
			continue
		}
		messages, err := conn.Dump(ctx, one.req)
		if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, fs.ErrNotExist) {
			continue // the kernel does not support rules or queueing disciplines
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
