package rtnl

import (
	"iter"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// rtaNHID is RTA_NH_ID (include/uapi/linux/rtnetlink.h), which x/sys/unix lacks.
const rtaNHID = 30

// routeStateFlags are the flags of a route or nexthop that only the kernel
// sets. In a request it refuses some, and takes others for something else.
const routeStateFlags = unix.RTNH_F_DEAD | unix.RTNH_F_LINKDOWN | unix.RTNH_F_UNRESOLVED |
	unix.RTNH_F_OFFLOAD | unix.RTNH_F_TRAP |
	unix.RTM_F_NOTIFY | unix.RTM_F_CLONED | unix.RTM_F_EQUALIZE | unix.RTM_F_PREFIX |
	unix.RTM_F_LOOKUP_TABLE | unix.RTM_F_FIB_MATCH |
	unix.RTM_F_OFFLOAD | unix.RTM_F_TRAP | unix.RTM_F_OFFLOAD_FAILED

// A Route is an IPv4 or IPv6 route: what a dump yields, and what RouteAdd and
// RouteDel take. The route that a dump yields can be added as it is; a Route
// that says a destination and a gateway can, too: RouteAdd says what stands for
// each field that is zero.
type Route struct {
	// Family is AF_INET or AF_INET6. In a request, 0 is the family of Dst,
	// else of Src, PrefSrc, the gateway or the first nexthop's gateway, else
	// AF_INET.
	Family uint8
	// Dst is the destination. Not valid, it is the default route, which can
	// also be written 0.0.0.0/0 or ::/0.
	Dst netip.Prefix
	// Src is the source that an IPv6 route is for, any if not valid.
	Src netip.Prefix
	// Table is the routing table, RT_TABLE_MAIN for one.
	Table uint32
	// Protocol is who made the route, RTPROT_*.
	Protocol uint8
	// Type is RTN_*.
	Type uint8
	// Scope is RT_SCOPE_*. IPv6 does not use it.
	Scope Opt[uint8]
	// TOS is the type of service that an IPv4 route is for, 0 for any.
	TOS uint8
	// Flags are RTNH_F_* and RTM_F_*. Requests leave out those that only the
	// kernel sets, such as RTNH_F_LINKDOWN or RTM_F_OFFLOAD.
	Flags uint32
	// Priority is the metric: the lowest wins. 0 is for IPv6 the kernel's
	// default, 1024.
	Priority uint32
	// Gateway is the next router, none if not valid. It may be of the other
	// family (RTA_VIA): IPv4 routes take an IPv6 gateway from Linux 5.2 on.
	Gateway netip.Addr
	// OIF is the interface to send through; decoded, it has an index alone.
	OIF LinkRef
	// IIF is, in the answer to a RouteGet, the index of the interface that was
	// asked about.
	IIF uint32
	// PrefSrc is the source address for packets that have none yet.
	PrefSrc netip.Addr
	// Realms are the IPv4 routing realms, source in the upper 16 bits.
	Realms uint32
	// Metrics are nil where the route has none.
	Metrics *RouteMetrics
	// Nexthops are those of a multipath route, which has neither Gateway nor
	// OIF. nil for other routes.
	Nexthops []Nexthop
	// NHID is the id of a nexthop object, 0 for none (Linux 5.3). A dump says
	// what the object is in Gateway, OIF, Nexthops and Encap too; a request
	// with an NHID leaves those out, since the kernel refuses both.
	NHID uint32
	// Pref is an IPv6 router preference (RFC 4191): 0 medium, 1 high, 3 low.
	Pref Opt[uint8]
	// Expires is in how many seconds the kernel deletes an IPv6 route; absent,
	// it does not. Decoded, it is rounded down; CacheInfo has it exactly.
	Expires Opt[uint32]
	// TTLPropagate is 0 or 1: whether the TTL crosses an MPLS tunnel.
	TTLPropagate Opt[uint8]
	// Mark and UID are, in the answer to a RouteGet, what was asked about.
	Mark uint32
	UID  Opt[uint32]
	// CacheInfo has times and counters. Requests leave it out.
	CacheInfo Opt[RouteCacheInfo]
	// EncapType is LWTUNNEL_ENCAP_*, and Encap the attributes of that type.
	// Decoded, Encap aliases the message, which a dump never writes again.
	EncapType uint16
	Encap     []byte
}

// IsDefault reports whether r is a default route.
func (r *Route) IsDefault() bool { return r.Dst.Bits() <= 0 }

// Links yields the interfaces that a route says it leads through.
func (r *Route) Links() iter.Seq[*LinkRef] {
	return func(yield func(*LinkRef) bool) {
		if !r.OIF.IsZero() && !yield(&r.OIF) {
			return
		}
		for i := range r.Nexthops {
			if l := &r.Nexthops[i].OIF; !l.IsZero() && !yield(l) {
				return
			}
		}
	}
}

// A Nexthop is one of the ways of a multipath route.
type Nexthop struct {
	// OIF is the interface to send through.
	OIF LinkRef
	// Weight is from 1 to 256; in a request, 0 is 1.
	Weight uint16
	// Flags are RTNH_F_*. Requests leave out those that only the kernel sets.
	Flags uint8
	// Gateway, Realms, EncapType and Encap are as in a Route.
	Gateway   netip.Addr
	Realms    uint32
	EncapType uint16
	Encap     []byte
}

// RouteMetrics are the metrics of a route, mostly for TCP (RTAX_* in
// include/uapi/linux/rtnetlink.h, ip-route(8)). 0 means unset, to the kernel too.
type RouteMetrics struct {
	// Lock has bit 1<<RTAX_* set for each metric that the kernel may not
	// change by itself.
	Lock uint32
	// MTU and AdvMSS are in bytes, Window in bytes at most.
	MTU, Window, AdvMSS uint32
	// RTT is in eighths of a millisecond, RTTVar in quarters, RTOMin in
	// milliseconds.
	RTT, RTTVar, RTOMin uint32
	// SSThresh, CWND, InitCWND and InitRWND are in segments.
	SSThresh, CWND, InitCWND, InitRWND uint32
	Reordering, HopLimit               uint32
	// Features are RTAX_FEATURE_*.
	Features                   uint32
	QuickACK, FastOpenNoCookie uint32
	// Congestion is the name of the TCP congestion control, such as "cubic".
	Congestion string
}

// RouteCacheInfo is struct rta_cacheinfo.
type RouteCacheInfo struct {
	References uint32
	// LastUse is how long ago, Expires in how long the route ends, 0 if it
	// does not; both in steps of 10 ms.
	LastUse, Expires time.Duration
	// Error is the errno that a packet is answered with, 0 or negative.
	Error int32
	Used  uint32
	// ID, TS and TSAge are no longer used by the kernel.
	ID, TS, TSAge uint32
}

// family returns the address family that a request is for.
func (r *Route) family() uint8 {
	if r.Family != 0 {
		return r.Family
	}
	for _, a := range [...]netip.Addr{r.Dst.Addr(), r.Src.Addr(), r.PrefSrc, r.Gateway} {
		if a.IsValid() {
			return ipFamily(a)
		}
	}
	if len(r.Nexthops) > 0 && r.Nexthops[0].Gateway.IsValid() {
		return ipFamily(r.Nexthops[0].Gateway)
	}
	return unix.AF_INET
}

// defaultTable returns the table that ip(8) puts a route of a type into.
func defaultTable(typ uint8) uint32 {
	switch typ {
	case unix.RTN_LOCAL, unix.RTN_BROADCAST, unix.RTN_NAT, unix.RTN_ANYCAST:
		return unix.RT_TABLE_LOCAL
	}
	return unix.RT_TABLE_MAIN
}

// defaultScope returns the scope that ip(8) gives a route.
func (r *Route) defaultScope(family, typ uint8) uint8 {
	switch typ {
	case unix.RTN_LOCAL, unix.RTN_NAT:
		return unix.RT_SCOPE_HOST
	case unix.RTN_BROADCAST, unix.RTN_MULTICAST, unix.RTN_ANYCAST:
		return unix.RT_SCOPE_LINK
	case unix.RTN_UNICAST:
		if family == unix.AF_INET && !r.Gateway.IsValid() && len(r.Nexthops) == 0 && r.NHID == 0 {
			return unix.RT_SCOPE_LINK
		}
	}
	return unix.RT_SCOPE_UNIVERSE
}
