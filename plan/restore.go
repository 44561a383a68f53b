package plan

import (
	"iter"
	"maps"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// restoreNode returns the operations that make a namespace again as it is now:
// as far as files can ask for it, and without the processes in it.
func (p *planner) restoreNode(n *live.Node) []engine.Op {
	ops := []engine.Op{{Action: &bindNode{n.Name}}}
	// Settings of interfaces come once these are there again.
	var later []engine.Op
	var all []sysctl.Setting
	for _, key := range slices.Sorted(maps.Keys(n.Sysctls)) {
		if value := n.Sysctls[key]; value != "" {
			all = append(all, sysctl.Setting{Key: key, Value: value})
		}
	}
	for _, s := range withinBounds(byReach(all), func(key string) string { return p.fresh[key] }) {
		op := engine.Op{NetNS: n.Name, Action: &engine.SysctlSet{Key: s.Key, Value: s.Value}}
		if live.OfInterface(s.Key) {
			later = append(later, op)
		} else {
			ops = append(ops, op)
		}
	}
	ops = append(ops, p.rulesAgain(n)...)
	for l := range lowersFirst(n) {
		if l.Index == live.LoopbackIndex { // which is there
			ops = append(ops, p.restoreEnd(n.Name, l)...)
		} else {
			ops = append(ops, p.restore(n.Name, l)...)
		}
	}
	ops = append(ops, later...)
	for _, r := range n.Routes {
		if r.OIF.IsZero() && len(r.Nexthops) == 0 && restoredRoute(&r) {
			ops = append(ops, engine.Op{NetNS: n.Name, Action: &engine.Request{Req: &rtnl.RouteAdd{Route: r}}})
		}
	}
	return ops
}

// lowersFirst yields the links of a node, of a pair within it one end: each
// after its master and after the link that it is on.
func lowersFirst(n *live.Node) iter.Seq[*live.Link] {
	return func(yield func(*live.Link) bool) {
		done := make(map[*live.Link]bool)
		var visit func(l *live.Link) bool
		visit = func(l *live.Link) bool {
			if l == nil || done[l] {
				return true
			}
			done[l] = true
			ends := []*live.Link{l}
			if peer := n.Links[l.PeerName]; l.PeerNode == n.Name && peer != nil {
				done[peer] = true
				ends = append(ends, peer)
			}
			for _, end := range ends {
				if !visit(masterOf(n, end)) || !visit(lowerOf(n, end)) {
					return false
				}
			}
			return yield(l)
		}
		for _, name := range slices.Sorted(maps.Keys(n.Links)) {
			if !visit(n.Links[name]) {
				return
			}
		}
	}
}

func masterOf(n *live.Node, l *live.Link) *live.Link {
	for _, master := range n.Links {
		if master.Index == l.Master {
			return master
		}
	}
	return nil
}

// byUser reports whether a route is one that nobody but a user can have added.
func byUser(r *rtnl.Route) bool {
	return r.Protocol == unix.RTPROT_BOOT || r.Protocol == unix.RTPROT_STATIC
}

// rulesAgain returns the operations that make the rules of a namespace again
// that the kernel does not make by itself.
func (p *planner) rulesAgain(n *live.Node) (ops []engine.Op) {
	var rules []rtnl.Rule
	if n.Rest != nil {
		rules = n.Rest.Rules
	} else if p.w.More != nil {
		var err error
		if rules, err = p.w.More.Rules(n.Name); err != nil {
			p.errs = append(p.errs, err)
		}
	}
	for _, r := range rules {
		if r.Protocol != unix.RTPROT_KERNEL {
			ops = append(ops, engine.Op{NetNS: n.Name, Action: &engine.Request{Req: &rtnl.RuleAdd{Rule: r}}})
		}
	}
	return ops
}

// restoredRoute reports whether undoing makes a route again: not one that the
// kernel makes by itself, from an address or what a router or another host has
// told it, nor one through a nexthop object, which is gone.
func restoredRoute(r *rtnl.Route) bool {
	switch r.Protocol {
	case unix.RTPROT_KERNEL, unix.RTPROT_REDIRECT, unix.RTPROT_RA:
		return false
	}
	return r.NHID == 0
}

// restorable reports whether restore can make a link again: nslab knows all
// that makes up a bridge, an interface such as files may have, and a veth pair
// of which it sees both ends.
func restorable(l *live.Link) bool {
	if kind := ownKind(l); kind != nil {
		return !l.NetNS.IsSet() // what it is on may be in another namespace
	}
	return l.Kind == "bridge" || l.Kind == "veth" && l.PeerNode != ""
}

// unrestorable are the links that go with one and cannot be made again, in
// words.
func (p *planner) unrestorable(node string, l *live.Link) []string {
	var lost []string
	uppers := p.w.Uppers(node, l)
	if l.PeerNode != "" {
		uppers = append(uppers, p.w.Uppers(l.PeerNode, p.w.Nodes[l.PeerNode].Links[l.PeerName])...)
	}
	if restorable(l) {
		lost = append(lost, p.losses(node, l)...)
		if l.PeerNode != "" {
			lost = append(lost, p.losses(l.PeerNode, p.w.Nodes[l.PeerNode].Links[l.PeerName])...)
		}
	} else {
		lost = append(lost, lostWords(node, l))
	}
	for _, upper := range uppers {
		if restorable(upper.Link) && !restorable(l) {
			lost = append(lost, lostWords(upper.Node, upper.Link)) // it would have nothing to be on
		}
		lost = append(lost, p.unrestorable(upper.Node, upper.Link)...)
	}
	return lost
}

func lostWords(node string, l *live.Link) string {
	text := l.Name + " in " + node
	if l.Kind != "" {
		text += " (" + l.Kind + ")"
	}
	return text
}

// restore returns the operations that make a link again as it is now.
func (p *planner) restore(node string, l *live.Link) []engine.Op {
	var ops []engine.Op
	switch {
	case l.Kind == "bridge":
		opts := &rtnl.Bridge{}
		if info, err := rtnl.DecodeBridge(l.Data); err == nil {
			// Options beyond those that files can give are the kernel's
			// defaults. Those that are as in a new bridge are left out: a
			// kernel without VLAN filtering refuses even 0.
			var fresh rtnl.Bridge
			dropOptions(&fresh, &info.Bridge)
			opts, _, _ = bridgeDiff(&info.Bridge, &fresh)
		}
		add := &rtnl.LinkAdd{Kind: opts, Name: l.Name, Index: l.Index, LinkAttrs: attrsOf(l)}
		ops = append(ops, engine.Op{NetNS: node, Action: &engine.Request{Req: add}})
		if p.hasOwnMTU(node, l) {
			// Only an MTU that changes when the bridge is there outlives the
			// arrival of its ports, and it has to come before them: a small
			// port would take IPv6 off the bridge.
			add.MTU = besideMTU(l.MTU)
			ops = append(ops, engine.Op{NetNS: node, Action: setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.MTU = l.MTU })})
		}
		ops = append(ops, p.linkAgain(node, l)...)
		return append(ops, p.restoreEnd(node, l)...)
	case ownKind(l) != nil && restorable(l):
		add := &rtnl.LinkAdd{Kind: ownKind(l).asItIs(l), Name: l.Name, Index: l.Index, LinkAttrs: attrsOf(l)}
		if lower := lowerOf(p.w.Nodes[node], l); lower != nil {
			add.Link = lower.Ref()
		}
		ops = append(ops, engine.Op{NetNS: node, Action: &engine.Request{Req: add}})
		if l.Master != 0 {
			ops = append(ops, engine.Op{NetNS: node, Action: setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Master = rtnl.Some(rtnl.LinkIndex(l.Master)) })})
		}
		ops = append(append(ops, p.linkAgain(node, l)...), p.portAgain(node, l)...)
		return append(ops, p.restoreEnd(node, l)...)
	case l.Kind == "veth" && l.PeerNode != "":
		peer := p.w.Nodes[l.PeerNode].Links[l.PeerName]
		var v vethSpec
		for e, end := range []struct {
			node string
			link *live.Link
		}{{node, l}, {l.PeerNode, peer}} {
			ve := &v.ends[e]
			ve.node, ve.name, ve.index, ve.mac = end.node, end.link.Name, end.link.Index, end.link.Address
			ve.mtu, ve.txQueues, ve.rxQueues = end.link.MTU, end.link.TxQueues, end.link.RxQueues
			ve.master, ve.masterName = end.link.Master, p.masterWords(end.node, end.link.Master)
		}
		ops = append(ops, v.create())
		if other := &v.ends[1-v.own()]; other.master != 0 {
			ops = append(ops, engine.Op{NetNS: other.node, Action: setLink(other.name, other.index, other.join)})
		}
		for e, end := range []*live.Link{l, peer} {
			ops = append(append(ops, p.linkAgain(v.ends[e].node, end)...), p.portAgain(v.ends[e].node, end)...)
		}
		ops = append(ops, p.restoreEnd(node, l)...)
		return append(ops, p.restoreEnd(l.PeerNode, peer)...)
	}
	return nil
}

