package topology

import (
	"net/netip"
	"slices"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/sysctl"
)

// A segment is what one broadcast reaches: bridges that are linked to each
// other with all that is linked to them, or the two ends of a link between
// other nodes. Bridges form segments by union-find.

func (p *fileParser) bridgeOf(i int) *Bridge {
	b := &p.bridges[i]
	return &p.t.Nodes[b.node].Bridges[b.bridge]
}

// root returns the bridge that represents the segment of a bridge.
func (p *fileParser) root(i int) int {
	for p.bridges[i].parent != i {
		p.bridges[i].parent = p.bridges[p.bridges[i].parent].parent
		i = p.bridges[i].parent
	}
	return i
}

func (p *fileParser) joinSegments(a, b int) {
	p.bridges[p.root(a)].parent = p.root(b)
}

// onSegment is an address on a segment or of a node; the index of the other is
// -1. The VRFs of a node may have the same addresses.
type onSegment struct {
	segment, node int
	vrf           string
	addr          netip.Addr
}

// holder is the interface that has an address.
type holder struct {
	node  int
	iface string
	at    Pos
}

// checkUses reports the mistakes that only the whole lab shows: addresses that
// occur twice on a node or a segment, unknown interfaces in settings and
// routes, and addresses that settings forbid.
func (p *fileParser) checkUses() {
	addresses := 0
	for i := range p.links {
		addresses += len(p.links[i].addrs[0]) + len(p.links[i].addrs[1])
	}
	seen := make(map[onSegment]holder, 2*addresses)
	vlans := make(map[int]bool) // roots of segments where VLANs separate
	for i := range p.bridges {
		if p.bridgeOf(i).Options.VLANFiltering.Or(0) == 1 {
			vlans[p.root(i)] = true
		}
	}
	for i := range p.t.Nodes {
		spec := p.specs[i]
		for k, a := range p.t.Nodes[i].Addresses {
			at := spec.key.at
			if items := spec.in.items("addresses"); k < len(items) {
				at = items[k].at
			}
			p.seeAddress(seen, onSegment{-1, i, "", a.Addr()}, holder{i, "lo", at})
		}
	}
	p.seeInterfaces(seen)
	for i := range p.bridges {
		b := p.bridgeOf(i)
		for k, a := range b.Addresses {
			at := p.bridges[i].spec.at
			if k < len(p.bridges[i].spec.addrs) {
				at = p.bridges[i].spec.addrs[k].at
			}
			h := holder{p.bridges[i].node, b.Name, at}
			p.seeAddress(seen, onSegment{-1, h.node, "", a.Addr()}, h)
			if r := p.root(i); !vlans[r] {
				p.seeAddress(seen, onSegment{r, -1, "", a.Addr()}, h)
			}
		}
	}
	for i := range p.links {
		segment := len(p.bridges) + i
		for _, b := range p.links[i].ports {
			if b >= 0 {
				segment = p.root(b)
			}
		}
		for k := range p.links[i].addrs {
			e := &p.t.Links[i].Ends[k]
			vrf := p.t.Nodes[e.Node].vrf(e.Iface)
			for _, a := range p.links[i].addrs[k] {
				h := holder{e.Node, e.Iface, a.at}
				p.seeAddress(seen, onSegment{-1, e.Node, vrf, a.prefix.Addr()}, h)
				if !vlans[segment] {
					p.seeAddress(seen, onSegment{segment, -1, "", a.prefix.Addr()}, h)
				}
			}
		}
	}
	p.checkPorts()
	p.checkIfaces()
	p.checkMembers()
	p.checkStacked()
	p.checkIPv6()
	p.checkInterfaceSysctls()
}

// seeAddress reports an address that occurs twice. A link-local address may be
// on several interfaces of a node.
func (p *fileParser) seeAddress(seen map[onSegment]holder, key onSegment, h holder) {
	if key.segment < 0 && key.addr.IsLinkLocalUnicast() && key.addr.Is6() {
		return
	}
	first, twice := seen[key]
	switch {
	case !twice:
		seen[key] = h
	case key.segment < 0:
		p.Add(h.at, "", "address %s is on node %q twice: on %q and on %q", key.addr, p.t.Nodes[h.node].Name, first.iface, h.iface)
	case first.node != h.node:
		p.Add(h.at, "", "address %s is on one segment twice: on %q of node %q and on %q of node %q",
			key.addr, first.iface, p.t.Nodes[first.node].Name, h.iface, p.t.Nodes[h.node].Name)
	}
}

// checkIfaces reports unknown interfaces in the settings and routes of a node.
func (p *fileParser) checkIfaces() {
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		for _, d := range p.devs[i] {
			if d.name != "lo" && !p.hasIface(i, d.name) {
				p.Add(d.at, p.ifaceHint(i, d.name), "a route of node %q uses %q, an interface that it does not have", n.Name, plain.Clip(d.name))
			}
		}
		for _, s := range n.Sysctls {
			if iface := sysctl.Interface(s.Key); iface != "" && iface != "lo" && !p.hasIface(i, iface) {
				p.Add(p.sysctlPlace(i, s.Key), p.ifaceHint(i, iface), "sysctl %s is about %q, an interface that node %q does not have", s.Key, plain.Clip(iface), n.Name)
			}
		}
	}
}

func (p *fileParser) hasIface(node int, name string) bool {
	_, ok := p.ifaces[ifaceKey{node, name}]
	return ok
}

func (p *fileParser) ifaceHint(node int, name string) string {
	if p.Full() {
		return ""
	}
	var names []string
	for k := range p.ifaces {
		if k.node == node {
			names = append(names, k.iface)
		}
	}
	slices.Sort(names)
	return didYouMean(name, slices.Values(names))
}

// sysctlPlace returns the place in the file of a node's sysctl.
func (p *fileParser) sysctlPlace(node int, key string) Pos {
	at := p.specs[node].key.at
	for _, m := range p.specs[node].in.all("sysctls") {
		for _, k := range m.keys {
			text, _ := p.replace(k.text, p.t.scopeOf(node))
			if got, _ := sysctl.ParseKey(text); got == key {
				at = k.at
			}
		}
	}
	return at
}
