package topology

// nodePlaces is where the file says what a node has. Nodes of a count share it.
type nodePlaces struct {
	routes, exec []Pos // of Node.Routes and Node.Exec
	sysctls      map[string]Pos
}

// sysctl notes where a setting is made; of two that make it the nearest counts.
func (p *nodePlaces) sysctl(key string, at Pos) {
	if p.sysctls == nil {
		p.sysctls = make(map[string]Pos)
	}
	p.sysctls[key] = at
}

// RoutePos is where the file has a route of the node, by its index in Routes.
func (n *Node) RoutePos(k int) Pos { return n.pos(n.where().routes, k) }

// ExecPos is where the file has an exec line of the node, by its index in Exec.
func (n *Node) ExecPos(k int) Pos { return n.pos(n.where().exec, k) }

// SysctlPos is where the file has a setting of the node, by its key.
func (n *Node) SysctlPos(key string) Pos {
	if at, ok := n.where().sysctls[key]; ok {
		return at
	}
	return n.pos(nil, 0)
}

// where is nodePlaces, empty without a file.
func (n *Node) where() nodePlaces {
	if n.places == nil {
		return nodePlaces{}
	}
	return *n.places
}

// pos is one of some places, or that of the node where there is none.
func (n *Node) pos(places []Pos, k int) Pos {
	if k < 0 || k >= len(places) {
		return Pos{int32(n.Line), 1}
	}
	return places[k]
}
