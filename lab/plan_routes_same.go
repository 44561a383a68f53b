package lab

import (
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
	k.Nexthops = slices.Clone(r.Nexthops)
	for i := range k.Nexthops {
		h := &k.Nexthops[i]
		h.Weight = max(h.Weight, 1)
	}
	// The kernel makes a plain route of one with a single nexthop.
	if len(k.Nexthops) == 1 {
		h := k.Nexthops[0]
		k.Gateway, k.OIF, k.Nexthops = h.Gateway, h.OIF, nil
	}
	if k.Family == unix.AF_INET6 && k.Priority == 0 {
		k.Priority = 1024 // IP6_RT_PRIO_USER
	}
	return k
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

// sameRoute reports whether a route that is there is the one that is wanted, as
// the kernel keeps it. What the wanted one leaves open, such as the interface to a
// gateway, is the kernel's choice.
func sameRoute(want, have *rtnl.Route) bool {
	if want.Family != have.Family || want.Table != have.Table || want.Type != have.Type || want.Priority != have.Priority ||
		want.TOS != have.TOS || !sameDst(want, have) ||
		want.Gateway != have.Gateway || want.OIF != 0 && want.OIF != have.OIF ||
		want.PrefSrc.IsValid() && want.PrefSrc != have.PrefSrc || len(want.Nexthops) != len(have.Nexthops) {
		return false
	}
	for i := range want.Nexthops {
		w, h := &want.Nexthops[i], &have.Nexthops[i]
		if w.Gateway != h.Gateway || w.OIF != 0 && w.OIF != h.OIF || w.Weight != h.Weight {
			return false
		}
	}
	if want.Metrics != nil && (have.Metrics == nil || want.Metrics.MTU != have.Metrics.MTU) {
		return false
	}
	return true
}

func sameDst(a, b *rtnl.Route) bool {
	return a.IsDefault() && b.IsDefault() || !a.IsDefault() && !b.IsDefault() && a.Dst.Masked() == b.Dst.Masked()
}
