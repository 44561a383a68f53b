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
		{name: "interface.port", plan: (*planner).portInterfaces, needs: []need{
			{"interface", "it is about interfaces that are there"},
			{"bridge.create", "a port joins a bridge that is there"},
			{"link", "what a bridge loses for good has gone"},
		}},
		{name: "interface.stacked", plan: (*planner).stackedInterfaces, needs: []need{
			{"interface", "an interface comes after the one that it is on"},
			{"link", "an interface comes after the one that it is on"},
			{"bridge.up", "the kernel brings up no interface on one that is down"},
		}},
		{name: "interface.remove", plan: (*planner).interfacesGo, needs: []need{
			{"link", "routes may lead through its successor"},
			{"bridge.up", "routes may lead through its successor"},
			{"interface.stacked", "routes may lead through its successor"},
		}},
	},
}

func (p *planner) interfaces() { p.eachInterface(false) }
func (p *planner) stackedInterfaces() {
	p.eachInterface(true)
	p.joinBridges(true)
}

// portInterfaces has those that are on no other one join their bridges.
func (p *planner) portInterfaces() { p.joinBridges(false) }

// joinBridges makes interfaces ports of the bridges that list them: those that
// are on another interface, or those that are not.
func (p *planner) joinBridges(stacked bool) {
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		for k := range n.Interfaces {
			in := &n.Interfaces[k]
			if in.Bridge == "" || (in.Link != "") != stacked {
				continue
			}
			links := p.w.Nodes[n.Name].Links
			if l, br := links[in.Name], links[in.Bridge]; l != nil && br != nil { // otherwise said already
				p.changeMaster(n.Name, l, "interface", br.Index)
			}
		}
	}
}

// portOf returns the bridge of which an interface without a far end is a port by
// the file, "" for none.
func (p *planner) portOf(node, iface string) string {
	if n := p.t.Node(node); n != nil && n.Interface(iface) != nil {
		return n.Interface(iface).Bridge
	}
	return ""
}

// wasPort reports whether an earlier file made one the port of a bridge.
func (p *planner) wasPort(node, iface string) bool {
	return slices.ContainsFunc(p.old, func(t *topology.Topology) bool {
		n := t.Node(node)
		return n != nil && n.Interface(iface) != nil && n.Interface(iface).Bridge != ""
	})
}

// eachInterface plans those interfaces that are on another one, or those that
// are not.
func (p *planner) eachInterface(stacked bool) {
	for i := range p.t.Nodes {
		for k := range p.t.Nodes[i].Interfaces {
			if in := &p.t.Nodes[i].Interfaces[k]; (in.Link != "") == stacked {
				p.iface(&p.t.Nodes[i], in)
			}
		}
	}
}

// iface makes an interface what it should be, and makes it if it is not there.
func (p *planner) iface(n *topology.Node, in *topology.Interface) {
	kind := InterfaceKinds[in.Kind]
	there := p.w.Nodes[n.Name]
	lower := there.Links[in.Link]
	if in.Link != "" && lower == nil {
		return // said already
	}
	l := there.Links[in.Name]
	if l != nil {
		if why := p.madeAnew(there, in, l, lower); why != "" {
			if !p.goesFor(n.Name, l) {
				p.failf(in.Line, "node %q: %q exists, and %s; delete it first", n.Name, in.Name, why)
				return
			}
			p.deleteDevice(n.Name, l, why)
			l = nil
		}
	}
	if l == nil {
		if !p.freeName(there, in.Name, in.Line) || !p.freePlace(there, in, lower) {
			return
		}
		if l = p.createInterface(n, in, kind, lower); l == nil {
			return
		}
	}
	p.changeInterface(n.Name, in, l)
	p.changeMAC(n.Name, l, "interface", in.MAC)
	p.interfaceMTU(n.Name, in, l, lower)
	if in.Bridge == "" && p.memberOf(n.Name, in.Name) == nil && (p.opts.Prune || p.wasPort(n.Name, in.Name)) {
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

// deleteDevice plans the deletion of a link, whatever it is. Why, unless "",
// says why it is made anew.
func (p *planner) deleteDevice(node string, l *live.Link, why string) {
	if l.Kind == "bridge" {
		p.deleteBridge(node, l)
	} else {
		p.deleteLink(node, l, why)
	}
}

// createInterface makes one and brings it up, in this order: with a carrier
// that it has at once it would have a link-local address. It returns nil if what
// it is to be a member of is not there.
func (p *planner) createInterface(n *topology.Node, in *topology.Interface, kind *interfaceKind, lower *live.Link) *live.Link {
	there := p.w.Nodes[n.Name]
	l := &live.Link{Name: in.Name, Index: there.TakeIndex(), Kind: kind.Kind.Kind(), MTU: cmp.Or(in.MTU, kind.newMTU(lower, in.Options)), Address: in.MAC, IsNew: true}
	add := &rtnl.LinkAdd{Kind: kind.Kind, Name: l.Name, Index: l.Index, LinkAttrs: rtnl.LinkAttrs{Address: in.MAC, MTU: in.MTU}}
	if in.Options != nil {
		add.Kind = in.Options
	}
	master, ok := p.joined(n.Name, l)
	if !ok {
		return nil
	}
	if master != nil {
		add.Master = rtnl.Some(master.Ref())
	}
	if vrf, ok := in.Options.(*rtnl.VRF); ok {
		l.Table = vrf.Table.Or(0)
	}
	if vxlan, ok := in.Options.(*rtnl.VXLAN); ok && lower != nil {
		with := *vxlan // it names what it is on in its own options
		with.Link = rtnl.Some(lower.Ref())
		add.Kind, l.Peer = &with, rtnl.Some(lower.Index)
	} else if lower != nil {
		add.Link, l.Peer = lower.Ref(), rtnl.Some(lower.Index)
	}
	ipv6 := p.ipv6(in.IPv6)
	if ownGenMode(n, in.Name) != "" {
		ipv6 = p.ipv6(topology.IPv6Off) // until the setting is written
	}
	s := Step{Verb: Create, Object: "interface", Node: n.Name, Name: in.Name}
	s.op(n.Name, &engine.Request{Settles: !p.made[n.Name], Req: add})
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
					p.deleteDevice(node, l, "")
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
