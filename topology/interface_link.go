package topology

import (
	"cmp"
	"iter"
	"slices"

	"github.com/nslab/nslab/internal/plain"
)

// A stackedInterface is an interface that is on another one of its node: its
// place in the file, and that of the name after link.
type stackedInterface struct {
	node   int
	name   string
	at, on Pos
}

// checkStacked checks the interfaces that are on others, and puts each after
// the one that it is on. It needs the whole lab: that one may be an end of a
// link.
func (p *fileParser) checkStacked() {
	if len(p.stacked) == 0 {
		return
	}
	places := make(map[ifaceKey]*stackedInterface, len(p.stacked))
	wrong := make(map[int]bool)
	nodes := make(map[int]bool)
	for i := range p.stacked {
		s := &p.stacked[i]
		places[ifaceKey{s.node, s.name}] = s
		nodes[s.node] = true
		n := &p.t.Nodes[s.node]
		in := n.Interface(s.name)
		if _, there := p.ifaces[ifaceKey{s.node, in.Link}]; !there {
			wrong[s.node] = true
			if in.Link == "lo" {
				p.Add(s.on, "", "interface %q cannot be on \"lo\"", in.Name)
				continue
			}
			hint := didYouMean(in.Link, p.ifacesOf(s.node, s.name))
			p.Add(s.on, hint, "node %q has no interface %q", n.Name, plain.Clip(in.Link))
		}
	}
	p.t.index()
	for node := range p.t.Nodes {
		if nodes[node] && !wrong[node] {
			p.stackNode(node, places)
		}
	}
}

// ifacesOf yields the names of the interfaces of a node but one.
func (p *fileParser) ifacesOf(node int, but string) iter.Seq[string] {
	var names []string
	for key := range p.ifaces {
		if key.node == node && key.iface != but {
			names = append(names, key.iface)
		}
	}
	slices.Sort(names)
	return slices.Values(names)
}

// stackNode checks those of one node.
func (p *fileParser) stackNode(node int, places map[ifaceKey]*stackedInterface) {
	n := &p.t.Nodes[node]
	order, loop := stackOrder(n.Interfaces)
	if loop != "" {
		p.Add(places[ifaceKey{node, loop}].on, "", "interface %q is on itself", loop)
		return
	}
	n.Interfaces = order
	type place struct{ link, kind string }
	on := make(map[place][]*Interface)
	for i := range n.Interfaces {
		in := &n.Interfaces[i]
		at := places[ifaceKey{node, in.Name}]
		if at == nil {
			continue
		}
		kind := findInterfaceKind(in.Kind)
		if in.MAC == nil {
			in.MAC = p.t.mac(node, in.Link)
		}
		under := ""
		if lower := n.Interface(in.Link); lower != nil {
			under = lower.Kind
		}
		if under != "" && findInterfaceKind(under).noUppers != "" {
			p.Add(at.on, "", "interface %q cannot be on %q: %s", in.Name, in.Link, findInterfaceKind(under).noUppers)
			continue
		}
		if kind.refuses != nil {
			end, _ := p.t.Endpoint(node, in.Link)
			if why := kind.refuses(under, end != nil && end.Bridge != ""); why != "" {
				p.Add(at.on, "", "interface %q cannot be on %q: %s", in.Name, in.Link, why)
			}
		}
		below := p.t.MTU(node, in.Link)
		switch less := InterfaceOverhead(in.Kind, in.Options); {
		case !kind.withinMTU || below == 0 || in.MTU+less <= below:
		case less != 0 && in.MTU != 0:
			p.Add(at.at, "", "interface %q has an MTU of %d, and its datagrams are %d bytes larger; %q, which they leave by, has only %d", in.Name, in.MTU, less, in.Link, below)
		case in.MTU != 0:
			p.Add(at.at, "", "interface %q has an MTU of %d, and %q, which it is on, only %d", in.Name, in.MTU, in.Link, below)
		}
		p.checkInterfaceMTU(in, p.t.MTU(node, in.Name), at.at)
		for _, other := range on[place{in.Link, in.Kind}] {
			if why := InterfacesClash(in.Kind, other.Options, in.Options); why != "" {
				p.Add(at.at, "", "interfaces %q, on line %d, and %q cannot both be on %q: %s", other.Name, other.Line, in.Name, in.Link, why)
				break
			}
		}
		on[place{in.Link, in.Kind}] = append(on[place{in.Link, in.Kind}], in)
	}
}

// stackOrder returns interfaces in the order of the file, but each after the one
// that it is on. If there is a loop, it names one in it.
func stackOrder(all []Interface) (order []Interface, loop string) {
	at := make(map[string]int, len(all))
	for i := range all {
		at[all[i].Name] = i
	}
	const unseen, begun, done = 0, 1, 2
	state := make([]int, len(all))
	for i := range all {
		var below []int // from i down
		for k, there := i, true; there && state[k] != done; k, there = at[all[k].Link] {
			if state[k] == begun {
				return nil, all[k].Name
			}
			state[k] = begun
			below = append(below, k)
		}
		for _, k := range slices.Backward(below) {
			state[k] = done
			order = append(order, all[k])
		}
	}
	return order, ""
}

// mac returns the MAC address of an interface of a node.
func (t *Topology) mac(node int, iface string) []byte {
	n := &t.Nodes[node]
	if end, _ := t.Endpoint(node, iface); end != nil {
		return end.MAC
	}
	if in := n.Interface(iface); in != nil {
		return in.MAC
	}
	if i := slices.IndexFunc(n.Bridges, func(b Bridge) bool { return b.Name == iface }); i >= 0 {
		return n.Bridges[i].MAC
	}
	return nil
}

// MTU returns the MTU in bytes that an interface has by the file: the one that
// it is given, or else that of the interface that it is on, of a bridge's
// smallest port, or the kernel's. It is 0 if the node, an index in Nodes, has no
// such interface.
func (t *Topology) MTU(node int, iface string) uint32 { return t.byMTU()[ifaceKey{node, iface}] }

// mtuBelow is the MTU of a node's interface that is given none: that of what it
// is on, as far as that is known.
func (n *Node) mtuBelow(in *Interface, known func(iface string) uint32) uint32 {
	less := uint32(0)
	rest := func(mtu uint32) uint32 {
		if less == 0 || mtu == 0 && in.Link != "" {
			return mtu
		}
		return max(cmp.Or(mtu, defaultMTU), less+MinMTU) - less
	}
	for range len(n.Interfaces) { // there may be a loop
		if in.MTU != 0 || in.Link == "" || !findInterfaceKind(in.Kind).withinMTU {
			return rest(in.MTU)
		}
		less += InterfaceOverhead(in.Kind, in.Options)
		below := n.Interface(in.Link)
		if below == nil {
			return rest(known(in.Link))
		}
		in = below
	}
	return rest(in.MTU)
}
