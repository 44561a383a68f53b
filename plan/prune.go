package plan

import (
	"iter"
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// What files cannot speak of is compared with a new lab's only where it is to be taken
// away. What programs have made that say who they are by a protocol, as routing daemons
// do, stays.

// byProgram reports whether a protocol is that of such a program, not of the kernel or of
// somebody's hand (include/uapi/linux/rtnetlink.h).
func byProgram(protocol uint8) bool { return protocol >= unix.RTPROT_GATED }

// runsProgram reports whether a program makes routes in a node. What it makes of addresses
// does not always say so.
func (n *LiveNode) runsProgram() bool {
	return slices.ContainsFunc(n.Routes, func(r rtnl.Route) bool { return byProgram(r.Protocol) && r.Protocol != unix.RTPROT_RA })
}

// restOfWords returns what an operation is in the words of a program, behind the first ones.
func restOfWords(a engine.Action, behind string) string {
	_, args, ok := iproute.Format(engine.Op{Action: a})
	if i := slices.Index(args, behind); ok && i >= 0 {
		return strings.Join(args[i+1:], " ")
	}
	return ""
}

// byIndex returns a link, nil for one that is not there or goes.
func (n *LiveNode) byIndex(index uint32) *LiveLink {
	for _, l := range n.Links {
		if l.Index == index && !l.isNew {
			return l
		}
	}
	return nil
}

// pruned yields the nodes in which to take away what no file has ever asked for.
func (p *planner) pruned() iter.Seq[*LiveNode] {
	return func(yield func(*LiveNode) bool) {
		if !p.opts.Prune {
			return
		}
		for i := range p.t.Nodes {
			// Of a new one there is no rest.
			if n := p.w.Nodes[p.t.Nodes[i].Name]; n.rest != nil && !yield(n) {
				return
			}
		}
	}
}
