package rtnl

import (
	"cmp"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

// RequestFamily returns the address family of a request for the route: Family,
// or what 0 stands for there.
func (r *Route) RequestFamily() uint8 { return r.family() }

// DefaultRouteTable returns the table that ip-route(8) and RouteAdd use for a
// type of route, RTN_*.
func DefaultRouteTable(typ uint8) uint32 { return defaultTable(typ) }

// Normal returns the route as a dump returns it after it was added, as far as a
// request can say: with the defaults of RouteAdd and of the kernel, and without
// what the kernel drops for the route's family. Interfaces have no names. What
// the kernel finds out by itself is left open: the interface to a gateway, that
// of an IPv6 route which leads nowhere, and state such as RTNH_F_LINKDOWN.
func (r *Route) Normal() Route {
	n := *r
	n.Family = r.family()
	if n.Type == unix.RTN_UNSPEC {
		n.Type = unix.RTN_UNICAST
	}
	if n.Table == unix.RT_TABLE_UNSPEC {
		n.Table = defaultTable(n.Type)
	}
	if n.Protocol == unix.RTPROT_UNSPEC {
		n.Protocol = unix.RTPROT_BOOT
	}
	n.Scope = Some(n.Scope.Or(n.defaultScope(n.Family, n.Type)))
	n.Flags &= unix.RTNH_F_ONLINK
	n.Nexthops = slices.Clone(r.Nexthops)
	for l := range n.Links() {
		l.Name = ""
	}
	for i := range n.Nexthops {
		h := &n.Nexthops[i]
		h.Weight = max(h.Weight, 1)
	}
	// The kernel turns a route with a single nexthop into a plain one.
	if len(n.Nexthops) == 1 {
		h := n.Nexthops[0]
		n.Gateway, n.OIF, n.Nexthops = h.Gateway, h.OIF, nil
		n.Flags |= uint32(h.Flags) & unix.RTNH_F_ONLINK
		n.Realms = max(n.Realms, h.Realms)
	}
	n.Metrics = normalMetrics(r.Metrics)
	if n.Family == unix.AF_INET6 {
		n.normalIPv6()
	} else {
		n.Src, n.Pref, n.Expires = netip.Prefix{}, Opt[uint8]{}, Opt[uint32]{}
	}
	return n
}

// Short is the inverse of Normal: it leaves out what RouteAdd and the kernel
// fill in, so that the route is as short as a person would write it.
func (r *Route) Short() Route {
	s := *r
	family := r.family()
	if family == unix.AF_INET6 || s.Scope.Or(0) == s.defaultScope(family, cmp.Or(s.Type, unix.RTN_UNICAST)) {
		s.Scope = Opt[uint8]{}
	}
	if s.Table == defaultTable(s.Type) {
		s.Table = unix.RT_TABLE_UNSPEC
	}
	if s.Type == unix.RTN_UNICAST {
		s.Type = unix.RTN_UNSPEC
	}
	if s.Protocol == unix.RTPROT_BOOT {
		s.Protocol = unix.RTPROT_UNSPEC
	}
	if s.Pref.Or(0) == 0 { // medium
		s.Pref = Opt[uint8]{}
	}
	if family == unix.AF_INET6 && s.Priority == IPv6RouteMetric {
		s.Priority = 0
	}
	s.Flags &= unix.RTNH_F_ONLINK
	return s
}

// IPv6RouteMetric is the Priority that an IPv6 route has if none is given:
// IP6_RT_PRIO_USER (include/uapi/linux/ipv6_route.h).
const IPv6RouteMetric = 1024

// normalIPv6 sets the fields that IPv6 fills in and clears those that it lacks.
func (r *Route) normalIPv6() {
	r.Scope, r.TOS, r.Realms = Some[uint8](unix.RT_SCOPE_UNIVERSE), 0, 0
	for i := range r.Nexthops {
		r.Nexthops[i].Realms = 0
	}
	if r.Priority == 0 {
		r.Priority = IPv6RouteMetric
	}
	const low, high = 3, 1
	if pref := r.Pref.Or(0); pref != low && pref != high {
		r.Pref = Some[uint8](0) // medium
	}
	switch r.Type {
	case unix.RTN_BLACKHOLE, unix.RTN_UNREACHABLE, unix.RTN_PROHIBIT, unix.RTN_THROW:
		// These routes use lo, whatever they say (fib6_nh_init in
		// net/ipv6/route.c).
		r.OIF, r.Gateway, r.Nexthops = LinkRef{}, netip.Addr{}, nil
	}
}

// normalMetrics returns metrics within the limits of ip_metrics_convert in
// net/ipv4/metrics.c.
func normalMetrics(m *RouteMetrics) *RouteMetrics {
	if m == nil {
		return nil
	}
	k := *m
	k.AdvMSS, k.MTU, k.HopLimit = min(k.AdvMSS, 65535-40), min(k.MTU, 65535-15), min(k.HopLimit, 255)
	return &k
}
