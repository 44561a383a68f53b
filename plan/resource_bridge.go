package plan

import (
	"maps"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

var bridgeResource = resource{
	objects: []object{{name: "bridge"}},
	stages: []stage{
		{name: "bridge.create", plan: (*planner).bridges, needs: []need{
			{"sysctl.namespace", "a new device begins with the defaults of its namespace"},
			{"neighbour.prune", "with another MAC address the kernel drops entries, which undoing would not bring back"},
		}},
		{name: "bridge.pin-mtu", plan: (*planner).pinMTUs, needs: []need{
			{"bridge.create", "it is about the bridges that stay"},
		}},
		{name: "bridge.up", plan: (*planner).bridgesUp, needs: []need{
			{"link", "a bridge that is up floods what each newcomer sends to all its ports"},
			{"port", "a port forwards nothing that its options forbid"},
			{"vlan", "nor what belongs to VLANs that it is not in"},
			{"interface.port", "a bridge that is up floods what each newcomer sends to all its ports"},
			{"address.delete", "no address comes before those that should not be there have gone"},
		}},
		{name: "bridge.remove", plan: (*planner).bridgesGo, needs: []need{
			{"bridge.up", "routes and ports may lead to its successor"},
			{"link.remove", "undone, its ports are made again when it is there"},
		}},
		{name: "bridge.mtu", last: true, plan: (*planner).bridgeMTUs, needs: []need{
			{"namespace.remove", "ports go with the other ends of their links"},
		}},
	},
}

func (p *planner) bridges() {
	lacking := p.input.Fresh.NoVLANFiltering // told once
	for i := range p.t.Nodes {
		for k := range p.t.Nodes[i].Bridges {
			if lacking != nil && p.t.Nodes[i].Bridges[k].FiltersVLANs() {
				p.failf(p.t.Nodes[i].Line, "node %q: bridge %q: %w", p.t.Nodes[i].Name, p.t.Nodes[i].Bridges[k].Name, lacking)
				lacking = nil
			}
			p.bridge(p.t.Nodes[i].Name, &p.t.Nodes[i].Bridges[k])
		}
	}
}

func (p *planner) bridge(node string, b *topology.Bridge) {
	n := p.w.Nodes[node]
	l := n.Links[b.Name]
	if l != nil && (l.Kind == "veth" || ownKind(l) != nil) && p.goesFor(node, l) {
		p.deleteDevice(node, l, "") // it had this name before, or nobody has asked for it
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
	l = &live.Link{Name: b.Name, Index: n.TakeIndex(), Kind: "bridge", MTU: b.MTU, Address: b.MAC, IsNew: true}
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
	n.Links[b.Name] = l
}

// changeBridge sets the options of a bridge that is there and differ.
func (p *planner) changeBridge(node string, b *topology.Bridge, l *live.Link) {
	info, err := rtnl.DecodeBridge(l.Data)
	if err != nil {
		p.failf(p.t.Node(node).Line, "node %q: bridge %q: %w", node, b.Name, err)
		return
	}
	want := b.Options
	if p.interrupted && !want.MulticastSnooping.IsSet() {
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

// bridgesUp brings bridges up once their ports have joined: one that is up
// meanwhile floods each newcomer's packets to all.
func (p *planner) bridgesUp() {
	for _, b := range p.bridgePlans {
		l := p.w.Nodes[b.node].Links[b.bridge.Name]
		if l == nil {
			continue
		}
		p.bridgeMTU(b, l)
		then := p.portsEnd(b.node, l.Name)
		if on := b.bridge.Options.MulticastSnooping.Or(snoopingDefault); l.IsNew && on != 0 {
			then = append(then, engine.Op{NetNS: b.node, Action: setLink(l.Name, l.Index, func(s *rtnl.LinkSet) {
				s.Kind = &rtnl.Bridge{MulticastSnooping: rtnl.Some(on)}
			})})
		}
		p.ifaceUp(b.node, "bridge", l, b.bridge.IPv6, then...)
		p.addresses(b.node, l, b.bridge.Addresses)
	}
}

// bridgesGo plans the removal of bridges that earlier files asked for and this
// one does not.
func (p *planner) bridgesGo() {
	for _, t := range p.old {
		p.oldBridges(t)
	}
}

func (p *planner) oldBridges(t *topology.Topology) {
	for i := range t.Nodes {
		node := t.Nodes[i].Name
		n := p.w.Nodes[node]
		if n == nil || p.t.NodeIndex(node) < 0 {
			continue // it goes with its namespace
		}
		for _, b := range t.Nodes[i].Bridges {
			l := n.Links[b.Name]
			if l != nil && l.Kind == "bridge" && !p.wantsBridge(node, b.Name) {
				p.deleteBridge(node, l)
			}
		}
	}
}

func (p *planner) wantsBridge(node, name string) bool {
	n := p.t.Node(node)
	return n != nil && slices.ContainsFunc(n.Bridges, func(b topology.Bridge) bool { return b.Name == name })
}

// deleteBridge plans the deletion of a bridge that may have ports still. These
// join it again when it is made again, whatever has become of them meanwhile.
func (p *planner) deleteBridge(node string, br *live.Link) {
	p.uppersGo(node, br)
	var join []engine.Op
	links := p.w.Nodes[node].Links
	for _, name := range slices.Sorted(maps.Keys(links)) {
		if l := links[name]; l.Master == br.Index && !p.losesForGood(node, l) {
			set := setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Master = rtnl.Some(br.Ref()) })
			join = append(join, engine.Op{NetNS: node, Action: set})
			join = append(append(join, p.portAgain(node, l)...), p.entriesAgain(node, l)...)
			l.Master = 0
		}
	}
	s := Step{Verb: Delete, Object: "bridge", Node: node, Name: br.Name}
	s.op(node, delLink(br.Name, br.Index))
	s.takeBack(0, slices.Concat(p.restore(node, br), p.restoreSourced(node, br), join)...)
	s.lost = p.unrestorable(node, br)
	p.add(s)
	p.w.Remove(node, br.Name)
}
