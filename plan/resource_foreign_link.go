package plan

import (
	"slices"

	"github.com/nslab/nslab/internal/live"
)

// foreignLinkResource: links, of any kind, that no file has asked for.
var foreignLinkResource = resource{
	stages: []stage{{name: "foreign-link.prune", plan: (*planner).foreignLinksGo, needs: []need{
		{"link.remove", "what a file has asked for goes as such"},
		{"bridge.remove", "what a file has asked for goes as such"},
		{"interface.remove", "what a file has asked for goes as such"},
	}}},
}

func (p *planner) foreignLinksGo() {
	if !p.opts.Prune {
		return
	}
	for i := range p.t.Nodes {
		node := p.t.Nodes[i].Name
		n := p.w.Nodes[node]
		var names []string
		for name := range n.Links {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			l := n.Links[name]
			if l == nil || !p.goesByPrune(node, l) {
				continue
			}
			p.deleteDevice(node, l, "")
		}
	}
}

// goesByPrune reports whether --prune takes a link away.
func (p *planner) goesByPrune(node string, l *live.Link) bool {
	return l.Kind != "" && !p.isFromNew(l) && !p.wantsDevice(node, l.Name)
}

// losesForGood reports whether --prune takes a link away that cannot be made
// again.
func (p *planner) losesForGood(node string, l *live.Link) bool {
	return p.opts.Prune && l != nil && !restorable(l) && p.goesByPrune(node, l)
}
