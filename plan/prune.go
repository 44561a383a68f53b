package plan

import (
	"iter"
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/iproute"
)

// What files cannot speak of is compared with a new lab's only where it is to
// be taken away. What programs have made that say who they are by a protocol,
// as routing daemons do, stays.

// restOfWords returns what an operation is in the words of a program, behind
// the first ones.
func restOfWords(a engine.Action, behind string) string {
	_, args, ok := iproute.Format(engine.Op{Action: a})
	if i := slices.Index(args, behind); ok && i >= 0 {
		return strings.Join(args[i+1:], " ")
	}
	return ""
}

// pruned yields the nodes in which to take away what no file has ever asked
// for.
func (p *planner) pruned() iter.Seq[*live.Node] {
	return func(yield func(*live.Node) bool) {
		if !p.opts.Prune {
			return
		}
		for i := range p.t.Nodes {
			// Of a new one there is no rest.
			if n := p.w.Nodes[p.t.Nodes[i].Name]; n.Rest != nil && !yield(n) {
				return
			}
		}
	}
}
