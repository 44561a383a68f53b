package plan

import (
	"cmp"
	"slices"

	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/topology"
)

// A bridgePlan is a bridge that a node should have, and what is known of its
// MTU.
type bridgePlan struct {
	node   string
	bridge *topology.Bridge
	ports  []uint32 // the MTUs of its ports, when its own was last planned
	pinned bool     // has its MTU whatever its ports do
	byHand bool     // somebody has set an MTU that no file speaks of
}

func (p *planner) bridgePlan(node string, b *topology.Bridge) *bridgePlan {
	all, _ := p.portMTUs(node, b.Name)
	l := p.w.Nodes[node].Links[b.Name]
	return &bridgePlan{node: node, bridge: b, ports: all, byHand: l != nil && p.setByHand(node, b, l, all)}
}

// setByHand reports whether somebody has set the MTU of a bridge that no file
// gives one: it is neither the smallest of its ports' nor what that is by the
// files. One that is too small for the IPv6 of the file does not count.
func (p *planner) setByHand(node string, b *topology.Bridge, l *live.Link, ports []uint32) bool {
	if p.opts.Prune || p.interrupted || b.MTU != 0 || b.IPv6 == topology.IPv6On && l.MTU < topology.MinIPv6MTU || l.MTU == smallestMTU(ports) {
		return false
	}
	for _, t := range p.old {
		n := t.NodeIndex(node)
		if n < 0 {
			continue
		}
		if slices.ContainsFunc(t.Nodes[n].Bridges, func(o topology.Bridge) bool { return o.Name == b.Name && o.MTU != 0 }) {
			return false
		}
		whole := t.Whole()
		if l.MTU == smallestMTU(portsOf(whole, whole.NodeIndex(node), b.Name)) {
			return false
		}
	}
	return true
}

// hasOwnMTU reports whether a bridge keeps its MTU whatever its ports do: an
// earlier file gave it one, or somebody has set it.
func (p *planner) hasOwnMTU(node string, l *live.Link) bool {
	return l.OwnMTU || slices.ContainsFunc(p.old, func(t *topology.Topology) bool {
		n := t.Node(node)
		return n != nil && slices.ContainsFunc(n.Bridges, func(b topology.Bridge) bool { return b.Name == l.Name && b.MTU != 0 })
	})
}

// portsOf are the MTUs of the ports of a bridge by a file, in ascending order.
func portsOf(t *topology.Topology, node int, bridge string) []uint32 {
	var mtus []uint32
	for i := range t.Links {
		l := &t.Links[i]
		for e := range l.Ends {
			if l.Ends[e].Node == node && l.Ends[e].Bridge == bridge {
				mtus = append(mtus, cmp.Or(l.MTU, live.DefaultMTU))
			}
		}
	}
	if node >= 0 {
		for _, in := range t.Nodes[node].Interfaces {
			if in.Bridge == bridge {
				mtus = append(mtus, t.MTU(node, in.Name))
			}
		}
	}
	slices.Sort(mtus)
	return mtus
}

// portMTUs are the MTUs of a bridge's ports in ascending order: of all of them,
// and of those that the plan does not remove.
func (p *planner) portMTUs(node, bridge string) (all, staying []uint32) {
	n := p.w.Nodes[node]
	br := n.Links[bridge]
	if br == nil {
		return nil, nil
	}
	for _, l := range n.Links {
		if l.Master != br.Index {
			continue
		}
		mtu := l.MTU
		if mtu == 0 {
			mtu = live.DefaultMTU
		}
		all = append(all, mtu)
		if !p.removes(node, l.Name) {
			staying = append(staying, mtu)
		}
	}
	slices.Sort(all)
	slices.Sort(staying)
	return all, staying
}

// removes reports whether the plan removes a port, or takes it from its bridge.
func (p *planner) removes(node, name string) bool {
	if p.wantsLink(node, name) || p.portOf(node, name) != "" {
		return false
	}
	return p.opts.Prune || p.oldEndpoint(node, name) || p.wasPort(node, name)
}

func smallestMTU(ports []uint32) uint32 {
	if len(ports) == 0 {
		return live.DefaultMTU
	}
	return ports[0]
}

