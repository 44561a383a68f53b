package engine

import (
	"context"
	"errors"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
)

// Early is an Action that may follow a *NetNSAdd immediately and needs nothing but
// that namespace, for example to give it another name. [Engine.RunAll] may carry it
// out before operations that precede it.
type Early interface {
	Action
	// DoEarly is Do on a thread that is in the namespace.
	DoEarly(ctx context.Context, e *Engine, netns string) error
}

// A job is a namespace to be made, with the early operations that follow.
type job struct {
	name string
	at   opAt // of the operation that makes it
	then []after
	// done is how many of its operations are done, that one the first, and err is
	// why the next was not. They are to be read once the maker has ended.
	done int
	err  error
}

// after is an early operation.
type after struct {
	at     opAt
	action Early
}

// jobs finds the namespaces that lists of operations make.
func jobs(w *Work) []job {
	var all []job
	var s sorter
	for i := range w.N {
		if w.Plain != nil && w.Plain(i) {
			s.made = ""
			continue
		}
		for k, op := range w.Ops(i) {
			switch s.kind(op) {
			case makes:
				all = append(all, job{name: op.Action.(*NetNSAdd).Name, at: opAt{i, k}})
			case early:
				last := &all[len(all)-1]
				last.then = append(last.then, after{opAt{i, k}, op.Action.(Early)})
			}
		}
	}
	return all
}

// A sorter tells operations apart, in their order.
type sorter struct{ made string }

type kind uint8

const (
	ordinary kind = iota
	makes         // a *NetNSAdd
	early         // follows one
)

func (s *sorter) kind(op Op) kind {
	switch a := op.Action.(type) {
	case *NetNSAdd:
		s.made = a.Name
		return makes
	case Early:
		if s.made != "" && op.NetNS == s.made {
			return early
		}
	}
	s.made = ""
	return ordinary
}

// A result is how a job ended.
type result struct {
	place *place
	err   error
	list  int // with the operation that failed
}

// chunk is how many namespaces are handed over at once, since each hand-over may
// cost a switch between threads, and chunks how many such may wait, which bounds
// the descriptors that they hold.
const (
	chunk  = 8
	chunks = 16
)

// A maker makes namespaces ahead of the operations that need them.
type maker struct {
	e    *Engine
	jobs []job
	out  chan []result
	// goOn says that further jobs follow one that failed.
	goOn bool
	// begun is how many jobs have been begun, to be read once out is closed.
	begun int
	// sent is how many have a result that was sent.
	sent int
}

// run carries out the jobs in order and sends their results. It ends with the first
// that fails, unless it is to go on, or with the context.
func (m *maker) run(ctx context.Context) {
	defer close(m.out)
	err := m.make(ctx)
	for err != nil && m.sent < len(m.jobs) {
		// What keeps all from being made is the result of each.
		if m.send(ctx, []result{{err: err, list: m.jobs[m.sent].at.list}}) != nil || !m.goOn {
			return // nobody waits
		}
	}
}

// make returns an error that is in no result.
func (m *maker) make(ctx context.Context) error {
	locked, err := m.e.Dir.Lock(ctx)
	if err != nil {
		return err
	}
	defer locked.Unlock() //nolint:errcheck // it is locked
	names := func(yield func(string) bool) {
		for m.begun < len(m.jobs) {
			m.begun++
			if !yield(m.jobs[m.begun-1].name) {
				return
			}
		}
	}
	var results []result
	ended := false // somebody knows why
	err = locked.CreateEach(names, func(name string, h *nsfs.Handle, err error) error {
		j := &m.jobs[m.begun-1]
		r := result{list: j.at.list, err: err}
		j.err = err
		if err == nil {
			j.done = 1
			r.place, r.err = m.enter(name, h)
		}
		for _, a := range j.then {
			if r.err == nil {
				r.list, r.err = a.at.list, a.action.DoEarly(ctx, m.e, name)
				if j.err = r.err; r.err == nil {
					j.done++
				}
			}
		}
		stop := r.err != nil && !m.goOn
		if results = append(results, r); len(results) < chunk && !stop && m.begun < len(m.jobs) {
			return nil
		}
		err = m.send(ctx, results)
		results = make([]result, 0, chunk)
		if stop {
			err = r.err
		}
		ended = err != nil
		return err
	})
	if err != nil && m.begun > 0 {
		if j := &m.jobs[m.begun-1]; j.done == 0 && j.err == nil {
			j.err = err
		}
	}
	if err == nil || ended {
		return nil
	}
	if len(results) > 0 && m.send(ctx, results) != nil {
		return nil // nobody waits
	}
	return err
}

func (m *maker) send(ctx context.Context, results []result) error {
	select {
	case m.out <- results:
		m.sent += len(results)
		return nil
	case <-ctx.Done():
		discard(results)
		return context.Cause(ctx)
	}
}

// discard closes what results hold: the work has been given up.
func discard(results []result) {
	for _, r := range results {
		if r.place != nil {
			r.place.close() //nolint:errcheck // see above
		}
	}
}

// enter opens the engine's socket in the namespace that the thread is in.
func (m *maker) enter(name string, h *nsfs.Handle) (*place, error) {
	c, err := rtnl.Dial(m.e.config(&rtnl.Config{Name: name, Hold: true}))
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return &place{name: name, id: h.ID(), conn: c, handle: h}, nil
}
