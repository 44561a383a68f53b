package lab

import (
	"fmt"
	"slices"

	"github.com/nslab/nslab/rtnl"
)

// bridgeRef is a bridge of a node, as it was before the plan.
type bridgeRef struct {
	node   string
	bridge *Bridge
	isNew  bool
	ports  []uint32 // their MTUs
}

func (p *planner) bridgeRef(node string, b *Bridge) *bridgeRef {
	all, _ := p.portMTUs(node, b.Name)
	return &bridgeRef{node, b, p.w.nodes[node].links[b.Name] == nil, all}
}

// portMTUs are the MTUs of a bridge's ports in ascending order: of all of them, and
// of those that the plan does not remove.
func (p *planner) portMTUs(node, bridge string) (all, staying []uint32) {
	n := p.w.nodes[node]
	br := n.links[bridge]
	if br == nil {
		return nil, nil
	}
	for _, l := range n.links {
		if l.Master != br.Index {
			continue
		}
		mtu := l.MTU
		if mtu == 0 {
			mtu = defaultMTU
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

// removes reports whether the plan removes a veth link.
func (p *planner) removes(node, name string) bool {
	if p.wantsLink(node, name) {
		return false
	}
	return p.opts.Prune || p.oldEndpoint(node, name)
}

func smallestMTU(ports []uint32) uint32 {
	if len(ports) == 0 {
		return defaultMTU
	}
	return ports[0]
}

// bridgeMTU makes a bridge have the MTU of the file, or else the smallest of its
// ports'. The kernel sees to the latter, whenever ports come, go or change, until
// somebody sets the MTU of a bridge that exists (br_mtu_auto_adjust in
// net/bridge/br_if.c). Nothing tells whether somebody has: so it is set wherever it
// may differ.
//
// It reports whether there are routes to be made again.
func (p *planner) bridgeMTU(ref *bridgeRef, l *liveLink) (lost bool) {
	all, staying := p.portMTUs(ref.node, l.Name)
	was, want := l.MTU, ref.bridge.MTU
	if ref.isNew && (was == 0 || len(all) > 0) {
		was = smallestMTU(all)
	}
	if want == 0 {
		want = smallestMTU(staying)
	}
	if !ref.isNew && !slices.Equal(all, ref.ports) && smallestMTU(all) < minIPv6MTU {
		l.genMode = rtnl.Opt[uint8]{} // meanwhile it may have been too small for IPv6
	}
	sure := ref.isNew || slices.Equal(all, ref.ports) || smallestMTU(all) == want
	if !ref.isNew {
		n := p.w.nodes[ref.node]
		lost = p.resized(n, l, was, want)
		if !sure {
			lost = p.resized(n, l, was, smallestMTU(all), want) || lost
		}
	}
	l.MTU, ref.ports, ref.isNew = want, all, false
	if was == want && sure {
		return lost
	}
	s := Step{Verb: Update, Object: "bridge", Node: ref.node, Name: l.Name,
		Old: fmt.Sprintf("mtu %d", was), New: fmt.Sprintf("mtu %d", want)}
	s.op(ref.node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.MTU = want }))
	s.undoOp(ref.node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.MTU = was }))
	p.add(s)
	return lost
}

// bridgeMTUs sees to the MTUs of bridges whose ports the plan has removed.
func (p *planner) bridgeMTUs() {
	lost := false
	for _, ref := range p.bups {
		if l := p.w.nodes[ref.node].links[ref.bridge.Name]; l != nil && p.bridgeMTU(ref, l) {
			lost = true
		}
	}
	if lost {
		p.routes()
	}
}
