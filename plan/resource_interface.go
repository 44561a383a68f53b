package plan

import (
	"cmp"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// interfaceResource: interfaces that have no far end.
var interfaceResource = resource{
	objects: []object{{name: "interface", line: lineOfInterface}},
	stages: []stage{
		{name: "interface", plan: (*planner).interfaces, needs: []need{
			{"sysctl.namespace", "a new interface begins with the defaults of its namespace"},
			{"address.delete", "the kernel makes no connected route for an address that is another interface's broadcast address"},
		}},
		{name: "interface.remove", plan: (*planner).interfacesGo, needs: []need{
			{"link", "routes may lead through its successor"},
			{"bridge.up", "routes may lead through its successor"},
			{"interface", "routes may lead through its successor"},
		}},
	},
}

// An interfaceKind is what plans know of a kind of such interfaces. Each has a
// file of its own, interface_NAME.go.
type interfaceKind struct {
	// Kind is the kernel's.
	Kind rtnl.Kind
	// mtu is that of a new one, in bytes.
	mtu uint32
}

// InterfaceKinds are all kinds, by the file's words.
var InterfaceKinds = map[string]*interfaceKind{
	"dummy": &dummyInterface,
}

// ownKind returns the kind of a link that is such an interface, nil for another
// link.
func ownKind(l *live.Link) *interfaceKind {
	for _, k := range InterfaceKinds {
		if k.Kind.Kind() == l.Kind {
			return k
		}
	}
	return nil
}

func (p *planner) interfaces() {
	for i := range p.t.Nodes {
		for k := range p.t.Nodes[i].Interfaces {
			p.iface(&p.t.Nodes[i], &p.t.Nodes[i].Interfaces[k])
		}
	}
}

// iface makes an interface what it should be, and makes it if it is not there.
func (p *planner) iface(n *topology.Node, in *topology.Interface) {
	kind := InterfaceKinds[in.Kind]
	there := p.w.Nodes[n.Name]
	l := there.Links[in.Name]
	if l != nil && l.Kind != kind.Kind.Kind() {
		if !p.goesFor(n.Name, l) {
			p.failf(in.Line, "node %q: %q exists and is %s, not of type %s; delete it first", n.Name, in.Name, kindWords(l), kind.Kind.Kind())
			return
		}
		p.deleteDevice(n.Name, l)
		l = nil
	}
	if l == nil {
		if !p.freeName(there, in.Name, in.Line) {
			return
		}
		l = p.createInterface(n, in, kind)
	}
	p.changeMAC(n.Name, l, "interface", in.MAC)
	if in.MTU != 0 || p.opts.Prune || p.hadMTU(n.Name, in.Name) || in.IPv6 == topology.IPv6On && l.MTU < topology.MinIPv6MTU {
		p.changeMTU(n.Name, l, "interface", cmp.Or(in.MTU, kind.mtu))
	}
	if p.opts.Prune {
		p.changeMaster(n.Name, l, "interface", 0)
	}
	p.ifaceUp(n.Name, "interface", l, in.IPv6)
	p.addresses(n.Name, l, in.Addresses)
}

// goesFor reports whether a link may go for another one of its name: an earlier
// file asked for it, or nobody has.
func (p *planner) goesFor(node string, l *live.Link) bool {
	switch {
	case p.opts.Prune:
		return l.Kind != "" && !p.isFromNew(l)
	case l.Kind == "veth":
		return p.oldEndpoint(node, l.Name)
	case l.Kind == "bridge":
		return p.oldBridge(node, l.Name)
	}
	return p.oldInterface(node, l.Name) && ownKind(l) != nil
}

// deleteDevice plans the deletion of a link, whatever it is.
func (p *planner) deleteDevice(node string, l *live.Link) {
	if l.Kind == "bridge" {
		p.deleteBridge(node, l)
	} else {
		p.deleteLink(node, l)
	}
}

// createInterface makes one and brings it up, in this order: with a carrier
// that it has at once it would have a link-local address.
func (p *planner) createInterface(n *topology.Node, in *topology.Interface, kind *interfaceKind) *live.Link {
	there := p.w.Nodes[n.Name]
	l := &live.Link{Name: in.Name, Index: there.TakeIndex(), Kind: kind.Kind.Kind(), MTU: cmp.Or(in.MTU, kind.mtu), Address: in.MAC, IsNew: true}
	ipv6 := p.ipv6(in.IPv6)
	if ownGenMode(n, in.Name) != "" {
		ipv6 = p.ipv6(topology.IPv6Off) // until the setting is written
	}
	s := Step{Verb: Create, Object: "interface", Node: n.Name, Name: in.Name}
	s.op(n.Name, &engine.Request{Settles: !p.made[n.Name], Req: &rtnl.LinkAdd{Kind: kind.Kind, Name: l.Name, Index: l.Index,
		LinkAttrs: rtnl.LinkAttrs{Address: in.MAC, MTU: in.MTU}}})
	s.undoOp(n.Name, delLink(l.Name, l.Index))
	s.do(upLink(n.Name, l.Name, l.Index, ipv6, l.MTU)...)
	p.add(s)
	l.Flags |= unix.IFF_UP
	l.GenNone = ipv6 == topology.IPv6Off
	there.Links[l.Name] = l
	return l
}

// interfacesGo plans the removal of those that earlier files asked for and this
// one does not.
func (p *planner) interfacesGo() {
	for _, t := range p.old {
		for i := range t.Nodes {
			node := t.Nodes[i].Name
			if p.w.Nodes[node] == nil || p.t.NodeIndex(node) < 0 {
				continue // it goes with its namespace
			}
			for _, in := range t.Nodes[i].Interfaces {
				l := p.w.Nodes[node].Links[in.Name]
				if l != nil && !l.IsNew && ownKind(l) != nil && !p.wantsDevice(node, in.Name) {
					p.deleteDevice(node, l)
				}
			}
		}
	}
}

// wantsDevice reports whether the topology has an interface of a name, lo
// apart.
func (p *planner) wantsDevice(node, name string) bool {
	return p.wantsLink(node, name) || p.wantsBridge(node, name) || p.wantsInterface(node, name)
}

func (p *planner) wantsInterface(node, name string) bool {
	n := p.t.Node(node)
	return n != nil && n.Interface(name) != nil
}

// oldInterface reports whether an earlier file asked for an interface without a
// far end.
func (p *planner) oldInterface(node, name string) bool {
	return slices.ContainsFunc(p.old, func(t *topology.Topology) bool {
		n := t.Node(node)
		return n != nil && n.Interface(name) != nil
	})
}

// ownKinds are the kinds of interfaces without a far end that a topology has.
func ownKinds(t *topology.Topology) []rtnl.Kind {
	var all []rtnl.Kind
	for i := range t.Nodes {
		for _, in := range t.Nodes[i].Interfaces {
			kind := InterfaceKinds[in.Kind].Kind
			if !slices.ContainsFunc(all, func(k rtnl.Kind) bool { return k.Kind() == kind.Kind() }) {
				all = append(all, kind)
			}
		}
	}
	return all
}
