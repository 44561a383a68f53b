package lab

import (
	"github.com/nslab/nslab/topology"
)

// lineOf is the line of the file that asks for a step, 0 where none does.
func lineOf(t *topology.Topology, s *Step) int {
	if s.Verb == Delete {
		return 0
	}
	i := t.NodeIndex(s.Node)
	if i < 0 {
		return 0
	}
	if line := objectOf(s.Object).line; line != nil {
		return line(t, i, s)
	}
	return t.Nodes[i].Line
}
