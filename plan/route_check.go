package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// checkDst notes a destination that the kernel takes for no prefix
// (fib_valid_key_len in net/ipv4/fib_trie.c; IPv6 clears the bits).
func (p *planner) checkDst(node *topology.Node, r *wantedRoute) {
	if d := r.route.Dst; d.IsValid() && d.Addr().Is4() && d != d.Masked() {
		p.wrong.Add(r.at, fmt.Sprintf("did you mean %s?", d.Masked()), "route %q of node %q: %s has bits set beyond its prefix length",
			plain.Clip(strings.Join(r.words, " ")), node.Name, d)
	}
}

// checkRoute notes what the kernel would refuse a route for that is to be added
// to a node: what of that depends on nothing but its addresses and routes
// (fib_table_insert, fib_check_nh and fib_create_info in net/ipv4;
// fib6_add_rt2node, ip6_validate_gw and ip6_route_info_create in net/ipv6).
func (p *planner) checkRoute(node *topology.Node, n *live.Node, r *wantedRoute) {
	text := plain.Clip(strings.Join(r.words, " "))
	say := func(hint, format string, args ...any) {
		p.wrong.Add(r.at, hint, "route %q of node %q: %s", text, node.Name, fmt.Sprintf(format, args...))
	}
	// What exec lines have done to a node is not in its file.
	perhaps := func(hint, format string, args ...any) {
		if len(node.Exec) == 0 {
			say(hint, format, args...)
			return
		}
		p.doubtful.Add(r.at, hint, "route %q of node %q: %s", text, node.Name, fmt.Sprintf(format, args...))
	}
	if what := sameKeyAs(n, &r.compare); what != "" {
		say("give it another metric", "to the kernel it is the same as %s", what)
		return
	}
	for _, h := range hops(&r.route) {
		if bad := badGateway(n, h, r.compare.Table); bad != "" {
			say("", "the gateway %s %s", h.Gateway, bad)
			return
		}
		if !n.Reaches(h, r.compare.Table) {
			perhaps("give the node an address in its network, or write dev and onlink", "the node has no address in the network of the gateway %s%s", h.Gateway, onInterface(n, h.OIF.Index))
			return
		}
	}
	if src := r.route.PrefSrc; src.IsValid() && !n.IsLocal(src) {
		perhaps("", "the source %s is not an address of the node", src)
	}
}

// hops are the ways of a route that have gateways. One that is on the link for
// sure is not among them.
func hops(r *rtnl.Route) []rtnl.Nexthop {
	all := r.Nexthops
	if r.Gateway.IsValid() {
		all = []rtnl.Nexthop{{Gateway: r.Gateway, OIF: r.OIF, Flags: uint8(r.Flags)}}
	}
	return slices.DeleteFunc(slices.Clone(all), func(h rtnl.Nexthop) bool {
		return !h.Gateway.IsValid() || h.Flags&unix.RTNH_F_ONLINK != 0
	})
}

// badGateway says what makes an address no gateway at all of a route in a
// table.
func badGateway(n *live.Node, h rtnl.Nexthop, table uint32) string {
	switch gw := h.Gateway; {
	case gw.IsMulticast():
		return "is a multicast address"
	case gw.Is6() && gw.IsLinkLocalUnicast() && h.OIF.IsZero():
		return "is link-local: write dev and the interface"
	}
	for _, l := range n.Links {
		if !n.LooksFor(l, table) {
			continue // it may be another VRF's
		}
		for _, a := range l.Addrs {
			switch {
			case h.Gateway.Is6() && a.Prefix.Addr() == h.Gateway:
				return fmt.Sprintf("is the node's own, on %q", l.Name)
			case h.Gateway.Is4() && l.Index != live.LoopbackIndex && h.Gateway == rtnl.BroadcastAddr(a.Prefix):
				return fmt.Sprintf("is the broadcast address of %s", a.Prefix.Masked())
			}
		}
	}
	return ""
}

// sameKeyAs names the route that is there, or that the kernel makes of an
// address, which it does not tell from a wanted one; "" if there is none.
func sameKeyAs(n *live.Node, want *rtnl.Route) string {
	for i := range n.Routes {
		if have := &n.Routes[i]; live.SameKey(want, have) {
			return "another route, " + routeText(have)
		}
	}
	for _, l := range n.Links {
		for i := range l.Addrs {
			a := &l.Addrs[i]
			if !live.IsPlain(a) || a.Prefix.Addr().Is4() != (want.Family == unix.AF_INET) {
				continue
			}
			for _, have := range live.KernelRoutes(l, a.Prefix) {
				// The network's own address is a broadcast address on old
				// kernels only.
				oldKernels := have.Type == unix.RTN_BROADCAST && have.Dst.Addr() == a.Prefix.Masked().Addr()
				if live.SameKey(want, &have) && !oldKernels {
					return fmt.Sprintf("the one that address %s on %q creates", a.Prefix, l.Name)
				}
			}
		}
	}
	return ""
}

func routeText(r *rtnl.Route) string {
	text := routeWords(r)
	if r.Gateway.IsValid() {
		text += " via " + r.Gateway.String()
	}
	return text
}

// onInterface names an interface in a message, nothing for 0.
func onInterface(n *live.Node, index uint32) string {
	for _, l := range n.Links {
		if index != 0 && l.Index == index {
			return fmt.Sprintf(" on %q", l.Name)
		}
	}
	return ""
}
