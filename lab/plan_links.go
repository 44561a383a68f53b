package lab

import (
	"bytes"
	"cmp"
	"net"
	"slices"
	"strconv"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// defaultMTU is that of a veth and of a bridge (ETH_DATA_LEN).
const defaultMTU = 1500

func (p *planner) bridges() {
	for i := range p.t.Nodes {
		for k := range p.t.Nodes[i].Bridges {
			p.bridge(p.t.Nodes[i].Name, &p.t.Nodes[i].Bridges[k])
		}
	}
	p.pinMTUs()
}

func (p *planner) bridge(node string, b *topology.Bridge) {
	n := p.w.nodes[node]
	l := n.links[b.Name]
	if l != nil && l.Kind == "veth" && (p.oldEndpoint(node, b.Name) || p.opts.Prune) {
		p.deleteLink(node, l) // it had this name before, or nobody has asked for it
		l = nil
	}
	p.bridgePlans = append(p.bridgePlans, p.bridgePlan(node, b))
	if l != nil {
		if l.Kind != "bridge" {
			p.failf(p.t.Node(node).Line, "node %q: %q exists and is %s, not a bridge; delete it first", node, b.Name, kindWords(l))
			return
		}
		p.changeBridge(node, b, l)
		return
	}
	if !p.freeName(n, b.Name, p.t.Node(node).Line) {
		return
	}
	l = &liveLink{Name: b.Name, Index: n.index(), Kind: "bridge", MTU: b.MTU, Address: b.MAC, isNew: true}
	opts := b.Options
	// With snooping each port that joins costs the kernel three times as much:
	// bridgesUp turns it on.
	opts.MulticastSnooping = rtnl.Some(uint8(0))
	if opts.VLANDefaultPVID.Or(defaultPVID) != defaultPVID && !opts.VLANFiltering.IsSet() {
		opts.VLANFiltering = rtnl.Some(uint8(0)) // without it a kernel would refuse this, but not that
	}
	s := Step{Verb: Create, Object: "bridge", Node: node, Name: b.Name}
	s.op(node, &engine.Request{Settles: !p.made[node], Req: &rtnl.LinkAdd{Kind: &opts, Name: b.Name, Index: l.Index,
		LinkAttrs: rtnl.LinkAttrs{Address: b.MAC, MTU: b.MTU}}})
	s.undoOp(node, delLink(b.Name, l.Index))
	p.add(s)
	n.links[b.Name] = l
}

func kindWords(l *liveLink) string {
	if l.Kind == "" {
		return "a device of its own kind"
	}
	return "of type " + l.Kind
}

// changeBridge sets the options of a bridge that is there and differ.
func (p *planner) changeBridge(node string, b *topology.Bridge, l *liveLink) {
	info, err := rtnl.DecodeBridge(l.Data)
	if err != nil {
		p.failf(p.t.Node(node).Line, "node %q: bridge %q: %w", node, b.Name, err)
		return
	}
	want := b.Options
	if p.w.interrupted && !want.MulticastSnooping.IsSet() {
		want.MulticastSnooping = rtnl.Some(uint8(snoopingDefault))
	}
	var old []*rtnl.Bridge
	for _, t := range p.old {
		if n := t.Node(node); n != nil {
			for k := range n.Bridges {
				if n.Bridges[k].Name == b.Name {
					old = append(old, &n.Bridges[k].Options)
				}
			}
		}
	}
	for _, o := range old {
		dropOptions(&want, o)
	}
	ownAgeing(info, old)
	if p.opts.Prune {
		dropOptions(&want, &info.Bridge)
	}
	if info.RootID != info.BridgeID {
		ownTimers(&info.Bridge, old)
	}
	for _, bad := range unknownOptions(&want, &info.Bridge) {
		p.failf(p.t.Node(node).Line, "node %q: bridge %q: %s", node, b.Name, bad)
	}
	p.changeOptions(node, l, &want, &info.Bridge)
	p.changeMAC(node, l, "bridge", b.MAC)
}

// update adds a step that changes a link, if what differs is not empty. Undo may be nil.
// Then are operations that follow both the change and its undoing.
func (p *planner) update(node string, l *liveLink, object string, what change, set, undo func(*rtnl.LinkSet), then ...engine.Op) {
	if what.old == what.new {
		return
	}
	s := Step{Verb: Update, Object: object, Node: node, Name: l.Name, Old: what.old, New: what.new}
	s.op(node, setLink(l.Name, l.Index, set))
	if undo != nil {
		s.undoOp(node, setLink(l.Name, l.Index, undo))
	}
	if len(then) > 0 {
		s.do(then...)
		s.takeBack(0, then...)
	}
	p.add(s)
}

// change is an old and a new value, in words.
type change struct{ old, new string }

func (p *planner) changeMAC(node string, l *liveLink, object string, want net.HardwareAddr) {
	if len(want) == 0 || bytes.Equal(l.Address, want) {
		return
	}
	old := bytes.Clone(l.Address)
	s := Step{Verb: Update, Object: object, Node: node, Name: l.Name,
		Old: "mac " + net.HardwareAddr(old).String(), New: "mac " + want.String()}
	set := func(mac net.HardwareAddr) engine.Op {
		return engine.Op{NetNS: node, Action: setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Address = mac })}
	}
	var none, some []engine.Op
	if p.newLinkLocal(node, l, want) {
		// The kernel does not make it again by itself.
		none, some = linkLocalOps(node, l)
		s.do(none...)
		s.takeBack(0, some...)
	}
	s.do(set(want))
	s.takeBack(len(none), set(old))
	if some != nil {
		s.do(some...)
		s.takeBack(len(none)+1, none...)
	}
	neighs := p.neighsAgain(p.w.nodes[node], l, 0)
	s.do(neighs...)
	s.takeBack(len(none), neighs...)
	p.add(s)
	l.Address = want
}

