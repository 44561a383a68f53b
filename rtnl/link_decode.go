package rtnl

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// A Link is a network device as the kernel reports it. Byte slices alias the
// answer that it was read from, which is never overwritten.
type Link struct {
	// Family is AF_UNSPEC, or AF_BRIDGE for a port as a bridge sees it.
	Family uint8
	// Type is an ARPHRD_* number, 1 for Ethernet.
	Type uint16
	// Index is the interface index, from 1.
	Index uint32
	// Flags are IFF_*.
	Flags uint32
	// Name has at most 15 bytes, of any value but "/", ":" and white space.
	Name string
	// AltNames are the alternative names (Linux 5.5).
	AltNames []string
	// Kind is the device type, such as "veth", or "" for a device not created
	// over netlink. Data is its IFLA_INFO_DATA.
	Kind string
	Data []byte
	// PortKind is the type of the link's master. PortData is its
	// IFLA_INFO_SLAVE_DATA.
	PortKind string
	PortData []byte

	// MTU, MinMTU and MaxMTU are in bytes.
	MTU, MinMTU, MaxMTU uint32
	// TxQueueLen is in packets.
	TxQueueLen uint32
	// Qdisc is the kind of the root queueing discipline, "noqueue" for one.
	Qdisc string
	// OperState is IF_OPER_*, LinkMode IF_LINK_MODE_*.
	OperState, LinkMode uint8
	// Address, Broadcast and PermAddress are link-layer addresses.
	Address, Broadcast, PermAddress net.HardwareAddr
	// Alias is a description of up to 255 bytes.
	Alias string
	// Master is the index of the device that the link is a port of, 0 for none.
	Master uint32
	// Link is the index of the device that it is on, or of a veth's peer. It is
	// in the namespace LinkNetNSID, if that is set.
	Link        Opt[uint32]
	LinkNetNSID Opt[int32]
	// Group is the device group, 0 by default.
	Group uint32
	// Promiscuity and AllMulti count who asked for promiscuous mode and for all
	// multicast packets.
	Promiscuity uint32
	AllMulti    Opt[uint32]

	// TxQueues and RxQueues are the numbers of queues. A kernel without
	// CONFIG_RPS does not send the latter: 0.
	TxQueues, RxQueues uint32
	// The most that the kernel puts into one packet for the device to cut (GSO,
	// TSO), or makes of received packets (GRO): sizes are in bytes, Segs in
	// segments. IPv4 has sizes of its own from Linux 6.3 on.
	GSOMaxSize, GSOMaxSegs         uint32
	GROMaxSize                     Opt[uint32]
	TSOMaxSize, TSOMaxSegs         Opt[uint32]
	GSOIPv4MaxSize, GROIPv4MaxSize Opt[uint32]
	// Carrier and ProtoDown are 1 or 0: whether there is a carrier, and whether
	// a protocol holds the link down.
	Carrier, ProtoDown uint8
	// CarrierChanges is how often the carrier came or went: the sum of the
	// other two.
	CarrierChanges                   uint32
	CarrierUpCount, CarrierDownCount uint32
	// NewNetNSID and NewIndex are, in an RTM_DELLINK, the id of the namespace
	// that the link moved to and its index there.
	NewNetNSID, NewIndex Opt[int32]
	// Event is, in a notification, IFLA_EVENT_*: why it was sent.
	Event uint32
	// ParentDevName and ParentDevBusName are the device that a driver made the
	// link for, "0000:00:1f.6" on "pci" (Linux 5.14).
	ParentDevName, ParentDevBusName string
	// The port and the switch of hardware: a name, and ids of up to 32 bytes.
	PhysPortName             string
	PhysPortID, PhysSwitchID []byte
	// The data of IFLA_AF_SPEC, _STATS64, _PROTINFO, _XDP and
	// _PROTO_DOWN_REASON.
	AFSpec, Stats64, ProtInfo, XDP, ProtoDownReason []byte
}

// Up reports whether the link is administratively up.
func (l *Link) Up() bool { return l.Flags&unix.IFF_UP != 0 }

// Attributes that x/sys/unix lacks (include/uapi/linux/if_link.h).
const (
	iflaAllMulti       = 61
	iflaGSOIPv4MaxSize = 63
	iflaGROIPv4MaxSize = 64
)

// DecodeLink reads an RTM_NEWLINK or RTM_DELLINK.
func DecodeLink(m Message) (Link, error) {
	var l Link
	if err := l.decode(m); err != nil {
		return Link{}, err
	}
	return l, nil
}

