package lab

import (
	"context"
	"errors"
	"fmt"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/process"
	"github.com/nslab/nslab/topology"
)

// processStep starts a process of a node, or stops it, or both.
type processStep struct {
	node process.Node
	verb Verb
	name string
	// programs are those of the run that carries it out.
	programs *process.Programs
}

// Do implements engine.Action. Programs run when all else of a plan is done,
// not in its pipeline: see runPrograms.
func (a *processStep) Do(ctx context.Context, _ *engine.Engine, node string) error {
	if a.programs == nil {
		return errors.New("programs of a lab are started by Up")
	}
	if a.verb != Create && a.verb != Delete {
		if err := a.programs.Rehearse(&a.node, a.proc()); err != nil {
			return err
		}
	}
	if a.verb != Create {
		if err := a.programs.Stop(ctx, node, a.name); err != nil {
			return fmt.Errorf("node %q: process %q: stop it: %w", node, a.name, err)
		}
	}
	if a.verb == Delete {
		return nil // see forgetPrograms
	}
	return a.programs.Start(ctx, &a.node, a.proc())
}

// proc is the process of the file, nil for one that the file has no longer.
func (a *processStep) proc() *topology.Process {
	return a.node.Topology.Nodes[a.node.Index].Process(a.name)
}

// Command is what starts the process as a command of a node's namespace, for a
// script, nil if that has no words. It is never called to stop one: see
// Step.Ops.
func (a *processStep) Command() []string {
	if !hasWords(&a.node.Topology.Nodes[a.node.Index]) {
		return nil
	}
	proc := a.proc()
	words := []string{"env"}
	if dir := a.node.Topology.Dir(); dir != "." {
		words = append(words, "-C", dir)
	}
	words = append(append(words, a.node.View.Environ(a.node.Index)...), proc.Env...)
	return append(append(words, "setsid", "/bin/sh", "-c", `"$@" </dev/null >/dev/null 2>&1 &`, "sh"), proc.Command...)
}

// stopStep is a processStep that starts nothing, and that no words of iproute2
// do.
type stopStep struct{ step *processStep }

// Do implements engine.Action.
func (a *stopStep) Do(ctx context.Context, e *engine.Engine, node string) error {
	return a.step.Do(ctx, e, node)
}

// processSteps returns what makes the actions of a topology's processes, which
// see what the view gives them.
func processSteps(t *topology.Topology, v func() *view.View) func(node, name string, verb Verb) engine.Action {
	return func(node, name string, verb Verb) engine.Action {
		a := &processStep{node: process.Node{Topology: t, Index: t.NodeIndex(node), View: v()}, verb: verb, name: name}
		if verb != Create {
			return &stopStep{a}
		}
		return a
	}
}

// processOf is what starts or stops the process that a step is about, nil for
// another step.
func processOf(s *Step) *processStep {
	if s.Object != "process" {
		return nil
	}
	switch a := s.Ops()[0].Action.(type) {
	case *processStep:
		return a
	case *stopStep:
		return a.step
	}
	return nil
}

// endPrograms ends, for undoing, what this run has started: processes of the
// file, and what is left of the process groups that its exec lines have run in.
// In nodes that it has made it ends whatever such lines have started.
func (s *session) endPrograms(ctx context.Context, steps []Step) error {
	groups := execGroups(steps)
	if len(groups) == 0 && !s.programs.HaveStarted() {
		return nil
	}
	inGroup, err := processes.InGroups(groups)
	if err != nil {
		return err
	}
	_, err = s.programs.End(ctx, func(p *Process) bool {
		if p.Member == "" {
			return inGroup(p)
		}
		node, name := processes.NodeOf(p.Member)
		return s.createsLab || s.made[node] || s.programs.Started(node, name) || inGroup(p)
	}, undoGrace, func() error { return nil })
	return err
}

// restorePrograms makes the processes of the file, when the rest is undone, what
// they were before this run.
func (s *session) restorePrograms(ctx context.Context) error {
	return s.programs.Restore(ctx, undoGrace, func(node, name string, from map[string]string) (*process.Node, *topology.Process) {
		return s.asStarted(s.old, node, name, from)
	})
}

// forgetPrograms removes what is written down of processes that the file has no
// longer. Until the run has ended well it is needed to start them again.
func (s *session) forgetPrograms(p *Plan) error {
	var errs []error
	for i := range s.states {
		st := &s.states[i]
		if k := p.Topology.NodeIndex(st.Node); k < 0 || p.Topology.Nodes[k].Process(st.Name) == nil {
			errs = append(errs, s.programs.Forget(st.Node, st.Name))
		}
	}
	return errors.Join(errs...)
}

// removeGroup ends what may be left of what the lab's file has started, and
// removes the group of it.
func (s *session) removeGroup() error {
	g, err := processes.ReadGroup(s.Dir)
	if err != nil {
		return err
	}
	return errors.Join(g.Remove(), g.Close())
}
