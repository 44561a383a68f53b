package plan

import (
	"net/netip"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

var loopbackResource = resource{
	stages: []stage{{name: "loopback", plan: (*planner).loopbacks, needs: []need{
		{"address.delete", "no address comes before those that should not be there have gone"},
		{"sysctl.link", "a setting may say that lo has no IPv6, and so no ::1"},
	}}},
}

// loopbacks brings lo up in every node: without it a node cannot reach its own
// addresses.
func (p *planner) loopbacks() {
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		lo := p.w.Nodes[n.Name].Links["lo"]
		if lo == nil {
			p.failf(n.Line, "node %q has no loopback interface named lo", n.Name)
			continue
		}
		want := p.loopbackAddresses(n, lo)
		if !lo.Up() {
			s := Step{Verb: Update, Object: "link", Node: n.Name, Name: "lo", Old: "down", New: "up"}
			node, index := n.Name, lo.Index
			s.make = func(w way) []engine.Op {
				change := (*rtnl.LinkSet).Up
				if w == back {
					change = (*rtnl.LinkSet).Down
				}
				return []engine.Op{{NetNS: node, Action: setLink("lo", index, change)}}
			}
			p.add(s)
			lo.ComesUp()
			matter := len(n.Addresses)+len(n.Routes)+len(p.oldAddresses(n.Name, "lo")) > 0 || p.opts.Prune
			for _, a := range live.LoopbackAddresses {
				if matter && !lo.HasAddr(a) && p.loopbackHas(n, a) {
					lo.Addrs = append(lo.Addrs, labAddress(lo.Index, a))
					lo.Anew = append(lo.Anew, a)
				}
			}
		}
		p.addresses(n.Name, lo, want)
	}
}

// loopbackAddresses returns the addresses that lo should have, besides the
// kernel's own, which it gets when it comes up. A missing one of those is added
// again if a file has ever listed it.
func (p *planner) loopbackAddresses(n *topology.Node, lo *live.Link) []netip.Prefix {
	old := p.oldAddresses(n.Name, "lo")
	if len(n.Addresses)+len(old) == 0 && !p.opts.Prune {
		return nil
	}
	// The kernel's come first, wherever they stand.
	own := func(a netip.Prefix) bool { return slices.Contains(live.LoopbackAddresses, a) }
	var want []netip.Prefix
	for _, a := range n.Addresses {
		if own(a) {
			want = append(want, a)
		}
	}
	for _, a := range live.LoopbackAddresses {
		if lo.Up() && !slices.Contains(n.Addresses, a) && (p.opts.Prune || slices.Contains(old, a)) && p.loopbackHas(n, a) {
			want = append(want, a)
		}
	}
	return append(want, slices.DeleteFunc(slices.Clone(n.Addresses), own)...)
}

// loopbackHas reports whether the kernel gives lo, when it comes up, one of its
// addresses.
func (p *planner) loopbackHas(n *topology.Node, a netip.Prefix) bool {
	return a.Addr().Is4() || !p.noIPv6 && !p.turnsOffIPv6(n, "lo")
}