func (l *Link) decode(m Message) error {
	if m.Type != unix.RTM_NEWLINK && m.Type != unix.RTM_DELLINK {
		return fmt.Errorf("%w: type %d where a link was expected", ErrMalformed, m.Type)
	}
	if len(m.Data) < unix.SizeofIfInfomsg {
		return fmt.Errorf("%w: a link of %d bytes", ErrMalformed, len(m.Data))
	}
	l.Family = m.Data[0]
	l.Type = binary.NativeEndian.Uint16(m.Data[2:])
	l.Index = binary.NativeEndian.Uint32(m.Data[4:])
	l.Flags = binary.NativeEndian.Uint32(m.Data[8:])
	r := AttrReader{rest: m.Data[unix.SizeofIfInfomsg:]}
	for r.Next() {
		l.attr(&r)
	}
	if r.err != nil {
		return fmt.Errorf("link %d %s: %w", l.Index, quote(l.Name), r.err)
	}
	return nil
}

func (l *Link) attr(r *AttrReader) {
	switch r.Type() {
	case unix.IFLA_IFNAME:
		l.Name = r.String()
	case unix.IFLA_ADDRESS:
		l.Address = r.data
	case unix.IFLA_BROADCAST:
		l.Broadcast = r.data
	case unix.IFLA_PERM_ADDRESS:
		l.PermAddress = r.data
	case unix.IFLA_MTU:
		l.MTU = r.Uint32()
	case unix.IFLA_MIN_MTU:
		l.MinMTU = r.Uint32()
	case unix.IFLA_MAX_MTU:
		l.MaxMTU = r.Uint32()
	case unix.IFLA_LINK:
		l.Link = Some(r.Uint32())
	case unix.IFLA_LINK_NETNSID:
		l.LinkNetNSID = Some(r.Int32())
	case unix.IFLA_NEW_NETNSID:
		l.NewNetNSID = Some(r.Int32())
	case unix.IFLA_NEW_IFINDEX:
		l.NewIndex = Some(r.Int32())
	case unix.IFLA_MASTER:
		l.Master = r.Uint32()
	case unix.IFLA_QDISC:
		l.Qdisc = known(cString(r.data))
	case unix.IFLA_TXQLEN:
		l.TxQueueLen = r.Uint32()
	case unix.IFLA_OPERSTATE:
		l.OperState = r.Uint8()
	case unix.IFLA_LINKMODE:
		l.LinkMode = r.Uint8()
	case unix.IFLA_IFALIAS:
		l.Alias = r.String()
	case unix.IFLA_GROUP:
		l.Group = r.Uint32()
	case unix.IFLA_PROMISCUITY:
		l.Promiscuity = r.Uint32()
	case iflaAllMulti:
		l.AllMulti = Some(r.Uint32())
	case unix.IFLA_NUM_TX_QUEUES:
		l.TxQueues = r.Uint32()
	case unix.IFLA_NUM_RX_QUEUES:
		l.RxQueues = r.Uint32()
	case unix.IFLA_GSO_MAX_SIZE:
		l.GSOMaxSize = r.Uint32()
	case unix.IFLA_GSO_MAX_SEGS:
		l.GSOMaxSegs = r.Uint32()
	case unix.IFLA_GRO_MAX_SIZE:
		l.GROMaxSize = Some(r.Uint32())
	case unix.IFLA_TSO_MAX_SIZE:
		l.TSOMaxSize = Some(r.Uint32())
	case unix.IFLA_TSO_MAX_SEGS:
		l.TSOMaxSegs = Some(r.Uint32())
	case iflaGSOIPv4MaxSize:
		l.GSOIPv4MaxSize = Some(r.Uint32())
	case iflaGROIPv4MaxSize:
		l.GROIPv4MaxSize = Some(r.Uint32())
	case unix.IFLA_CARRIER:
		l.Carrier = r.Uint8()
	case unix.IFLA_CARRIER_CHANGES:
		l.CarrierChanges = r.Uint32()
	case unix.IFLA_CARRIER_UP_COUNT:
		l.CarrierUpCount = r.Uint32()
	case unix.IFLA_CARRIER_DOWN_COUNT:
		l.CarrierDownCount = r.Uint32()
	case unix.IFLA_PROTO_DOWN:
		l.ProtoDown = r.Uint8()
	case unix.IFLA_PROTO_DOWN_REASON:
		l.ProtoDownReason = r.data
	case unix.IFLA_EVENT:
		l.Event = r.Uint32()
	case unix.IFLA_PARENT_DEV_NAME:
		l.ParentDevName = r.String()
	case unix.IFLA_PARENT_DEV_BUS_NAME:
		l.ParentDevBusName = r.String()
	case unix.IFLA_PHYS_PORT_NAME:
		l.PhysPortName = r.String()
	case unix.IFLA_PHYS_PORT_ID:
		l.PhysPortID = r.data
	case unix.IFLA_PHYS_SWITCH_ID:
		l.PhysSwitchID = r.data
	case unix.IFLA_AF_SPEC:
		l.AFSpec = r.data
	case unix.IFLA_STATS64:
		l.Stats64 = r.data
	case unix.IFLA_PROTINFO:
		l.ProtInfo = r.data
	case unix.IFLA_XDP:
		l.XDP = r.data
	case unix.IFLA_PROP_LIST:
		n := r.Nested()
		for n.Next() {
			if n.Type() == unix.IFLA_ALT_IFNAME {
				l.AltNames = append(l.AltNames, n.String())
			}
		}
		r.Adopt(&n)
	case unix.IFLA_LINKINFO:
		n := r.Nested()
		for n.Next() {
			switch n.Type() {
			case unix.IFLA_INFO_KIND:
				l.Kind = known(cString(n.data))
			case unix.IFLA_INFO_DATA:
				l.Data = n.data
			case unix.IFLA_INFO_SLAVE_KIND:
				l.PortKind = known(cString(n.data))
			case unix.IFLA_INFO_SLAVE_DATA:
				l.PortData = n.data
			}
		}
		r.Adopt(&n)
	}
}

