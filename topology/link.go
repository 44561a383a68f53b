package topology

import (
	"fmt"
	"net/netip"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
)

// A linkSpec is a link of the file; with a pattern it makes many links.
type linkSpec struct {
	at      Pos
	own     fields
	ends    [2]endSpec
	mtu     uint32
	queues  uint32
	ipv6    IPv6Mode
	hasIPv6 bool
	subnets []*subnetUse
	port    [2]*bridge.PortOptions
	vlans   [2][]bridge.VLANs
	impair  [2]*rtnl.Netem
	pattern string // of one of the ends
	failed  bool   // told once, for all links of a pattern
}

// linkUse is what the parser knows of a link beyond the Topology.
type linkUse struct {
	spec  *linkSpec
	addrs [2][]addressAt // IPv4 and IPv6, in the file's order
	ports [2]int         // index in fileParser.bridges, -1 for an end that is no port
}

func (p *fileParser) allLinks(items []*yamlNode) {
	specs := make([]*linkSpec, 0, len(items))
	for _, v := range items {
		if p.Full() {
			return
		}
		if spec := p.link(v); spec != nil {
			specs = append(specs, spec)
		}
	}
	p.eths = &eths{specs: specs}
	for _, spec := range specs {
		if p.Full() {
			return
		}
		p.eachLink(spec, true, func(nodes [2]int, matched int) bool { return p.addLink(spec, nodes, matched) })
	}
	p.giveAddresses()
	p.finishLinks()
}

// link reads a link of the file. It returns nil for one with a mistake.
func (p *fileParser) link(v *yamlNode) *linkSpec {
	if v.kind == yamlNull {
		p.Add(v.at, "add endpoints:", "a link without endpoints")
		return nil
	}
	own := p.fields(v, secLink)
	if own == nil {
		return nil
	}
	if own["endpoints"] == nil {
		if !mentions(v, "endpoints") {
			p.Add(v.at, "add endpoints:", "a link without endpoints")
		}
		return nil
	}
	if !p.longEndpoints(own) {
		return nil
	}
	spec := &linkSpec{at: v.at, own: own}
	in := inherited{own, p.base.links, p.base.defaults}
	spec.mtu = uint32(fields{"mtu": in.one("mtu")}.integer("mtu", 0))
	spec.queues = uint32(fields{"queues": in.one("queues")}.integer("queues", 1))
	// The ipv6 directly under defaults is for nodes, and is inherited through
	// them.
	if spec.ipv6, spec.hasIPv6 = mode(own["ipv6"]); !spec.hasIPv6 {
		spec.ipv6, spec.hasIPv6 = mode(p.base.links["ipv6"])
	}
	ok := true
	for i, n := range own["endpoints"].items {
		var good bool
		spec.ends[i], good = p.readEndpoint(n)
		ok = ok && good
	}
	if v := own["port"]; v != nil {
		for i, item := range v.items {
			if item.kind == yamlMapping {
				spec.port[i] = p.readPort(item)
			}
		}
	}
	if v := own["vlan"]; v != nil {
		for i, item := range v.items {
			if item.kind == yamlMapping {
				spec.vlans[i] = p.readVLANs(item)
			}
		}
	}
	if v := own["impair"]; v != nil {
		spec.impair = p.readImpair(v)
	}
	if s := own["subnet"]; s != nil {
		ok = p.readSubnets(spec, s) && ok
	}
	if spec.ends[0].pattern && spec.ends[1].pattern {
		if ok {
			p.Add(own["endpoints"].at, "write one of them as a single node", "both endpoints are patterns")
		}
		return nil
	}
	if !ok {
		return nil
	}
	return spec
}

// addLink makes one link between two nodes. matched is the node that a pattern
// matched, which the variables refer to, or -1 if they refer to each end's own
// node.
func (p *fileParser) addLink(spec *linkSpec, nodes [2]int, matched int) bool {
	if len(p.t.Links) >= p.limits.Links {
		p.limit(spec.at, "the lab has more than %d links", p.limits.Links)
		return false
	}
	l := Link{MTU: spec.mtu, Queues: spec.queues, Line: int(spec.at.Line)}
	use := linkUse{spec: spec}
	var scopes [2]scope
	wrong := false // each end is looked at, whatever is wrong with the other
	for i := range l.Ends {
		scopes[i] = p.t.scopeOf(nodes[i])
		if matched >= 0 {
			scopes[i] = p.matchScope(spec, matched)
		}
		l.Ends[i].Node = nodes[i]
		var ok bool
		if use.ports[i], ok = p.resolveEnd(&spec.ends[i], &l.Ends[i], scopes[i]); !ok {
			wrong = true
		} else if given := l.Ends[i].Iface; given != "" && badIface(given) != "" {
			p.Add(spec.ends[i].at, "", "interface name %q %s", plain.Clip(given), badIface(given))
			wrong = true
		}
	}
	if wrong {
		return false
	}
	for i := range l.Ends {
		if e := &l.Ends[i]; e.Iface == "" && use.ports[i] < 0 {
			e.Iface = p.nextEth(e.Node)
		}
	}
	for i := range l.Ends {
		e, other := &l.Ends[i], &l.Ends[1-i]
		hint := ""
		if e.Iface == "" {
			peer := &p.t.Nodes[other.Node]
			iface := other.Iface
			if use.ports[1-i] >= 0 && spec.ends[1-i].iface == nil {
				iface = ""
				if len(peer.Bridges) > 1 {
					iface = other.Bridge
				}
			}
			e.Iface = portName(peer.Name, iface)
			hint = fmt.Sprintf("give the port a name: %s:PORT", spec.ends[i].text)
		} else if matched >= 0 && nodes[i] != matched {
			hint = "a pattern makes several interfaces here: put ${INDEX} or ${NODE} in the name"
		}
		if bad := badIface(e.Iface); bad != "" {
			p.Add(spec.ends[i].at, "", "interface name %q %s", plain.Clip(e.Iface), bad)
			return false
		}
		if !p.takeIface(e.Node, e.Iface, spec.ends[i].at, hint) {
			return false
		}
		use.ports[i] = p.portOf(e, use.ports[i], spec.ends[i].bridge != "", spec.ends[i].at)
	}
	for i := range l.Ends {
		if use.ports[i] >= 0 && !p.countPort(use.ports[i], spec) {
			return false
		}
		p.readEndValues(spec, &use, &l.Ends[i], i, scopes[i])
		p.givePort(spec, &l.Ends[i], i)
		p.giveVLANs(spec, &l.Ends[i], i, use.ports[i])
		l.Ends[i].Impair = spec.impair[i]
	}
	if use.ports[0] >= 0 && use.ports[1] >= 0 {
		p.joinSegments(use.ports[0], use.ports[1])
	}
	p.t.Links = append(p.t.Links, l)
	p.links = append(p.links, use)
	return true
}

