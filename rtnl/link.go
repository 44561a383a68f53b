package rtnl

import (
	"encoding/binary"
	"net"

	"golang.org/x/sys/unix"
)

// LinkAttrs are attributes that a link can be given when it is created or
// later. Zero or absent fields are left to the kernel.
type LinkAttrs struct {
	// Flags are the IFF_* flags to set within Change: IFF_UP in both brings the
	// link up, IFF_UP in Change alone takes it down. Flags outside Change are
	// ignored.
	Flags, Change uint32
	// NetNS is the namespace to create the link in, or to move it to.
	NetNS NetNS
	// LinkNetNSID is the id of the namespace in which the link's lower or peer
	// device is looked up.
	LinkNetNSID Opt[int32]
	// Address and Broadcast are link-layer addresses, 6 bytes for Ethernet.
	Address, Broadcast net.HardwareAddr
	// MTU is in bytes; 0 means no change.
	MTU uint32
	// TxQueueLen is in packets.
	TxQueueLen Opt[uint32]
	// TxQueues and RxQueues are the numbers of queues. They count only at
	// creation. With 1 each, a veth end need not wait for an RCU grace period.
	TxQueues, RxQueues uint32
	// Link is the device that the link is on (IFLA_LINK).
	Link LinkRef
	// Master is the bridge or other device that the link becomes a port of. The
	// zero LinkRef releases it.
	Master Opt[LinkRef]
	// Group is the device group.
	Group Opt[uint32]
	// Alias is a description of up to 255 bytes; "" removes it. At creation,
	// the kernel ignores it, and also Carrier and ProtoDown, so a LinkAdd with
	// one of them fails (rtnl_create_link in net/core/rtnetlink.c).
	Alias Opt[string]
	// OperState is IF_OPER_*, LinkMode IF_LINK_MODE_* (RFC 2863,
	// Documentation/networking/operstates.rst).
	OperState, LinkMode Opt[uint8]
	// Carrier is 1 or 0, for links whose driver supports setting it.
	Carrier Opt[uint8]
	// ProtoDown is 1 to hold the link down on behalf of a protocol.
	ProtoDown Opt[uint8]
	// GSOMaxSize is in bytes, GSOMaxSegs in segments, GROMaxSize (Linux 5.19)
	// in bytes.
	GSOMaxSize, GSOMaxSegs, GROMaxSize Opt[uint32]
	// AddrGenMode is how IPv6 link-local addresses are made, one of
	// AddrGenMode*. It cannot be set at creation (EAFNOSUPPORT): set it
	// afterwards, before or together with IFF_UP.
	AddrGenMode Opt[uint8]
}

// How an IPv6 link-local address is made (IN6_ADDR_GEN_MODE_*,
// include/uapi/linux/if_link.h).
const (
	AddrGenModeEUI64        uint8 = 0
	AddrGenModeNone         uint8 = 1
	AddrGenModeStableSecret uint8 = 2
	AddrGenModeRandom       uint8 = 3
)

// Up asks for the link to be up.
func (a *LinkAttrs) Up() {
	a.Flags |= unix.IFF_UP
	a.Change |= unix.IFF_UP
}

// Down asks for the link to be down.
func (a *LinkAttrs) Down() {
	a.Flags &^= unix.IFF_UP
	a.Change |= unix.IFF_UP
}

// ifinfomsg appends the fixed header of link messages
// (include/uapi/linux/rtnetlink.h).
func (e *Encoder) ifinfomsg(family uint8, link LinkRef, flags, change uint32) {
	e.buf = append(e.buf, family, 0, 0, 0)
	e.HeaderLink(link)
	e.buf = binary.NativeEndian.AppendUint32(e.buf, flags)
	e.buf = binary.NativeEndian.AppendUint32(e.buf, change)
}

func (a *LinkAttrs) encode(e *Encoder) {
	a.NetNS.encode(e)
	if v, ok := a.LinkNetNSID.Get(); ok {
		e.Int32(unix.IFLA_LINK_NETNSID, v)
	}
	if len(a.Address) > 0 {
		e.HardwareAddr(unix.IFLA_ADDRESS, a.Address)
	}
	if len(a.Broadcast) > 0 {
		e.HardwareAddr(unix.IFLA_BROADCAST, a.Broadcast)
	}
	nonZero(e, unix.IFLA_MTU, a.MTU)
	nonZeroLink(e, unix.IFLA_LINK, a.Link)
	nonZero(e, unix.IFLA_NUM_TX_QUEUES, a.TxQueues)
	nonZero(e, unix.IFLA_NUM_RX_QUEUES, a.RxQueues)
	opt32(e, unix.IFLA_TXQLEN, a.TxQueueLen)
	if m, ok := a.Master.Get(); ok {
		e.Link(unix.IFLA_MASTER, m)
	}
	opt32(e, unix.IFLA_GROUP, a.Group)
	if v, ok := a.Alias.Get(); ok {
		if len(v) > 255 {
			e.Fail("alias of %d bytes, at most 255 are allowed", len(v))
		} else {
			// Not NUL-terminated: the payload is as long as the alias.
			e.text(unix.IFLA_IFALIAS, v)
		}
	}
	opt8(e, unix.IFLA_OPERSTATE, a.OperState)
	opt8(e, unix.IFLA_LINKMODE, a.LinkMode)
	opt8(e, unix.IFLA_CARRIER, a.Carrier)
	opt8(e, unix.IFLA_PROTO_DOWN, a.ProtoDown)
	opt32(e, unix.IFLA_GSO_MAX_SIZE, a.GSOMaxSize)
	opt32(e, unix.IFLA_GSO_MAX_SEGS, a.GSOMaxSegs)
	opt32(e, unix.IFLA_GRO_MAX_SIZE, a.GROMaxSize)
	if v, ok := a.AddrGenMode.Get(); ok {
		spec := e.Nest(unix.IFLA_AF_SPEC)
		inet6 := e.Nest(unix.AF_INET6)
		e.Uint8(unix.IFLA_INET6_ADDR_GEN_MODE, v)
		e.EndNest(inet6)
		e.EndNest(spec)
	}
}

// ignoredInCreate returns the name of an attribute that the kernel would
// silently drop at creation.
func (a *LinkAttrs) ignoredInCreate() string {
	switch {
	case a.Alias.IsSet():
		return "an alias"
	case a.Carrier.IsSet():
		return "a carrier"
	case a.ProtoDown.IsSet():
		return "protocol down"
	}
	return ""
}

func nonZero(e *Encoder, typ uint16, v uint32) {
	if v != 0 {
		e.Uint32(typ, v)
	}
}

func opt8(e *Encoder, typ uint16, o Opt[uint8]) {
	if v, ok := o.Get(); ok {
		e.Uint8(typ, v)
	}
}

func opt16(e *Encoder, typ uint16, o Opt[uint16]) {
	if v, ok := o.Get(); ok {
		e.Uint16(typ, v)
	}
}

func opt32(e *Encoder, typ uint16, o Opt[uint32]) {
	if v, ok := o.Get(); ok {
		e.Uint32(typ, v)
	}
}
