package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/plan"
)

// A process in a node that the file drops would go on in a namespace without a
// name, and without links: `up` ends it, or refuses, as `down` does.

// dropped are the nodes that a plan removes for good.
func (p *Plan) dropped() []string {
	var nodes []string
	for i := range p.Steps {
		if s := &p.Steps[i]; removesNode(s) && !plan.IsRemade(p.Remade, s.Node) {
			nodes = append(nodes, s.Node)
		}
	}
	return nodes
}

// inDropped returns the processes in those nodes that the file has not started,
// and an *UnseenError if there may be more.
func (s *session) inDropped(p *Plan) ([]Process, error) {
	nodes := p.dropped()
	if len(nodes) == 0 {
		return nil, nil
	}
	all, err := processes.Find(s.Dir)
	return slices.DeleteFunc(all, func(p Process) bool { return p.Member != "" || !slices.Contains(nodes, p.Node) }), err
}

// mayDrop is an error where processes run in nodes that the plan removes, or
// where that cannot be told, unless they are to be ended.
//
// Until unbar no program enters the lab, nor where nodes are recreated.
func (s *session) mayDrop(ctx context.Context, p *Plan, opts *UpOptions) error {
	if len(p.Remade) == 0 && len(p.dropped()) == 0 {
		return nil
	}
	if err := s.Bar(ctx); err != nil {
		return err
	}
	procs, err := s.inDropped(p)
	var unseen *UnseenError
	switch {
	case opts.Kill && errors.As(err, &unseen):
		if opts.OnUnseen != nil {
			opts.OnUnseen(unseen)
		}
		return nil
	case opts.Kill || len(procs) == 0 && err == nil:
		return err
	case len(procs) == 0:
		return fmt.Errorf("the file drops %s: %w", nodesWords(p.dropped()), err)
	}
	return errors.Join(&ProcessesError{Lab: s.Name, Processes: procs, Dropped: nodesOf(procs)}, err)
}

// nodesOf are the nodes of processes, in ascending order.
func nodesOf(procs []Process) []string {
	var nodes []string
	for _, p := range procs {
		nodes = append(nodes, p.Node)
	}
	slices.Sort(nodes)
	return slices.Compact(nodes)
}

// nodesWords names nodes: "node "a"", "nodes "a", "b" and 3 more".
func nodesWords(nodes []string) string {
	text := "node "
	if len(nodes) > 1 {
		text = "nodes "
	}
	for i, n := range nodes {
		switch {
		case i == maxNodes:
			return text + " and " + strconv.Itoa(len(nodes)-i) + " more"
		case i > 0:
			text += ", "
		}
		text += strconv.Quote(n)
	}
	return text
}

func processesRun(n int) string {
	if n == 1 {
		return "1 process runs"
	}
	return strconv.Itoa(n) + " processes run"
}

func them(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// maxNodes bounds how many nodes an error lists.
const maxNodes = 20
