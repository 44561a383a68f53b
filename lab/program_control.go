package lab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/nslab/nslab/internal/few"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/process"
	"github.com/nslab/nslab/topology"
)

// Control is something to do with processes of a lab's file.
type Control uint8

const (
	// StartPrograms starts those that do not run.
	StartPrograms Control = iota
	// StopPrograms stops those that run. No `up` starts them again.
	StopPrograms
	// RestartPrograms stops those that run, and starts all.
	RestartPrograms
)

// A ProgramName names a process of a lab's file, or with Name "" all of a node.
type ProgramName struct{ Node, Name string }

// ControlPrograms starts or stops processes of a lab that is up. It returns when
// what it starts is ready; otherwise the error matches ErrNotReady, and nothing
// is taken back. It returns the names of those that it has started or stopped.
// A name that the file does not have gives an error before anything is done,
// which matches ErrNoNode.
func ControlPrograms(ctx context.Context, name string, what Control, which []ProgramName, cfg *Config) (changed []ProgramName, err error) {
	cfg = cfg.orDefault()
	s, err := cfg.begin(ctx, name, nil, false, labdir.WaitForLock)
	if err != nil {
		return nil, err
	}
	c := &control{s: s, what: what}
	err = c.run(ctx, which)
	return c.changed, errors.Join(err, s.end())
}

type control struct {
	s    *session
	what Control
	t    *topology.Topology
	view *view.View

	mu      sync.Mutex
	changed []ProgramName
	errs    []error
}

// A controlled is a process that is meant.
type controlled struct {
	node int
	proc *topology.Process
	// state is nil if it has never been started.
	state *process.State
	// ended says that this has stopped it in order to start it again.
	ended bool
}

func (c *controlled) running() bool { return c.state != nil && c.state.Running() }

func (c *control) run(ctx context.Context, which []ProgramName) error {
	if c.s.state.Phase != PhaseUp || len(c.s.old) != 1 {
		return fmt.Errorf("lab %q is not up, but %s: %s with its file goes on with it", c.s.Name, c.s.state.Phase, c.s.state.upAgain())
	}
	c.t = c.s.old[0]
	c.view = c.s.cfg.view(c.t, c.s.oldSources)
	states, err := process.Read(c.s.Dir)
	if err != nil {
		return err
	}
	all, err := c.meant(which, states)
	if err != nil {
		return err
	}
	if err := c.s.programs.Open(); err != nil {
		return err
	}
	if c.what != StopPrograms {
		if err := c.makeLogs(all); err != nil {
			return err
		}
	}
	if c.what == RestartPrograms {
		if err := c.rehearse(all); err != nil {
			return err
		}
	}
	if c.what != StartPrograms {
		if err := c.stop(ctx, all); err != nil {
			return err
		}
	}
	if c.what != StopPrograms {
		return c.start(ctx, all)
	}
	return nil
}

// meant finds processes by their names.
func (c *control) meant(which []ProgramName, states []process.State) (all []controlled, err error) {
	seen := make(map[ProgramName]bool)
	for _, w := range which {
		i := c.t.NodeIndex(w.Node)
		if i < 0 {
			return nil, fmt.Errorf("%w: lab %q has no node %q", ErrNoNode, c.s.Name, w.Node)
		}
		n := &c.t.Nodes[i]
		if w.Name != "" && n.Process(w.Name) == nil {
			return nil, fmt.Errorf("%w: node %q of lab %q has no process %q", ErrNoNode, w.Node, c.s.Name, w.Name)
		}
		if len(n.Processes) == 0 {
			return nil, fmt.Errorf("%w: node %q of lab %q has no processes", ErrNoNode, w.Node, c.s.Name)
		}
		for k := range n.Processes {
			proc := &n.Processes[k]
			name := ProgramName{n.Name, proc.Name}
			if w.Name != "" && w.Name != proc.Name || seen[name] {
				continue
			}
			seen[name] = true
			m := controlled{node: i, proc: proc}
			for s := range states {
				if states[s].Node == n.Name && states[s].Name == proc.Name {
					m.state = &states[s]
				}
			}
			all = append(all, m)
		}
	}
	return all, nil
}

