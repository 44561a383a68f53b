package labtest

import (
	"net/netip"
	"slices"
)

// byHand is the prefix of the IPv6 addresses that are added by hand.
var byHand = netip.MustParsePrefix("fd77::/16")

// routes compares the routes of a node. Those that the kernel makes itself
// follow from the addresses.
func (r *report) routes() {
	want := make(map[string]string) // words to who made it
	for _, x := range r.n.routes {
		want[x.words] = "boot"
	}
	for _, dst := range r.t.routes[r.n.name] {
		p := netip.MustParsePrefix(dst)
		want[routeWords("blackhole", p, "main", "", 0, 0)] = "boot"
	}
	var locals []netip.Prefix
	for _, l := range r.v.Links {
		for _, a := range l.Addrs {
			p, err := a.prefix()
			if err != nil {
				continue // said already
			}
			net := p.Masked()
			linkLocal := p.Addr().Is6() && p.Addr().IsLinkLocalUnicast()
			// The route may wait for duplicate address detection.
			if !linkLocal && !(p.Addr().Is6() && slices.Contains(r.t.addrs[place{r.n.name, l.Name}], p)) {
				locals = append(locals, netip.PrefixFrom(p.Addr(), p.Addr().BitLen()))
			}
			switch {
			case p.Addr().Is4() && l.Name == "lo":
				locals = append(locals, net)
			case p.Addr() == netip.IPv6Loopback(): // kernels differ
			case slices.Contains(r.t.extra[r.n.name], l.Name):
			case p.Addr().Is4() && p.Bits() < 32:
				want[routeWords("unicast", net, "main", "", 0, 0, hop("", l.Name))] = "kernel"
			case p.Addr().Is6():
				want[routeWords("unicast", net, "main", "", 256, 0, hop("", l.Name))] = "kernel"
			}
		}
	}
	have := make(map[string]bool)
	var seenLocals []netip.Prefix
	for _, s := range r.v.Routes {
		dst, err := s.dst()
		if err != nil {
			r.addf("route to %q: %v", s.Dst, err)
			continue
		}
		if s.Table == "local" && s.Protocol == "kernel" {
			if s.Type == "local" {
				seenLocals = append(seenLocals, dst)
			}
			continue
		}
		words := s.words(dst)
		have[words] = true
		switch by, ok := want[words]; {
		case !ok && (slices.Contains(r.t.extra[r.n.name], s.Dev) || dst.Addr() == netip.IPv6Loopback()):
		case !ok:
			r.addf("route %s (proto %s) should not be there", words, s.Protocol)
		case s.Protocol != by:
			r.addf("route %s is of proto %s, want %s", words, s.Protocol, by)
		}
	}
	for _, words := range sortedKeys(want) {
		if !have[words] {
			r.addf("no route %s", words)
		}
	}
	for _, p := range locals {
		if !slices.Contains(seenLocals, p) {
			r.addf("no local route to %s", p)
		}
	}
	for _, p := range seenLocals {
		if !slices.Contains(locals, p) && !p.Addr().IsLinkLocalUnicast() && !byHand.Contains(p.Addr()) {
			r.addf("a local route to %s, which is not there", p)
		}
	}
}

// words returns the words of an xRoute. The source of the kernel's own routes
// is one of the addresses.
func (r seenRoute) words(dst netip.Prefix) string {
	src, mtu := r.PrefSrc, 0
	if r.Protocol == "kernel" {
		src = ""
	}
	for _, m := range r.Metrics {
		mtu = m.MTU
	}
	var hops []string
	switch {
	case len(r.Nexthops) > 0:
		for _, h := range r.Nexthops {
			hops = append(hops, hop(h.Gateway, h.Dev))
		}
	case r.Type == "unicast":
		hops = append(hops, hop(r.Gateway, r.Dev))
	}
	return routeWords(r.Type, dst, r.Table, src, r.Metric, mtu, hops...)
}
