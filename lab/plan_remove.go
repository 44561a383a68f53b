package lab

import (
	"maps"
	"path/filepath"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// oldDevices plans the removal of links and bridges that earlier files asked for and
// this one does not. It comes when their successors are there, and before routes: the
// kernel would still lead one to a gateway through the interface that goes.
func (p *planner) oldDevices() {
	for _, t := range p.old {
		p.oldLinks(t)
		p.oldBridges(t)
	}
	if p.opts.Prune {
		p.prune()
	}
}

// removals plans the removal of names and namespaces that earlier files asked for
// and this one does not. It comes last: whatever fails before it leaves them.
func (p *planner) removals() {
	var gone []string
	for name := range p.w.nodes {
		if p.t.NodeIndex(name) < 0 {
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	p.unname()
	for _, name := range gone {
		p.removeNode(name)
	}
	for _, name := range p.w.stubs {
		if p.t.NodeIndex(name) < 0 { // else it has a namespace again by now
			s := Step{Verb: Delete, Object: "namespace", Node: name, Name: name}
			s.op("", &engine.NetNSDel{Name: name})
			p.add(s)
		}
	}
}

// unname removes names that the lab does not want any more.
func (p *planner) unname() {
	if len(p.stale) == 0 {
		return
	}
	want := make(map[nameNode]bool)
	for i := range p.t.Nodes {
		for _, l := range p.cfg.symlinks(p.t, i) {
			want[l] = true
		}
	}
	for _, l := range p.stale {
		if want[l] {
			continue
		}
		s := Step{Verb: Delete, Object: "name", Node: filepath.Base(l.target), Name: l.at}
		removed := &unnameNode{nameNode: l, keep: true}
		s.op("", removed)
		s.undoOp("", &nameAgain{removed})
		p.add(s)
	}
}

func (p *planner) oldLinks(t *topology.Topology) {
	for i := range t.Links {
		l := &t.Links[i]
		p.strayEnds(t, l)
		left, right := &l.Ends[0], &l.Ends[1]
		leftNode, rightNode := t.Nodes[left.Node].Name, t.Nodes[right.Node].Name
		n := p.w.nodes[leftNode]
		if n == nil || n.links[left.Iface] == nil {
			continue
		}
		have := n.links[left.Iface]
		if have.peerNode != rightNode || have.peerName != right.Iface || p.wantsLink(leftNode, left.Iface) {
			continue
		}
		p.deleteLink(leftNode, have)
	}
}

// strayEnds removes ends of a link whose other end is in no node: its namespace may have been
// deleted, and then the kernel deletes both at some time, with the routes through them.
func (p *planner) strayEnds(t *topology.Topology, l *topology.Link) {
	for e := range l.Ends {
		node := t.Nodes[l.Ends[e].Node].Name
		if n := p.w.nodes[node]; n != nil {
			if have := n.links[l.Ends[e].Iface]; have != nil && have.Kind == "veth" && have.peerNode == "" && !have.isNew && !p.wantsLink(node, have.Name) && !p.wantsBridge(node, have.Name) {
				p.deleteLink(node, have)
			}
		}
	}
}

// wantsLink reports whether the topology has a link with such an end.
func (p *planner) wantsLink(node, iface string) bool {
	i := p.t.NodeIndex(node)
	if i < 0 {
		return false
	}
	e, _ := p.t.Endpoint(i, iface)
	return e != nil
}

func (p *planner) wantsBridge(node, name string) bool {
	n := p.t.Node(node)
	return n != nil && slices.ContainsFunc(n.Bridges, func(b topology.Bridge) bool { return b.Name == name })
}

func (p *planner) oldBridges(t *topology.Topology) {
	for i := range t.Nodes {
		node := t.Nodes[i].Name
		n := p.w.nodes[node]
		if n == nil || p.t.NodeIndex(node) < 0 {
			continue // it goes with its namespace
		}
		for _, b := range t.Nodes[i].Bridges {
			l := n.links[b.Name]
			if l != nil && l.Kind == "bridge" && !p.wantsBridge(node, b.Name) {
				p.deleteBridge(node, l)
			}
		}
	}
}

// deleteBridge plans the deletion of a bridge that may have ports still. These join it
// again when it is made again, whatever has become of them meanwhile.
func (p *planner) deleteBridge(node string, br *liveLink) {
	var join []engine.Op
	links := p.w.nodes[node].links
	for _, name := range slices.Sorted(maps.Keys(links)) {
		if l := links[name]; l.Master == br.Index && !p.losesForGood(node, l) {
			set := setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Master = rtnl.Some(br.Index) })
			set.KnownOpt(br.Name, &set.Req.(*rtnl.LinkSet).Master)
			join = append(join, engine.Op{NetNS: node, Action: set})
			l.Master = 0
		}
	}
	s := Step{Verb: Delete, Object: "bridge", Node: node, Name: br.Name}
	s.op(node, delLink(br.Name, br.Index))
	s.takeBack(0, slices.Concat(p.restore(node, br), p.restoreSourced(node, br), join)...)
	s.lost = p.unrestorable(node, br)
	p.add(s)
	p.w.remove(node, br.Name)
}

// prune removes links that no file has asked for from the lab's nodes.
func (p *planner) prune() {
	for i := range p.t.Nodes {
		node := p.t.Nodes[i].Name
		n := p.w.nodes[node]
		var names []string
		for name := range n.links {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			l := n.links[name]
			if l == nil || !p.goesByPrune(node, l) {
				continue
			}
			if l.Kind == "bridge" {
				p.deleteBridge(node, l)
			} else {
				p.deleteLink(node, l)
			}
		}
	}
}

// removeNode removes a namespace. Links to nodes that stay are removed first:
// the kernel would do it too, but some time later.
func (p *planner) removeNode(name string) {
	n := p.w.nodes[name]
	var names []string
	for l := range n.links {
		names = append(names, l)
	}
	slices.Sort(names)
	for _, l := range names {
		if have := n.links[l]; have != nil && have.Kind == "veth" && have.peerNode != name && p.w.nodes[have.peerNode] != nil {
			p.deleteLink(name, have)
		}
	}
	s := Step{Verb: Delete, Object: "namespace", Node: name, Name: name}
	s.op("", &engine.NetNSDel{Name: name})
	s.takeBack(0, p.restoreNode(n)...)
	for _, l := range names {
		if have := n.links[l]; have != nil && have.Index != loopbackIndex && !p.isFromNew(have) && !restorable(have) {
			s.lost = append(s.lost, lostWords(name, have))
		}
	}
	p.add(s)
	delete(p.w.nodes, name)
}

// restoreNode returns the operations that make a namespace again as it is now: as
// far as files can ask for it, and without the processes in it.
func (p *planner) restoreNode(n *liveNode) []engine.Op {
	ops := []engine.Op{{Action: &bindNode{n.name}}}
	// Settings of interfaces come once these are there again.
	var later []engine.Op
	for _, key := range slices.Sorted(maps.Keys(n.sysctls)) {
		op := engine.Op{NetNS: n.name, Action: &engine.SysctlSet{Key: key, Value: n.sysctls[key]}}
		switch {
		case n.sysctls[key] == "":
		case ofInterface(key):
			later = append(later, op)
		default:
			ops = append(ops, op)
		}
	}
	done := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(n.links)) {
		l := n.links[name]
		switch {
		case done[name]:
		case l.Index == loopbackIndex: // which is there
			ops = append(ops, p.restoreEnd(n.name, l)...)
		default:
			ops = append(ops, p.restore(n.name, l)...)
			if l.peerNode == n.name {
				done[l.peerName] = true
			}
		}
	}
	ops = append(ops, later...)
	for _, r := range n.routes {
		if r.OIF == 0 && len(r.Nexthops) == 0 && byUser(&r) {
			ops = append(ops, engine.Op{NetNS: n.name, Action: &engine.Request{Req: &rtnl.RouteAdd{Route: r}}})
		}
	}
	return ops
}