// known returns b as a string, without allocating for strings that occur in
// most messages.
func known(b []byte) string {
	switch string(b) {
	case "veth":
		return "veth"
	case "bridge":
		return "bridge"
	case "noqueue":
		return "noqueue"
	case "noop":
		return "noop"
	case "pfifo_fast":
		return "pfifo_fast"
	case "fq_codel":
		return "fq_codel"
	}
	return string(b)
}

// LinkStats are a link's counters since it was created, in packets and in
// bytes. What drivers count is said at struct rtnl_link_stats64 in
// include/uapi/linux/if_link.h.
type LinkStats struct {
	RxPackets, TxPackets, RxBytes, TxBytes, RxErrors, TxErrors, RxDropped, TxDropped uint64
	Multicast, Collisions                                                            uint64
	RxLengthErrors, RxOverErrors, RxCRCErrors, RxFrameErrors, RxFIFOErrors           uint64
	RxMissedErrors                                                                   uint64
	TxAbortedErrors, TxCarrierErrors, TxFIFOErrors, TxHeartbeatErrors                uint64
	TxWindowErrors, RxCompressed, TxCompressed, RxNoHandler, RxOtherhostDropped      uint64
}

// Stats returns the link's counters. It is false if the kernel sent none.
// Counters that the kernel does not have are 0.
func (l *Link) Stats() (LinkStats, bool) {
	if len(l.Stats64) == 0 {
		return LinkStats{}, false
	}
	var v [25]uint64
	for i := range v {
		if len(l.Stats64) >= 8*(i+1) {
			v[i] = binary.NativeEndian.Uint64(l.Stats64[8*i:])
		}
	}
	return LinkStats{v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12],
		v[13], v[14], v[15], v[16], v[17], v[18], v[19], v[20], v[21], v[22], v[23], v[24]}, true
}

// AddrGenMode returns how IPv6 link-local addresses are made, one of
// IN6_ADDR_GEN_MODE_*. It is false for a link without IPv6.
func (l *Link) AddrGenMode() (uint8, bool) {
	if data := l.inet6(unix.IFLA_INET6_ADDR_GEN_MODE); len(data) == 1 {
		return data[0], true
	}
	return 0, false
}

// IPv6Ready reports whether IPv6 has begun on the link: it has been up and has
// had a carrier since (IF_READY in include/net/if_inet6.h). The kernel makes a
// link-local address when that comes about, and not again when the carrier
// comes back (addrconf_notify in net/ipv6/addrconf.c).
func (l *Link) IPv6Ready() bool {
	const ready = 0x80000000
	data := l.inet6(unix.IFLA_INET6_FLAGS)
	return len(data) == 4 && binary.NativeEndian.Uint32(data)&ready != 0
}

// inet6 returns the bytes of an attribute of AFSpec's AF_INET6, nil if it is
// not there.
func (l *Link) inet6(typ uint16) []byte {
	for r := (AttrReader{rest: l.AFSpec}); r.Next(); {
		if r.Type() != unix.AF_INET6 {
			continue
		}
		for n := r.Nested(); n.Next(); {
			if n.Type() == typ {
				return n.data
			}
		}
	}
	return nil
}

// Link returns one link. If it does not exist, the error matches
// fs.ErrNotExist.
func (c *Conn) Link(ctx context.Context, ref LinkRef) (Link, error) {
	m, err := c.Get(ctx, &LinkGet{Link: ref})
	if err != nil {
		return Link{}, err
	}
	return DecodeLink(m)
}

// rtextFilterSkipStats is RTEXT_FILTER_SKIP_STATS
// (include/uapi/linux/rtnetlink.h).
const rtextFilterSkipStats = 1 << 3

// Links lists links in the kernel's order, which is by the hash of their index.
func (c *Conn) Links(ctx context.Context, req LinkDump) ([]Link, error) {
	m, err := c.Dump(ctx, &req)
	if err != nil {
		return nil, err
	}
	links := make([]Link, m.Len())
	i := 0
	for msg := range m.All() {
		if err := links[i].decode(msg); err != nil {
			return nil, err
		}
		i++
	}
	return links, nil
}
