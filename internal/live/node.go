package live

import (
	"cmp"
	"maps"
	"net"
	"slices"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// noteOwnMTUs notes which bridges have an MTU other than the smallest of their
// ports.
func (n *Node) noteOwnMTUs() {
	ports := make(map[uint32]uint32) // the smallest MTUs, by bridge
	for _, l := range n.Links {
		if was, ok := ports[l.Master]; !ok || l.MTU < was {
			ports[l.Master] = l.MTU
		}
	}
	for _, l := range n.Links {
		if l.Kind == "bridge" {
			l.OwnMTU = l.MTU != cmp.Or(ports[l.Index], DefaultMTU)
		}
	}
}

// DefaultMTU is the MTU of a new veth and of a new bridge (ETH_DATA_LEN).
const DefaultMTU = 1500

// TakeIndex returns the index for the next link that is created in a node.
func (n *Node) TakeIndex() uint32 {
	n.NextIndex++
	return n.NextIndex - 1
}

// ByProgram reports whether a protocol belongs to a program that names itself,
// as routing daemons do, and not to the kernel or to routes added by hand
// (include/uapi/linux/rtnetlink.h).
func ByProgram(protocol uint8) bool { return protocol >= unix.RTPROT_GATED }

// RunsProgram reports whether a program adds routes in a node. Addresses do not
// always say that a program added them.
func (n *Node) RunsProgram() bool {
	return slices.ContainsFunc(n.Routes, func(r rtnl.Route) bool { return ByProgram(r.Protocol) && r.Protocol != unix.RTPROT_RA })
}

// ByIndex returns a link, or nil if there is none or it is being removed.
func (n *Node) ByIndex(index uint32) *Link {
	for _, l := range n.Links {
		if l.Index == index && !l.IsNew {
			return l
		}
	}
	return nil
}

// MadeByHand reports whether an entry was not made by the kernel. The kernel
// learns some entries, and adds permanent ones: to a bridge's FDB the addresses
// of the bridge and its ports, and to a device's own FDB the multicast groups
// that it is in. A VXLAN's remote end is an entry too.
func (n *Node) MadeByHand(e *rtnl.Neigh) bool {
	const kept = unix.NTF_PROXY | unix.NTF_EXT_LEARNED
	switch {
	case e.Family != unix.AF_BRIDGE:
		return e.State&unix.NUD_PERMANENT != 0 || e.Flags&kept != 0
	case len(e.LLAddr) == 0 || e.LLAddr[0]&1 != 0:
		return false
	case e.State&unix.NUD_PERMANENT == 0:
		return e.State&unix.NUD_NOARP != 0 || e.Flags&(unix.NTF_EXT_LEARNED|bridge.NTFSticky) != 0
	}
	if ManyRemotes(e) {
		return !slices.ContainsFunc(slices.Collect(maps.Values(n.Links)), func(l *Link) bool { return l.Index == e.Link.Index && l.isDefaultRemote(e) })
	}
	for _, l := range n.Links {
		if slices.Equal(l.Address, e.LLAddr) || l.Whole != nil && slices.Equal(net.HardwareAddr(l.Whole.Address), e.LLAddr) {
			return false
		}
	}
	return true
}

// ManyRemotes reports whether an entry of a VXLAN's FDB is one of those that
// frames go to for which there is no other: the kernel adds them to each other,
// and replaces none (vxlan_fdb_update_existing in drivers/net/vxlan).
func ManyRemotes(e *rtnl.Neigh) bool {
	return e.Family == unix.AF_BRIDGE && e.Dst.IsValid() && slices.Equal(e.LLAddr, make([]byte, 6))
}

// isDefaultRemote reports whether an entry of a VXLAN's FDB is the one that the
// kernel makes for its remote end or group (__vxlan_dev_create in
// drivers/net/vxlan/vxlan_core.c).
func (l *Link) isDefaultRemote(e *rtnl.Neigh) bool {
	if l.Kind != "vxlan" || !slices.Equal(e.LLAddr, make([]byte, 6)) {
		return false
	}
	k, err := rtnl.DecodeVXLAN(l.Data)
	return err == nil && k.Remote == e.Dst
}
