package watch

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/nslab/nslab/nsfs"
)

const (
	// silentPause and silentFactor say how often to look at what may change
	// without an event: each second, but for at most a thousandth of the time.
	silentPause  = time.Second
	silentFactor = 1000
)

// A name is a name in the directory. A namespace may have several names, and a
// name may lead to one namespace after another.
type name struct {
	Space        // the names of the namespace while it is reported under this one
	space *space // nil if the name leads to no namespace
	// link says that it is a symbolic link. Its target may change without an
	// event: another link on the way, or the namespace of a process.
	link bool
	// problem is the reported reason why it cannot be opened.
	problem string
}

// A patrol looks at many names now and then.
type patrol struct {
	factor int           // it rests this many times as long as looking takes
	pause  time.Duration // at least
	due    time.Time     // zero if there is nothing to look at
	ready  time.Time     // the earliest time
}

// ask makes it look as soon as it may.
func (p *patrol) ask() {
	if p.due.IsZero() {
		p.due = p.ready
		if p.due.IsZero() {
			p.due = time.Now()
		}
	}
}

// begin reports whether it is time. end must be called when everything has been
// looked at.
func (p *patrol) begin() (end func(), ok bool) {
	now := time.Now()
	if p.due.IsZero() || now.Before(p.due) {
		return nil, false
	}
	p.due = time.Time{}
	return func() {
		done := time.Now()
		p.ready = done.Add(max(p.pause, time.Duration(p.factor)*done.Sub(now)))
	}, true
}

// list looks at all names: those that exist, and those that did.
func (w *watcher) list() error {
	var err error
	if w.dir.moved() {
		err = w.dir.follow()
	}
	names, lerr := w.cfg.Dir.List()
	if err == nil {
		err = lerr
	}
	if w.ready && err != nil || isShortage(err) {
		return w.shortList(err)
	}
	if err != nil {
		return err
	}
	for name := range w.names {
		names = append(names, name)
	}
	for _, name := range names {
		if err := w.look(name); err != nil {
			return err
		}
		// Meanwhile, read namespaces and receive notifications.
		if err := w.turn(); err != nil {
			return err
		}
	}
	return nil
}

// lookAround looks at the names that may lead elsewhere now, as far as there
// are signs of that.
func (w *watcher) lookAround() error {
	names, all, err := w.dir.changed()
	if err != nil {
		return err
	}
	all = all || w.shortage.listDue()
	if w.dir.mounted {
		w.dir.mounted = false
		w.mounts.ask()
		for name := range w.unbound {
			names = append(names, name)
		}
		if w.dir.moved() {
			all = true
		}
	}
	if end, ok := w.mounts.begin(); ok {
		names = w.astray(names, func(*name) bool { return true })
		end()
	}
	if end, ok := w.silent.begin(); ok {
		names = w.astray(names, func(n *name) bool { return n.link })
		all = all || w.dir.moved()
		end()
		w.silent.due = w.silent.ready
	}
	if all {
		if err := w.list(); err != nil {
			return err
		}
	}
	names = append(names, w.doubted...)
	w.doubted = nil
	slices.Sort(names) // an order for those that came at once
	for _, name := range slices.Compact(names) {
		if err := w.look(name); err != nil {
			return err
		}
	}
	return w.tryShort()
}

// astray adds the names that do not lead to their known namespace.
func (w *watcher) astray(names []string, which func(*name) bool) []string {
	for name, n := range w.names {
		if which(n) && w.strays(n) {
			names = append(names, name)
		}
	}
	return names
}

// strays reports whether a name does not lead to its known namespace.
func (w *watcher) strays(n *name) bool {
	inode, err := inodeAt(w.cfg.Dir.File(n.NetNS))
	if n.space == nil {
		return err == nil
	}
	return err != nil || n.space.ended || inode != n.space.inode
}

// look updates the watcher with the namespace that a name leads to now.
func (w *watcher) look(called string) error {
	as, wanted := Space{Label: called}, true
	if w.cfg.Which != nil {
		as, wanted = w.cfg.Which(called)
	}
	as.NetNS = called
	if !wanted {
		return w.forget(called)
	}
	h, err := w.cfg.Dir.Open(called)
	if err == nil {
		return errors.Join(w.leads(as, h), h.Close())
	}
	if isShortage(err) {
		if n := w.names[called]; n != nil && w.strays(n) {
			if err := w.drop(n); err != nil {
				return err
			}
		}
		return w.shortName(called, err)
	}
	st, lerr := os.Lstat(w.cfg.Dir.File(called))
	if lerr != nil {
		return w.forget(called)
	}
	// Its file exists, so a namespace may still be mounted on it.
	n := w.note(as, st.Mode())
	if err := w.drop(n); err != nil {
		return err
	}
	if errors.Is(err, nsfs.ErrNotNamespace) || errors.Is(err, fs.ErrNotExist) || n.problem == err.Error() {
		return nil
	}
	n.problem = err.Error()
	return w.tell(Event{Space: as, Kind: NetNS, Action: Problem, Err: err})
}

