package process

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

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

// Restore makes the processes that this run has started or stopped what they
// were before: those that ran are started again, as find says from what. The
// programs that this run has started have to be ended.
func (p *Programs) Restore(ctx context.Context, find func(node, name string, from map[string]string) (*Node, *topology.Process)) error {
	var errs []error
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
			errs = append(errs, p.Start(ctx, n, proc))
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