// byUser reports whether a route is one that nobody but a user can have added.
func byUser(r *rtnl.Route) bool {
	return r.Protocol == unix.RTPROT_BOOT || r.Protocol == unix.RTPROT_STATIC
}

// restorable reports whether restore can make a link again: nslab knows all that makes up a
// bridge, and a veth pair of which it sees both ends.
func restorable(l *liveLink) bool {
	return l.Kind == "bridge" || l.Kind == "veth" && l.peerNode != ""
}

// unrestorable are the links that go with one and cannot be made again, in words.
func (p *planner) unrestorable(node string, l *liveLink) []string {
	var lost []string
	if !restorable(l) {
		lost = append(lost, lostWords(node, l))
	}
	for _, upper := range p.w.nodes[node].uppers(l) {
		lost = append(lost, p.unrestorable(node, upper)...)
	}
	if l.peerNode != "" {
		for _, upper := range p.w.nodes[l.peerNode].uppers(p.w.nodes[l.peerNode].links[l.peerName]) {
			lost = append(lost, p.unrestorable(l.peerNode, upper)...)
		}
	}
	return lost
}

func lostWords(node string, l *liveLink) string {
	text := l.Name + " in " + node
	if l.Kind != "" {
		text += " (" + l.Kind + ")"
	}
	return text
}

