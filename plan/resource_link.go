package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// linkResource: veth pairs.
var linkResource = resource{
	objects: []object{{name: "link", words: linkWords, line: lineOfInterface}},
	stages: []stage{
		{name: "link", plan: (*planner).links, needs: []need{
			{"sysctl.namespace", "a new interface begins with the defaults of its namespace"},
			{"bridge.create", "a port names its bridge"},
			{"interface", "a member names what it is a member of"},
			{"bridge.pin-mtu", "each port that comes or goes may change the MTU of its bridge"},
			{"address.delete", "the kernel makes no connected route for an address that is another interface's broadcast address"},
		}},
		{name: "link.remove", plan: (*planner).linksGo, needs: []need{
			{"link", "routes may lead through its successor"},
			{"bridge.up", "routes may lead through its successor"},
			{"loopback", "its addresses may have moved to lo"},
		}},
	},
}

// linkWords are both ends of a pair, or an interface and its node.
func linkWords(s *Step) string {
	if left, right, ok := strings.Cut(s.Name, " "); ok {
		return left + " -- " + right
	}
	return s.Name + " in " + s.Node
}

// lineOfInterface is the line of the link that a step is about an end of, or of
// its node.
func lineOfInterface(t *topology.Topology, node int, s *Step) int {
	name, _, _ := strings.Cut(s.Name, " ")
	if s.Object == "link" {
		if _, iface, ok := strings.Cut(name, ":"); ok {
			name = iface // NODE:IFACE of a pair
		}
	}
	if _, l := t.Endpoint(node, name); l != nil {
		return l.Line
	}
	if in := t.Nodes[node].Interface(name); in != nil {
		return in.Line
	}
	return t.Nodes[node].Line
}

func (p *planner) links() {
	for i := range p.t.Links {
		l := &p.t.Links[i]
		ends := p.ends(l)
		if !p.paired(l, ends) {
			if !p.clear(l, ends) {
				continue
			}
			var ok bool
			if ends, ok = p.createLink(l); !ok {
				continue
			}
		}
		for e := range l.Ends {
			p.changeEnd(l, &l.Ends[e], ends[e])
		}
		for e := range l.Ends {
			p.ifaceUp(p.t.Nodes[l.Ends[e].Node].Name, "link", ends[e], l.Ends[e].IPv6)
		}
		for e := range l.Ends {
			p.addresses(p.t.Nodes[l.Ends[e].Node].Name, ends[e], l.Ends[e].Addresses)
		}
	}
}

// ends are those of a link as far as they are there.
func (p *planner) ends(l *topology.Link) (ends [2]*live.Link) {
	for e := range l.Ends {
		ends[e] = p.w.Nodes[p.t.Nodes[l.Ends[e].Node].Name].Links[l.Ends[e].Iface]
	}
	return ends
}

// paired reports whether both ends of a link are there and belong together.
func (p *planner) paired(l *topology.Link, ends [2]*live.Link) bool {
	for e := range ends {
		o := &l.Ends[1-e]
		if ends[e] != nil && p.moves(p.t.Nodes[l.Ends[e].Node].Name, ends[e]) != "" {
			return false
		}
		if ends[e] == nil || ends[e].Kind != "veth" || ends[e].PeerNode != p.t.Nodes[o.Node].Name || ends[e].PeerName != o.Iface ||
			l.Queues != 0 && (ends[e].TxQueues != l.Queues || ends[e].RxQueues != 0 && ends[e].RxQueues != l.Queues) {
			return false
		}
	}
	return true
}

// clear removes what is in the way of a link: other veth links with the names
// of its ends, and bridges that earlier files asked for or, to prune, none. It
// reports whether the way is free.
func (p *planner) clear(l *topology.Link, ends [2]*live.Link) bool {
	for e, in := range ends {
		node := p.t.Nodes[l.Ends[e].Node].Name
		// Removing one end may have removed the other.
		if in == nil || p.w.Nodes[node].Links[in.Name] != in {
			continue
		}
		if in.Kind == "bridge" && (p.oldBridge(node, in.Name) || p.opts.Prune) {
			p.deleteBridge(node, in)
			continue
		}
		if ownKind(in) != nil && p.goesFor(node, in) {
			p.deleteDevice(node, in, "")
			continue
		}
		if in.Kind != "veth" {
			p.failf(l.Line, "node %q: %q exists and is %s, not an end of a veth pair; delete it first", node, in.Name, kindWords(in))
			return false
		}
		p.deleteLink(node, in, p.moves(node, in))
	}
	return true
}

// deleteLink plans the deletion of a link: of a pair by one of its ends. Why,
// unless "", says why it goes though the file has it.
func (p *planner) deleteLink(node string, l *live.Link, why string) {
	p.uppersGo(node, l)
	again := p.membersGo(node, l)
	s := Step{Verb: Delete, Object: "link", Node: node, Name: l.Name, peer: l.PeerNode, why: why}
	if ownKind(l) != nil {
		s.Object = "interface"
	}
	if l.PeerNode != "" {
		s.Name = linkName(node, l.Name, l.PeerNode, l.PeerName)
	}
	s.op(node, deletion(l))
	if s.lost = p.unrestorable(node, l); restorable(l) {
		s.takeBack(0, slices.Concat(p.restore(node, l), p.restoreSourced(node, l), again)...)
	}
	p.add(s)
	p.w.Remove(node, l.Name)
}

func linkName(node, iface, peerNode, peer string) string {
	return node + ":" + iface + " " + peerNode + ":" + peer
}

