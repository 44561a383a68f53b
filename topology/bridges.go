package topology

import (
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
)

// defaultBridge is the name of a bridge device without a name in the file.
const defaultBridge = "br0"

// maxPorts is the number of ports that a bridge can have: BR_MAX_PORTS without
// port number 0 (net/bridge/br_private.h).
const maxPorts = 1023

// A bridgeSpec is a bridge device of a nodeSpec.
type bridgeSpec struct {
	name    string
	at      Pos
	options rtnl.Bridge
	mtu     uint32
	mac     *yamlNode
	addrs   []*yamlNode

	// listed says that it stands under interfaces, with the ports that it
	// lists, and may have a mode of its own.
	listed  bool
	ports   []*yamlNode
	ipv6    IPv6Mode
	hasIPv6 bool
}

// bridgeUse is what the parser knows of a bridge device beyond the Topology.
type bridgeUse struct {
	node, bridge int // indices
	spec         *bridgeSpec
	ports        int
	parent       int // in the tree of its segment, see segments.go
}

// readBridges reads the bridge devices of a node: one, unless the file lists
// several.
func (p *fileParser) readBridges(spec *nodeSpec, own fields) {
	if spec.wrong {
		return
	}
	if spec.kind != Switch {
		for _, f := range spec.in[:2] { // its own and its group's
			for _, name := range []string{"bridge", "bridges"} {
				if v := f[name]; v != nil {
					p.Add(v.at, "write kind: bridge", "%s is for nodes of kind bridge; %q is a %s", name, spec.key.text, spec.kind)
				}
			}
		}
		return
	}
	if a, b := own["bridge"], own["bridges"]; a != nil && b != nil {
		p.Add(b.at, "", "use either bridge or bridges, not both")
		return
	}
	common := spec.in.all("bridge")
	several := spec.in.settingsOfMappings("bridges")
	if own["bridge"] != nil {
		several = nil
	}
	if len(several) == 0 {
		spec.lan = append(spec.lan, p.readBridge(spec.key, common, secBridge))
	}
	for _, s := range several {
		spec.lan = append(spec.lan, p.readBridge(s.key, []*yamlNode{s.value}, secOneOf))
	}
}

// settingsOfMappings returns the entries of inherited mappings of mappings; the
// nearest wins.
func (in inherited) settingsOfMappings(name string) []setting {
	var all []setting
	at := make(map[string]int)
	for _, v := range in.all(name) {
		for i, k := range v.keys {
			j, ok := at[k.text]
			if !ok {
				j = len(all)
				at[k.text] = j
				all = append(all, setting{})
			}
			all[j] = setting{k, v.items[i]}
		}
	}
	return all
}

// readBridge reads a bridge device. If several mappings have a key, the last
// one wins. k is the node's key, or the bridge's own under bridges.
func (p *fileParser) readBridge(k *yamlNode, from []*yamlNode, section string) *bridgeSpec {
	spec := &bridgeSpec{name: defaultBridge, at: k.at}
	if section == secOneOf {
		spec.name = k.text
	}
	f := make(fields)
	for _, v := range from {
		spec.at = v.at
		for name, value := range p.fields(v, section) {
			f[name] = value
		}
	}
	named := spec.at
	if v := f["name"]; v != nil {
		spec.name, named = v.text, v.at
	} else if section == secOneOf {
		named = k.at
	}
	if bad := badIface(spec.name); bad != "" {
		p.Add(named, "", "bridge name %q %s", plain.Clip(spec.name), bad)
	}
	spec.at = named
	p.readBridgeOptions(spec, f, section)
	return spec
}

// readBridgeOptions reads what all bridges can be given.
func (p *fileParser) readBridgeOptions(spec *bridgeSpec, f fields, section string) {
	spec.options.STPState = rtnl.Some(uint32(0))
	readOptions(f, sections()[section], &spec.options)
	stp := spec.options.STPState.Or(0) == 1
	if v := f["forward_delay"]; v == nil && !stp {
		spec.options.ForwardDelay = rtnl.Some(time.Duration(0))
	} else if d, _ := spec.options.ForwardDelay.Get(); v != nil && stp && (d < 2*time.Second || d > 30*time.Second) {
		p.Add(v.at, "", "forward_delay is %s; with stp use 2s to 30s", d)
	}
	if v := f["group_fwd_mask"]; v != nil && spec.options.GroupFwdMask.Or(0)&7 != 0 {
		p.Add(v.at, "", "group_fwd_mask has one of the bits 0 to 2 set, which the kernel refuses")
	}
	spec.mtu = uint32(f.integer("mtu", 0))
	spec.mac = f["mac"]
	if v := f["addresses"]; v != nil {
		spec.addrs = v.items
	}
}

// addBridges gives a node its bridge devices.
func (p *fileParser) addBridges(spec *nodeSpec, node int) {
	n := &p.t.Nodes[node]
	s := p.t.scopeOf(node)
	p.firstBridge = append(p.firstBridge, len(p.bridges))
	for _, b := range spec.lan {
		if !p.takeIface(node, b.name, b.at, "") {
			continue
		}
		ipv6 := n.IPv6
		if b.hasIPv6 {
			ipv6 = b.ipv6
		}
		addrs := p.readAddresses(b.addrs, s, ipv6)
		ipv6 = resolveIPv6(ipv6, addrs)
		if ipv6 == IPv6On && b.mtu != 0 && b.mtu < MinIPv6MTU {
			p.Add(b.at, "", "bridge %q has an MTU of %d, and IPv6, which needs %d", b.name, b.mtu, MinIPv6MTU)
		}
		n.Bridges = append(n.Bridges, Bridge{
			Name: b.name, Options: b.options, Addresses: addrs, MTU: b.mtu, IPv6: ipv6,
			MAC: p.giveMAC(b.mac, s, n.Name, b.name, b.at),
		})
		p.bridges = append(p.bridges, bridgeUse{node: node, bridge: len(n.Bridges) - 1, spec: b, parent: len(p.bridges)})
		p.listPorts(len(p.bridges)-1, s)
	}
}
