package rtnl

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// VLAN is a VLAN device (IEEE 802.1Q) on the link that LinkAttrs.Link gives. A
// LinkAdd leaves absent fields to the kernel; a LinkSet does not change them.
// The driver of github.com/jsimonetti/rtnetlink/v2 v2.2.0 does not do: it sends
// the flags and the mappings as nested attributes, while the kernel has structs
// there (include/uapi/linux/if_link.h), and writes the protocol as a
// little-endian number.
type VLAN struct {
	// ID is the VLAN, 0 to 4094. A LinkAdd needs one, and no LinkSet changes it.
	ID Opt[uint16]
	// Protocol is the EtherType of the tags: 0x8100 (802.1Q), the default, or
	// 0x88a8 (802.1ad). No LinkSet changes it.
	Protocol Opt[uint16]
	// ReorderHdr takes the tag out of received frames. It is on by default,
	// those that follow are off. GVRP and MVRP register the VLAN with switches.
	// LooseBinding leaves the device up or down, whatever its link is.
	// BridgeBinding makes its carrier that of the bridge's ports in the VLAN
	// (Linux 5.3).
	ReorderHdr, GVRP, MVRP, LooseBinding, BridgeBinding Opt[bool]
	// IngressQoS are mappings from the priority in a received tag, 0 to 7, to
	// that of the packet, EgressQoS from the priority of a packet to that in a
	// tag. A mapping to 0 removes one. Others that are there stay.
	IngressQoS, EgressQoS []VLANQoS
}

// A VLANQoS is a mapping between priorities.
type VLANQoS struct{ From, To uint32 }

// VLANInfo is what the kernel reports about a VLAN device: every option that it
// knows. The mappings are in its own order, without those to 0.
type VLANInfo struct {
	VLAN
	// Flags are the flags as they were reported, VLAN_FLAG_*
	// (include/uapi/linux/if_vlan.h).
	Flags uint32
}

// Flags of a VLAN device (enum vlan_flags in include/uapi/linux/if_vlan.h).
const (
	VLANReorderHdr    uint32 = 1 << 0
	VLANGVRP          uint32 = 1 << 1
	VLANLooseBinding  uint32 = 1 << 2
	VLANMVRP          uint32 = 1 << 3
	VLANBridgeBinding uint32 = 1 << 4
)

// Kind returns "vlan".
func (*VLAN) Kind() string { return "vlan" }

// flags returns the fields for flags.
func (k *VLAN) flags() []vlanFlag {
	return []vlanFlag{
		{VLANReorderHdr, &k.ReorderHdr}, {VLANGVRP, &k.GVRP}, {VLANMVRP, &k.MVRP},
		{VLANLooseBinding, &k.LooseBinding}, {VLANBridgeBinding, &k.BridgeBinding},
	}
}

type vlanFlag struct {
	bit   uint32
	field *Opt[bool]
}

// EncodeData implements Kind.
func (k *VLAN) EncodeData(e *Encoder) {
	opt16(e, unix.IFLA_VLAN_ID, k.ID)
	if v, ok := k.Protocol.Get(); ok {
		e.Uint16BE(unix.IFLA_VLAN_PROTOCOL, v)
	}
	for _, m := range []struct {
		typ uint16
		all []VLANQoS
	}{{unix.IFLA_VLAN_INGRESS_QOS, k.IngressQoS}, {unix.IFLA_VLAN_EGRESS_QOS, k.EgressQoS}} {
		if len(m.all) == 0 {
			continue
		}
		mark := e.Nest(m.typ)
		for _, q := range m.all {
			e.pair32(unix.IFLA_VLAN_QOS_MAPPING, q.From, q.To) // struct ifla_vlan_qos_mapping
		}
		e.EndNest(mark)
	}
	var flags, mask uint32
	for _, f := range k.flags() {
		if on, ok := f.field.Get(); ok {
			mask |= f.bit
			if on {
				flags |= f.bit
			}
		}
	}
	if mask != 0 {
		e.pair32(unix.IFLA_VLAN_FLAGS, flags, mask) // struct ifla_vlan_flags
	}
}

// pair32 appends a struct of two 32-bit numbers.
func (e *Encoder) pair32(typ uint16, a, b uint32) {
	var buf [8]byte
	binary.NativeEndian.PutUint32(buf[:], a)
	binary.NativeEndian.PutUint32(buf[4:], b)
	e.Bytes(typ, buf[:])
}

// DecodeVLAN reads the IFLA_INFO_DATA of a VLAN device, a Link's Data.
func DecodeVLAN(data []byte) (*VLANInfo, error) {
	k := &VLANInfo{}
	r := AttrReader{rest: data}
	for r.Next() {
		switch r.Type() {
		case unix.IFLA_VLAN_ID:
			k.ID = Some(r.Uint16())
		case unix.IFLA_VLAN_PROTOCOL:
			k.Protocol = Some(r.Uint16BE())
		case unix.IFLA_VLAN_FLAGS:
			if r.short(8) {
				continue
			}
			k.Flags = r.Uint32()
			mask := binary.NativeEndian.Uint32(r.Bytes()[4:])
			for _, f := range k.flags() {
				if mask&f.bit != 0 { // the kernel reports all
					*f.field = Some(k.Flags&f.bit != 0)
				}
			}
		case unix.IFLA_VLAN_INGRESS_QOS:
			k.IngressQoS = decodeVLANQoS(&r)
		case unix.IFLA_VLAN_EGRESS_QOS:
			k.EgressQoS = decodeVLANQoS(&r)
		}
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	return k, nil
}

func decodeVLANKind(data []byte) (Kind, error) {
	k, err := DecodeVLAN(data)
	if err != nil {
		return nil, err
	}
	return &k.VLAN, nil
}

func decodeVLANQoS(r *AttrReader) (all []VLANQoS) {
	nest := r.Nested()
	for nest.Next() {
		if nest.Type() != unix.IFLA_VLAN_QOS_MAPPING || nest.short(8) {
			continue
		}
		b := nest.Bytes()
		all = append(all, VLANQoS{binary.NativeEndian.Uint32(b), binary.NativeEndian.Uint32(b[4:])})
	}
	r.Adopt(&nest)
	return all
}
