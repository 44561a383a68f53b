package plan

import (
	"strconv"
	"strings"

	"github.com/nslab/nslab/topology"
)

var execResource = resource{
	objects: []object{{name: "exec", line: lineOfExec}},
	stages: []stage{{name: "exec", last: true, plan: (*planner).execs, needs: []need{
		{"bridge.mtu", "the lab's network is up"},
		{"sysctl.link-mtu", "the lab's network is up"},
		{"namespace.remove", "what fails after it cannot be undone"},
		{"process", "the node's processes run"},
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

// execs runs the exec lines of nodes that are new, and those that an
// interrupted run has not come to.
func (p *planner) execs() {
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		if len(n.Exec) == 0 {
			continue
		}
		done := 0
		if !p.made[n.Name] {
			made := p.journal.Of(n.Name)
			if made == nil || made.Done() == len(made.Lines) {
				continue
			}
			done = made.Done()
		}
		for k, line := range n.Exec[done:] {
			number := done + k + 1
			s := Step{Verb: Create, Object: "exec", Node: n.Name, Name: strconv.Itoa(number) + " " + line}
			s.op(n.Name, p.exec(n.Name, number, line))
			p.add(s)
		}
	}
}
