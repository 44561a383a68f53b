package engine

import (
	"context"
	"errors"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
)

// Early is an Action that may directly follow a *NetNSAdd and needs nothing but
// that namespace, such as one that gives it another name. [Engine.RunAll] may
// carry it out before the operations that precede it.
type Early interface {
	Action
	// DoEarly is Do on a thread that is in the namespace.
	DoEarly(ctx context.Context, e *Engine, netns string) error
}

// A job is a namespace to create, with the early operations that follow.
type job struct {
	name string
	at   opAt // of the operation that creates it
	then []after
	// done counts the operations done; creating the namespace is the first. err
	// is why the next one failed. Read both only after the maker has ended.
	done int
	err  error
}

// after is an early operation.
type after struct {
	at     opAt
	action Early
}

// jobs finds the namespaces that the lists of operations create.
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

// A sorter classifies operations. It must see them in order.
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
	socket *socket
	err    error
	list   int // that contains the operation that failed
}

// chunk is how many namespaces are handed over at once, since each hand-over
// may cost a switch between threads. chunks is how many of these may wait,
// which bounds the descriptors they hold.
const (
	chunk  = 8
	chunks = 16
)

// A maker creates namespaces ahead of the operations that need them.
type maker struct {
	e    *Engine
	jobs []job
	out  chan []result
	// goOn makes it continue after a job that fails.
	goOn bool
	// begun counts the jobs begun. Read it only after out is closed.
	begun int
	// sent counts the jobs whose result was sent.
	sent int
}

// run carries out the jobs in order and sends their results. It stops when the
// context ends, and at the first job that fails unless goOn is set.
func (m *maker) run(ctx context.Context) {
	defer close(m.out)
	err := m.make(ctx)
	for err != nil && m.sent < len(m.jobs) {
		// An error that prevents all of them is the result of each.
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
	ended := false // the error has been sent
	err = locked.CreateEach(names, func(name string, h *nsfs.Handle, err error) error {
		j := &m.jobs[m.begun-1]
		r := result{list: j.at.list, err: err}
		j.err = err
		if err == nil {
			j.done = 1
			r.socket, r.err = m.enter(name, h)
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

// discard closes what the results hold, after the work was given up.
func discard(results []result) {
	for _, r := range results {
		if r.socket != nil {
			r.socket.close() //nolint:errcheck // see above
		}
	}
}

// enter opens the engine's socket in the namespace of the calling thread.
func (m *maker) enter(name string, h *nsfs.Handle) (*socket, error) {
	c, err := rtnl.Dial(m.e.config(&rtnl.Config{Name: name, Hold: true}))
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return &socket{name: name, id: h.ID(), conn: c, handle: h}, nil
}
