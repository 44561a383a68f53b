package topology

// nodePlaces has the places of a node's values in the file. Nodes of a count
// share it.
type nodePlaces struct {
	routes, exec []Pos // of Node.Routes and Node.Exec
	sysctls      map[string]Pos
	view         viewPlaces
}

// sysctl notes the place of a setting. If it is there already, the nearest one
// counts.
func (p *nodePlaces) sysctl(key string, at Pos) {
	if p.sysctls == nil {
		p.sysctls = make(map[string]Pos)
	}
	p.sysctls[key] = at
}

// RoutePos returns the place in the file of the route Routes[k].
func (n *Node) RoutePos(k int) Pos { return n.pos(n.where().routes, k) }

// ExecPos returns the place in the file of the line Exec[k].
func (n *Node) ExecPos(k int) Pos { return n.pos(n.where().exec, k) }

// SysctlPos returns the place in the file of the setting with a key.
func (n *Node) SysctlPos(key string) Pos {
	if at, ok := n.where().sysctls[key]; ok {
		return at
	}
	return n.pos(nil, 0)
}

// where returns the node's nodePlaces, which are empty without a file.
func (n *Node) where() nodePlaces {
	if n.places == nil {
		return nodePlaces{}
	}
	return *n.places
}

// pos returns places[k], or the node's own place if there is none.
func (n *Node) pos(places []Pos, k int) Pos {
	if k < 0 || k >= len(places) {
		return Pos{int32(n.Line), 1}
	}
	return places[k]
}