// resetsMTU reports whether the MTU of an end that the file gives none becomes that of
// a new one: where an earlier file said one, and where it is too small for the file's
// IPv6. Otherwise it is left alone.
func (p *planner) resetsMTU(node string, end *topology.Endpoint, l *liveLink) bool {
	return p.opts.Prune || p.hadMTU(node, end.Iface) || end.IPv6 == topology.IPv6On && l.MTU < topology.MinIPv6MTU
}

// changeMTU sets the MTU.
func (p *planner) changeMTU(node string, l *liveLink, object string, want uint32) {
	if l.MTU == want {
		return
	}
	old := l.MTU
	p.resized(p.w.nodes[node], l, old, want)
	p.setMTU(node, l, object, old, 0, want)
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
func (p *planner) ends(l *topology.Link) (ends [2]*liveLink) {
	for e := range l.Ends {
		ends[e] = p.w.nodes[p.t.Nodes[l.Ends[e].Node].Name].links[l.Ends[e].Iface]
	}
	return ends
}

// paired reports whether both ends of a link are there and belong together.
func (p *planner) paired(l *topology.Link, ends [2]*liveLink) bool {
	for e := range ends {
		o := &l.Ends[1-e]
		if ends[e] == nil || ends[e].Kind != "veth" || ends[e].peerNode != p.t.Nodes[o.Node].Name || ends[e].peerName != o.Iface ||
			l.Queues != 0 && (ends[e].TxQueues != l.Queues || ends[e].RxQueues != 0 && ends[e].RxQueues != l.Queues) {
			return false
		}
	}
	return true
}

// clear removes what is in the way of a link: other veth links with the names of
// its ends, and bridges that earlier files asked for or, to prune, none. It reports whether the way is
// free.
func (p *planner) clear(l *topology.Link, ends [2]*liveLink) bool {
	for e, in := range ends {
		node := p.t.Nodes[l.Ends[e].Node].Name
		// Removing one end may have removed the other.
		if in == nil || p.w.nodes[node].links[in.Name] != in {
			continue
		}
		if in.Kind == "bridge" && (p.oldBridge(node, in.Name) || p.opts.Prune) {
			p.deleteBridge(node, in)
			continue
		}
		if in.Kind != "veth" {
			p.failf(l.Line, "node %q: %q exists and is %s, not an end of a veth pair; delete it first", node, in.Name, kindWords(in))
			return false
		}
		p.deleteLink(node, in)
	}
	return true
}

// freeName makes sure that no link has the name of one to come as an alternative name,
// which the kernel would refuse. It reports whether none has.
func (p *planner) freeName(n *liveNode, name string, line int) bool {
	l := n.altNames[name]
	if l == nil || n.links[l.Name] != l {
		return true // there is none, or it goes
	}
	if !p.opts.Prune {
		p.failf(line, "node %q: %q is an alternative name of %q; remove it first, or use --prune", n.name, name, l.Name)
		return false
	}
	delete(n.altNames, name)
	l.whole.AltNames = slices.DeleteFunc(slices.Clone(l.whole.AltNames), func(alt string) bool { return alt == name })
	p.deleteAltNames(n, l, []string{name})
	return true
}

// deleteLink plans the deletion of a pair by one of its ends.
func (p *planner) deleteLink(node string, l *liveLink) {
	s := Step{Verb: Delete, Object: "link", Node: node, Name: l.Name, peer: l.peerNode}
	if l.peerNode != "" {
		s.Name = linkName(node, l.Name, l.peerNode, l.peerName)
	}
	s.op(node, deletion(l))
	if s.lost = p.unrestorable(node, l); restorable(l) {
		s.takeBack(0, append(p.restore(node, l), p.restoreSourced(node, l)...)...)
	}
	p.add(s)
	p.w.remove(node, l.Name)
}

func linkName(node, iface, peerNode, peer string) string {
	return node + ":" + iface + " " + peerNode + ":" + peer
}

func (p *planner) createLink(l *topology.Link) ([2]*liveLink, bool) {
	v := vethSpec{mtu: l.MTU, queues: l.Queues, settles: !p.made[p.t.Nodes[l.Ends[0].Node].Name] || !p.made[p.t.Nodes[l.Ends[1].Node].Name]}
	var made [2]*liveLink
	var ipv6 [2]topology.IPv6Mode
	for e := range l.Ends {
		end := &l.Ends[e]
		node := p.t.Nodes[end.Node].Name
		n := p.w.nodes[node]
		if !p.freeName(n, end.Iface, l.Line) {
			return made, false
		}
		ll := &liveLink{
			Name: end.Iface, Index: n.index(), Kind: "veth", MTU: cmp.Or(l.MTU, defaultMTU), Address: end.MAC,
			TxQueues: l.Queues, RxQueues: l.Queues, isNew: true,
		}
		ipv6[e] = p.ipv6(end.IPv6)
		if ownGenMode(&p.t.Nodes[end.Node], end.Iface) != "" {
			ipv6[e] = p.ipv6(topology.IPv6Off) // until the setting is written
		}
		ll.genNone = ipv6[e] == topology.IPv6Off // set with up
		ve := &v.ends[e]
		ve.node, ve.name, ve.index, ve.mac = node, end.Iface, ll.Index, end.MAC
		if end.Bridge != "" {
			br := n.links[end.Bridge]
			if br == nil {
				p.failf(l.Line, "node %q has no bridge %q", node, end.Bridge)
				return made, false
			}
			ll.Master, ve.master, ve.masterName = br.Index, br.Index, br.Name
		}
		n.links[end.Iface] = ll
		made[e] = ll
	}
	for e := range made {
		made[e].peerNode, made[e].peerName = v.ends[1-e].node, v.ends[1-e].name
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
func (p *planner) changeEnd(l *topology.Link, end *topology.Endpoint, ll *liveLink) {
	node := p.t.Nodes[end.Node].Name
	p.changeMAC(node, ll, "link", end.MAC)
	if l.MTU != 0 {
		p.changeMTU(node, ll, "link", l.MTU)
	} else if p.resetsMTU(node, end, ll) {
		p.changeMTU(node, ll, "link", defaultMTU)
	}
	want := ll.Master // by hand, where no file has ever said one
	switch {
	case end.Bridge != "":
		br := p.w.nodes[node].links[end.Bridge]
		if br == nil {
			return // said already
		}
		want = br.Index
	case p.opts.Prune || p.hadMaster(node, end.Iface):
		want = 0
	}
	if old := ll.Master; old != want {
		undo := func(s *rtnl.LinkSet) { s.Master = rtnl.Some(old) }
		if p.losesForGood(node, p.w.nodes[node].byIndex(old)) {
			undo = nil
		}
		p.update(node, ll, "link", change{p.masterWords(node, old), p.masterWords(node, want)},
			func(s *rtnl.LinkSet) { s.Master = rtnl.Some(want) }, undo)
		ll.Master = want
	}
}

func (p *planner) masterWords(node string, index uint32) string {
	if index == 0 {
		return "no master"
	}
	for _, l := range p.w.nodes[node].links {
		if l.Index == index {
			return "master " + l.Name
		}
	}
	return "master " + strconv.FormatUint(uint64(index), 10)
}

// ifaceUp brings an interface up, with IPv6 as it should be. Then are operations that
// follow where it was down.
func (p *planner) ifaceUp(node, object string, l *liveLink, ipv6 topology.IPv6Mode, then ...engine.Op) {
	ipv6 = p.ipv6(ipv6)
	own := ownGenMode(p.t.Node(node), l.Name) != ""
	if own {
		ipv6 = topology.IPv6On // a setting says it
	}
	if !l.Up() {
		s := Step{Verb: Update, Object: object, Node: node, Name: l.Name, Old: "down", New: "up"}
		if !own {
			p.ipv6Again(&s, l, ipv6)
			p.ipv6NoMore(&s, l, ipv6)
		}
		s.op(node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Up() }))
		s.undoOp(node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Down() }))
		s.do(then...)
		p.ipv6MTUFollows(node, l) // and does again when the link comes up once more
		p.add(s)
		l.Flags |= unix.IFF_UP
		l.comesUp()
		l.genNone = ipv6 == topology.IPv6Off
		return
	}
	if p.noIPv6 {
		return
	}
	if !own {
		p.ipv6Mode(node, object, l, ipv6)
	}
	p.linkLocalAgain(node, l, ipv6)
}

// bridgesUp brings bridges up once their ports have joined: one that is up
// meanwhile floods each newcomer's packets to all.
func (p *planner) bridgesUp() {
	for _, b := range p.bridgePlans {
		l := p.w.nodes[b.node].links[b.bridge.Name]
		if l == nil {
			continue
		}
		p.bridgeMTU(b, l)
		var snooping []engine.Op
		if on := b.bridge.Options.MulticastSnooping.Or(snoopingDefault); l.isNew && on != 0 {
			snooping = append(snooping, engine.Op{NetNS: b.node, Action: setLink(l.Name, l.Index, func(s *rtnl.LinkSet) {
				s.Kind = &rtnl.Bridge{MulticastSnooping: rtnl.Some(on)}
			})})
		}
		p.ifaceUp(b.node, "bridge", l, b.bridge.IPv6, snooping...)
		p.addresses(b.node, l, b.bridge.Addresses)
	}
}
