package live

import (
	"net/netip"
	"slices"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// SameRoute reports whether an existing route is the wanted one, as the kernel
// stores it, in everything that a file can say. The kernel chooses what the
// wanted route leaves open, such as the interface towards a gateway.
func SameRoute(want, have *rtnl.Route) bool {
	var wm, hm rtnl.RouteMetrics
	if want.Metrics != nil {
		wm = *want.Metrics
	}
	if have.Metrics != nil {
		hm = *have.Metrics
	}
	if !SameWay(want, have) || wm != hm || want.Protocol != have.Protocol || want.Scope != have.Scope ||
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

// SameWay reports whether a route takes the wanted route's packets the same
// way, whatever else it says about them. It is then the route that a file asked
// for, even if somebody, or the kernel, has changed the rest.
func SameWay(want, have *rtnl.Route) bool {
	if !SameKey(want, have) || want.Type != have.Type || want.NHID != have.NHID ||
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

// SameKey reports whether the kernel treats two routes as the same one when
// they are added.
func SameKey(a, b *rtnl.Route) bool {
	return a.Family == b.Family && a.Table == b.Table && a.Priority == b.Priority && a.TOS == b.TOS &&
		SamePrefix(a.Dst, b.Dst) && SamePrefix(a.Src, b.Src)
}

// SamePrefix compares prefixes. An invalid prefix stands for all addresses.
func SamePrefix(a, b netip.Prefix) bool {
	return max(a.Bits(), 0) == max(b.Bits(), 0) && (a.Bits() <= 0 || a.Masked() == b.Masked())
}