// note returns the record of a name, updated with the type of its file.
func (w *watcher) note(as Space, mode fs.FileMode) *name {
	n := w.names[as.NetNS]
	if n == nil {
		n = &name{}
		w.names[as.NetNS], w.unbound[as.NetNS] = n, n
	}
	n.Space, n.link = as, mode&fs.ModeSymlink != 0
	return n
}

// leads handles a name that leads to a namespace.
func (w *watcher) leads(as Space, h *nsfs.Handle) error {
	if err := w.ended(); err != nil {
		return err
	}
	st, err := os.Lstat(w.cfg.Dir.File(as.NetNS))
	if err != nil {
		return w.forget(as.NetNS) // it is gone already
	}
	n, s := w.note(as, st.Mode()), w.byInode[h.ID()]
	if s != nil && n.space == s {
		return w.relabel(s)
	}
	if err := w.drop(n); err != nil {
		return err
	}
	if s == nil {
		id, err := w.listener.add(w.ctx, h)
		if isShortage(err) {
			return w.shortName(as.NetNS, err)
		}
		if err != nil {
			return err
		}
		s = w.begin(as, id, h.ID())
	}
	n.space, n.problem = s, ""
	delete(w.unbound, as.NetNS)
	s.names = append(s.names, n)
	return nil
}

// doubt makes the next turn look at the names of a namespace.
func (w *watcher) doubt(s *space) {
	for _, n := range s.names {
		w.doubted = append(w.doubted, n.NetNS)
	}
}

// forget handles a name that no longer exists.
func (w *watcher) forget(called string) error {
	n := w.names[called]
	if n == nil {
		return nil
	}
	delete(w.names, called)
	err := w.drop(n)
	delete(w.unbound, called)
	return err
}

// drop removes a name from its namespace.
func (w *watcher) drop(n *name) error {
	s := n.space
	if s == nil {
		return nil
	}
	w.unbind(n)
	return w.relabel(s)
}

// unbind records that a name leads to no namespace.
func (w *watcher) unbind(n *name) {
	s := n.space
	n.space, w.unbound[n.NetNS] = nil, n
	s.names = slices.DeleteFunc(s.names, func(other *name) bool { return other == n })
}

// relabel names a namespace by the name that it has had longest. A namespace
// without a name is no longer watched.
func (w *watcher) relabel(s *space) error {
	for len(s.names) > 0 && s.names[0].Space != s.Space {
		n := s.names[0]
		astray := w.strays(n)
		if err := w.ended(); err != nil { // its number may have been reused
			return err
		}
		if !astray && !s.ended {
			break
		}
		w.doubted = append(w.doubted, n.NetNS)
		w.unbind(n)
	}
	if len(s.names) == 0 {
		return w.gone(s)
	}
	was, now := s.Space, s.names[0].Space
	if was == now || !s.told {
		s.Space = now
		return nil
	}
	if err := s.tell(Event{Kind: NetNS, Action: Gone}); err != nil {
		return err
	}
	s.Space = now
	return s.tell(Event{Kind: NetNS, Action: Appeared, Was: was.NetNS, wasBrief: was.Label})
}

// begin watches one more namespace.
func (w *watcher) begin(as Space, id int32, inode nsfs.ID) *space {
	s := &space{Space: as, w: w, id: id, inode: inode, first: !w.ready}
	w.spaces[id], w.byInode[inode] = s, s
	if s.first {
		w.awaited++
	}
	w.queue.add(s)
	return s
}

// gone ends watching a namespace.
func (w *watcher) gone(s *space) error {
	s.dropped = true
	delete(w.spaces, s.id)
	if !s.ended {
		delete(w.byInode, s.inode)
	}
	w.notAwaited(s)
	if s.starved {
		s.starved = false
		w.shortage.spaces--
	}
	if err := w.appeared(s); err != nil {
		return err
	}
	if s.told {
		if err := s.tell(Event{Kind: NetNS, Action: Gone}); err != nil {
			return err
		}
	}
	return w.caughtUp(s)
}

// notAwaited makes Ready no longer wait for a namespace.
func (w *watcher) notAwaited(s *space) {
	if s.first {
		s.first = false
		w.awaited--
	}
}

// appeared reports a namespace, unless it has been reported.
func (w *watcher) appeared(s *space) error {
	if !w.ready || s.told {
		return nil
	}
	s.told = true
	return s.tell(Event{Kind: NetNS, Action: Appeared})
}
