package lab

import (
	"strconv"
	"strings"
)

// nodePlaces is where the file says what a node has. Nodes of a count share it.
type nodePlaces struct {
	routes, exec []filePos // of Node.Routes and Node.Exec
	sysctls      map[string]filePos
}

// sysctl notes where a setting is made; of two that make it the nearest counts.
func (p *nodePlaces) sysctl(key string, at filePos) {
	if p.sysctls == nil {
		p.sysctls = make(map[string]filePos)
	}
	p.sysctls[key] = at
}

// route is the place of a route of a node.
func (n *Node) routePlace(k int) filePos {
	if n.places == nil || k >= len(n.places.routes) {
		return filePos{int32(n.Line), 1}
	}
	return n.places.routes[k]
}

// sysctlPlace is the place of a setting of a node.
func (n *Node) sysctlPlace(key string) filePos {
	if n.places != nil {
		if at, ok := n.places.sysctls[key]; ok {
			return at
		}
	}
	return filePos{int32(n.Line), 1}
}

// line is the line of the file that asks for a step, 0 where none does.
func (t *Topology) line(s *Step) int {
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
				return int(n.routePlace(k).line)
			}
		}
	case "sysctl":
		return int(n.sysctlPlace(s.Name).line)
	case "exec":
		if k, err := strconv.Atoi(name); err == nil && n.places != nil && k >= 1 && k <= len(n.places.exec) {
			return int(n.places.exec[k-1].line)
		}
	case "link":
		if _, iface, ok := strings.Cut(name, ":"); ok {
			name = iface // NODE:IFACE of a pair
		}
		fallthrough
	case "address":
		if at, ok := t.byIface()[ifaceKey{i, name}]; ok {
			return t.Links[at[0]].Line
		}
	}
	return n.Line
}
