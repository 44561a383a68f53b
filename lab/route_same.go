package lab

import (
	"net/netip"
	"slices"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// kept is a route as a dump yields it once it is added: with the defaults of
// ip-route(8), which rtnl.RouteAdd fills in, and those of the kernel.
func kept(r *rtnl.Route) rtnl.Route {
	k := *r
	k.Family = routeFamily(r)
	if k.Type == 0 {
		k.Type = unix.RTN_UNICAST
	}
	if k.Table == 0 {
		k.Table = defaultTable(k.Type)
	}
	if k.Protocol == 0 {
		k.Protocol = unix.RTPROT_BOOT
	}
	k.Scope = rtnl.Some(k.Scope.Or(defaultScope(&k)))
	k.Flags &= unix.RTNH_F_ONLINK
	k.Nexthops = slices.Clone(r.Nexthops)
	for l := range k.Links() {
		l.Name = ""
	}
	for i := range k.Nexthops {
		h := &k.Nexthops[i]
		h.Weight = max(h.Weight, 1)
	}
	// The kernel makes a plain route of one with a single nexthop.
	if len(k.Nexthops) == 1 {
		h := k.Nexthops[0]
		k.Gateway, k.OIF, k.Nexthops = h.Gateway, h.OIF, nil
		k.Flags |= uint32(h.Flags) & unix.RTNH_F_ONLINK
		k.Realms = max(k.Realms, h.Realms)
	}
	k.Metrics = keptMetrics(r.Metrics)
	if k.Family == unix.AF_INET6 {
		keptIPv6(&k)
	} else {
		k.Src, k.Pref, k.Expires = netip.Prefix{}, rtnl.Opt[uint8]{}, rtnl.Opt[uint32]{}
	}
	return k
}

// ipv6RouteMetric is IP6_RT_PRIO_USER (include/uapi/linux/ipv6_route.h).
const ipv6RouteMetric = 1024

// keptIPv6 sets what IPv6 fills in, and clears what it does not have.
func keptIPv6(k *rtnl.Route) {
	k.Scope, k.TOS, k.Realms = rtnl.Some[uint8](unix.RT_SCOPE_UNIVERSE), 0, 0
	for i := range k.Nexthops {
		k.Nexthops[i].Realms = 0
	}
	if k.Priority == 0 {
		k.Priority = ipv6RouteMetric
	}
	const low, high = 3, 1
	if pref := k.Pref.Or(0); pref != low && pref != high {
		k.Pref = rtnl.Some[uint8](0) // medium
	}
	switch k.Type {
	case unix.RTN_BLACKHOLE, unix.RTN_UNREACHABLE, unix.RTN_PROHIBIT, unix.RTN_THROW:
		// They are through lo, whatever they say (fib6_nh_init in net/ipv6/route.c).
		k.OIF, k.Gateway, k.Nexthops = rtnl.LinkRef{}, netip.Addr{}, nil
	}
}

// keptMetrics are metrics with the limits of ip_metrics_convert in
// net/ipv4/metrics.c.
func keptMetrics(m *rtnl.RouteMetrics) *rtnl.RouteMetrics {
	if m == nil {
		return nil
	}
	k := *m
	k.AdvMSS, k.MTU, k.HopLimit = min(k.AdvMSS, 65535-40), min(k.MTU, 65535-15), min(k.HopLimit, 255)
	return &k
}

// defaultTable is the table of a route that names none (iproute_modify in
// ip/iproute.c of iproute2).
func defaultTable(typ uint8) uint32 {
	switch typ {
	case unix.RTN_LOCAL, unix.RTN_BROADCAST, unix.RTN_NAT, unix.RTN_ANYCAST:
		return unix.RT_TABLE_LOCAL
	}
	return unix.RT_TABLE_MAIN
}

// defaultScope is the scope of a route that names none, from the same place.
func defaultScope(r *rtnl.Route) uint8 {
	switch r.Type {
	case unix.RTN_LOCAL, unix.RTN_NAT:
		return unix.RT_SCOPE_HOST
	case unix.RTN_BROADCAST, unix.RTN_MULTICAST, unix.RTN_ANYCAST:
		return unix.RT_SCOPE_LINK
	case unix.RTN_UNICAST:
		if !r.Gateway.IsValid() && len(r.Nexthops) == 0 && r.NHID == 0 {
			return unix.RT_SCOPE_LINK
		}
	}
	return unix.RT_SCOPE_UNIVERSE
}

// sameRoute reports whether a route that is there is the one that is wanted, as
// the kernel keeps it, in all that a file can say. What the wanted one leaves open,
// such as the interface to a gateway, is the kernel's choice.
func sameRoute(want, have *rtnl.Route) bool {
	var wm, hm rtnl.RouteMetrics
	if want.Metrics != nil {
		wm = *want.Metrics
	}
	if have.Metrics != nil {
		hm = *have.Metrics
	}
	if !sameWay(want, have) || wm != hm || want.Protocol != have.Protocol || want.Scope != have.Scope ||
		want.PrefSrc != have.PrefSrc || want.Realms != have.Realms || want.Pref != have.Pref ||
		want.Expires.IsSet() != have.Expires.IsSet() {
		return false
	}
	if len(want.Nexthops) == 0 {
		return (want.Flags^have.Flags)&unix.RTNH_F_ONLINK == 0
	}
	for i := range want.Nexthops {
		w, h := &want.Nexthops[i], &have.Nexthops[i]
		if w.Weight != h.Weight || w.Realms != h.Realms || (w.Flags^h.Flags)&unix.RTNH_F_ONLINK != 0 {
			return false
		}
	}
	return true
}

// sameWay reports whether a route leads the wanted one's packets the same way,
// whatever else it says of them. It is the one that a file asked for even if
// somebody, or the kernel, has changed the rest.
func sameWay(want, have *rtnl.Route) bool {
	if !sameKey(want, have) || want.Type != have.Type || want.NHID != have.NHID ||
		(have.Protocol == unix.RTPROT_KERNEL) != (want.Protocol == unix.RTPROT_KERNEL) {
		return false
	}
	if want.NHID != 0 {
		return true // the dump says what the nexthop object is
	}
	return want.Gateway == have.Gateway && (want.OIF.IsZero() || want.OIF == have.OIF) &&
		slices.EqualFunc(want.Nexthops, have.Nexthops, func(w, h rtnl.Nexthop) bool {
			return w.Gateway == h.Gateway && (w.OIF.IsZero() || w.OIF == h.OIF)
		})
}

// sameKey reports whether the kernel takes two routes for one when they are added.
func sameKey(a, b *rtnl.Route) bool {
	return a.Family == b.Family && a.Table == b.Table && a.Priority == b.Priority && a.TOS == b.TOS &&
		samePrefix(a.Dst, b.Dst) && samePrefix(a.Src, b.Src)
}

// samePrefix compares prefixes, of which one that is not valid stands for all
// addresses.
func samePrefix(a, b netip.Prefix) bool {
	return max(a.Bits(), 0) == max(b.Bits(), 0) && (a.Bits() <= 0 || a.Masked() == b.Masked())
}
