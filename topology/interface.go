package topology

import (
	"net"
	"net/netip"
	"slices"
	"strconv"

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

// An interfaceKind is a kind of Interface. Each kind has its own file,
// interface_NAME.go.
type interfaceKind struct {
	name string
	// doc describes it, in a sentence after "dummy, ".
	doc string
}

// interfaceKinds are all kinds of Interface.
var interfaceKinds = []interfaceKind{dummyInterface}

// interfaceWords returns the names of the kinds.
func interfaceWords() (words []string) {
	for _, k := range interfaceKinds {
		words = append(words, k.name)
	}
	return words
}

// interfaceKeys returns the keys of an interface.
func interfaceKeys() []key {
	kinds := "What the interface is:"
	for _, k := range interfaceKinds {
		kinds += " " + k.name + ", " + k.doc + "."
	}
	return []key{
		{name: "kind", typ: typeEnum, words: interfaceWords(), doc: kinds},
		{name: "mac", typ: typeString, doc: "Its MAC address. Default: planned by nslab."},
		{name: "mtu", typ: typeInteger, min: 68, max: 65535,
			doc: "Its MTU in bytes, at least 1280 with IPv6. Default: the kernel's, 1500."},
		{name: "addresses", typ: typeStrings, doc: "Its addresses, with prefix lengths."},
		{name: "ipv6", typ: typeEnum, words: modeWords,
			doc: "Whether it has IPv6: auto, on or off. Default: as for the node's other interfaces."},
	}
}

// An interfaceSpec is an interface of a nodeSpec.
type interfaceSpec struct {
	name string
	at   Pos
	f    fields
}

// readInterfaces reads the interfaces of a node that are not ends of links.
func (p *fileParser) readInterfaces(spec *nodeSpec) {
	for _, s := range spec.in.settingsOfMappings("interfaces") {
		i := &interfaceSpec{name: s.key.text, at: s.key.at, f: p.fields(s.value, secInterface)}
		if bad := badIface(i.name); bad != "" {
			p.Add(i.at, "", "interface name %q %s", plain.Clip(i.name), bad)
			continue
		}
		if i.f["kind"] == nil {
			if s.value.kind != yamlMapping || !mentions(s.value, "kind") {
				p.Add(i.at, "write kind: "+orWords(interfaceWords()), "interface %q has no kind", i.name)
			}
			continue
		}
		spec.ifaces = append(spec.ifaces, i)
	}
}

// addInterfaces adds these interfaces to a node.
func (p *fileParser) addInterfaces(spec *nodeSpec, node int) {
	n := &p.t.Nodes[node]
	s := p.t.scopeOf(node)
	for _, i := range spec.ifaces {
		if !p.takeIface(node, i.name, i.at, "") {
			continue
		}
		in := Interface{Name: i.name, Kind: i.f["kind"].text, MTU: uint32(i.f.integer("mtu", 0)), Line: int(i.at.Line)}
		ipv6 := n.IPv6
		if m, ok := mode(i.f["ipv6"]); ok {
			ipv6 = m
		}
		if v := i.f["addresses"]; v != nil {
			in.Addresses = p.readAddresses(v.items, s, ipv6)
		}
		if in.IPv6 = resolveIPv6(ipv6, in.Addresses); in.IPv6 == IPv6On && in.MTU != 0 && in.MTU < MinIPv6MTU {
			p.Add(i.at, "", "interface %q has an MTU of %d, and IPv6, which needs %d", in.Name, in.MTU, MinIPv6MTU)
		}
		in.MAC = p.giveMAC(i.f["mac"], s, n.Name, in.Name, i.at)
		n.Interfaces = append(n.Interfaces, in)
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
				p.seeAddress(seen, onSegment{-1, i, a.Addr()}, holder{i, in.Name, Pos{int32(in.Line), 1}})
			}
		}
	}
}

func (s *summer) iface(i *Interface) {
	s.text(i.Name)
	s.text(i.Kind)
	s.bytes(i.MAC)
	s.number(int(i.MTU))
	s.prefixes(i.Addresses)
	s.number(int(i.IPv6))
	s.number(i.Line)
}

// An InterfaceConfig has the keys that a lab file may give an interface that is
// not an end of a link.
type InterfaceConfig struct {
	// Name has at most 15 bytes. Kind is the file's word: "dummy".
	Name, Kind string
	// MAC is six bytes such as 02:00:00:00:00:01, "" for a planned address.
	MAC string
	// MTU is in bytes, 68 to 65,535, at least MinIPv6MTU with IPv6; 0 leaves it
	// to the kernel.
	MTU uint32
	// Addresses have prefix lengths.
	Addresses []string
	// IPv6 is its mode; if unset, that of the node's other interfaces.
	IPv6 rtnl.Opt[IPv6Mode]
}

// interfaces returns the file's entries for InterfaceConfigs.
func interfaces(all []InterfaceConfig) (devices entries) {
	for _, c := range all {
		var e entries
		e.text("kind", c.Kind)
		e.text("mac", c.MAC)
		if c.MTU != 0 {
			e.add("mtu", strconv.Itoa(int(c.MTU)))
		}
		e.texts("addresses", c.Addresses)
		if mode, ok := c.IPv6.Get(); ok {
			e.add("ipv6", mode.word())
		}
		devices.add(scalar(c.Name), e.mapping())
	}
	return devices
}
