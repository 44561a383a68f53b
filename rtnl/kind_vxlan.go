package rtnl

import (
	"encoding/binary"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// VXLAN is an Ethernet device that sends its frames in UDP datagrams (RFC 7348,
// drivers/net/vxlan). Where they go is in its forwarding database: a NeighAdd
// of the family AF_BRIDGE with NTF_SELF adds an entry. A LinkAdd leaves absent
// fields to the kernel; a LinkSet does not change them, and cannot change those
// that say so.
type VXLAN struct {
	// ID is the VXLAN network identifier, 24 bits. Together with Port, it is
	// that of one device in a namespace only. A LinkSet cannot change it.
	ID Opt[uint32]
	// Remote is where frames go that no other entry of the FDB is for: the
	// address of another end, or of a multicast group, which needs a Link. A
	// LinkSet cannot change its family, and takes 0.0.0.0 or :: for none. It
	// does not join another group while the device is up.
	Remote netip.Addr
	// Local is the source address, of the same family. In a LinkSet, 0.0.0.0 or
	// :: stands for none.
	Local netip.Addr
	// Link is the link that the datagrams leave by. The kernel deletes the
	// device together with it.
	Link Opt[LinkRef]
	// TTL is that of the datagrams, 0 for the kernel's choice: 1 to groups, or
	// that of the routing table. TTLInherit copies it from the packet inside.
	// It has no effect if false, and a LinkSet cannot change it.
	TTL        Opt[uint8]
	TTLInherit Opt[bool]
	// TOS is their type of service; 1 copies it from the packet inside.
	TOS Opt[uint8]
	// DF says whether the datagrams of IPv4 are not to be fragmented, one of
	// VXLANDF*.
	DF Opt[uint8]
	// Label is their IPv6 flow label, 20 bits.
	Label Opt[uint32]
	// Ageing is how long an entry that was learned stays, in whole seconds. 0 is
	// the kernel's 300 seconds.
	Ageing Opt[time.Duration]
	// Limit is the largest number of entries in the FDB, 0 for no limit. A
	// LinkSet cannot change it.
	Limit Opt[uint32]
	// Port is the UDP port. The kernel's default is 8472, unlike IANA's 4789,
	// and 4790 with GPE. A LinkSet cannot change it.
	Port Opt[uint16]
	// PortRange are the source ports. A LinkSet cannot change them.
	PortRange Opt[VXLANPortRange]
	// Learning says that the FDB learns from what arrives, which is the default.
	Learning Opt[bool]
	// Proxy answers ARP and neighbour solicitations; RSC routes packets to other
	// ends directly (route short circuit); L2Miss and L3Miss report missing
	// entries and neighbours. A LinkSet cannot change these nor the rest.
	Proxy, RSC, L2Miss, L3Miss Opt[bool]
	// UDPCSum says that datagrams of IPv4 have checksums. UDPZeroCSum6TX says
	// that those of IPv6 have none, and UDPZeroCSum6RX accepts such.
	UDPCSum, UDPZeroCSum6TX, UDPZeroCSum6RX Opt[bool]
	// RemCSumTX and RemCSumRX use remote checksum offload, and RemCSumNoPartial
	// does so without CHECKSUM_PARTIAL. The latter has no effect if false.
	RemCSumTX, RemCSumRX, RemCSumNoPartial Opt[bool]
	// CollectMetadata takes ID and addresses from each packet's metadata: the
	// device, "external" in ip(8), has no ID itself.
	CollectMetadata Opt[bool]
	// GBP carries the group policy extension, and GPE is the generic protocol
	// extension, which needs CollectMetadata. They have no effect if false.
	GBP, GPE Opt[bool]
	// VNIFilter takes only certain identifiers (Linux 5.18). It needs
	// CollectMetadata.
	VNIFilter Opt[bool]
}

// VXLANPortRange is a range of UDP ports, from Low to High inclusive. Zeros
// leave it to the kernel: net.ipv4.ip_local_port_range.
type VXLANPortRange struct{ Low, High uint16 }

// Values of a VXLAN's DF (enum ifla_vxlan_df in include/uapi/linux/if_link.h).
const (
	VXLANDFUnset uint8 = iota
	VXLANDFSet
	VXLANDFInherit
)

// Numbers that x/sys/unix lacks in some versions (include/uapi/linux/if_link.h).
const iflaVXLANVNIFilter = 30

// Kind returns "vxlan".
func (*VXLAN) Kind() string { return "vxlan" }

// A vxlanFlag is an option that is on or off.
type vxlanFlag struct {
	typ   uint16
	field *Opt[bool]
	// present says that a request has it without a value if it is on, and cannot
	// turn it off.
	present bool
}

// flags are in the order of iproute2.
func (k *VXLAN) flags() [16]vxlanFlag {
	return [16]vxlanFlag{
		{unix.IFLA_VXLAN_TTL_INHERIT, &k.TTLInherit, true},
		{unix.IFLA_VXLAN_PROXY, &k.Proxy, false},
		{unix.IFLA_VXLAN_RSC, &k.RSC, false},
		{unix.IFLA_VXLAN_L2MISS, &k.L2Miss, false},
		{unix.IFLA_VXLAN_L3MISS, &k.L3Miss, false},
		{unix.IFLA_VXLAN_UDP_CSUM, &k.UDPCSum, false},
		{unix.IFLA_VXLAN_UDP_ZERO_CSUM6_TX, &k.UDPZeroCSum6TX, false},
		{unix.IFLA_VXLAN_UDP_ZERO_CSUM6_RX, &k.UDPZeroCSum6RX, false},
		{unix.IFLA_VXLAN_REMCSUM_TX, &k.RemCSumTX, false},
		{unix.IFLA_VXLAN_REMCSUM_RX, &k.RemCSumRX, false},
		{unix.IFLA_VXLAN_REMCSUM_NOPARTIAL, &k.RemCSumNoPartial, true},
		{unix.IFLA_VXLAN_COLLECT_METADATA, &k.CollectMetadata, false},
		{unix.IFLA_VXLAN_GBP, &k.GBP, true},
		{unix.IFLA_VXLAN_GPE, &k.GPE, true},
		{iflaVXLANVNIFilter, &k.VNIFilter, false},
		{unix.IFLA_VXLAN_LEARNING, &k.Learning, false},
	}
}

// EncodeData implements Kind.
func (k *VXLAN) EncodeData(e *Encoder) {
	if l, ok := k.Link.Get(); ok {
		e.Link(unix.IFLA_VXLAN_LINK, l)
	}
	opt8(e, unix.IFLA_VXLAN_TTL, k.TTL)
	opt8(e, unix.IFLA_VXLAN_TOS, k.TOS)
	opt8(e, unix.IFLA_VXLAN_DF, k.DF)
	if v, ok := k.Label.Get(); ok {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], v)
		e.Bytes(unix.IFLA_VXLAN_LABEL, b[:])
	}
	if v, ok := k.Ageing.Get(); ok {
		e.Uint32(unix.IFLA_VXLAN_AGEING, uint32(v/time.Second))
	}
	opt32(e, unix.IFLA_VXLAN_LIMIT, k.Limit)
	if v, ok := k.PortRange.Get(); ok {
		var b [4]byte // struct ifla_vxlan_port_range
		binary.BigEndian.PutUint16(b[:], v.Low)
		binary.BigEndian.PutUint16(b[2:], v.High)
		e.Bytes(unix.IFLA_VXLAN_PORT_RANGE, b[:])
	}
	flags := k.flags()
	learning := flags[len(flags)-1]
	for _, f := range flags[:len(flags)-1] {
		f.encode(e)
	}
	opt32(e, unix.IFLA_VXLAN_ID, k.ID)
	encodeVXLANAddr(e, unix.IFLA_VXLAN_LOCAL, unix.IFLA_VXLAN_LOCAL6, k.Local)
	encodeVXLANAddr(e, unix.IFLA_VXLAN_GROUP, unix.IFLA_VXLAN_GROUP6, k.Remote)
	learning.encode(e)
	if v, ok := k.Port.Get(); ok {
		e.Uint16BE(unix.IFLA_VXLAN_PORT, v)
	}
}

