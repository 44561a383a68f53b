package rtnl

import (
	"iter"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// rtaNHID is RTA_NH_ID (include/uapi/linux/rtnetlink.h), which x/sys/unix
// lacks.
const rtaNHID = 30

// routeStateFlags are the flags of a route or nexthop that only the kernel
// sets. In a request, it refuses some of them and gives others another meaning.
const routeStateFlags = unix.RTNH_F_DEAD | unix.RTNH_F_LINKDOWN | unix.RTNH_F_UNRESOLVED |
	unix.RTNH_F_OFFLOAD | unix.RTNH_F_TRAP |
	unix.RTM_F_NOTIFY | unix.RTM_F_CLONED | unix.RTM_F_EQUALIZE | unix.RTM_F_PREFIX |
	unix.RTM_F_LOOKUP_TABLE | unix.RTM_F_FIB_MATCH |
	unix.RTM_F_OFFLOAD | unix.RTM_F_TRAP | unix.RTM_F_OFFLOAD_FAILED

// A Route is an IPv4 or IPv6 route. A dump returns it; RouteAdd and RouteDel
// take it. A route from a dump can be added unchanged. So can a Route with only
// a destination and a gateway: RouteAdd says what zero fields mean.
type Route struct {
	// Family is AF_INET or AF_INET6. In a request, 0 means the family of Dst,
	// else of Src, PrefSrc, the gateway or the first nexthop's gateway, else
	// AF_INET.
	Family uint8
	// Dst is the destination. If it is not valid, this is the default route,
	// which can also be written 0.0.0.0/0 or ::/0.
	Dst netip.Prefix
	// Src is the source that an IPv6 route is for; not valid means any.
	Src netip.Prefix
	// Table is the routing table, such as RT_TABLE_MAIN.
	Table uint32
	// Protocol says who added the route, RTPROT_*.
	Protocol uint8
	// Type is RTN_*.
	Type uint8
	// Scope is RT_SCOPE_*. IPv6 does not use it.
	Scope Opt[uint8]
	// TOS is the type of service that an IPv4 route is for, 0 for any.
	TOS uint8
	// Flags are RTNH_F_* and RTM_F_*. Requests ignore those that only the
	// kernel sets, such as RTNH_F_LINKDOWN or RTM_F_OFFLOAD.
	Flags uint32
	// Priority is the metric; the lowest wins. For IPv6, 0 means the kernel's
	// default, 1024.
	Priority uint32
	// Gateway is the next router; not valid means none. It may be of the other
	// family (RTA_VIA): IPv4 routes accept an IPv6 gateway since Linux 5.2.
	Gateway netip.Addr
	// OIF is the interface to send through. A decoded Route has only its index.
	OIF LinkRef
	// IIF, in the answer to a RouteGet, is the index of the interface in the
	// question.
	IIF uint32
	// PrefSrc is the source address for packets that do not have one yet.
	PrefSrc netip.Addr
	// Realms are the IPv4 routing realms, source in the upper 16 bits.
	Realms uint32
	// Metrics are nil if the route has none.
	Metrics *RouteMetrics
	// Nexthops are those of a multipath route, which has neither Gateway nor
	// OIF. They are nil for other routes.
	Nexthops []Nexthop
	// NHID is the id of a nexthop object, 0 for none (Linux 5.3). A dump also
	// reports the object's content in Gateway, OIF, Nexthops and Encap. A
	// request with an NHID ignores those, since the kernel refuses both.
	NHID uint32
	// Pref is an IPv6 router preference (RFC 4191): 0 medium, 1 high, 3 low.
	Pref Opt[uint8]
	// Expires is the number of seconds after which the kernel deletes an IPv6
	// route; absent means never. In a decoded Route it is rounded down;
	// CacheInfo has the exact time.
	Expires Opt[uint32]
	// TTLPropagate is 1 if the TTL crosses an MPLS tunnel, otherwise 0.
	TTLPropagate Opt[uint8]
	// Mark and UID, in the answer to a RouteGet, are those in the question.
	Mark uint32
	UID  Opt[uint32]
	// CacheInfo has times and counters. Requests ignore it.
	CacheInfo Opt[RouteCacheInfo]
	// EncapType is LWTUNNEL_ENCAP_*, and Encap has the attributes of that type.
	// In a decoded Route, Encap aliases the message, which a dump never
	// overwrites.
	EncapType uint16
	Encap     []byte
}

// IsDefault reports whether r is a default route.
func (r *Route) IsDefault() bool { return r.Dst.Bits() <= 0 }

// Links yields the interfaces that a route sends through.
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

// A Nexthop is one of the paths of a multipath route.
type Nexthop struct {
	// OIF is the interface to send through.
	OIF LinkRef
	// Weight is from 1 to 256. In a request, 0 means 1.
	Weight uint16
	// Flags are RTNH_F_*. Requests ignore those that only the kernel sets.
	Flags uint8
	// Gateway, Realms, EncapType and Encap are as in a Route.
	Gateway   netip.Addr
	Realms    uint32
	EncapType uint16
	Encap     []byte
}

// RouteMetrics are the metrics of a route, mostly for TCP (RTAX_* in
// include/uapi/linux/rtnetlink.h, ip-route(8)). 0 means unset, also for the
// kernel.
type RouteMetrics struct {
	// Lock has bit 1<<RTAX_* set for each metric that the kernel must not
	// change by itself.
	Lock uint32
	// MTU and AdvMSS are in bytes. Window is a maximum in bytes.
	MTU, Window, AdvMSS uint32
	// RTT is in eighths of a millisecond, RTTVar in quarters, RTOMin in
	// milliseconds.
	RTT, RTTVar, RTOMin uint32
	// SSThresh, CWND, InitCWND and InitRWND are in segments.
	SSThresh, CWND, InitCWND, InitRWND uint32
	// Reordering is how many packets may be out of order, HopLimit the TTL or
	// hop limit of packets that are sent, 1 to 255.
	Reordering, HopLimit uint32
	// Features are RTAX_FEATURE_*.
	Features uint32
	// QuickACK and FastOpenNoCookie are 1 for on.
	QuickACK, FastOpenNoCookie uint32
	// Congestion is the name of the TCP congestion control, such as "cubic".
	Congestion string
}

// RouteCacheInfo is struct rta_cacheinfo.
type RouteCacheInfo struct {
	// References counts who uses the route.
	References uint32
	// LastUse is how long ago the route was used, Expires in how long it ends,
	// 0 for never. Both are in steps of 10 ms.
	LastUse, Expires time.Duration
	// Error is the errno that packets are answered with, 0 or negative.
	Error int32
	// Used counts lookups that found the route.
	Used uint32
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

// defaultTable returns the table that ip(8) uses for a type of route.
func defaultTable(typ uint8) uint32 {
	switch typ {
	case unix.RTN_LOCAL, unix.RTN_BROADCAST, unix.RTN_NAT, unix.RTN_ANYCAST:
		return unix.RT_TABLE_LOCAL
	}
	return unix.RT_TABLE_MAIN
}

// defaultScope returns the scope that ip(8) gives the route.
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
