package engine

import (
	"cmp"
	"context"
	"errors"
	"sort"

	"github.com/nslab/nslab/rtnl"
)

// Work is lists of operations for [Engine.RunAll].
type Work struct {
	// N is how many lists there are.
	N int
	// Ops returns list i. It is called more than once, and by one goroutine.
	Ops func(i int) []Op
	// Plain, if set, reports whether a list creates no namespace and has no
	// Early operation.
	Plain func(i int) bool
	// Done, if set, is called for each list that is done, in order.
	Done func(i int)
	// Failed, if set, is called for each operation that fails, in order, and
	// RunAll goes on with the next.
	Failed func(i int, err error)
}

// RunAll carries out lists of operations. The effect is that of [Engine.Do] for
// each operation in turn, but RunAll is faster: another thread creates
// namespaces ahead of time and carries out the [Early] operations that follow
// each, and requests to the same namespace go to the kernel in batches.
//
// RunAll stops when the context ends, and at the first operation that fails
// unless Work.Failed is set. The result says how far it came.
func (e *Engine) RunAll(ctx context.Context, w Work) Progress {
	r := runner{e: e, queue: queue{engine: e}, work: w, failed: -1}
	p := Progress{jobs: jobs(&w)}
	if len(p.jobs) == 0 {
		r.run(ctx)
	} else {
		making, stop := context.WithCancel(ctx)
		m := maker{e: e, jobs: p.jobs, out: make(chan []result, chunks), goOn: w.Failed != nil}
		r.made = m.out
		go m.run(making)
		r.run(ctx)
		stop()
		discard(r.ready)
		for rest := range m.out {
			discard(rest)
		}
		p.made = m.begun
	}
	e.release()
	p.reached, p.Failed, p.Done, p.Err = r.reached, r.failed, r.sure, r.err
	p.told, p.late = r.told, r.late
	return p
}

// Progress is how far [Engine.RunAll] came.
type Progress struct {
	// Err is the error of the first operation that failed, or of the context;
	// nil if everything is done.
	Err error
	// Failed is the index of the list that contains that operation.
	Failed int
	// Done is how many lists are done for certain, counted from the first.
	Done int

	reached int // lists of which something may have been tried
	jobs    []job
	made    int // jobs begun
	// told is the position after the operations whose success was reported
	// before any failed, except those of jobs. late has the results from there
	// on.
	told opAt
	late map[opAt]rtnl.Status
}

// Begun reports whether anything of list i may have been done. A batch runs to
// its end even if one of its requests fails, and namespaces are created ahead
// of time.
func (p *Progress) Begun(i int) bool {
	if i < p.reached {
		return true
	}
	k := p.jobOf(i)
	if k < 0 || k >= p.made {
		return false
	}
	for _, a := range p.jobs[k].then {
		if a.at.list == i {
			return true
		}
	}
	return p.jobs[k].at.list == i
}

// jobOf returns the last job that begins in or before a list, -1 for none.
func (p *Progress) jobOf(list int) int {
	return sort.Search(len(p.jobs), func(k int) bool { return p.jobs[k].at.list > list }) - 1
}

// runner is the part of RunAll that goes through the lists.
type runner struct {
	e     *Engine
	queue queue
	work  Work
	made  <-chan []result
	ready []result // received but not reached yet

	reached int
	sure    int // lists that are done
	failed  int
	err     error
	told    opAt // see Progress
	late    map[opAt]rtnl.Status
}

func (r *runner) run(ctx context.Context) {
	var s sorter
	for i := range r.work.N {
		r.reached = i + 1
		for k, op := range r.work.Ops(i) {
			switch s.kind(op) {
			case makes:
				r.await(ctx, i)
			case ordinary:
				r.queue.add(ctx, op, func(status rtnl.Status, err error) {
					r.note(opAt{i, k}, status)
					if r.fail(i, err); r.failed < 0 {
						r.tell(i) // everything added earlier is done
					}
				})
			}
			if r.failed >= 0 {
				r.queue.flush(ctx)
				return
			}
		}
	}
	r.queue.flush(ctx)
	if r.failed < 0 {
		r.tell(r.work.N)
	}
}

// note records the result of an operation.
func (r *runner) note(at opAt, status rtnl.Status) {
	if status == rtnl.Done && r.late == nil {
		r.told = opAt{at.list, at.op + 1}
		return
	}
	if r.late == nil {
		r.late = make(map[opAt]rtnl.Status)
	}
	r.late[at] = status
}

// fail records the first error, or reports every one if Work.Failed is set.
func (r *runner) fail(i int, err error) {
	switch {
	case err == nil || r.failed >= 0:
	case r.work.Failed != nil:
		r.work.Failed(i, err)
	default:
		r.failed, r.err = i, err
	}
}

// tell reports that the first n lists are done.
func (r *runner) tell(n int) {
	for ; r.sure < n; r.sure++ {
		if r.work.Done != nil {
			r.work.Done(r.sure)
		}
	}
}

// errGone is the error if the thread that creates namespaces ended without
// reporting one.
var errGone = errors.New("the thread that creates namespaces has ended")

// await waits until the next namespace exists.
func (r *runner) await(ctx context.Context, i int) {
	if len(r.ready) == 0 {
		select {
		case r.ready = <-r.made:
		default:
			// Work while the other thread works.
			if r.queue.flush(ctx); r.failed >= 0 {
				return
			}
			select {
			case r.ready = <-r.made:
			case <-ctx.Done():
			}
		}
		if len(r.ready) == 0 {
			r.failed, r.err = i, cmp.Or(context.Cause(ctx), errGone)
			return
		}
	}
	next := r.ready[0]
	r.ready = r.ready[1:]
	if next.err != nil {
		r.queue.flush(ctx) // earlier results come first
		r.fail(next.list, next.err)
	}
	if next.socket != nil {
		r.fail(i, r.e.adopt(next.socket))
	}
}
