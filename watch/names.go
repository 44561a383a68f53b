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
	// silentPause and silentFactor say how often is looked at what may change without an
	// event: each second, but for a thousandth of the time at most.
	silentPause  = time.Second
	silentFactor = 1000
)

// A name is one in the directory. A namespace may have several, and a name may lead to another
// one after the other.
type name struct {
	Space        // what the namespace is called while it is told under this name
	space *space // nil if it leads to no namespace
	// link says that it is a symbolic link: what it leads to may change without an event,
	// as another link on the way does, and a process's namespace.
	link bool
	// problem is why it cannot be opened, as it was told.
	problem string
}

// A patrol looks at many names now and then.
type patrol struct {
	factor int           // how much longer than looking takes it rests
	pause  time.Duration // at least
	due    time.Time     // zero if there is nothing to look for
	ready  time.Time     // not before
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

// begin reports whether it is time. The function is to be called when all is looked at.
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

// list looks at all names: at those that are there, and at those that were.
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
		// Meanwhile namespaces are read, and what the kernel tells is taken.
		if err := w.turn(); err != nil {
			return err
		}
	}
	return nil
}

// lookAround looks at the names that stand for something else now, as far as there is a sign
// of that.
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
	slices.Sort(names) // of those that came at once
	for _, name := range slices.Compact(names) {
		if err := w.look(name); err != nil {
			return err
		}
	}
	return w.tryShort()
}

// astray adds the names that do not lead to the namespace that they are known for.
func (w *watcher) astray(names []string, which func(*name) bool) []string {
	for name, n := range w.names {
		if which(n) && w.strays(n) {
			names = append(names, name)
		}
	}
	return names
}

// strays reports whether a name does not lead to the namespace that it is known for.
func (w *watcher) strays(n *name) bool {
	inode, err := inodeAt(w.cfg.Dir.File(n.NetNS))
	if n.space == nil {
		return err == nil
	}
	return err != nil || n.space.ended || inode != n.space.inode
}

// look brings the watcher up to date with what a name stands for now.
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
	// Its file is there: a namespace may be mounted on it yet.
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

// note returns what is known of a name, with what its file is now.
func (w *watcher) note(as Space, mode fs.FileMode) *name {
	n := w.names[as.NetNS]
	if n == nil {
		n = &name{}
		w.names[as.NetNS], w.unbound[as.NetNS] = n, n
	}
	n.Space, n.link = as, mode&fs.ModeSymlink != 0
	return n
}

// leads is told that a name leads to a namespace.
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

// doubt lets the names of a namespace be looked at in the next turn.
func (w *watcher) doubt(s *space) {
	for _, n := range s.names {
		w.doubted = append(w.doubted, n.NetNS)
	}
}

// forget is told that there is no such name.
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

// drop takes a name from the namespace that it stood for.
func (w *watcher) drop(n *name) error {
	s := n.space
	if s == nil {
		return nil
	}
	w.unbind(n)
	return w.relabel(s)
}

// unbind notes that a name leads to no namespace.
func (w *watcher) unbind(n *name) {
	s := n.space
	n.space, w.unbound[n.NetNS] = nil, n
	s.names = slices.DeleteFunc(s.names, func(other *name) bool { return other == n })
}

// relabel calls a namespace by the name that it has had for longest. One without a name is
// watched no longer.
func (w *watcher) relabel(s *space) error {
	for len(s.names) > 0 && s.names[0].Space != s.Space {
		n := s.names[0]
		astray := w.strays(n)
		if err := w.ended(); err != nil { // its number may be another's already
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

// notAwaited lets Ready not wait for a namespace any more.
func (w *watcher) notAwaited(s *space) {
	if s.first {
		s.first = false
		w.awaited--
	}
}

// appeared tells that a namespace is there, unless that was told.
func (w *watcher) appeared(s *space) error {
	if !w.ready || s.told {
		return nil
	}
	s.told = true
	return s.tell(Event{Kind: NetNS, Action: Appeared})
}
