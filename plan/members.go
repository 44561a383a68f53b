package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// The members of an interface, such as those of a VRF, join it when they are
// made, before they come up and have addresses. A link that joins or leaves one
// later is made anew: the kernel would take its IPv6 addresses and the routes
// through it, and have the rest of them in another table (cycle_netdev in
// drivers/net/vrf.c).

// memberOf returns the interface that the file makes a link of a node a member
// of, nil for none.
func (p *planner) memberOf(node, iface string) *topology.Interface {
	if n := p.t.Node(node); n != nil {
		return n.Master(iface)
	}
	return nil
}

// wasMember reports whether an earlier file made an interface a member of
// another one.
func (p *planner) wasMember(node, iface string) bool {
	return slices.ContainsFunc(p.old, func(t *topology.Topology) bool {
		n := t.Node(node)
		return n != nil && n.Master(iface) != nil
	})
}

// moves says why a link has to be made anew because it joins or leaves a master,
// "" if it does neither.
func (p *planner) moves(node string, l *live.Link) string {
	n := p.w.Nodes[node]
	is := masterOf(n, l)
	ofKind := is != nil && isMaster(is)
	want := p.memberOf(node, l.Name)
	switch {
	case want == nil && ofKind && (p.opts.Prune || p.wasMember(node, l.Name)):
		return fmt.Sprintf("it is a member of %q", is.Name)
	case want == nil:
		return ""
	}
	master := n.Links[want.Name]
	if master == nil || master != is || !master.IsNew && p.replaced(n, want, master) != "" {
		return fmt.Sprintf("it becomes a member of %q", want.Name)
	}
	return ""
}

// isMaster reports whether a link is of a kind that has members.
func isMaster(l *live.Link) bool {
	kind := ownKind(l)
	return kind != nil && kind.hasMembers
}

// joined makes a new link a member in the world, of the master that the file
// gives it. It returns this master, nil for none, and false if the master is
// missing, which has been reported already.
func (p *planner) joined(node string, l *live.Link) (master *live.Link, ok bool) {
	want := p.memberOf(node, l.Name)
	if want == nil {
		return nil, true
	}
	if master = p.w.Nodes[node].Links[want.Name]; master == nil {
		return nil, false
	}
	l.Master, l.Table = master.Index, master.Table
	return master, true
}

// membersGo plans the deletion of the members of a link that goes, as far as
// files mention them. Members that somebody has added by hand stay. The
// operations that it returns make them members again if the deletion is undone.
func (p *planner) membersGo(node string, master *live.Link) (again []engine.Op) {
	if !isMaster(master) {
		return nil
	}
	links := p.w.Nodes[node].Links
	for _, name := range slices.Sorted(maps.Keys(links)) {
		l := links[name]
		switch {
		case l == nil || l.Master != master.Index: // or it has gone with another
		case restorable(l) && p.willGo(node, l):
			p.deleteDevice(node, l, fmt.Sprintf("%q, which it is a member of, goes", master.Name))
		default:
			again = append(again, engine.Op{NetNS: node, Action: setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Master = rtnl.Some(master.Ref()) })})
			l.Master, l.Table = 0, 0
		}
	}
	return again
}
