package topology

import (
	"cmp"
	"maps"
	"slices"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
)

// bridgeInterface is a bridge device in a node of any kind. It becomes one of
// the node's Bridges, so that plans have one kind of bridges only.
var bridgeInterface = interfaceKind{
	name: bridgeKindName,
	doc:  "a bridge, whose ports are ends of the node's links and VXLANs, ports",
	keys: append([]key{
		{name: "ports", typ: typeStrings, doc: "The interfaces of the node that are its ports: ends of links, and those of kind vxlan. They have no addresses."},
	}, bridgeOptionKeys()...),
	options: func() rtnl.Kind { return &rtnl.Bridge{} },
}

const bridgeKindName = "bridge"

// bridgeOptionKeys are the keys of a bridge that interfaces of other kinds do
// not have.
func bridgeOptionKeys() []key {
	return slices.DeleteFunc(bridgeKeys(), func(k key) bool { return k.option == nil })
}

// isBridge reports whether it is the kind of bridges.
func (k *interfaceKind) isBridge() bool { return k.name == bridgeKindName }

// readBridgeInterface reads a bridge among the interfaces of a node.
func (p *fileParser) readBridgeInterface(i *interfaceSpec) *bridgeSpec {
	spec := &bridgeSpec{name: i.name, at: i.at, listed: true}
	p.readBridgeOptions(spec, i.f, i.kind.section())
	if spec.ipv6, spec.hasIPv6 = mode(i.f["ipv6"]); i.f["ports"] != nil {
		spec.ports = i.f["ports"].items
	}
	return spec
}

// A listedPort is an interface that a bridge lists as its port.
type listedPort struct {
	bridge int // index in fileParser.bridges
	at     Pos
	found  bool // there is such an end of a link
}

// listPorts notes the ports that a bridge of a node lists.
func (p *fileParser) listPorts(bridge int, s scope) {
	b := &p.bridges[bridge]
	for _, v := range b.spec.ports {
		name, ok := p.expand(v, s)
		if !ok {
			continue
		}
		key := ifaceKey{b.node, name}
		if first := p.ports[key]; first != nil {
			p.Add(v.at, "", "%q of node %q is a port of bridge %q already", plain.Clip(name), p.t.Nodes[b.node].Name, p.bridges[first.bridge].spec.name)
			continue
		}
		if p.ports == nil {
			p.ports = make(map[ifaceKey]*listedPort)
		}
		p.ports[key] = &listedPort{bridge: bridge, at: v.at}
	}
}

// portOf makes an end a port of the bridge that lists it. It returns the index
// of the bridge that the end is a port of, or -1. Named says that the end names
// its bridge itself.
func (p *fileParser) portOf(e *Endpoint, bridge int, named bool, at Pos) int {
	port := p.ports[ifaceKey{e.Node, e.Iface}]
	if port == nil {
		return bridge
	}
	port.found = true
	listing := p.bridges[port.bridge].spec.name
	if named && port.bridge != bridge {
		p.Add(at, "", "%q is a port of bridge %q here, and bridge %q lists it, on line %d", e.Iface, e.Bridge, listing, port.at.Line)
		return bridge
	}
	e.Bridge = listing
	return port.bridge
}

// checkPorts reports ports that bridges list and that are no ends of links.
func (p *fileParser) checkPorts() {
	byPlace := func(a, b ifaceKey) int {
		x, y := p.ports[a].at, p.ports[b].at
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	}
	for _, key := range slices.SortedFunc(maps.Keys(p.ports), byPlace) {
		port := p.ports[key]
		if port.found {
			continue
		}
		node := p.t.Nodes[key.node].Name
		if in := p.t.Nodes[key.node].Interface(key.iface); in != nil && findInterfaceKind(in.Kind).isPort {
			p.portInterface(in, p.bridges[port.bridge].spec.name, port.at)
			continue
		}
		switch _, there := p.ifaces[key]; {
		case there || key.iface == "lo":
			p.Add(port.at, "list the node's ends of links and its VXLANs", "%q of node %q is not an end of a link, and cannot be a port", key.iface, node)
		default:
			p.Add(port.at, didYouMean(key.iface, p.ifacesOf(key.node, "")), "node %q has no interface %q", node, plain.Clip(key.iface))
		}
	}
}

// portInterface makes an interface that is not an end of a link a port of a
// bridge.
func (p *fileParser) portInterface(in *Interface, bridge string, at Pos) {
	switch {
	case len(in.Addresses) > 0:
		p.Add(at, "give the bridge addresses", "%q is a port of bridge %q, and has addresses", in.Name, bridge)
	case in.Link == bridge:
		p.Add(at, "", "%q is a port of bridge %q, which its datagrams leave by", in.Name, bridge)
	}
	in.Bridge = bridge
}