func (f vxlanFlag) encode(e *Encoder) {
	on, ok := f.field.Get()
	switch {
	case !ok, f.present && !on:
	case f.present:
		e.Flag(f.typ)
	case on:
		e.Uint8(f.typ, 1)
	default:
		e.Uint8(f.typ, 0)
	}
}

func encodeVXLANAddr(e *Encoder, v4, v6 uint16, a netip.Addr) {
	switch {
	case !a.IsValid():
	case a.Is4():
		e.Addr(v4, a)
	default:
		e.Addr(v6, a)
	}
}

// DecodeVXLAN reads the IFLA_INFO_DATA of a VXLAN, a Link's Data. The kernel
// tells all options but those that came after Linux 6.1, of which VXLAN has
// none. Remote and Local are absent if the device has none.
func DecodeVXLAN(data []byte) (*VXLAN, error) {
	k := &VXLAN{}
	flags := k.flags()
	for _, f := range flags {
		if f.typ != unix.IFLA_VXLAN_TTL_INHERIT && f.present || f.typ == iflaVXLANVNIFilter {
			*f.field = Some(false) // the kernel tells of it only if it is on
		}
	}
	r := AttrReader{rest: data}
	for r.Next() {
		switch r.Type() {
		case unix.IFLA_VXLAN_ID:
			k.ID = Some(r.Uint32())
		case unix.IFLA_VXLAN_GROUP, unix.IFLA_VXLAN_GROUP6:
			k.Remote = r.Addr()
		case unix.IFLA_VXLAN_LOCAL, unix.IFLA_VXLAN_LOCAL6:
			k.Local = r.Addr()
		case unix.IFLA_VXLAN_LINK:
			k.Link = Some(LinkIndex(r.Uint32()))
		case unix.IFLA_VXLAN_TTL:
			k.TTL = Some(r.Uint8())
		case unix.IFLA_VXLAN_TOS:
			k.TOS = Some(r.Uint8())
		case unix.IFLA_VXLAN_DF:
			k.DF = Some(r.Uint8())
		case unix.IFLA_VXLAN_LABEL:
			if !r.short(4) {
				k.Label = Some(binary.BigEndian.Uint32(r.Bytes()))
			}
		case unix.IFLA_VXLAN_AGEING:
			k.Ageing = Some(time.Duration(r.Uint32()) * time.Second)
		case unix.IFLA_VXLAN_LIMIT:
			k.Limit = Some(r.Uint32())
		case unix.IFLA_VXLAN_PORT:
			k.Port = Some(r.Uint16BE())
		case unix.IFLA_VXLAN_PORT_RANGE:
			if !r.short(4) {
				b := r.Bytes()
				k.PortRange = Some(VXLANPortRange{binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])})
			}
		default:
			for _, f := range flags {
				if f.typ == r.Type() {
					// A request has some of them without a value.
					*f.field = Some(f.present && len(r.Bytes()) == 0 || r.Uint8() != 0)
				}
			}
		}
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	return k, nil
}

// decodeVXLANKind reads the options in a request, in which what is absent is
// not false.
func decodeVXLANKind(data []byte) (Kind, error) {
	k, err := DecodeVXLAN(data)
	if err != nil {
		return nil, err
	}
	for _, f := range k.flags() {
		if on, ok := f.field.Get(); ok && !on && (f.present || f.typ == iflaVXLANVNIFilter && !hasAttr(data, f.typ)) {
			*f.field = Opt[bool]{}
		}
	}
	return k, nil
}

func hasAttr(data []byte, typ uint16) bool {
	for r := (AttrReader{rest: data}); r.Next(); {
		if r.Type() == typ {
			return true
		}
	}
	return false
}
