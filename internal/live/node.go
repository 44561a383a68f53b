package live

import (
	"cmp"
	"net"
	"slices"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// noteOwnMTUs notes which bridges have an MTU that is not the smallest of their
// ports'.
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

// DefaultMTU is that of a veth and of a bridge (ETH_DATA_LEN).
const DefaultMTU = 1500

// TakeIndex takes the next index of a node for a link that is created in it.
func (n *Node) TakeIndex() uint32 {
	n.NextIndex++
	return n.NextIndex - 1
}

// ByProgram reports whether a protocol is that of a program that says who it
// is, as routing daemons do, not of the kernel or of somebody's hand
// (include/uapi/linux/rtnetlink.h).
func ByProgram(protocol uint8) bool { return protocol >= unix.RTPROT_GATED }

// RunsProgram reports whether a program makes routes in a node. What it makes
// of addresses does not always say so.
func (n *Node) RunsProgram() bool {
	return slices.ContainsFunc(n.Routes, func(r rtnl.Route) bool { return ByProgram(r.Protocol) && r.Protocol != unix.RTPROT_RA })
}

// ByIndex returns a link, nil for one that is not there or goes.
func (n *Node) ByIndex(index uint32) *Link {
	for _, l := range n.Links {
		if l.Index == index && !l.IsNew {
			return l
		}
	}
	return nil
}

// MadeByHand reports whether an entry is none of those that the kernel makes:
// it learns some, and an FDB has the addresses of bridges and ports as
// permanent ones, and a device's own the multicast groups that it is in.
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
	for _, l := range n.Links {
		if slices.Equal(l.Address, e.LLAddr) || l.Whole != nil && slices.Equal(net.HardwareAddr(l.Whole.Address), e.LLAddr) {
			return false
		}
	}
	return true
}
