package topology

import (
	"slices"
	"strconv"
)

// What grows with the nodes of a lab gets its room at once: growing as they come, it
// would take three times the memory, and fresh memory takes longer to get than to
// fill.

// roomForNodes makes room for the nodes that a file has, as far as their counts can
// be read, and for two interfaces of each. It may be wrong: then there is less room,
// or more.
func (p *fileParser) roomForNodes(nodes *yamlNode) {
	count := 0
	if nodes != nil {
		for _, v := range nodes.items {
			count += countOf(v, p.limits.Nodes)
			count = min(count, p.limits.Nodes)
		}
	}
	p.t.Nodes = slices.Grow(p.t.Nodes, count)
	p.nodes = make(map[string]int, count)
	p.specs = make([]*nodeSpec, 0, count)
	p.devs = make([][]routeDev, 0, count)
	p.ifaces = make(map[ifaceKey]Pos, 2*count)
	p.macs = make(map[[6]byte]Pos, 2*count)
}

// countOf is the count that a node of the file has, up to limit, and 1 where it has
// none that can be read.
func countOf(node *yamlNode, limit int) int {
	for i, k := range node.keys {
		if k.text == "count" {
			if n, err := strconv.Atoi(node.items[i].text); err == nil && n > 0 {
				return min(n, limit)
			}
		}
	}
	return 1
}

// roomForLinks makes room for as many links as the file has entries, or as there are
// nodes, since an entry with a pattern stands for one of each that matches.
func (p *fileParser) roomForLinks(entries int) {
	count := min(max(entries, len(p.t.Nodes)), p.limits.Links)
	p.t.Links = slices.Grow(p.t.Links, count)
	p.links = make([]linkUse, 0, count)
}