// attrsOf are the attributes that a link is made again with.
func attrsOf(l *live.Link) rtnl.LinkAttrs {
	return rtnl.LinkAttrs{Address: l.Address, MTU: l.MTU, TxQueues: l.TxQueues, RxQueues: l.RxQueues}
}

// restoreSourced returns the operations that make the routes again that go with
// a link and are through others.
func (p *planner) restoreSourced(node string, l *live.Link) []engine.Op {
	var ops []engine.Op
	n := p.w.Nodes[node]
	if n == nil || l == nil {
		return nil
	}
	for _, r := range n.Routes {
		if l.IsSource(&r) && !live.Through(r, l.Index) && restoredRoute(&r) {
			ops = append(ops, engine.Op{NetNS: node, Action: &engine.Request{Req: &rtnl.RouteAdd{Route: r}}})
		}
	}
	if l.PeerNode == "" {
		return ops
	}
	peer := *p.w.Nodes[l.PeerNode].Links[l.PeerName]
	node, peer.PeerNode = l.PeerNode, ""
	return append(ops, p.restoreSourced(node, &peer)...)
}

// restoreEnd returns the operations that give a link made again its state, its
// addresses and the routes through it.
func (p *planner) restoreEnd(node string, l *live.Link) []engine.Op {
	var ops []engine.Op
	if l.Up() {
		ipv6 := topology.IPv6On
		if mode, ok := l.AddrGenMode(); ok && mode == rtnl.AddrGenModeNone {
			ipv6 = topology.IPv6Off
		}
		ops = append(ops, upLink(node, l.Name, l.Index, ipv6, l.MTU)...)
	}
	for _, a := range live.AsAdded(l.Addrs) {
		if !l.KernelMade(a) {
			ops = append(ops, engine.Op{NetNS: node, Action: addAddr(l.Name, a)})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.w.Nodes[node].Sysctls)) {
		if value := p.w.Nodes[node].Sysctls[key]; value != "" && live.SettingInterface(key) == l.Name {
			ops = append(ops, engine.Op{NetNS: node, Action: &engine.SysctlSet{Key: key, Value: value}})
		}
	}
	ops = append(ops, p.entriesAgain(node, l)...)
	routes := slices.Clone(p.w.Nodes[node].Routes)
	sortRoutes(routes)
	for _, r := range routes {
		if live.Through(r, l.Index) && restoredRoute(&r) {
			ops = append(ops, engine.Op{NetNS: node, Action: &engine.Request{Req: &rtnl.RouteAdd{Route: r}}})
		}
	}
	return ops
}
