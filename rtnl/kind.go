package rtnl

import (
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// A Kind is a device type with its options: the IFLA_INFO_KIND and
// IFLA_INFO_DATA of a link. Each is one file of this package, or a Driver.
type Kind interface {
	// Kind returns the type's name in the kernel, such as "veth".
	Kind() string
	// EncodeData appends the attributes of IFLA_INFO_DATA, or nothing if there
	// are no options.
	EncodeData(e *Encoder)
}

// encodeKind appends a kind inside IFLA_LINKINFO, with its options in data
// unless it has none.
func encodeKind(e *Encoder, k Kind, kind, data uint16) {
	e.String(kind, k.Kind())
	mark := e.Nest(data)
	before := len(e.buf)
	k.EncodeData(e)
	if len(e.buf) == before {
		e.buf = e.buf[:mark]
		return
	}
	e.EndNest(mark)
}

// PlainKind is a device type without options, given by its name: "dummy".
type PlainKind string

// Kind implements Kind.
func (k PlainKind) Kind() string { return string(k) }

// EncodeData appends nothing.
func (PlainKind) EncodeData(*Encoder) {}

// A LinkDriver is a device type in another package, for Driver. The drivers of
// github.com/jsimonetti/rtnetlink/v2/driver implement it.
type LinkDriver interface {
	Kind() string
	Encode(*netlink.AttributeEncoder) error
}

// Driver makes a Kind from a driver of
// github.com/jsimonetti/rtnetlink/v2/driver: bond, macvlan, netkit, vlan,
// vxlan.
func Driver(d LinkDriver) Kind { return driverKind{d} }

type driverKind struct{ LinkDriver }

func (d driverKind) EncodeData(e *Encoder) {
	ae := netlink.NewAttributeEncoder()
	if err := d.Encode(ae); err != nil {
		e.Fail("options of a link of type %q: %v", d.Kind(), err)
		return
	}
	b, err := ae.Encode()
	if err != nil {
		e.Fail("options of a link of type %q: %v", d.Kind(), err)
		return
	}
	e.buf = append(e.buf, b...)
}

// Veth is a pair of connected Ethernet links (veth(4)). The LinkAdd describes
// one end, Peer the other.
type Veth struct {
	// Peer describes the other end. If it is nil, the kernel chooses
	// everything, and the peer is in the socket's own namespace.
	Peer *VethPeer
}

// A VethPeer is the other end of a veth pair. Without a NetNS, which must be
// given by descriptor, name or process, it is created in the socket's
// namespace, wherever the first end goes. It cannot be created up or with a
// Master, and its index counts only if the first end also has a chosen one.
type VethPeer struct {
	// Name and Index are as in a LinkAdd.
	Name  string
	Index uint32
	LinkAttrs
}

const vethInfoPeer = 1 // VETH_INFO_PEER, include/uapi/linux/veth.h

// Kind returns "veth".
func (*Veth) Kind() string { return "veth" }

// EncodeData implements Kind.
func (k *Veth) EncodeData(e *Encoder) {
	p := k.Peer
	if p == nil {
		return
	}
	if p.Flags&unix.IFF_UP != 0 {
		// The kernel answers ENOTCONN and creates nothing.
		e.Fail("veth peer %q: the peer cannot be created up; bring it up with a LinkSet in its namespace", p.Name)
		return
	}
	if p.NetNS.attr == unix.IFLA_TARGET_NETNSID {
		// The kernel ignores it and would create the peer in the socket's
		// namespace (rtnl_link_get_net_ifla in net/core/rtnetlink.c).
		e.Fail("veth peer %q: give the namespace by name, descriptor or process; the kernel takes no id here", p.Name)
		return
	}
	if what := p.ignored(); what != "" {
		e.Fail("veth peer %q: the kernel ignores %s of a peer in the message that creates it; set it afterwards", p.Name, what)
		return
	}
	mark := e.NestPlain(vethInfoPeer)
	e.ifinfomsg(unix.AF_UNSPEC, LinkIndex(p.Index), p.Flags, p.Change)
	if p.Name != "" {
		ifName(e, p.Name)
	}
	p.LinkAttrs.encode(e)
	e.EndNest(mark)
}

// ignored returns the name of an attribute that the kernel would silently drop
// for a peer (veth_newlink in drivers/net/veth.c).
func (p *VethPeer) ignored() string {
	if p.Master.IsSet() {
		return "a master"
	}
	return p.ignoredInCreate()
}