func (p *fileParser) countPort(bridge int, spec *linkSpec) bool {
	b := &p.bridges[bridge]
	if b.ports++; b.ports <= maxPorts {
		return true
	}
	p.Add(spec.at, "use several bridges, linked to one another", "bridge %q of node %q has more than %d ports, the kernel's limit",
		b.spec.name, p.t.Nodes[b.node].Name, maxPorts)
	return false
}

// readEndValues reads the addresses and the MAC address that the file gives an
// end.
func (p *fileParser) readEndValues(spec *linkSpec, use *linkUse, e *Endpoint, end int, s scope) {
	use.addrs[end] = append(p.readEnd(spec.own["ipv4"], end, s, "ipv4"), p.readEnd(spec.own["ipv6"], end, s, "ipv6")...)
	if e.Bridge != "" && len(use.addrs[end]) > 0 {
		p.Add(use.addrs[end][0].at, `write "" here, and addresses: of the bridge`, "%q is a port of a bridge, and has no address of its own", e.Iface)
		use.addrs[end] = nil
	}
	var mac *yamlNode
	if v := spec.own["mac"]; v != nil {
		if mac = v.items[end]; mac.kind == yamlSequence {
			p.Add(mac.at, "", "an interface has one mac")
			mac = nil
		}
	}
	e.MAC = p.giveMAC(mac, s, p.t.Nodes[e.Node].Name, e.Iface, spec.ends[end].at)
}

// finishLinks does what needs all addresses to be known.
func (p *fileParser) finishLinks() {
	for i := range p.t.Links {
		l, use := &p.t.Links[i], &p.links[i]
		spec := use.spec
		for k := range l.Ends {
			e := &l.Ends[k]
			if len(use.addrs[k]) > 0 {
				e.Addresses = make([]netip.Prefix, 0, len(use.addrs[k]))
			}
			for _, a := range use.addrs[k] {
				e.Addresses = append(e.Addresses, a.prefix)
			}
			mode := p.t.Nodes[e.Node].IPv6
			if spec.hasIPv6 {
				mode = spec.ipv6
			}
			e.IPv6 = resolveIPv6(mode, e.Addresses)
			if mode == IPv6Off {
				p.noIPv6(use.addrs[k], p.t.Nodes[e.Node].Name, e.Iface)
			}
			if l.MTU != 0 && l.MTU < MinIPv6MTU && !spec.failed {
				p.tooSmall(l, e, use.ports[k], spec)
			}
		}
	}
}

// tooSmall reports a link whose MTU is too small for IPv6 if the end has IPv6,
// or is a port of a bridge that has it: a bridge takes the smallest MTU of its
// ports unless it has its own.
func (p *fileParser) tooSmall(l *Link, e *Endpoint, port int, spec *linkSpec) {
	at := spec.at
	if v := spec.own["mtu"]; v != nil {
		at = v.at
	}
	node := p.t.Nodes[e.Node].Name
	if e.IPv6 == IPv6On {
		spec.failed = true
		p.Add(at, "", "mtu is %d, but %q of node %q has IPv6, which needs %d", l.MTU, e.Iface, node, MinIPv6MTU)
		return
	}
	if port < 0 {
		return
	}
	if b := p.bridgeOf(port); b.IPv6 == IPv6On && b.MTU == 0 {
		spec.failed = true
		p.Add(at, "give the bridge an mtu of its own", "mtu is %d, but bridge %q of node %q has IPv6, which needs %d on all its ports",
			l.MTU, b.Name, node, MinIPv6MTU)
	}
}

// noIPv6 reports IPv6 addresses where IPv6 is off.
func (p *fileParser) noIPv6(addrs []addressAt, node, iface string) {
	for _, a := range addrs {
		if a.prefix.Addr().Is6() {
			p.Add(a.at, "leave the address out, or write ipv6: auto", "%q of node %q gets %s, but ipv6 is off here", iface, node, a.prefix)
		}
	}
}
