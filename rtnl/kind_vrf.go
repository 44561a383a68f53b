package rtnl

// VRF is a device whose ports route by a table of their own: a virtual router
// (drivers/net/vrf.c). Links become its ports as those of a bridge do, by their
// Master.
type VRF struct {
	// Table is the number of the routing table, 1 to 2^32-1. A LinkAdd needs
	// one, and no LinkSet changes it. Two VRFs may have the same one, unless the
	// setting net.vrf.strict_mode is on.
	Table Opt[uint32]
}

// VRFPort is what the kernel reports about a port of a VRF: a Link's PortData.
type VRFPort struct {
	// Table is the VRF's.
	Table uint32
}

// Attributes of a VRF and of its ports (enum in include/uapi/linux/if_link.h).
const (
	vrfTable     = 1 // IFLA_VRF_TABLE
	vrfPortTable = 1 // IFLA_VRF_PORT_TABLE
)

// Kind returns "vrf".
func (*VRF) Kind() string { return "vrf" }

// EncodeData implements Kind.
func (k *VRF) EncodeData(e *Encoder) { opt32(e, vrfTable, k.Table) }

// DecodeVRF reads the IFLA_INFO_DATA of a VRF, a Link's Data.
func DecodeVRF(data []byte) (*VRF, error) {
	k := &VRF{}
	r := AttrReader{rest: data}
	for r.Next() {
		if r.Type() == vrfTable {
			k.Table = Some(r.Uint32())
		}
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	return k, nil
}

func decodeVRFKind(data []byte) (Kind, error) {
	k, err := DecodeVRF(data)
	if err != nil {
		return nil, err
	}
	return k, nil
}

// DecodeVRFPort reads the IFLA_INFO_SLAVE_DATA of a VRF's port, a Link's
// PortData.
func DecodeVRFPort(data []byte) (*VRFPort, error) {
	p := &VRFPort{}
	r := AttrReader{rest: data}
	for r.Next() {
		if r.Type() == vrfPortTable {
			p.Table = r.Uint32()
		}
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	return p, nil
}
