package watch

import (
	"time"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
)

// A space is one namespace that is watched.
type space struct {
	Space // what it is called now: that of its first name
	w     *watcher
	id    int32 // the listener's
	inode nsfs.ID
	names []*name // that lead to it, in the order in which they came to; not empty
	// first says that Ready waits for its first reading, told that it was told of, ended
	// that there is no such namespace any more, dropped that it is not watched any more.
	first, told, ended, dropped bool

	state   state
	watched bool // the state is known
	ports   ports

	// due is when it is read next, if it is queued; starved that it waits for room.
	due                      time.Time
	queued, reading, starved bool
	// failed is how often reading it has failed in a row.
	failed int
	// touched, while the namespace is read, are the keys that notifications are about.
	// pending are those that came while it is read for the first time.
	touched map[key]bool
	pending []rtnl.Notification
}

// maxPending is how many notifications a first reading leaves for afterwards; beyond that the
// namespace is read once more.
const maxPending = 1 << 16

// notification applies one and tells of it.
func (s *space) notification(n rtnl.Notification) error {
	if !s.watched {
		switch {
		case !s.reading:
			// What it is about will be read.
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
	if d == nil || !s.tells(d) || d.action == Repeated && !s.w.cfg.Repeated {
		return nil
	}
	e := d.event(s.state.names)
	e.Flags, e.Port, e.message = n.Flags, n.PortID, &n.Message
	if deletes(n.Type) {
		e.Flags = 0 // the bits mean something else there
	}
	if e.Port != 0 {
		e.Process = s.ports.find(e.Port, &s.w.processes, s.open)
	}
	return s.tell(e)
}

// tells reports whether what a delta is about was asked for.
func (s *space) tells(d *delta) bool {
	return s.w.kinds.Has(d.kind) && (d.kind != Link || s.w.tellLinks)
}

func (s *space) problem(err error) error {
	return s.tell(Event{Kind: NetNS, Action: Problem, Err: err})
}

func (s *space) tell(e Event) error {
	e.Space = s.Space
	return s.w.tell(e)
}
