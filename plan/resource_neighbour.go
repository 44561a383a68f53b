package plan

import (
	"fmt"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// neighbourResource: the entries of neighbour tables, and of forwarding
// databases.
var neighbourResource = resource{
	objects: []object{{name: "neighbour"}, {name: "fdb"}},
	stages: []stage{{name: "neighbour.prune", plan: (*planner).pruneEntries, needs: []need{
		{"namespace.create", "what is there is that of nodes that stay"},
	}}},
}

// pruneEntries takes away neighbours and FDB entries, before anything else: the
// kernel does so where a link gets another MAC address or ARP back, or loses
// IPv6, and undoing would not bring back those.
func (p *planner) pruneEntries() {
	for n := range p.pruned() {
		p.pruneNeighs(n, n.Rest.Neighs)
		p.pruneNeighs(n, n.Rest.FDB)
	}
}

// pruneNeighs deletes the entries that somebody has made: those that do not
// age.
func (p *planner) pruneNeighs(n *live.Node, all []rtnl.Neigh) {
	for _, e := range all {
		l := n.ByIndex(e.Link.Index)
		if l == nil && e.Link.Index != 0 || live.ByProgram(e.Protocol) || !n.MadeByHand(&e) {
			continue
		}
		if l != nil && l.Index != live.LoopbackIndex && !p.wantsDevice(n.Name, l.Name) {
			continue // it goes with the link
		}
		object, name := "neighbour", e.Dst.String()
		if e.Family == unix.AF_BRIDGE {
			object, name = "fdb", e.LLAddr.String()
			if e.VLAN != 0 {
				name += fmt.Sprintf(" vlan %d", e.VLAN)
			}
		}
		if l != nil {
			name += " dev " + l.Name
		}
		e.Flags |= whoseFDB(&e)
		if l != nil {
			e.Link = l.Ref()
		}
		s := Step{Verb: Delete, Object: object, Node: n.Name, Name: name}
		s.op(n.Name, &engine.Request{Req: &rtnl.NeighDel{Neigh: e}})
		again := &rtnl.NeighAdd{Neigh: e}
		if live.ManyRemotes(&e) {
			again.Mode = rtnl.ModeAppend
		}
		s.undoOp(n.Name, &engine.Request{Req: again})
		p.add(s)
	}
}

// whoseFDB returns the flag that a request about an FDB entry needs besides
// those that the kernel shows: without one it ignores all other flags
// (rtnl_fdb_del in net/core/rtnetlink.c), and a bridge is in the FDB of no
// bridge but its own.
func whoseFDB(e *rtnl.Neigh) uint8 {
	switch {
	case e.Family != unix.AF_BRIDGE || e.Flags&unix.NTF_SELF != 0:
		return 0
	case e.Link.Index == e.Master:
		return unix.NTF_SELF
	}
	return unix.NTF_MASTER
}