// rehearse finds out whether those that are to be started can be, before
// anything is stopped.
func (c *control) rehearse(all []controlled) error {
	var errs []error
	for i := range all {
		m := &all[i]
		errs = append(errs, c.s.programs.Rehearse(&process.Node{Topology: c.t, Index: m.node, View: c.view}, m.proc))
	}
	err := few.Errors(slices.DeleteFunc(errs, func(err error) bool { return err == nil }))
	if err == nil {
		return nil
	}
	return fmt.Errorf("nothing is stopped, because not all could be started again: %w", err)
}

// makeLogs makes the logs of those that are to be started.
func (c *control) makeLogs(all []controlled) error {
	var nodes []string
	for i := range all {
		nodes = append(nodes, c.t.Nodes[all[i].node].Name)
	}
	if _, err := c.s.MountLogs(); err != nil {
		return err
	}
	return c.s.MakeLogs(nodes)
}

// stop stops those that run, all at once.
func (c *control) stop(ctx context.Context, all []controlled) error {
	members := make(map[string]bool)
	for i := range all {
		m := &all[i]
		node := c.t.Nodes[m.node].Name
		// Written down first: an interrupted stop is one that `up` does not
		// take for an end.
		if c.what == StopPrograms && (m.state == nil || !m.state.Stopped) {
			if err := c.s.programs.SetStopped(node, m.proc.Name); err != nil {
				return err
			}
			if !m.running() {
				c.done(node, m.proc.Name)
			}
		}
		if m.running() {
			members[processes.Member(node, m.proc.Name)] = true
		}
	}
	if len(members) == 0 {
		return nil
	}
	sent, err := c.s.programs.End(ctx, func(p *Process) bool { return members[p.Member] }, 0, func() error { return nil })
	if err != nil {
		return c.interrupted(err, sent)
	}
	for i := range all {
		if m := &all[i]; m.running() {
			if m.state.PIDs, m.ended = nil, true; c.what == StopPrograms {
				c.done(c.t.Nodes[m.node].Name, m.proc.Name)
			}
		}
	}
	return nil
}

// interrupted tells, in an error of stop, what has been sent a signal.
func (c *control) interrupted(err error, sent []Process) error {
	names := make(map[string]bool)
	for i := range sent {
		node, name := processes.NodeOf(sent[i].Member)
		names[c.s.Name+"/"+node+"/"+name] = true
	}
	if len(names) == 0 {
		return err
	}
	list := strings.Join(slices.Sorted(maps.Keys(names)), " ")
	return fmt.Errorf("%w; it had sent signals to these, which may not run now: %s; \"nslab restart %s\" goes on", err, list, list)
}

// start starts those that do not run, side by side, and waits until they are
// ready.
func (c *control) start(ctx context.Context, all []controlled) error {
	slots := make(chan struct{}, defaultJobs())
	var wg sync.WaitGroup
	for i := range all {
		m := &all[i]
		if m.running() {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			n := &process.Node{Topology: c.t, Index: m.node, View: c.view}
			err := c.s.programs.Start(ctx, n, m.proc)
			<-slots
			if err != nil && m.ended {
				err = fmt.Errorf("%w; it had been stopped, and does not run now", err)
			}
			if err == nil {
				c.done(c.t.Nodes[m.node].Name, m.proc.Name)
				err = c.s.programs.Ready(ctx, n, m.proc)
			}
			if err != nil {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.errs = append(c.errs, err)
			}
		})
	}
	wg.Wait()
	return few.Errors(c.errs)
}

func (c *control) done(node, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = append(c.changed, ProgramName{node, name})
}
