package plan

import (
	"net"
	"net/netip"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
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

// Sign returns the mark of the verb in a printed plan.
func (v Verb) Sign() string { return [...]string{"+", "-", "~"}[min(v, Update)] }

// A Step is one change of a plan.
type Step struct {
	// Verb says what happens to the object.
	Verb Verb
	// Object is "namespace", "name", "link", "bridge", "port", "address",
	// "altname", "route", "rule", "neighbour", "fdb", "sysctl", "qdisc",
	// "hosts", "limit", "process", "keeper" or "exec".
	Object string
	// Node is the node in which it happens, or "".
	Node string
	// Name names the object within the node.
	Name string
	// Old and New are the values of an update.
	Old, New string

	// peer is the node of the other end of a link that is made or deleted, ""
	// for none.
	peer string
	// why says why a link is deleted that the file may have, "" for others.
	why string
	// lost are links that go with the step and that undoing cannot make again,
	// in words.
	lost []string
	// ops are the operations, in order, and undo[i] are those that undo ops[i].
	ops  []engine.Op
	undo [][]engine.Op
	// needsAddresses says that undoing needs addresses of the node to be there.
	needsAddresses bool
	// make, if set, returns ops, or those that take the first of them back and
	// with it the others. Of some kinds of step a plan has thousands: their
	// operations are made when they are needed.
	make func(way) []engine.Op
}

// A way is the direction of operations: as planned, or undoing them.
type way uint8

const (
	forth way = iota
	back
)

// Ops returns the operations, in order. The namespaces that they name are
// nodes.
func (s *Step) Ops() []engine.Op {
	if s.make != nil {
		return s.make(forth)
	}
	return s.ops
}

// String says what the step does: "create link net0:eth0 bridge:p1".
func (s *Step) String() string {
	text := s.Verb.String() + " " + s.Object + " " + s.Name
	if !objectOf(s.Object).global {
		text += " in " + s.Node
	}
	if s.Verb == Update {
		text += ": " + s.Old + " -> " + s.New
	}
	return text
}

func (s *Step) op(node string, a engine.Action) { s.do(engine.Op{NetNS: node, Action: a}) }

// do adds operations.
func (s *Step) do(ops ...engine.Op) { s.ops = append(s.ops, ops...) }

// undoOp adds an action to those that undo the last operation.
func (s *Step) undoOp(node string, a engine.Action) {
	s.takeBack(len(s.ops)-1, engine.Op{NetNS: node, Action: a})
}

// takeBack adds operations to those that undo an operation, given by its index.
func (s *Step) takeBack(op int, ops ...engine.Op) {
	for len(s.undo) <= op {
		s.undo = append(s.undo, nil)
	}
	s.undo[op] = append(s.undo[op], ops...)
}

// setLink changes a link whose index is known.
func setLink(name string, index uint32, change func(*rtnl.LinkSet)) *engine.Request {
	s := &rtnl.LinkSet{Link: rtnl.LinkRef{Index: index, Name: name}}
	change(s)
	return &engine.Request{Req: s}
}

func delLink(name string, index uint32) *engine.Request {
	return &engine.Request{Req: &rtnl.LinkDel{Link: rtnl.LinkRef{Index: index, Name: name}}}
}

// labAddress is an address as labs have it: without duplicate address
// detection, so that it can be used at once.
func labAddress(index uint32, p netip.Prefix) rtnl.Address {
	a := rtnl.Address{Link: rtnl.LinkIndex(index), Prefix: p, Scope: rtnl.DefaultAddrScope(p.Addr())}
	if p.Addr().Is6() {
		a.Flags = unix.IFA_F_NODAD
	}
	return a
}

func addAddr(name string, a rtnl.Address) *engine.Request {
	a.Link.Name = name
	return &engine.Request{Req: &rtnl.AddrAdd{Address: a}}
}

func delAddr(name string, a rtnl.Address) *engine.Request {
	link := rtnl.LinkRef{Index: a.Link.Index, Name: name}
	return &engine.Request{Req: &rtnl.AddrDel{Address: rtnl.Address{Link: link, Prefix: a.Prefix, Peer: a.Peer}}}
}

// upLink brings a link up, without a link-local address if it is to have none.
// The last operation is the one that brings it up.
func upLink(node, name string, index uint32, ipv6 topology.IPv6Mode, mtu uint32) []engine.Op {
	up := engine.Op{NetNS: node, Action: setLink(name, index, func(s *rtnl.LinkSet) { s.Up() })}
	return append(quietLink(node, name, index, ipv6, mtu), up)
}

// quietLink keeps a link without IPv6 from having a link-local address; a
// device with an MTU below MinIPv6MTU has none anyway. It has to come in a
// message before the one that brings the link up: in one message the kernel
// brings the link up first (do_setlink in net/core/rtnetlink.c), and one with a
// carrier has its address at once.
func quietLink(node, name string, index uint32, ipv6 topology.IPv6Mode, mtu uint32) []engine.Op {
	if ipv6 != topology.IPv6Off || mtu != 0 && mtu < topology.MinIPv6MTU {
		return nil
	}
	return []engine.Op{{NetNS: node, Action: setLink(name, index, func(s *rtnl.LinkSet) {
		s.AddrGenMode = rtnl.Some(rtnl.AddrGenModeNone)
	})}}
}

// vethSpec is all that makes a veth pair.
type vethSpec struct {
	ends [2]vethEnd
	// up brings the own end up in the message that makes the pair.
	up bool
	// settles is engine.Request's.
	settles bool
}

type vethEnd struct {
	node, name         string
	index, mtu         uint32
	txQueues, rxQueues uint32
	mac                net.HardwareAddr
	master             uint32
	masterName         string
	// noIPv6 turns IPv6 off before the end comes up.
	noIPv6 bool
}

func (e *vethEnd) attrs() rtnl.LinkAttrs {
	return rtnl.LinkAttrs{Address: e.mac, MTU: e.mtu, TxQueues: e.txQueues, RxQueues: e.rxQueues}
}

// own is the end that the pair is made from: not that of a bridge where only
// one is. From there the master could be in the same message, but the kernel
// takes longer for it all (docs/performance.md).
func (v *vethSpec) own() int {
	if v.ends[0].master != 0 && v.ends[1].master == 0 {
		return 1
	}
	return 0
}

// bringUp makes the pair and brings it up: the own end at once, unless it is a
// port (docs/performance.md). That is told of its address generation before the
// other end, which gives it a carrier, is up.
func (v *vethSpec) bringUp(ipv6 [2]topology.IPv6Mode) []engine.Op {
	own := v.own()
	e, peer := &v.ends[own], &v.ends[1-own]
	v.up = e.master == 0
	ops := append(make([]engine.Op, 0, 6), v.create())
	ops = append(ops, e.turnOffIPv6()...)
	if v.up {
		ops = append(ops, quietLink(e.node, e.name, e.index, ipv6[own], e.mtu)...)
	} else {
		ops = append(ops, upLink(e.node, e.name, e.index, ipv6[own], e.mtu)...)
	}
	ops = append(ops, peer.turnOffIPv6()...)
	ops = append(ops, quietLink(peer.node, peer.name, peer.index, ipv6[1-own], peer.mtu)...)
	// A port gets its master in the message that brings it up, one message
	// less. Where an older kernel brings it up first, nothing can happen in
	// between: it holds RTNL.
	return append(ops, engine.Op{NetNS: peer.node, Action: setLink(peer.name, peer.index, func(s *rtnl.LinkSet) {
		peer.join(s)
		s.Up()
	})})
}

// create is the message that makes the pair, sent in the namespace of its own
// end.
func (v *vethSpec) create() engine.Op {
	own, peer := &v.ends[v.own()], &v.ends[1-v.own()]
	other := &rtnl.VethPeer{Name: peer.name, Index: peer.index, LinkAttrs: peer.attrs()}
	add := &rtnl.LinkAdd{Name: own.name, Index: own.index, LinkAttrs: own.attrs(), Kind: &rtnl.Veth{Peer: other}}
	if v.up {
		add.Up()
	}
	if own.master != 0 {
		add.Master = rtnl.Some(rtnl.LinkRef{Index: own.master, Name: own.masterName})
	}
	if peer.node != own.node {
		other.NetNS = rtnl.NetNSName(peer.node)
	}
	return engine.Op{NetNS: own.node, Action: &engine.Request{Req: add, Settles: v.settles}}
}

// join makes the end a port, if it is to be one.
func (e *vethEnd) join(s *rtnl.LinkSet) {
	if e.master != 0 {
		s.Master = rtnl.Some(rtnl.LinkRef{Index: e.master, Name: e.masterName})
	}
}
