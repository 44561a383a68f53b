package plan

import (
	"net/netip"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// addresses gives an interface the addresses that it should have and has not. Those that it
// should not have are gone by then.
func (p *planner) addresses(node string, l *LiveLink, want []netip.Prefix) {
	for _, want := range want {
		if l.hasAddr(want) {
			continue
		}
		if want.Addr().Is6() {
			p.allowIPv6(node, l.Name)
		}
		a := labAddress(l.Index, want)
		s := Step{Verb: Create, Object: "address", Node: node, Name: l.Name + " " + want.String()}
		link, index, kernelToo := l.Name, l.Index, want == linkLocal(l.Address)
		var without []engine.Op
		if want.Addr().Is4() && !l.isNew && !l.hasIPv4() {
			without = p.withoutIPv4(p.w.Nodes[node], l)
		}
		s.make = func(w way) []engine.Op {
			a := labAddress(index, want)
			if w == back {
				return append([]engine.Op{{NetNS: node, Action: delAddr(link, a)}}, without...)
			}
			add := addAddr(link, a)
			if kernelToo { // the kernel may make it meanwhile
				add.Req.(*rtnl.AddrAdd).Mode = rtnl.ModeReplace
			}
			return []engine.Op{{NetNS: node, Action: add}}
		}
		p.add(s)
		l.hasNew(a)
	}
	for _, a := range slices.Backward(p.again[l]) { // they were deleted from the last
		s := Step{Verb: Create, Object: "address", Node: node, Name: l.Name + " " + addressWords(&a)}
		s.op(node, addAddr(l.Name, a))
		s.undoOp(node, delAddr(l.Name, a))
		p.add(s)
		l.hasNew(a)
	}
}

// isPlain reports whether an address is as a file gives one, which says no more of it
// than its prefix length.
func isPlain(a *rtnl.Address) bool {
	if a.Peer.IsValid() || a.Broadcast.IsValid() || a.Metric != 0 || a.Flags&unix.IFA_F_NOPREFIXROUTE != 0 || a.Valid.Or(rtnl.Forever) != rtnl.Forever {
		return false
	}
	if a.Prefix.Addr().Is4() {
		return a.Scope == rtnl.DefaultAddrScope(a.Prefix.Addr())
	}
	return a.Flags&(unix.IFA_F_DADFAILED|unix.IFA_F_DEPRECATED) == 0
}

// inTheWay reports whether the kernel takes an address for a wanted one that is not
// there, and could not add that (EEXIST): IPv6 compares the address alone, IPv4 the
// network too.
func inTheWay(a *rtnl.Address, want []netip.Prefix) bool {
	return slices.ContainsFunc(want, func(w netip.Prefix) bool {
		return w.Addr() == a.Prefix.Addr() && (w.Addr().Is6() || w.Masked() == subnetOf(a))
	})
}

// subnetOf is the network that an address leads to.
func subnetOf(a *rtnl.Address) netip.Prefix {
	if a.Peer.IsValid() {
		return netip.PrefixFrom(a.Peer, a.Prefix.Bits()).Masked()
	}
	return a.Prefix.Masked()
}

// addressWords are an address in the words of ip(8), with what a file cannot say.
func addressWords(a *rtnl.Address) string {
	text := a.Prefix.String()
	if a.Peer.IsValid() {
		text = a.Prefix.Addr().String() + " peer " + netip.PrefixFrom(a.Peer, a.Prefix.Bits()).String()
	}
	if a.Flags&unix.IFA_F_NOPREFIXROUTE != 0 {
		text += " noprefixroute"
	}
	return text
}

// isSecondary reports whether an address is an IPv4 address behind another one of
// its subnet. The flag means something else for IPv6.
func isSecondary(a *rtnl.Address) bool {
	return a.Prefix.Addr().Is4() && a.Flags&unix.IFA_F_SECONDARY != 0
}

// removeAddress takes an address out of the world, and the routes that the kernel
// removes with it: those that have it as their source, and with the last IPv4
// address of an interface all IPv4 routes through that (fib_del_ifaddr and
// fib_disable_ip in net/ipv4/fib_frontend.c). It returns these routes.
func (n *LiveNode) removeAddress(l *LiveLink, a rtnl.Address) (lost []rtnl.Route) {
	l.Addrs = slices.DeleteFunc(slices.Clone(l.Addrs), func(b rtnl.Address) bool { return b.Prefix == a.Prefix && b.Peer == a.Peer })
	last := a.Prefix.Addr().Is4() && !l.hasIPv4()
	// Of two addresses that differ in their networks one stays.
	stays := slices.ContainsFunc(l.Addrs, func(b rtnl.Address) bool { return b.Prefix.Addr() == a.Prefix.Addr() })
	var kept []rtnl.Route
	for _, r := range n.Routes {
		if a.Prefix.Addr().Is4() && r.PrefSrc == a.Prefix.Addr() && !stays || last && goesWithIPv4(&r, l) {
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

// removePrefix takes the routes out of the world that the kernel has made for an IPv6
// address that is gone.
func (n *LiveNode) removePrefix(l *LiveLink, a rtnl.Address) {
	gone := kernelRoutes(l, a.Prefix)
	n.Routes = slices.DeleteFunc(n.Routes, func(r rtnl.Route) bool {
		return r.Protocol == unix.RTPROT_KERNEL && r.OIF.Index == l.Index &&
			slices.ContainsFunc(gone, func(g rtnl.Route) bool { return sameKey(&r, &g) && r.Type == g.Type }) &&
			n.makesRoute(&r, anyAddress) == nil
	})
}

// onlyThrough reports whether a route leads nowhere without an interface. One that has
// another gateway stays, and finds this one again once it has an address.
func onlyThrough(r rtnl.Route, index uint32) bool {
	if len(r.Nexthops) == 0 {
		return r.OIF.Index == index
	}
	return !slices.ContainsFunc(r.Nexthops, func(h rtnl.Nexthop) bool { return h.OIF.Index != index })
}

// kernelMade reports whether an address is one that the kernel gives a link by itself.
func (l *LiveLink) kernelMade(a rtnl.Address) bool {
	switch ip := a.Prefix.Addr(); {
	case l.Index == loopbackIndex:
		return slices.Contains(loopbackAddresses, a.Prefix)
	case !ip.Is6():
		return false
	case a.Protocol == ifaProtKernelLL || a.Protocol == ifaProtKernelRA:
		return true
	case !ip.IsLinkLocalUnicast() || a.Prefix.Bits() != 64:
		return false
	case a.Prefix == linkLocal(l.Address):
		return true
	}
	// Linux before 5.18 does not say which it has made of a secret.
	mode, _ := l.AddrGenMode()
	return mode > rtnl.AddrGenModeNone && !l.tellsProtocol() && a.Flags&unix.IFA_F_NODAD == 0
}

// tellsProtocol reports whether the kernel says who has made the addresses of a link.
func (l *LiveLink) tellsProtocol() bool {
	return slices.ContainsFunc(l.Addrs, func(a rtnl.Address) bool { return a.Protocol != 0 })
}

// loopbackIndex is LOOPBACK_IFINDEX (include/linux/netdevice.h).
const loopbackIndex = 1

// loopbackAddresses are those that the kernel gives lo when that comes up (inetdev_event
// in net/ipv4/devinet.c, init_loopback in net/ipv6/addrconf.c).
var (
	ipv6Loopback      = netip.MustParsePrefix("::1/128")
	loopbackAddresses = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), ipv6Loopback}
)

// oldAddresses are the addresses that earlier files gave an interface.
func (p *planner) oldAddresses(node, iface string) []netip.Prefix {
	var all []netip.Prefix
	for _, t := range p.old {
		i := t.NodeIndex(node)
		if i < 0 {
			continue
		}
		if iface == "lo" {
			all = append(all, t.Nodes[i].Addresses...)
		}
		for _, b := range t.Nodes[i].Bridges {
			if b.Name == iface {
				all = append(all, b.Addresses...)
			}
		}
		if in := t.Nodes[i].Interface(iface); in != nil {
			all = append(all, in.Addresses...)
		}
		if e, _ := t.Endpoint(i, iface); e != nil {
			all = append(all, e.Addresses...)
		}
	}
	return all
}
