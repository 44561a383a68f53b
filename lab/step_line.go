package lab

import (
	"strconv"
	"strings"

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
	n := &t.Nodes[i]
	name, _, _ := strings.Cut(s.Name, " ")
	switch s.Object {
	case "route":
		for k, words := range n.Routes {
			if strings.Join(words, " ") == s.Name {
				return int(n.RoutePos(k).Line)
			}
		}
	case "sysctl":
		return int(n.SysctlPos(s.Name).Line)
	case "exec":
		if k, err := strconv.Atoi(name); err == nil {
			return int(n.ExecPos(k - 1).Line)
		}
	case "link":
		if _, iface, ok := strings.Cut(name, ":"); ok {
			name = iface // NODE:IFACE of a pair
		}
		fallthrough
	case "address":
		if _, l := t.Endpoint(i, name); l != nil {
			return l.Line
		}
	}
	return n.Line
}
