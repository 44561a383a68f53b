package topology

import (
	"slices"
	"strconv"
)

// Slices and maps that grow with the nodes of a lab are allocated at their full
// size. Growing step by step would take three times the memory, and fresh
// memory takes longer to get than to fill.

// roomForNodes allocates room for the nodes of a file, as far as their counts
// can be read, and for two interfaces per node. The estimate may be wrong,
// which does no harm.
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

// countOf returns the count of a node of the file, up to limit, or 1 if it has
// no readable count.
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

// roomForLinks allocates room for as many links as there are entries or nodes,
// whichever is more: an entry with a pattern makes a link for each matching
// node.
func (p *fileParser) roomForLinks(entries int) {
	count := min(max(entries, len(p.t.Nodes)), p.limits.Links)
	p.t.Links = slices.Grow(p.t.Links, count)
	p.links = make([]linkUse, 0, count)
}
