package lab

import (
	"net/netip"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// addresses makes an interface have the addresses that it should.
func (p *planner) addresses(node string, l *liveLink, want []netip.Prefix) {
	n := p.w.nodes[node]
	first := len(p.steps)
	var lost []rtnl.Route
	var again []rtnl.Address
	old := p.oldAddresses(node, l.Name)
	for _, a := range p.unwantedAddresses(node, l, want) {
		p.sourceless(n, a)
		s := Step{Verb: Delete, Object: "address", Node: node, Name: l.Name + " " + a.Prefix.String()}
		s.op(node, delAddr(l.Name, a))
		s.undoOp(node, addAddr(l.Name, a))
		p.add(s)
		lost = append(lost, n.removeAddress(l, a)...)
		if !p.opts.Prune && !slices.Contains(old, a.Prefix) && !slices.Contains(want, a.Prefix) {
			again = append(again, a) // by hand, and secondary to one that goes
		}
	}
	sortRoutes(lost)
	for _, r := range lost {
		// Undone last, when all addresses are back that they need.
		if r.Protocol != unix.RTPROT_KERNEL {
			p.steps[first].undoOp(node, &engine.Request{Req: &rtnl.RouteAdd{Route: r}})
		}
	}
	for _, want := range want {
		if l.hasAddr(want) {
			continue
		}
		if want.Addr().Is6() {
			p.allowIPv6(node, l.Name)
		}
		a := labAddress(l.Index, want)
		s := Step{Verb: Create, Object: "address", Node: node, Name: l.Name + " " + want.String()}
		link, index := l.Name, l.Index
		s.make = func(w way) []engine.Op {
			a := labAddress(index, want)
			if w == back {
				return []engine.Op{{NetNS: node, Action: delAddr(link, a)}}
			}
			return []engine.Op{{NetNS: node, Action: addAddr(link, a)}}
		}
		p.add(s)
		l.addrs = append(l.addrs, a)
	}
	for _, a := range slices.Backward(again) { // they were deleted from the last
		s := Step{Verb: Create, Object: "address", Node: node, Name: l.Name + " " + a.Prefix.String()}
		s.op(node, addAddr(l.Name, a))
		s.undoOp(node, delAddr(l.Name, a))
		p.add(s)
		l.addrs = append(l.addrs, a)
	}
}

// unwantedAddresses are those to delete, in order. Deleting a primary IPv4
// address takes the secondary ones of its subnet along, unless promote_secondaries
// is set (Documentation/networking/ip-sysctl.rst): they are deleted before it, and
// made again if they are wanted. The last is the first to go, so that undone they are
// in their order again.
func (p *planner) unwantedAddresses(node string, l *liveLink, want []netip.Prefix) []rtnl.Address {
	old := p.oldAddresses(node, l.Name)
	misplaced := misplacedAddresses(l, want)
	goes := func(a rtnl.Address) bool {
		if slices.Contains(want, a.Prefix) {
			return slices.Contains(misplaced, a.Prefix)
		}
		return slices.Contains(old, a.Prefix) || p.opts.Prune && !kernelMade(l, a)
	}
	var secondary, primary []rtnl.Address
	for _, a := range l.addrs {
		if !isSecondary(&a) && goes(a) {
			primary = append(primary, a)
		}
	}
	for _, a := range l.addrs {
		if isSecondary(&a) && (goes(a) || slices.ContainsFunc(primary, func(b rtnl.Address) bool { return a.Prefix.Masked() == b.Prefix.Masked() })) {
			secondary = append(secondary, a)
		}
	}
	slices.Reverse(secondary)
	return append(secondary, primary...)
}

// misplacedAddresses are the IPv4 addresses that are there and have another place within
// their subnet in the file, and those behind them: the first is the source of what is
// sent to the subnet.
func misplacedAddresses(l *liveLink, want []netip.Prefix) []netip.Prefix {
	next := make(map[netip.Prefix][]netip.Prefix) // by subnet, what is to come
	for _, w := range want {
		if w.Addr().Is4() && !slices.Contains(next[w.Masked()], w) {
			next[w.Masked()] = append(next[w.Masked()], w)
		}
	}
	var misplaced []netip.Prefix
	for _, a := range l.addrs {
		subnet := a.Prefix.Masked()
		switch rest := next[subnet]; {
		case !slices.Contains(want, a.Prefix) || !a.Prefix.Addr().Is4():
		case len(rest) > 0 && rest[0] == a.Prefix:
			next[subnet] = rest[1:]
		default:
			misplaced = append(misplaced, a.Prefix)
			next[subnet] = nil // so are those behind it
		}
	}
	return misplaced
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
func (n *liveNode) removeAddress(l *liveLink, a rtnl.Address) (lost []rtnl.Route) {
	l.addrs = slices.DeleteFunc(slices.Clone(l.addrs), func(b rtnl.Address) bool { return b.Prefix == a.Prefix })
	last := a.Prefix.Addr().Is4() && !slices.ContainsFunc(l.addrs, func(b rtnl.Address) bool { return b.Prefix.Addr().Is4() })
	var kept []rtnl.Route
	for _, r := range n.routes {
		if a.Prefix.Addr().Is4() && r.PrefSrc == a.Prefix.Addr() || last && routeFamily(&r) == unix.AF_INET && onlyThrough(r, l.Index) {
			lost = append(lost, r)
		} else {
			kept = append(kept, r)
		}
	}
	n.routes = kept
	return lost
}

// onlyThrough reports whether a route leads nowhere without an interface. One that has
// another gateway stays, and finds this one again once it has an address.
func onlyThrough(r rtnl.Route, index uint32) bool {
	if len(r.Nexthops) == 0 {
		return r.OIF == index
	}
	return !slices.ContainsFunc(r.Nexthops, func(h rtnl.Nexthop) bool { return h.OIF != index })
}

// kernelMade reports whether an address is one that the kernel gives by itself.
func kernelMade(l *liveLink, a rtnl.Address) bool {
	return a.Prefix.Addr().IsLinkLocalUnicast() && a.Prefix.Addr().Is6() || l.Name == "lo" && a.Prefix.Addr().IsLoopback()
}

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
		if e, _ := t.endpoint(i, iface); e != nil {
			all = append(all, e.Addresses...)
		}
	}
	return all
}
