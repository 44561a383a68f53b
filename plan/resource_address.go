package plan

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// addressResource: addresses come with the interfaces that have them, and go
// before.
var addressResource = resource{
	objects: []object{{name: "address", line: lineOfInterface}},
	stages: []stage{{name: "address.delete", plan: (*planner).addressesGo, needs: []need{
		{"bridge.create", "those of a bridge that is replaced go with it"},
		{"bridge.pin-mtu", "an MTU that is too small for IPv6 takes addresses along"},
	}}},
}

// Addresses that a node should not have are deleted before it gets any other:
// the kernel makes no connected route for an address that is for a moment
// another interface's broadcast address (fib_valid_prefsrc in
// net/ipv4/fib_semantics.c), nor takes one for the source of a route.

// An addressDeletion is the deletion of addresses of a node.
type addressDeletion struct {
	steps []Step
	lost  []rtnl.Route // what goes along
}

// addressesGo plans their deletion from the interfaces that are there.
func (p *planner) addressesGo() {
	if len(p.made) == len(p.t.Nodes) {
		return
	}
	stay := make(map[*live.Link][]netip.Prefix) // what they should have
	for i := range p.t.Links {
		l := &p.t.Links[i]
		if ends := p.ends(l); p.paired(l, ends) {
			stay[ends[0]], stay[ends[1]] = l.Ends[0].Addresses, l.Ends[1].Addresses
		}
	}
	wanted := make(map[int][]netip.Prefix) // by node
	for i := range p.t.Links {
		for e := range p.t.Links[i].Ends {
			end := &p.t.Links[i].Ends[e]
			wanted[end.Node] = append(wanted[end.Node], end.Addresses...)
		}
	}
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		if p.made[n.Name] {
			continue
		}
		there := p.w.Nodes[n.Name]
		want := append(wanted[i], n.Addresses...)
		for k := range n.Bridges {
			b := &n.Bridges[k]
			want = append(want, b.Addresses...)
			if l := there.Links[b.Name]; l != nil && l.Kind == "bridge" {
				stay[l] = b.Addresses
			}
		}
		for k := range n.Interfaces {
			in := &n.Interfaces[k]
			want = append(want, in.Addresses...)
			if l := there.Links[in.Name]; l != nil && l.Kind == InterfaceKinds[in.Kind].Kind.Kind() {
				stay[l] = in.Addresses
			}
		}
		if lo := there.Links["lo"]; lo != nil {
			stay[lo] = p.loopbackAddresses(n, lo)
		}
		d := new(addressDeletion)
		for _, name := range slices.Sorted(maps.Keys(there.Links)) {
			l := there.Links[name]
			if should, stays := stay[l]; stays {
				p.unwantedGo(d, there, l, should)
			} else if !l.IsNew && p.willGo(n.Name, l) {
				p.makeWay(d, there, l, want)
			}
		}
		sortRoutes(d.lost)
		p.keepRoutes(there, d.lost)
		for _, r := range d.lost {
			// Undone last, when all addresses are back that they need.
			d.steps[0].takeBack(0, engine.Op{NetNS: n.Name, Action: &engine.Request{Req: &rtnl.RouteAdd{Route: r}}})
		}
		p.addAll(d.steps)
	}
}

// willGo reports whether the plan removes a link, or makes another in its
// place.
func (p *planner) willGo(node string, l *live.Link) bool {
	return p.oldEndpoint(node, l.Name) || p.oldBridge(node, l.Name) || p.oldInterface(node, l.Name) || p.wantsDevice(node, l.Name) ||
		p.opts.Prune && l.Kind != "" && !p.isFromNew(l)
}

// makeWay deletes those addresses of a link, which is there until its
// successors are, whose broadcast addresses are wanted ones of its node.
func (p *planner) makeWay(d *addressDeletion, n *live.Node, l *live.Link, want []netip.Prefix) {
	for _, a := range slices.Backward(slices.Clone(l.Addrs)) {
		if !a.Prefix.Addr().Is4() {
			continue
		}
		broadcast := []netip.Addr{a.Broadcast}
		if a.Prefix.Bits() < 31 {
			// Until Linux 5.14 the network's own address was one too.
			broadcast = append(broadcast, rtnl.BroadcastAddr(a.Prefix), a.Prefix.Masked().Addr())
		}
		if slices.ContainsFunc(want, func(w netip.Prefix) bool { return slices.Contains(broadcast, w.Addr()) }) {
			p.deleteAddress(d, n, l, a, false)
		}
	}
}

