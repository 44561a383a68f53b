package bridge

import (
	"context"
	"encoding/binary"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// VLANFlags say what a port, or the bridge itself, does with a VLAN
// (BRIDGE_VLAN_INFO_* in include/uapi/linux/if_bridge.h).
type VLANFlags uint16

const (
	// VLANPVID puts frames that arrive without a tag into the VLAN. A port has
	// at most one such VLAN.
	VLANPVID VLANFlags = 1 << 1
	// VLANUntagged sends the VLAN's frames without a tag.
	VLANUntagged VLANFlags = 1 << 2
	// VLANMaster and VLANBREntry are only in a bridge's counters: the first is
	// in those of all its VLANs, the second in those that it takes part in
	// itself.
	VLANMaster  VLANFlags = 1 << 0
	VLANBREntry VLANFlags = 1 << 5

	// Flags of messages, which Encode sets itself.
	vlanRangeBegin VLANFlags = 1 << 3
	vlanRangeEnd   VLANFlags = 1 << 4
	vlanOnlyOpts   VLANFlags = 1 << 6
)

func (f VLANFlags) String() string {
	var words []string
	if f&VLANPVID != 0 {
		words = append(words, "pvid")
	}
	if f&VLANUntagged != 0 {
		words = append(words, "untagged")
	}
	return strings.Join(words, " ")
}

// VLANs are successive VLANs of a port with the same flags. The zero Last means
// First alone.
type VLANs struct {
	// First and Last are 1 to 4094; the kernel refuses 0 and 4095.
	First, Last uint16
	Flags       VLANFlags
}

// end returns the last VLAN.
func (v VLANs) end() uint16 { return max(v.First, v.Last) }

// Tunnels are the tunnels that successive VLANs are mapped to, such as VXLAN
// network identifiers: 24 bits each, as many as VLANs. The zero Last means
// First alone.
type Tunnels struct{ First, Last uint32 }

// VLANAdd gives a port VLANs, or changes the flags of those that it has. It is
// the RTM_SETLINK of `bridge vlan add`. A range must not have VLANPVID. If the
// kernel refuses one of several VLANs, those before it are there nevertheless.
// The kernel needs CONFIG_BRIDGE_VLAN_FILTERING.
type VLANAdd struct {
	// Link is a port, or a bridge (then with Self).
	Link  rtnl.LinkRef
	VLANs VLANs
	// Side is Self for a bridge's own VLANs, which it sends and receives itself.
	Side Side
	// Tunnels, if set, maps VLANs that are there to tunnels, and changes
	// nothing else. The port needs the option VLANTunnel.
	Tunnels rtnl.Opt[Tunnels]
}

// VLANDel takes VLANs from a port, or their mapping to tunnels. It is the
// RTM_DELLINK of `bridge vlan del`. VLANs that a port does not have are no
// error.
type VLANDel VLANAdd

// Encode implements rtnl.Request.
func (r *VLANAdd) Encode(e *rtnl.Encoder) { r.encode(e, unix.RTM_SETLINK) }

// Encode implements rtnl.Request.
func (r *VLANDel) Encode(e *rtnl.Encoder) { (*VLANAdd)(r).encode(e, unix.RTM_DELLINK) }

func (r *VLANAdd) encode(e *rtnl.Encoder, typ uint16) {
	e.Begin(typ, 0)
	if r.Link.IsZero() {
		e.Fail("VLANs of a bridge port: no interface given")
		return
	}
	// struct ifinfomsg: family, index, flags and the mask of flags.
	e.Header(unix.AF_BRIDGE, 0, 0, 0)
	e.HeaderLink(r.Link)
	e.Header(0, 0, 0, 0, 0, 0, 0, 0)
	mark := e.NestPlain(unix.IFLA_AF_SPEC)
	if r.Side != 0 {
		e.Uint16(iflaBridgeFlags, uint16(r.Side))
	}
	v := r.VLANs
	t, tunnel := r.Tunnels.Get()
	one := func(vid uint16, id uint32, flags VLANFlags) {
		if !tunnel {
			e.Bytes(iflaBridgeVLANInfo, vlanInfo(vid, v.Flags|flags))
			return
		}
		inner := e.NestPlain(iflaBridgeVLANTunnelInfo)
		e.Uint32(tunnelID, id)
		e.Uint16(tunnelVID, vid)
		e.Uint16(tunnelFlags, uint16(flags))
		e.EndNest(inner)
	}
	if v.end() == v.First {
		one(v.First, t.First, 0)
	} else {
		one(v.First, t.First, vlanRangeBegin)
		one(v.Last, t.Last, vlanRangeEnd)
	}
	e.EndNest(mark)
}

// vlanInfo returns a struct bridge_vlan_info.
func vlanInfo(vid uint16, flags VLANFlags) []byte {
	return binary.NativeEndian.AppendUint16(binary.NativeEndian.AppendUint16(nil, uint16(flags)), vid)
}

// Attributes of IFLA_AF_SPEC for AF_BRIDGE, and of
// IFLA_BRIDGE_VLAN_TUNNEL_INFO (include/uapi/linux/if_bridge.h).
const (
	iflaBridgeVLANInfo       = 2
	iflaBridgeVLANTunnelInfo = 3

	tunnelID    = 1 // IFLA_BRIDGE_VLAN_TUNNEL_ID
	tunnelVID   = 2 // IFLA_BRIDGE_VLAN_TUNNEL_VID
	tunnelFlags = 3 // IFLA_BRIDGE_VLAN_TUNNEL_FLAGS
)

// Bits of an rtnl.LinkDump's ExtMask (include/uapi/linux/rtnetlink.h) that ask
// for VLANs, with family AF_BRIDGE: one by one, or successive ones with the
// same flags as a range.
const (
	VLANsEach   = 1 << 1 // RTEXT_FILTER_BRVLAN
	VLANsRanges = 1 << 2 // RTEXT_FILTER_BRVLAN_COMPRESSED
)

// A VLANTunnel is a mapping of VLANs to tunnels.
type VLANTunnel struct {
	VLANs   VLANs
	Tunnels Tunnels
}

// PortVLANs are the VLANs of a port, or of a bridge itself, in order.
type PortVLANs struct {
	// Index is the port's, or the bridge's.
	Index   uint32
	VLANs   []VLANs
	Tunnels []VLANTunnel
}

// DecodeVLANs reads the VLANs in a Link's AFSpec, from a dump of AF_BRIDGE
// with VLANsEach or VLANsRanges.
func DecodeVLANs(l *rtnl.Link) (PortVLANs, error) {
	p := PortVLANs{Index: l.Index}
	r := rtnl.NewAttrReader(l.AFSpec)
	var begin VLANs
	var beginTunnel VLANTunnel
	for r.Next() {
		switch r.Type() {
		case iflaBridgeVLANInfo:
			v, flags := readVLANInfo(r)
			switch {
			case flags&vlanRangeBegin != 0:
				begin = v
				continue
			case flags&vlanRangeEnd != 0:
				v.First = begin.First
			}
			p.VLANs = append(p.VLANs, v)
		case iflaBridgeVLANTunnelInfo:
			var t VLANTunnel
			var flags VLANFlags
			n := r.Nested()
			for n.Next() {
				switch n.Type() {
				case tunnelID:
					t.Tunnels.First = n.Uint32()
				case tunnelVID:
					t.VLANs.First = n.Uint16()
				case tunnelFlags:
					flags = VLANFlags(n.Uint16())
				}
			}
			r.Adopt(&n)
			t.VLANs.Last, t.Tunnels.Last = t.VLANs.First, t.Tunnels.First
			switch {
			case flags&vlanRangeBegin != 0:
				beginTunnel = t
				continue
			case flags&vlanRangeEnd != 0:
				t.VLANs.First, t.Tunnels.First = beginTunnel.VLANs.First, beginTunnel.Tunnels.First
			}
			p.Tunnels = append(p.Tunnels, t)
		}
	}
	return p, r.Err()
}

// readVLANInfo reads a struct bridge_vlan_info as a VLAN, and its flags.
func readVLANInfo(r *rtnl.AttrReader) (VLANs, VLANFlags) {
	n := r.Uint32() // 4 bytes, or an error
	if r.Err() != nil {
		return VLANs{}, 0
	}
	b := binary.NativeEndian.AppendUint32(nil, n)
	vid, flags := binary.NativeEndian.Uint16(b[2:]), VLANFlags(binary.NativeEndian.Uint16(b))
	return VLANs{First: vid, Last: vid, Flags: flags & (VLANPVID | VLANUntagged)}, flags
}

// ListVLANs lists the VLANs of all ports and bridges that have some.
func ListVLANs(ctx context.Context, c *rtnl.Conn) ([]PortVLANs, error) {
	links, err := c.Links(ctx, rtnl.LinkDump{Family: unix.AF_BRIDGE, ExtMask: VLANsRanges})
	if err != nil {
		return nil, err
	}
	var all []PortVLANs
	for i := range links {
		p, err := DecodeVLANs(&links[i])
		if err != nil {
			return nil, err
		}
		if len(p.VLANs) > 0 {
			all = append(all, p)
		}
	}
	return all, nil
}