// bridgeMTU makes a bridge have the MTU of the file, or else the smallest of
// its ports'. The kernel sees to the latter, whenever ports come, go or change,
// until somebody sets the MTU of a bridge that exists (br_mtu_auto_adjust in
// net/bridge/br_if.c). Nothing tells whether somebody has: so it is set
// wherever it may differ.
//
// It reports whether there are routes to be made again.
func (p *planner) bridgeMTU(ref *bridgePlan, l *live.Link) (lost bool) {
	if ref.byHand {
		return false // and the kernel leaves it alone since
	}
	all, staying := p.portMTUs(ref.node, l.Name)
	was, want := l.MTU, ref.bridge.MTU
	if l.IsNew && (was == 0 || len(all) > 0) {
		was = smallestMTU(all)
	}
	if want == 0 {
		want = smallestMTU(staying)
	}
	sure := l.IsNew || ref.pinned || slices.Equal(all, ref.ports) || smallestMTU(all) == want
	if !l.IsNew {
		n := p.w.Nodes[ref.node]
		lost = p.resized(n, l, was, want)
		if !sure {
			lost = p.resized(n, l, was, smallestMTU(all), want) || lost
		}
	}
	ref.ports = all
	if was == want && sure {
		l.MTU = want
		return lost
	}
	p.setMTU(ref.node, l, "bridge", was, 0, want)
	return lost
}

// bridgeMTUs sees to the MTUs of bridges whose ports the plan has removed, and
// to the routes that go with a larger one. No port of a new bridge is among
// those.
func (p *planner) bridgeMTUs() {
	for _, ref := range p.bridgePlans {
		if l := p.w.Nodes[ref.node].Links[ref.bridge.Name]; l != nil && !l.IsNew && p.bridgeMTU(ref, l) {
			p.routesOf(p.t.NodeIndex(ref.node))
		}
	}
}

// pinMTUs sets the MTUs of bridges that are there before their ports change,
// where they are or may become too small for IPv6, at the end or meanwhile:
// after that the kernel leaves them alone, and it is known what becomes of IPv6
// and its settings.
func (p *planner) pinMTUs() {
	var planned map[bridgeKey][]uint32
	for _, ref := range p.bridgePlans {
		n := p.w.Nodes[ref.node]
		l := n.Links[ref.bridge.Name]
		if l == nil || l.IsNew || ref.byHand {
			continue
		}
		if planned == nil {
			planned = p.plannedPorts()
		}
		ports := planned[bridgeKey{p.t.NodeIndex(ref.node), l.Name}]
		for _, port := range n.Links {
			if port.Master == l.Index && !p.wantsLink(ref.node, port.Name) && p.portOf(ref.node, port.Name) == "" && !p.removes(ref.node, port.Name) {
				ports = append(ports, port.MTU)
			}
		}
		slices.Sort(ports)
		want := ref.bridge.MTU
		if want == 0 {
			want = smallestMTU(ports)
		}
		was, smallest := l.MTU, min(smallestMTU(ports), smallestMTU(ref.ports))
		crosses := (was < topology.MinIPv6MTU) != (want < topology.MinIPv6MTU)
		if !crosses && (want < topology.MinIPv6MTU || smallest >= topology.MinIPv6MTU || slices.Equal(ports, ref.ports)) {
			continue
		}
		if was == want {
			// The MTU that a device has already the kernel does not set
			// (net/core/dev.c), and so would not leave the bridge alone.
			by := besideMTU(want)
			p.resized(n, l, was, by, want)
			p.setMTU(ref.node, l, "bridge", was, by, want)
		} else {
			p.resized(n, l, was, want)
			p.setMTU(ref.node, l, "bridge", was, 0, want)
		}
		ref.pinned = true
	}
}

// bridgeKey is a bridge device of a node.
type bridgeKey struct {
	node int
	name string
}

// plannedPorts are the MTUs that the ports of bridges will have by the file.
func (p *planner) plannedPorts() map[bridgeKey][]uint32 {
	all := make(map[bridgeKey][]uint32)
	for i := range p.t.Links {
		l := &p.t.Links[i]
		for e := range l.Ends {
			if end := &l.Ends[e]; end.Bridge != "" {
				at := bridgeKey{end.Node, end.Bridge}
				all[at] = append(all[at], p.plannedMTU(l, end))
			}
		}
	}
	for i := range p.t.Nodes {
		for _, in := range p.t.Nodes[i].Interfaces {
			if at := (bridgeKey{i, in.Bridge}); in.Bridge != "" {
				all[at] = append(all[at], p.t.MTU(i, in.Name))
			}
		}
	}
	return all
}

// plannedMTU is the MTU that an end will have: see changeMTU.
func (p *planner) plannedMTU(l *topology.Link, end *topology.Endpoint) uint32 {
	node := p.t.Nodes[end.Node].Name
	ends := p.ends(l)
	have := p.w.Nodes[node].Links[end.Iface]
	switch {
	case l.MTU != 0:
		return l.MTU
	case !p.paired(l, ends) || p.resetsMTU(node, end, have):
		return live.DefaultMTU
	}
	return have.MTU
}
