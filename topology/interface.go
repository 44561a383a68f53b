package topology

import (
	"net"
	"net/netip"
	"slices"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
)

// An Interface is an interface of a node that is not an end of a link.
type Interface struct {
	// Name has at most 15 bytes.
	Name string
	// Kind is the file's word for its kind, which is also the kernel's:
	// "dummy".
	Kind string
	// Link is the interface of the node that it is on, "" for a kind that is on
	// none. In Node.Interfaces that one comes first.
	Link string
	// Members are the interfaces of the node that are its ports, in the file's
	// order: those that route by the table of a VRF. In Node.Interfaces they come
	// after it.
	Members []string
	// Bridge is the bridge of the node that lists it as a port, "" for none.
	Bridge string
	// Options are those that the file gives, nil for a kind without options.
	Options rtnl.Kind
	// MAC is its MAC address, from the file or planned.
	MAC net.HardwareAddr
	// MTU is in bytes; 0 leaves it to the kernel.
	MTU uint32
	// Addresses are in the file's order.
	Addresses []netip.Prefix
	// IPv6 is resolved: IPv6On or IPv6Off.
	IPv6 IPv6Mode
	// Line is its line in the file, from 1.
	Line int
}

// An interfaceSpec is an interface of a nodeSpec.
type interfaceSpec struct {
	name    string
	at      Pos
	kind    *interfaceKind
	options rtnl.Kind
	f       fields
	v       *yamlNode // its mapping
}

// lacks reports whether the file does not give a key, not even a wrong value.
func (i *interfaceSpec) lacks(key string) bool { return !mentions(i.v, key) }

// readInterfaces reads the interfaces of a node that are not ends of links.
func (p *fileParser) readInterfaces(spec *nodeSpec) {
	for _, s := range spec.in.settingsOfMappings("interfaces") {
		i := &interfaceSpec{name: s.key.text, at: s.key.at, kind: kindOfInterface(s.value), v: s.value}
		i.f = p.fields(s.value, i.kind.section())
		if bad := badIface(i.name); bad != "" {
			p.Add(i.at, "", "interface name %q %s", plain.Clip(i.name), bad)
			continue
		}
		if i.kind == nil {
			if s.value.kind != yamlMapping || i.lacks("kind") {
				p.Add(i.at, "write kind: "+orWords(interfaceWords()), "interface %q has no kind", i.name)
			}
			continue
		}
		if i.kind.stacked && i.f["link"] == nil {
			if i.lacks("link") {
				p.Add(i.at, "write link: and an interface of the node", "interface %q is not on another one, which kind %s needs", i.name, i.kind.name)
			}
			continue
		}
		if i.kind.isBridge() {
			spec.lan = append(spec.lan, p.readBridgeInterface(i))
			continue
		}
		if p.readInterfaceOptions(i) {
			spec.ifaces = append(spec.ifaces, i)
		}
	}
}

// readInterfaceOptions reads the options of an interface. It reports mistakes,
// and then false.
func (p *fileParser) readInterfaceOptions(i *interfaceSpec) bool {
	if i.kind.options == nil {
		return true
	}
	for _, k := range i.kind.keys {
		if k.required != "" && i.f[k.name] == nil {
			if i.lacks(k.name) {
				p.Add(i.at, k.required, "interface %q of kind %s has no %s", i.name, i.kind.name, k.name)
			}
			return false
		}
	}
	i.options = i.kind.options()
	readOptions(i.f, i.kind.keys, i.options)
	return i.kind.read == nil || i.kind.read(p, i)
}

// addInterfaces adds these interfaces to a node.
func (p *fileParser) addInterfaces(spec *nodeSpec, node int) {
	n := &p.t.Nodes[node]
	s := p.t.scopeOf(node)
	for _, i := range spec.ifaces {
		if !p.takeIface(node, i.name, i.at, "") {
			continue
		}
		in := Interface{Name: i.name, Kind: i.kind.name, Options: i.options, MTU: uint32(i.f.integer("mtu", 0)), Line: int(i.at.Line)}
		ipv6 := n.IPv6
		if m, ok := mode(i.f["ipv6"]); ok {
			ipv6 = m
		}
		if v := i.f["addresses"]; v != nil {
			in.Addresses = p.readAddresses(v.items, s, ipv6)
		}
		in.IPv6 = resolveIPv6(ipv6, in.Addresses)
		p.readMembers(&in, i, node, s)
		if i.kind.minMTU > in.MTU && in.MTU != 0 {
			p.Add(i.at, "", "interface %q has an MTU of %d; one of kind %s has at least %d", in.Name, in.MTU, in.Kind, i.kind.minMTU)
		}
		if v := i.kind.lower(i.f); v != nil {
			in.Link, _ = p.expand(v, s)
			p.stacked = append(p.stacked, stackedInterface{node, i.name, i.at, v.at})
		} else {
			p.checkInterfaceMTU(&in, in.MTU, i.at)
		}
		if i.f["mac"] != nil || i.kind.sharesMAC == nil || !i.kind.sharesMAC(i.options) {
			in.MAC = p.giveMAC(i.f["mac"], s, n.Name, in.Name, i.at)
		}
		if i.kind.clashAnywhere {
			p.checkClash(n, &in, i.at)
		}
		n.Interfaces = append(n.Interfaces, in)
	}
}

// checkClash reports that an interface clashes with one before it.
func (p *fileParser) checkClash(n *Node, in *Interface, at Pos) {
	for k := range n.Interfaces {
		other := &n.Interfaces[k]
		if other.Kind != in.Kind {
			continue
		}
		if why := InterfacesClash(in.Kind, other.Options, in.Options); why != "" {
			p.Add(at, "", "interfaces %q, on line %d, and %q cannot both be in node %q: %s", other.Name, other.Line, in.Name, n.Name, why)
			return
		}
	}
}

// checkInterfaceMTU reports an MTU, 0 for the kernel's, that is too small for
// the interface's IPv6.
func (p *fileParser) checkInterfaceMTU(in *Interface, mtu uint32, at Pos) {
	if in.IPv6 == IPv6On && mtu != 0 && mtu < MinIPv6MTU {
		p.Add(at, "", "interface %q has an MTU of %d, and IPv6, which needs %d", in.Name, mtu, MinIPv6MTU)
	}
}

// Interface returns the node's Interface of that name, or nil. It does not find
// ends of links.
func (n *Node) Interface(name string) *Interface {
	if i := slices.IndexFunc(n.Interfaces, func(in Interface) bool { return in.Name == name }); i >= 0 {
		return &n.Interfaces[i]
	}
	return nil
}

// seeInterfaces reports addresses of these interfaces that occur twice.
func (p *fileParser) seeInterfaces(seen map[onSegment]holder) {
	for i := range p.t.Nodes {
		for k := range p.t.Nodes[i].Interfaces {
			in := &p.t.Nodes[i].Interfaces[k]
			for _, a := range in.Addresses {
				p.seeAddress(seen, onSegment{-1, i, p.t.Nodes[i].vrf(in.Name), a.Addr()}, holder{i, in.Name, Pos{int32(in.Line), 1}})
			}
		}
	}
}

func (s *summer) iface(i *Interface) {
	s.text(i.Name)
	s.text(i.Kind)
	s.text(i.Link)
	s.texts(i.Members)
	s.text(i.Bridge)
	s.options(i.Options)
	s.bytes(i.MAC)
	s.number(int(i.MTU))
	s.prefixes(i.Addresses)
	s.number(int(i.IPv6))
	s.number(i.Line)
}