func (p *planner) createLink(l *topology.Link) ([2]*live.Link, bool) {
	v := vethSpec{settles: !p.made[p.t.Nodes[l.Ends[0].Node].Name] || !p.made[p.t.Nodes[l.Ends[1].Node].Name]}
	var made [2]*live.Link
	var ipv6 [2]topology.IPv6Mode
	for e := range l.Ends {
		end := &l.Ends[e]
		node := p.t.Nodes[end.Node].Name
		n := p.w.Nodes[node]
		if !p.freeName(n, end.Iface, l.Line) {
			return made, false
		}
		ll := &live.Link{
			Name: end.Iface, Index: n.TakeIndex(), Kind: "veth", MTU: cmp.Or(l.MTU, live.DefaultMTU), Address: end.MAC,
			TxQueues: l.Queues, RxQueues: l.Queues, IsNew: true,
		}
		ipv6[e] = p.ipv6(end.IPv6)
		if ownGenMode(&p.t.Nodes[end.Node], end.Iface) != "" {
			ipv6[e] = p.ipv6(topology.IPv6Off) // until the setting is written
		}
		ll.GenNone = ipv6[e] == topology.IPv6Off // set with up
		ve := &v.ends[e]
		switch quiet := p.withoutIPv6[node] && isQuietPort(end); {
		case quiet && p.made[node]:
			ipv6[e] = topology.IPv6On // it begins without: nothing is to be set
		case quiet:
			ve.noIPv6 = ll.MTU >= topology.MinIPv6MTU
		}
		ve.node, ve.name, ve.index, ve.mac = node, end.Iface, ll.Index, end.MAC
		ve.mtu, ve.txQueues, ve.rxQueues = l.MTU, l.Queues, l.Queues
		if end.Bridge != "" {
			br := n.Links[end.Bridge]
			if br == nil {
				p.failf(l.Line, "node %q has no bridge %q", node, end.Bridge)
				return made, false
			}
			ll.Master, ve.master, ve.masterName = br.Index, br.Index, br.Name
		}
		master, ok := p.joined(node, ll)
		if !ok {
			return made, false
		}
		if master != nil {
			ve.master, ve.masterName = master.Index, master.Name
		}
		n.Links[end.Iface] = ll
		made[e] = ll
	}
	for e := range made {
		made[e].PeerNode, made[e].PeerName = v.ends[1-e].node, v.ends[1-e].name
	}
	s := Step{Verb: Create, Object: "link", Node: v.ends[0].node, peer: v.ends[1].node,
		Name: linkName(v.ends[0].node, v.ends[0].name, v.ends[1].node, v.ends[1].name)}
	s.make = func(w way) []engine.Op {
		own := v.own()
		if w == back {
			return []engine.Op{{NetNS: v.ends[own].node, Action: delLink(v.ends[own].name, v.ends[own].index)}}
		}
		return v.bringUp(ipv6)
	}
	for e := range made {
		made[e].Flags |= unix.IFF_UP
	}
	p.add(s)
	return made, true
}

// changeEnd makes an end that is there what it should be.
func (p *planner) changeEnd(l *topology.Link, end *topology.Endpoint, ll *live.Link) {
	node := p.t.Nodes[end.Node].Name
	p.changeMAC(node, ll, "link", end.MAC)
	if l.MTU != 0 {
		p.changeMTU(node, ll, "link", l.MTU)
	} else if p.resetsMTU(node, end, ll) {
		p.changeMTU(node, ll, "link", live.DefaultMTU)
	}
	want := ll.Master // by hand, where no file has ever said one
	switch {
	case end.Bridge != "":
		br := p.w.Nodes[node].Links[end.Bridge]
		if br == nil {
			return // said already
		}
		want = br.Index
	case p.memberOf(node, end.Iface) != nil: // it is one
	case p.opts.Prune || p.hadMaster(node, end.Iface):
		want = 0
	}
	p.changeMaster(node, ll, "link", want)
	if !ll.IsNew {
		p.portNoMore(node, end)
	}
}

// linksGo plans the removal of links that earlier files asked for and this one
// does not.
func (p *planner) linksGo() {
	for _, t := range p.old {
		p.oldLinks(t)
	}
}

func (p *planner) oldLinks(t *topology.Topology) {
	for i := range t.Links {
		l := &t.Links[i]
		p.strayEnds(t, l)
		left, right := &l.Ends[0], &l.Ends[1]
		leftNode, rightNode := t.Nodes[left.Node].Name, t.Nodes[right.Node].Name
		n := p.w.Nodes[leftNode]
		if n == nil || n.Links[left.Iface] == nil {
			continue
		}
		have := n.Links[left.Iface]
		if have.PeerNode != rightNode || have.PeerName != right.Iface || p.wantsLink(leftNode, left.Iface) {
			continue
		}
		p.deleteLink(leftNode, have, "")
	}
}

// strayEnds removes ends of a link whose other end is in no node: its namespace
// may have been deleted, and then the kernel deletes both at some time, with
// the routes through them.
func (p *planner) strayEnds(t *topology.Topology, l *topology.Link) {
	for e := range l.Ends {
		node := t.Nodes[l.Ends[e].Node].Name
		if n := p.w.Nodes[node]; n != nil {
			if have := n.Links[l.Ends[e].Iface]; have != nil && have.Kind == "veth" && have.PeerNode == "" && !have.IsNew && !p.wantsDevice(node, have.Name) {
				p.deleteLink(node, have, "")
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
