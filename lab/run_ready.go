package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nslab/nslab/internal/few"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/process"
	"github.com/nslab/nslab/topology"
)

// ErrNotReady is matched by the error of an Up in which a node, or a process of
// it, did not become ready.
var ErrNotReady = process.ErrNotReady

// A NotReadyError says which node or process is not ready, and why.
type NotReadyError = process.NotReadyError

// programRun is what a run does when the network is up: it starts the processes
// of nodes, runs their exec lines, and waits until all are ready. Nodes go side
// by side as far as wait-for allows.
type programRun struct {
	s     *session
	p     *Plan
	first int
	view  *view.View
	// keep says that what is not ready does not end the rest.
	keep bool
	// steps are those about programs, by node, in order.
	steps map[string][]int
	// slots are for what is started at a time.
	slots chan struct{}
	// ready are the nodes and processes that are waited for, one way or
	// another.
	ready map[topology.WaitFor]*readiness

	ctx  context.Context
	stop context.CancelFunc

	mu     sync.Mutex
	done   int
	failed int // the step that failed, -1 for none
	err    error
	// unready are what did not become ready, with keep.
	unready []error
}

type readiness struct {
	known chan struct{} // closed when it is known
	err   error
}

// runPrograms carries out the steps of a plan from first on, and waits until
// all nodes are ready. It returns how many were done, and which failed, -1 for
// none of them.
func (s *session) runPrograms(ctx context.Context, p *Plan, first int) (done, failed int, err error) {
	r := &programRun{
		s: s, p: p, first: first, keep: s.keep, failed: -1,
		steps: make(map[string][]int), slots: make(chan struct{}, defaultJobs()), ready: make(map[topology.WaitFor]*readiness),
	}
	for i := first; i < len(p.Steps); i++ {
		r.steps[p.Steps[i].Node] = append(r.steps[p.Steps[i].Node], i)
	}
	r.ctx, r.stop = context.WithCancel(ctx)
	defer r.stop()
	nodes := r.nodes()
	if len(nodes) == 0 {
		return 0, -1, nil
	}
	if err := s.programs.Open(); err != nil {
		return 0, -1, fmt.Errorf("make the group of the lab's programs: %w", err)
	}
	var wg sync.WaitGroup
	for _, i := range nodes {
		n := &p.Topology.Nodes[i]
		// What waits for nothing takes its turn before it is begun with: there
		// may be many.
		waits := r.waits(n)
		if !waits {
			r.slots <- struct{}{}
		}
		if r.ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			if !waits {
				defer func() { <-r.slots }()
			}
			r.runNode(i, !waits)
		})
	}
	wg.Wait()
	if r.err == nil && len(r.unready) > 0 {
		return r.done, -1, few.Errors(r.unready)
	}
	if r.err == nil && (ctx.Err() != nil || r.done < len(p.Steps)-first) {
		return r.done, first + r.done, context.Cause(ctx)
	}
	return r.done, r.failed, r.err
}

// waits reports whether a node has processes, or anything to wait for.
func (r *programRun) waits(n *topology.Node) bool {
	return len(n.Processes) > 0 || n.Healthcheck.IsSet() || n.StartupDelay > 0 || len(n.WaitFor) > 0
}

// nodes returns the nodes that take part: those with steps, and those that are
// asked whether they are ready. Those that wait for others come first.
func (r *programRun) nodes() (all []int) {
	t := r.p.Topology
	var simple []int
	for i := range t.Nodes {
		n := &t.Nodes[i]
		switch {
		case r.waits(n):
			all = append(all, i)
			r.ready[topology.WaitFor{Node: n.Name}] = &readiness{known: make(chan struct{})}
			for k := range n.Processes {
				r.ready[topology.WaitFor{Node: n.Name, Process: n.Processes[k].Name}] = &readiness{known: make(chan struct{})}
			}
		case len(r.steps[n.Name]) > 0:
			simple = append(simple, i)
			r.ready[topology.WaitFor{Node: n.Name}] = &readiness{known: make(chan struct{})}
		}
	}
	if len(all) > 0 {
		r.view = r.s.cfg.view(t, r.s.sources)
	}
	return append(all, simple...)
}

// runNode does what there is to do in a node. inTurn says that it has its turn
// already.
func (r *programRun) runNode(i int, inTurn bool) {
	n := &r.p.Topology.Nodes[i]
	err := r.node(i, inTurn)
	r.settle(topology.WaitFor{Node: n.Name}, err)
}

