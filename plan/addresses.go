package plan

import (
	"net/netip"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// addresses gives an interface the addresses that it should have and has not.
// Those that it should not have are gone by then.
func (p *planner) addresses(node string, l *live.Link, want []netip.Prefix) {
	for _, want := range want {
		if l.HasAddr(want) {
			continue
		}
		if want.Addr().Is6() {
			p.allowIPv6(node, l.Name)
		}
		a := labAddress(l.Index, want)
		s := Step{Verb: Create, Object: "address", Node: node, Name: l.Name + " " + want.String()}
		link, index, kernelToo := l.Name, l.Index, want == live.LinkLocal(l.Address)
		var without []engine.Op
		if want.Addr().Is4() && !l.IsNew && !l.HasIPv4() {
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
		l.HasNew(a)
	}
	for _, a := range slices.Backward(p.again[l]) { // they were deleted from the last
		s := Step{Verb: Create, Object: "address", Node: node, Name: l.Name + " " + addressWords(&a)}
		s.op(node, addAddr(l.Name, a))
		s.undoOp(node, delAddr(l.Name, a))
		p.add(s)
		l.HasNew(a)
	}
}

// inTheWay reports whether the kernel takes an address for a wanted one that is
// not there, and could not add that (EEXIST): IPv6 compares the address alone,
// IPv4 the network too.
func inTheWay(a *rtnl.Address, want []netip.Prefix) bool {
	return slices.ContainsFunc(want, func(w netip.Prefix) bool {
		return w.Addr() == a.Prefix.Addr() && (w.Addr().Is6() || w.Masked() == live.SubnetOf(a))
	})
}

// addressWords are an address in the words of ip(8), with what a file cannot
// say.
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
