package live

import (
	"net/netip"
	"slices"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// Toward is the index of the interface in whose network a gateway is, by the
// longest prefix; 0 if there is none, or more than one.
func (n *Node) Toward(gateway netip.Addr) uint32 {
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
	for _, l := range n.Links {
		for _, a := range l.Addrs {
			consider(a.Prefix, l.Index)
		}
	}
	for _, r := range n.Routes {
		// The kernel's own follow from the addresses, and go with them.
		if r.Protocol != unix.RTPROT_KERNEL && !r.OIF.IsZero() && !r.Gateway.IsValid() && r.Type <= unix.RTN_UNICAST && (r.Table == 0 || r.Table == unix.RT_TABLE_MAIN) {
			consider(r.Dst, r.OIF.Index)
		}
	}
	return index
}

// HasRoute reports whether a wanted route is there, or one that the kernel
// makes and takes for it.
func (n *Node) HasRoute(want *rtnl.Route) bool {
	return slices.ContainsFunc(n.Routes, func(have rtnl.Route) bool { return SameRoute(want, &have) || IsKernels(want, &have) })
}

// ViaGateway reports whether a route leads to a gateway.
func ViaGateway(r *rtnl.Route) bool {
	return r.Gateway.IsValid() || slices.ContainsFunc(r.Nexthops, func(h rtnl.Nexthop) bool { return h.Gateway.IsValid() })
}

// Reaches reports whether a gateway of a route of a table is in a network of
// the node's: of one of its addresses, or of a route without gateway, which is
// looked for in that table and in those that each node has rules for.
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

// IsLocal reports whether a node has an address, or a route that makes it one.
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
