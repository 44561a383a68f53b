package watch

import (
	"time"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
)

// A space is a watched namespace.
type space struct {
	Space // its present names: those of its first name
	w     *watcher
	id    int32 // its id in the listener
	inode nsfs.ID
	names []*name // the names that lead to it, the oldest first; not empty
	// first says that Ready waits for its first reading, told that it has been
	// reported, ended that the namespace has ended, dropped that it is no
	// longer watched.
	first, told, ended, dropped bool

	state   state
	watched bool // its state is known
	ports   ports

	// due is when it is read next, if it is queued. starved says that it waits
	// for descriptors or memory.
	due                      time.Time
	queued, reading, starved bool
	// failed is the number of successive failures to read it.
	failed int
	// touched has the keys of notifications that come while the namespace is
	// read. pending has the notifications that come during its first reading.
	touched map[key]bool
	pending []rtnl.Notification
	// unnamed has what is reported when the next notification about a link has
	// come: objects on links that the kernel has not reported yet. It reports a
	// new bridge after the bridge's own address in its FDB.
	unnamed []unnamed
}

// unnamed is a notification that waits for the name of a link.
type unnamed struct {
	*delta
	rtnl.Notification
}

// maxUnnamed is the maximum of unnamed. What comes then has a number instead of
// a name.
const maxUnnamed = 64

// maxPending is the maximum of pending. If there are more, the namespace is
// read again.
const maxPending = 1 << 16

// notification applies a notification and reports it.
func (s *space) notification(n rtnl.Notification) error {
	if !s.watched {
		switch {
		case !s.reading:
			// Its subject will be read.
		case len(s.pending) < maxPending:
			s.pending = append(s.pending, n)
		default:
			s.state.dirty = true
		}
		return nil
	}
	d, err := s.state.apply(n.Message)
	if s.state.dirty {
		s.w.queue.add(s)
	}
	if err != nil {
		return s.problem(err)
	}
	if d != nil && s.touched != nil {
		s.touched[d.key] = true
	}
	if d != nil && d.kind == Link {
		if err := s.nameAll(); err != nil {
			return err
		}
	}
	switch {
	case d == nil || !s.tells(d) || d.action == Repeated && !s.w.cfg.Repeated:
		return nil
	case d.action == Added && d.index != 0 && !s.state.names.has(d.index) && len(s.unnamed) < maxUnnamed:
		s.unnamed = append(s.unnamed, unnamed{d, n})
		return nil
	}
	return s.report(d, n)
}

// nameAll reports what has waited for the name of a link.
func (s *space) nameAll() error {
	waiting := s.unnamed
	s.unnamed = nil
	for _, u := range waiting {
		if err := s.report(u.delta, u.Notification); err != nil {
			return err
		}
	}
	return nil
}

// report reports what a notification has changed.
func (s *space) report(d *delta, n rtnl.Notification) error {
	e := d.event(s.state.names)
	e.Flags, e.Port, e.message = n.Flags, n.PortID, &n.Message
	if deletes(n.Type) {
		e.Flags = 0 // the bits mean something else here
	}
	if e.Port != 0 {
		e.Process = s.ports.find(e.Port, &s.w.processes, s.open)
	}
	return s.tell(e)
}

// tells reports whether the subject of a delta was asked for.
func (s *space) tells(d *delta) bool {
	return s.w.kinds.Has(d.kind) && (d.kind != Link || s.w.tellLinks)
}

func (s *space) problem(err error) error {
	return s.tell(Event{Kind: NetNS, Action: Problem, Err: err})
}

// tell reports an event, after those that have waited for a name.
func (s *space) tell(e Event) error {
	if err := s.nameAll(); err != nil {
		return err
	}
	e.Space = s.Space
	return s.w.tell(e)
}
