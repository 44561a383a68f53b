package live

import (
	"net/netip"
	"slices"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// Toward returns the index of the interface whose network contains the gateway
// of a route in a table, by the longest prefix, or 0 if there is none or more
// than one.
func (n *Node) Toward(gateway netip.Addr, table uint32) uint32 {
	best, index := 0, uint32(0)
	consider := func(p netip.Prefix, i uint32) {
		switch {
		case !p.IsValid() || !p.Contains(gateway) || p.Bits() < best:
		case p.Bits() > best:
			best, index = p.Bits(), i
		case index != i:
			index = 0
		}
	}
	vrf := false // whether the table is that of a VRF
	for _, l := range n.Links {
		vrf = vrf || l.Table != 0 && l.Table == table
		if !n.LooksFor(l, table) {
			continue
		}
		for _, a := range l.Addrs {
			consider(a.Prefix, l.Index)
		}
	}
	for _, r := range n.Routes {
		// The kernel's own routes follow from the addresses, and are removed
		// with them.
		if r.Protocol != unix.RTPROT_KERNEL && !r.OIF.IsZero() && !r.Gateway.IsValid() && r.Type <= unix.RTN_UNICAST &&
			(vrf && r.Table == table || !vrf && (r.Table == 0 || r.Table == unix.RT_TABLE_MAIN)) {
			consider(r.Dst, r.OIF.Index)
		}
	}
	return index
}

// HasRoute reports whether a wanted route exists, possibly as one that the
// kernel made.
func (n *Node) HasRoute(want *rtnl.Route) bool {
	return slices.ContainsFunc(n.Routes, func(have rtnl.Route) bool { return SameRoute(want, &have) || IsKernels(want, &have) })
}

// ViaGateway reports whether a route leads to a gateway.
func ViaGateway(r *rtnl.Route) bool {
	return r.Gateway.IsValid() || slices.ContainsFunc(r.Nexthops, func(h rtnl.Nexthop) bool { return h.Gateway.IsValid() })
}

// Reaches reports whether the gateway of a route in a table is in a network of
// the node: that of an address, or of a route without a gateway. It looks for
// such a route in that table and in those for which every node has rules.
func (n *Node) Reaches(h rtnl.Nexthop, table uint32) bool {
	gw := h.Gateway
	if gw.Is6() && gw.IsLinkLocalUnicast() || gw.Is4() && gw.IsLoopback() {
		return true
	}
	for _, l := range n.Links {
		if !h.OIF.IsZero() && l.Index != h.OIF.Index {
			continue
		}
		for i := range l.Addrs {
			if a := &l.Addrs[i]; a.Prefix.Contains(gw) || a.Peer.IsValid() && netip.PrefixFrom(a.Peer, a.Prefix.Bits()).Contains(gw) {
				return true
			}
		}
	}
	return slices.ContainsFunc(n.Routes, func(r rtnl.Route) bool {
		looksHere := r.Table == table || r.Table == unix.RT_TABLE_MAIN || r.Table == unix.RT_TABLE_LOCAL || r.Table == unix.RT_TABLE_DEFAULT
		return looksHere && (r.Type == unix.RTN_UNICAST || r.Type == unix.RTN_LOCAL) && !ViaGateway(&r) && r.Family == routeFamilyOf(gw) && (h.OIF.IsZero() || r.OIF.IsZero() || r.OIF.Index == h.OIF.Index) && (r.IsDefault() || r.Dst.Contains(gw))
	})
}

func routeFamilyOf(a netip.Addr) uint8 {
	if a.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// IsLocal reports whether an address is the node's own: as an address of a
// link, or by a local route.
func (n *Node) IsLocal(a netip.Addr) bool {
	if a.Is4() && a.IsLoopback() {
		return true
	}
	for _, l := range n.Links {
		if slices.ContainsFunc(l.Addrs, func(have rtnl.Address) bool { return have.Prefix.Addr() == a }) {
			return true
		}
	}
	return slices.ContainsFunc(n.Routes, func(r rtnl.Route) bool { return r.Type == unix.RTN_LOCAL && r.Dst.Contains(a) })
}
