package process

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/topology"
)

// Same reports whether two results of From are the same.
func Same(a, b map[string]string) bool { return maps.Equal(a, b) }

// Before says what the states were before a run: Restore brings them back.
func (p *Programs) Before(states []State) {
	p.before = make(map[string]State, len(states))
	for _, st := range states {
		p.before[processes.Member(st.Node, st.Name)] = st
	}
}

// touch notes that a process is changed.
func (p *Programs) touch(member string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.touched == nil {
		p.touched = make(map[string]bool)
	}
	p.touched[member] = true
}

// restoreTime is how long Restore waits until what it has started again is
// ready.
const restoreTime = 30 * time.Second

var errNotReadyAgain = fmt.Errorf("what is started again is not ready after %s", restoreTime)

// Restore makes the processes that this run has started or stopped what they
// were before: those that ran are started again, as find says from what, and it
// waits until they are ready, for restoreTime. The programs that this run has
// started have to be ended; what is left of one that it was stopping is ended
// within the grace.
func (p *Programs) Restore(ctx context.Context, grace time.Duration, find func(node, name string, from map[string]string) (*Node, *topology.Process)) error {
	var errs []error
	var again []func(ctx context.Context) error
	for _, member := range slices.Sorted(maps.Keys(p.touched)) {
		node, name := processes.NodeOf(member)
		was, known := p.before[member]
		switch {
		case !known || was.record == nil:
			errs = append(errs, processes.RemoveRecord(p.dir, node, name))
		case !was.Running():
			errs = append(errs, processes.WriteRecord(p.dir, was.record))
		default:
			n, proc := find(node, name, was.From)
			if n == nil {
				errs = append(errs, fmt.Errorf("process %q of node %q had been stopped, and it is not known what to start it from again", name, node))
				continue
			}
			// It may have had its signal, and not have ended on it when the run
			// was ended.
			_, err := p.End(ctx, func(proc *processes.Process) bool { return proc.Member == member }, grace, nothing)
			if err == nil {
				err = p.Start(ctx, n, proc)
			}
			if err != nil {
				errs = append(errs, err)
				continue
			}
			again = append(again, func(ctx context.Context) error { return p.Ready(ctx, n, proc) })
		}
	}
	// All are started before any is waited for: they may need each other.
	ctx, stop := context.WithTimeoutCause(ctx, restoreTime, errNotReadyAgain)
	defer stop()
	for _, ready := range again {
		err := ready(ctx)
		errs = append(errs, err)
		if errors.Is(err, errNotReadyAgain) {
			break
		}
	}
	return errors.Join(errs...)
}

// Undo removes the group if this run has made it.
func (p *Programs) Undo() error {
	if !p.made {
		return nil
	}
	p.made = false
	err := p.group.Remove()
	return errors.Join(err, processes.RemoveRecords(p.dir))
}
