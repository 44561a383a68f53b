package lab

import (
	"net"
	"net/netip"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// Verb says what a step does to its object.
type Verb uint8

// The verbs, in the order of their signs in a printed plan: "+", "-", "~".
const (
	Create Verb = iota
	Delete
	Update
)

func (v Verb) String() string { return [...]string{"create", "delete", "update"}[min(v, Update)] }

// Sign is how a printed plan marks the verb.
func (v Verb) Sign() string { return [...]string{"+", "-", "~"}[min(v, Update)] }

// A Step is one change of a plan.
type Step struct {
	Verb Verb
	// Object is "namespace", "link", "bridge", "address", "route" or
	// "sysctl".
	Object string
	// Node is the node that it happens in.
	Node string
	// Name names the object within the node.
	Name string
	// Old and New are the values of an update.
	Old, New string
	// Ops are the operations, in order; a namespace they name is a node.
	Ops []engine.Op
	// undo takes the step back, in order.
	undo []engine.Op
}

// String says what the step does: "create link net0:eth0 bridge:p1".
func (s *Step) String() string {
	text := s.Verb.String() + " " + s.Object + " " + s.Name
	if s.Object != "namespace" && s.Object != "name" {
		text += " in " + s.Node
	}
	if s.Verb == Update {
		text += ": " + s.Old + " -> " + s.New
	}
	return text
}

func (s *Step) op(node string, a engine.Action) {
	s.Ops = append(s.Ops, engine.Op{NetNS: node, Action: a})
}

func (s *Step) back(node string, a engine.Action) {
	s.undo = append(s.undo, engine.Op{NetNS: node, Action: a})
}

// setLink changes a link whose index is known.
func setLink(name string, index uint32, change func(*rtnl.LinkSet)) *engine.Request {
	s := &rtnl.LinkSet{Link: rtnl.LinkIndex(index)}
	change(s)
	return (&engine.Request{Req: s}).Known(name, &s.Link.Index)
}

func delLink(name string, index uint32) *engine.Request {
	d := &rtnl.LinkDel{Link: rtnl.LinkIndex(index)}
	return (&engine.Request{Req: d}).Known(name, &d.Link.Index)
}

// labAddress is an address as labs have it: without duplicate address
// detection, so that it can be used at once.
func labAddress(index uint32, p netip.Prefix) rtnl.Address {
	a := rtnl.Address{Index: index, Prefix: p, Scope: rtnl.DefaultAddrScope(p.Addr())}
	if p.Addr().Is6() {
		a.Flags = unix.IFA_F_NODAD
	}
	return a
}

func addAddr(name string, a rtnl.Address) *engine.Request {
	r := &rtnl.AddrAdd{Address: a}
	return (&engine.Request{Req: r}).Known(name, &r.Index)
}

func delAddr(name string, a rtnl.Address) *engine.Request {
	r := &rtnl.AddrDel{Address: rtnl.Address{Index: a.Index, Prefix: a.Prefix, Peer: a.Peer}}
	return (&engine.Request{Req: r}).Known(name, &r.Index)
}

// upLink brings a link up. Without IPv6 it gets no link-local address, which a
// device with an MTU below IPv6's 1280 bytes does not have anyway. That takes a
// message before: in one message the kernel brings the link up first (do_setlink
// in net/core/rtnetlink.c), and one with a carrier has its address at once.
func upLink(node, name string, index uint32, ipv6 IPv6Mode, mtu uint32) []engine.Op {
	up := engine.Op{NetNS: node, Action: setLink(name, index, func(s *rtnl.LinkSet) { s.Up() })}
	if ipv6 != IPv6Off || mtu != 0 && mtu < 1280 {
		return []engine.Op{up}
	}
	none := setLink(name, index, func(s *rtnl.LinkSet) { s.AddrGenMode = rtnl.Some(rtnl.AddrGenModeNone) })
	return []engine.Op{{NetNS: node, Action: none}, up}
}

// vethSpec is all that makes a veth pair.
type vethSpec struct {
	ends [2]struct {
		node, name string
		index      uint32
		mac        net.HardwareAddr
		master     uint32
		masterName string
	}
	mtu, queues uint32
}

// create is the message that makes the pair, sent in the left end's namespace.
// The right end's master, which a peer cannot have, follows in one of its own.
func (v *vethSpec) create() []engine.Op {
	l, r := &v.ends[0], &v.ends[1]
	attrs := func(mac net.HardwareAddr) rtnl.LinkAttrs {
		return rtnl.LinkAttrs{Address: mac, MTU: v.mtu, TxQueues: v.queues, RxQueues: v.queues}
	}
	peer := &rtnl.VethPeer{Name: r.name, Index: r.index, LinkAttrs: attrs(r.mac)}
	add := &rtnl.LinkAdd{Name: l.name, Index: l.index, LinkAttrs: attrs(l.mac), Kind: &rtnl.Veth{Peer: peer}}
	req := &engine.Request{Req: add}
	if l.master != 0 {
		add.Master = rtnl.Some(l.master)
		req.KnownOpt(l.masterName, &add.Master)
	}
	if r.node != l.node {
		req.NetNS(r.node, &peer.NetNS)
	}
	ops := []engine.Op{{NetNS: l.node, Action: req}}
	if r.master != 0 {
		set := setLink(r.name, r.index, func(s *rtnl.LinkSet) { s.Master = rtnl.Some(r.master) })
		set.KnownOpt(r.masterName, &set.Req.(*rtnl.LinkSet).Master)
		ops = append(ops, engine.Op{NetNS: r.node, Action: set})
	}
	return ops
}