// unwantedGo deletes the addresses of a link that it should not have, or not
// where they are.
func (p *planner) unwantedGo(d *addressDeletion, n *live.Node, l *live.Link, want []netip.Prefix) {
	old := p.oldAddresses(n.Name, l.Name)
	for _, a := range p.unwantedAddresses(n, l, want, old) {
		p.deleteAddress(d, n, l, a, slices.ContainsFunc(want, func(w netip.Prefix) bool { return w.Addr() == a.Prefix.Addr() }))
		if (!p.opts.Prune || n.RunsProgram()) && !(live.IsPlain(&a) && (slices.Contains(old, a.Prefix) || slices.Contains(want, a.Prefix))) && !inTheWay(&a, want) {
			if p.again == nil {
				p.again = make(map[*live.Link][]rtnl.Address)
			}
			p.again[l] = append(p.again[l], a) // by hand, and secondary to one that goes, or before one of the file's
		}
	}
}

// deleteAddress deletes an address, which may come again in another way.
func (p *planner) deleteAddress(d *addressDeletion, n *live.Node, l *live.Link, a rtnl.Address, again bool) {
	d.steps = append(d.steps, p.sourceless(n, a, again)...)
	s := Step{Verb: Delete, Object: "address", Node: n.Name, Name: l.Name + " " + addressWords(&a)}
	s.op(n.Name, delAddr(l.Name, a))
	s.undoOp(n.Name, addAddr(l.Name, a))
	for _, r := range n.RemoveAddress(l, a) {
		if r.Protocol != unix.RTPROT_KERNEL {
			d.lost = append(d.lost, r)
		}
	}
	if a.Prefix.Addr().Is4() && !l.HasIPv4() {
		neighs := p.neighsAgain(n, l, unix.AF_INET)
		s.do(neighs...)
		s.takeBack(0, neighs...)
	}
	d.steps = append(d.steps, s)
	p.losesAddress[n.Name] = true
}

// unwantedAddresses are those to delete, in order. Deleting a primary IPv4
// address takes the secondary ones of its subnet along, unless
// promote_secondaries is set (Documentation/networking/ip-sysctl.rst): they are
// deleted before it, and made again if they are wanted. The last is the first
// to go, so that undone they are in their order again.
func (p *planner) unwantedAddresses(n *live.Node, l *live.Link, want, old []netip.Prefix) []rtnl.Address {
	prune := p.opts.Prune && !n.RunsProgram()
	misplaced := misplacedAddresses(l, want)
	goes := func(a rtnl.Address) bool {
		switch {
		case live.IsPlain(&a) && slices.Contains(want, a.Prefix):
			return slices.Contains(misplaced, a.Prefix)
		case l.KernelMade(a):
			return false
		case live.IsPlain(&a) && slices.Contains(old, a.Prefix), prune, inTheWay(&a, want):
			return true
		}
		// By hand, and before one of the file's, which may be missing.
		return a.Prefix.Addr().Is4() && !isSecondary(&a) && slices.ContainsFunc(want, func(w netip.Prefix) bool { return w.Masked() == subnetOf(&a) })
	}
	var secondary, primary []rtnl.Address
	for _, a := range l.Addrs {
		if !isSecondary(&a) && goes(a) {
			primary = append(primary, a)
		}
	}
	for _, a := range l.Addrs {
		if isSecondary(&a) && (goes(a) || slices.ContainsFunc(primary, func(b rtnl.Address) bool { return subnetOf(&a) == subnetOf(&b) })) {
			secondary = append(secondary, a)
		}
	}
	slices.Reverse(secondary)
	return append(secondary, primary...)
}

// misplacedAddresses are the IPv4 addresses that are there and have another
// place within their subnet in the file, and those behind them: the first is
// the source of what is sent to the subnet.
func misplacedAddresses(l *live.Link, want []netip.Prefix) []netip.Prefix {
	next := make(map[netip.Prefix][]netip.Prefix) // by subnet, what is to come
	for _, w := range want {
		if w.Addr().Is4() && !slices.Contains(next[w.Masked()], w) {
			next[w.Masked()] = append(next[w.Masked()], w)
		}
	}
	var misplaced []netip.Prefix
	for _, a := range l.Addrs {
		subnet := a.Prefix.Masked()
		switch rest := next[subnet]; {
		case !slices.Contains(want, a.Prefix) || !a.Prefix.Addr().Is4() || !live.IsPlain(&a):
		case len(rest) > 0 && rest[0] == a.Prefix:
			next[subnet] = rest[1:]
		default:
			misplaced = append(misplaced, a.Prefix)
			next[subnet] = nil // so are those behind it
		}
	}
	return misplaced
}
