package plan

import (
	"context"
	"errors"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/process"
	"github.com/nslab/nslab/topology"
)

var limitsResource = resource{
	objects: []object{{name: "limit", line: func(t *topology.Topology, node int, _ *Step) int {
		if l := &t.Nodes[node].Limits; l.IsSet() {
			return int(l.At.Line)
		}
		return t.Nodes[node].Line
	}}},
	stages: []stage{{name: "limits", plan: (*planner).limits, needs: []need{
		{"namespace.create", "what runs in a node that is made anew is ended"},
	}}},
}

// limits changes the limits of nodes in which something runs. Those of others
// come with what is started first.
func (p *planner) limits() {
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		have, known := p.input.Limits[n.Name]
		if !known || p.made[n.Name] {
			continue
		}
		for _, l := range process.Limits {
			old, want := l.Words(&have), l.Words(&n.Limits)
			if l.Same(&have, &n.Limits) {
				continue
			}
			s := Step{Verb: Update, Object: "limit", Node: n.Name, Name: l.Key, Old: old, New: want}
			was := have
			l.Set(&have, &n.Limits)
			s.op(n.Name, &setLimits{have, p.input.SetLimits})
			s.undoOp(n.Name, &setLimits{was, p.input.SetLimits})
			p.add(s)
		}
	}
}

// setLimits changes the limits of a node.
type setLimits struct {
	limits topology.NodeLimits
	set    func(node string, l *topology.NodeLimits) error
}

// Do implements engine.Action.
func (a *setLimits) Do(_ context.Context, _ *engine.Engine, node string) error {
	if a.set == nil {
		return errors.New("limits of a lab's nodes are set by Up")
	}
	return a.set(node, &a.limits)
}