// losesForGood reports whether --prune takes a link away that cannot be made again.
func (p *planner) losesForGood(node string, l *liveLink) bool {
	return p.opts.Prune && l != nil && !restorable(l) && p.goesByPrune(node, l)
}

// goesByPrune reports whether --prune takes a link away.
func (p *planner) goesByPrune(node string, l *liveLink) bool {
	return l.Kind != "" && !p.isFromNew(l) && !p.wantsLink(node, l.Name) && !p.wantsBridge(node, l.Name)
}

// restore returns the operations that make a link again as it is now.
func (p *planner) restore(node string, l *liveLink) []engine.Op {
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
		ops = append(ops, engine.Op{NetNS: node, Action: &engine.Request{Req: &rtnl.LinkAdd{
			Kind: opts, Name: l.Name, Index: l.Index, LinkAttrs: rtnl.LinkAttrs{Address: l.Address, MTU: l.MTU}}}})
		return append(ops, p.restoreEnd(node, l)...)
	case l.Kind == "veth" && l.peerNode != "":
		peer := p.w.nodes[l.peerNode].links[l.peerName]
		v := vethSpec{mtu: l.MTU, queues: l.TxQueues}
		for e, end := range []struct {
			node string
			link *liveLink
		}{{node, l}, {l.peerNode, peer}} {
			ve := &v.ends[e]
			ve.node, ve.name, ve.index, ve.mac = end.node, end.link.Name, end.link.Index, end.link.Address
			ve.master, ve.masterName = end.link.Master, p.masterWords(end.node, end.link.Master)
		}
		ops = append(append(ops, v.create()), v.join()...)
		ops = append(ops, p.restoreEnd(node, l)...)
		return append(ops, p.restoreEnd(l.peerNode, peer)...)
	}
	return nil
}

// restoreSourced returns the operations that make the routes again that go with a
// link and are through others.
func (p *planner) restoreSourced(node string, l *liveLink) []engine.Op {
	var ops []engine.Op
	n := p.w.nodes[node]
	if n == nil || l == nil {
		return nil
	}
	for _, r := range n.routes {
		if l.isSource(&r) && !through(r, l.Index) && byUser(&r) {
			ops = append(ops, engine.Op{NetNS: node, Action: &engine.Request{Req: &rtnl.RouteAdd{Route: r}}})
		}
	}
	if l.peerNode == "" {
		return ops
	}
	peer := *p.w.nodes[l.peerNode].links[l.peerName]
	node, peer.peerNode = l.peerNode, ""
	return append(ops, p.restoreSourced(node, &peer)...)
}

// restoreEnd returns the operations that give a link made again its state, its
// addresses and the routes through it.
func (p *planner) restoreEnd(node string, l *liveLink) []engine.Op {
	var ops []engine.Op
	if l.Up() {
		ipv6 := topology.IPv6On
		if mode, ok := l.AddrGenMode(); ok && mode == rtnl.AddrGenModeNone {
			ipv6 = topology.IPv6Off
		}
		ops = append(ops, upLink(node, l.Name, l.Index, ipv6, l.MTU)...)
	}
	for _, a := range l.addrs {
		if !l.kernelMade(a) {
			ops = append(ops, engine.Op{NetNS: node, Action: addAddr(l.Name, a)})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.w.nodes[node].sysctls)) {
		if value := p.w.nodes[node].sysctls[key]; value != "" && sysctlIface(key) == l.Name {
			ops = append(ops, engine.Op{NetNS: node, Action: &engine.SysctlSet{Key: key, Value: value}})
		}
	}
	routes := slices.Clone(p.w.nodes[node].routes)
	sortRoutes(routes)
	for _, r := range routes {
		if through(r, l.Index) && byUser(&r) {
			ops = append(ops, engine.Op{NetNS: node, Action: &engine.Request{Req: &rtnl.RouteAdd{Route: r}}})
		}
	}
	return ops
}
