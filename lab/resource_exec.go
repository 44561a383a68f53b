package lab

import (
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/topology"
)

var execResource = resource{
	objects: []object{{name: "exec", line: lineOfExec}},
	stages: []stage{{name: "exec", last: true, plan: (*planner).execs, needs: []need{
		{"bridge.mtu", "the lab's network is up"},
		{"sysctl.link-mtu", "the lab's network is up"},
		{"namespace.remove", "what fails after it cannot be undone"},
	}}},
}

func lineOfExec(t *topology.Topology, node int, s *Step) int {
	number, _, _ := strings.Cut(s.Name, " ")
	k, err := strconv.Atoi(number)
	if err != nil {
		return t.Nodes[node].Line
	}
	return int(t.Nodes[node].ExecPos(k - 1).Line)
}

// execs runs the exec lines of nodes that are new, and those that an interrupted run
// has not come to.
func (p *planner) execs() {
	var v *view.View
	var whole *topology.Topology
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		if len(n.Exec) == 0 {
			continue
		}
		done := 0
		if !p.made[n.Name] {
			made := p.w.journal.Of(n.Name)
			if made == nil || made.Done() == len(made.Lines) {
				continue
			}
			done = made.Done()
		}
		for k, line := range n.Exec[done:] {
			if v == nil {
				whole = p.t.Whole()
				v = p.cfg.view(whole)
			}
			number := done + k + 1
			s := Step{Verb: Create, Object: "exec", Node: n.Name, Name: strconv.Itoa(number) + " " + line}
			s.exec = &execLine{view: v, root: p.cfg.root(), t: whole, node: whole.NodeIndex(n.Name), number: number, line: line}
			s.op(n.Name, s.exec)
			p.add(s)
		}
	}
}