func (r *programRun) node(i int, inTurn bool) error {
	n := &r.p.Topology.Nodes[i]
	steps := r.steps[n.Name]
	if len(steps) > 0 {
		if err := r.wait(&n.Ready, "node "+n.Name); err != nil {
			return err
		}
	}
	began := time.Now()
	starts := make(map[string]int)
	var lines []int
	for _, at := range steps {
		step := &r.p.Steps[at]
		switch a := processOf(step); {
		case a == nil:
			lines = append(lines, at)
		case a.verb == Delete:
			if err := r.do(at, inTurn); err != nil {
				return err
			}
		default:
			starts[a.name] = at
		}
	}
	var started, ofKind, ready sync.WaitGroup
	errs := make([]error, len(n.Processes))
	node := &process.Node{Topology: r.p.Topology, Index: i, View: r.view}
	for k := range n.Processes {
		proc := &n.Processes[k]
		at, starting := starts[proc.Name]
		run := func() error { return nil }
		if starting {
			started.Add(1)
			run = func() error {
				defer started.Done()
				if err := r.wait(&proc.Ready, "process "+n.Name+"/"+proc.Name); err != nil {
					return err
				}
				return r.do(at, inTurn)
			}
			if proc.StartupDelay == 0 && len(proc.WaitFor) == 0 {
				// In the file's order.
				err := run()
				run = func() error { return err }
			}
		}
		if proc.OfKind {
			ofKind.Add(1)
		}
		ready.Go(func() {
			if proc.OfKind {
				defer ofKind.Done()
			}
			err := run()
			if err == nil && !r.isStopped(n.Name, proc.Name) {
				err = r.s.programs.Ready(r.ctx, node, proc)
			}
			if err = r.failReady(err); err != nil {
				errs[k] = err
			}
			r.settle(topology.WaitFor{Node: n.Name, Process: proc.Name}, err)
		})
	}
	started.Wait()
	if len(lines) > 0 {
		ofKind.Wait() // lines configure them
	}
	for _, at := range lines {
		if err := r.do(at, inTurn); err != nil {
			ready.Wait()
			return err
		}
	}
	ready.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if !n.Healthcheck.IsSet() {
		return nil
	}
	if len(steps) == 0 {
		began = time.Time{} // it has been up for some time
	}
	return r.failReady(r.s.programs.NodeReady(r.ctx, node, began))
}

// isStopped reports whether somebody has stopped a process for good.
func (r *programRun) isStopped(node, name string) bool {
	return slices.ContainsFunc(r.s.states, func(st process.State) bool { return st.Node == node && st.Name == name && st.Stopped })
}

// wait waits until a node or a process may be begun with.
func (r *programRun) wait(ready *topology.Ready, what string) error {
	if ready.StartupDelay > 0 {
		timer := time.NewTimer(ready.StartupDelay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.ctx.Done():
			return context.Cause(r.ctx)
		}
	}
	for _, w := range ready.WaitFor {
		known := r.ready[w]
		if known == nil {
			continue // there is nothing to wait for in it
		}
		select {
		case <-known.known:
			if known.err != nil {
				return fmt.Errorf("%s waits for %s: %w", what, w, ErrNotReady)
			}
		case <-r.ctx.Done():
			return context.Cause(r.ctx)
		}
	}
	return nil
}

// settle says whether a node or a process is ready.
func (r *programRun) settle(w topology.WaitFor, err error) {
	known := r.ready[w]
	known.err = err
	close(known.known)
}

// do carries out a step.
func (r *programRun) do(at int, inTurn bool) error {
	if !inTurn {
		select {
		case r.slots <- struct{}{}:
		case <-r.ctx.Done():
			return context.Cause(r.ctx)
		}
		defer func() { <-r.slots }()
	}
	step := &r.p.Steps[at]
	err := r.s.runProgram(r.ctx, step)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.done++
		if progress := r.s.cfg.Progress; progress != nil {
			progress(r.first+r.done, len(r.p.Steps), step.String())
		}
		return nil
	}
	r.fail(at, err)
	return err
}

// fail notes the first failure, and ends the others. What fails after it was
// ended for it.
func (r *programRun) fail(at int, err error) {
	if r.err == nil && r.ctx.Err() == nil {
		r.failed, r.err = at, err
		r.stop()
	}
}

// failReady notes that something is not ready.
func (r *programRun) failReady(err error) error {
	var e *NotReadyError
	if !errors.As(err, &e) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keep {
		r.unready = append(r.unready, err)
	} else {
		r.fail(-1, err)
	}
	return err
}
