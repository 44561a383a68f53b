package live

import (
	"net/netip"
	"slices"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// The kernel makes routes for the addresses of an interface that is up. A file
// may name one of them: then it exists already, and it stays when the file no
// longer names it.

// ipv6PrefixMetric is IP6_RT_PRIO_ADDRCONF (include/uapi/linux/ipv6_route.h).
const ipv6PrefixMetric = 256

// KernelRoutes returns the routes that the kernel makes for an address of a
// link (fib_add_ifaddr in net/ipv4/fib_frontend.c; addrconf_prefix_route,
// addrconf_f6i_alloc and addrconf_add_mroute in net/ipv6), as a dump contains
// them.
func KernelRoutes(l *Link, a netip.Prefix) []rtnl.Route {
	ip, net := a.Addr(), a.Masked()
	host := func(ip netip.Addr) netip.Prefix { return netip.PrefixFrom(ip, ip.BitLen()) }
	route := func(typ uint8, dst netip.Prefix, metric uint32) rtnl.Route {
		r := rtnl.Route{Type: typ, Dst: dst, OIF: rtnl.LinkIndex(l.Index), Protocol: unix.RTPROT_KERNEL, Priority: metric}
		if ip.Is4() {
			r.PrefSrc = ip
		}
		return r.Normal()
	}
	all := []rtnl.Route{route(unix.RTN_LOCAL, host(ip), 0)}
	switch {
	case ip.Is6():
		ff00, subnet := netip.MustParsePrefix("ff00::/8"), route(unix.RTN_UNICAST, net, ipv6PrefixMetric)
		multicast := route(unix.RTN_MULTICAST, ff00, ipv6PrefixMetric)
		multicast.Table = unix.RT_TABLE_LOCAL
		anycast := route(unix.RTN_ANYCAST, host(net.Addr()), 0)
		all[0].Priority, anycast.Priority = 0, 0
		all = append(all, subnet, multicast, anycast)
	case l.Index == LoopbackIndex:
		all = append(all, route(unix.RTN_LOCAL, net, 0))
	case a.Bits() < 32:
		all = append(all, route(unix.RTN_UNICAST, net, 0))
	}
	if ip.Is4() && a.Bits() < 31 {
		// Until Linux 5.14 there was also one for the network's own address.
		all = append(all, route(unix.RTN_BROADCAST, host(rtnl.BroadcastAddr(a)), 0), route(unix.RTN_BROADCAST, host(net.Addr()), 0))
	}
	if l.Table != 0 {
		for i := range all {
			all[i].Table = l.Table // fib_magic and l3mdev_fib_table
		}
	}
	return all
}

// IsKernels reports whether a wanted route is one that the kernel makes,
// whatever protocol the wanted one has: the kernel refuses a second one.
func IsKernels(want, kernels *rtnl.Route) bool {
	return kernels.Protocol == unix.RTPROT_KERNEL && SameKey(want, kernels) && want.Type == kernels.Type &&
		!ViaGateway(want) && !ViaGateway(kernels) && want.NHID == 0 && (want.OIF.IsZero() || want.OIF == kernels.OIF) &&
		(!want.PrefSrc.IsValid() || want.PrefSrc == kernels.PrefSrc) && (want.Metrics == nil || *want.Metrics == rtnl.RouteMetrics{})
}

// ComesByItself reports whether the kernel makes a route when the plan adds
// addresses or brings their interfaces up.
func (n *Node) ComesByItself(want *rtnl.Route) bool {
	return n.MakesRoute(want, func(l *Link, a netip.Prefix) bool { return l.IsNew || slices.Contains(l.Anew, a) }) != nil
}

// MakesRoute returns the wanted route among those that the kernel makes for
// addresses, or nil if it makes no such route.
func (n *Node) MakesRoute(want *rtnl.Route, of func(*Link, netip.Prefix) bool) *rtnl.Route {
	if ViaGateway(want) || want.NHID != 0 {
		return nil
	}
	for _, l := range n.Links {
		if !want.OIF.IsZero() && want.OIF.Index != l.Index {
			continue
		}
		for i := range l.Addrs {
			a := &l.Addrs[i]
			if !IsPlain(a) || a.Prefix.Addr().Is4() != (want.Family == unix.AF_INET) || !of(l, a.Prefix) {
				continue
			}
			routes := KernelRoutes(l, a.Prefix)
			if k := slices.IndexFunc(routes, func(r rtnl.Route) bool { return IsKernels(want, &r) }); k >= 0 {
				return &routes[k]
			}
		}
	}
	return nil
}

// AnyAddress accepts all addresses; it is an argument for MakesRoute.
func AnyAddress(*Link, netip.Prefix) bool { return true }
