package live

import (
	"net"
	"net/netip"
	"slices"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// IsPlain reports whether an address has nothing that a file cannot say, which
// is only its prefix length.
func IsPlain(a *rtnl.Address) bool {
	if a.Peer.IsValid() || a.Broadcast.IsValid() || a.Metric != 0 || a.Flags&unix.IFA_F_NOPREFIXROUTE != 0 || a.Valid.Or(rtnl.Forever) != rtnl.Forever {
		return false
	}
	if a.Prefix.Addr().Is4() {
		return a.Scope == rtnl.DefaultAddrScope(a.Prefix.Addr())
	}
	return a.Flags&(unix.IFA_F_DADFAILED|unix.IFA_F_DEPRECATED) == 0
}

// RemoveAddress removes an address from the world, and the routes that the
// kernel removes with it: those with this source address and, with the last
// IPv4 address of an interface, all IPv4 routes through that interface
// (fib_del_ifaddr and fib_disable_ip in net/ipv4/fib_frontend.c). It returns
// these routes.
func (n *Node) RemoveAddress(l *Link, a rtnl.Address) (lost []rtnl.Route) {
	l.Addrs = slices.DeleteFunc(slices.Clone(l.Addrs), func(b rtnl.Address) bool { return b.Prefix == a.Prefix && b.Peer == a.Peer })
	last := a.Prefix.Addr().Is4() && !l.HasIPv4()
	// The link may have the same address a second time, with another network.
	stays := slices.ContainsFunc(l.Addrs, func(b rtnl.Address) bool { return b.Prefix.Addr() == a.Prefix.Addr() })
	var kept []rtnl.Route
	for _, r := range n.Routes {
		if a.Prefix.Addr().Is4() && r.PrefSrc == a.Prefix.Addr() && !stays || last && GoesWithIPv4(&r, l) {
			lost = append(lost, r)
		} else {
			kept = append(kept, r)
		}
	}
	n.Routes = kept
	if a.Prefix.Addr().Is6() {
		n.removePrefix(l, a)
	}
	return lost
}

// removePrefix removes from the world the routes that the kernel made for an
// IPv6 address that is gone.
func (n *Node) removePrefix(l *Link, a rtnl.Address) {
	gone := KernelRoutes(l, a.Prefix)
	n.Routes = slices.DeleteFunc(n.Routes, func(r rtnl.Route) bool {
		return r.Protocol == unix.RTPROT_KERNEL && r.OIF.Index == l.Index &&
			slices.ContainsFunc(gone, func(g rtnl.Route) bool { return SameKey(&r, &g) && r.Type == g.Type }) &&
			n.MakesRoute(&r, AnyAddress) == nil
	})
}

// KernelMade reports whether an address is one that the kernel gives a link by
// itself.
func (l *Link) KernelMade(a rtnl.Address) bool {
	switch ip := a.Prefix.Addr(); {
	case l.Index == LoopbackIndex:
		return slices.Contains(LoopbackAddresses, a.Prefix)
	case !ip.Is6():
		return false
	case a.Protocol == ProtKernelLL || a.Protocol == ifaProtKernelRA:
		return true
	case !ip.IsLinkLocalUnicast() || a.Prefix.Bits() != 64:
		return false
	case a.Prefix == LinkLocal(l.Address):
		return true
	}
	// Before 5.18, Linux does not say which addresses it made from a secret.
	mode, _ := l.AddrGenMode()
	return mode > rtnl.AddrGenModeNone && !l.tellsProtocol() && a.Flags&unix.IFA_F_NODAD == 0
}

// tellsProtocol reports whether the kernel says who made the addresses of a
// link.
func (l *Link) tellsProtocol() bool {
	return slices.ContainsFunc(l.Addrs, func(a rtnl.Address) bool { return a.Protocol != 0 })
}

// LoopbackIndex is LOOPBACK_IFINDEX (include/linux/netdevice.h).
const LoopbackIndex = 1

// LoopbackAddresses are the addresses that the kernel gives lo when it comes up
// (inetdev_event in net/ipv4/devinet.c, init_loopback in net/ipv6/addrconf.c).
var (
	IPv6Loopback      = netip.MustParsePrefix("::1/128")
	LoopbackAddresses = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), IPv6Loopback}
)

// GoesWithIPv4 reports whether the kernel removes a route with the last IPv4
// address of a link (fib_disable_ip in net/ipv4/fib_frontend.c).
func GoesWithIPv4(r *rtnl.Route, l *Link) bool {
	return r.RequestFamily() == unix.AF_INET && r.NHID == 0 && OnlyThrough(*r, l.Index)
}

// HasIPv4 reports whether a link has an IPv4 address.
func (l *Link) HasIPv4() bool {
	return slices.ContainsFunc(l.Addrs, func(a rtnl.Address) bool { return a.Prefix.Addr().Is4() })
}

// Who made an address (IFAPROT_* in include/uapi/linux/if_addr.h, Linux 5.18).
const (
	ifaProtKernelRA = 2
	ProtKernelLL    = 3
)

// LinkLocal returns the link-local address of a MAC address, its modified
// EUI-64 (RFC 4291, appendix A), or the zero Prefix if there is none.
func LinkLocal(mac net.HardwareAddr) netip.Prefix {
	if len(mac) != 6 {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(netip.AddrFrom16([16]byte{
		0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]}), 64)
}

// OnlyThrough reports whether all gateways of a route are behind one interface.
// A route with another gateway stays without this interface, and uses it again
// once it has an address.
func OnlyThrough(r rtnl.Route, index uint32) bool {
	if len(r.Nexthops) == 0 {
		return r.OIF.Index == index
	}
	return !slices.ContainsFunc(r.Nexthops, func(h rtnl.Nexthop) bool { return h.OIF.Index != index })
}
