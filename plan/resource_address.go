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
	again []rtnl.Route // what goes along where the order of addresses is restored
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
			if l := there.Links[in.Name]; l != nil && p.madeAnew(there, in, l, there.Links[in.Link]) == "" {
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
		back := slices.Concat(d.lost, d.again)
		sortRoutes(back)
		for _, r := range back {
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
	var goes []rtnl.Address
	for _, a := range slices.Backward(live.AsAdded(l.Addrs)) {
		if !a.Prefix.Addr().Is4() {
			continue
		}
		broadcast := []netip.Addr{a.Broadcast}
		if a.Prefix.Bits() < 31 {
			// Until Linux 5.14 the network's own address was one too.
			broadcast = append(broadcast, rtnl.BroadcastAddr(a.Prefix), a.Prefix.Masked().Addr())
		}
		if slices.ContainsFunc(want, func(w netip.Prefix) bool { return slices.Contains(broadcast, w.Addr()) }) {
			goes = append(goes, a)
		}
	}
	p.deleteAddresses(d, n, l, goes, nil)
}

// unwantedGo deletes the addresses of a link that it should not have, or not
// where they are.
func (p *planner) unwantedGo(d *addressDeletion, n *live.Node, l *live.Link, want []netip.Prefix) {
	old := p.oldAddresses(n.Name, l.Name)
	goes := p.unwantedAddresses(n, l, want, old)
	p.deleteAddresses(d, n, l, goes, want)
	for _, a := range goes {
		if (!p.opts.Prune || n.RunsProgram()) && !(live.IsPlain(&a) && (slices.Contains(old, a.Prefix) || slices.Contains(want, a.Prefix))) && !inTheWay(&a, want) {
			if p.again == nil {
				p.again = make(map[*live.Link][]rtnl.Address)
			}
			p.again[l] = append(p.again[l], a) // by hand, and secondary to one that goes, or before one of the file's
		}
	}
}

// deleteAddresses deletes addresses of a link, of which those that are wanted
// come again.
func (p *planner) deleteAddresses(d *addressDeletion, n *live.Node, l *live.Link, goes []rtnl.Address, want []netip.Prefix) {
	if len(goes) == 0 {
		return
	}
	first := -1
	order, lost := p.orderAgain(n, l, goes)
	for _, a := range goes {
		p.deleteAddress(d, n, l, a, slices.ContainsFunc(want, func(w netip.Prefix) bool { return w.Addr() == a.Prefix.Addr() }))
		if first < 0 {
			first = len(d.steps) - 1
		}
	}
	d.steps[first].takeBack(0, order...) // when all of them are there again
	for _, r := range lost {
		if !slices.ContainsFunc(d.lost, func(o rtnl.Route) bool { return live.SameRoute(&o, &r) && o.OIF == r.OIF }) {
			d.again = append(d.again, r)
		}
	}
}

// orderAgain returns the operations that put the addresses of a link into their
// order again, once those that go have been added again from the last, and the
// routes that they take along.
func (p *planner) orderAgain(n *live.Node, l *live.Link, goes []rtnl.Address) (ops []engine.Op, lost []rtnl.Route) {
	var was []rtnl.Address // those of the kernel's it makes when it likes
	for _, a := range l.Addrs {
		if a.Prefix.Addr().Is4() || !l.KernelMade(a) {
			was = append(was, a)
		}
	}
	undone := slices.DeleteFunc(slices.Clone(was), func(a rtnl.Address) bool {
		return slices.ContainsFunc(goes, func(g rtnl.Address) bool { return g.Prefix == a.Prefix && g.Peer == a.Peer })
	})
	for _, a := range slices.Backward(goes) {
		undone = live.WithAddress(undone, a)
	}
	del, add := live.Reorder(undone, was)
	if len(del) == 0 {
		return nil, nil
	}
	link := *l
	node := live.Node{Name: n.Name, Links: maps.Clone(n.Links), Routes: n.Routes}
	node.Links[l.Name] = &link
	for _, a := range del {
		for _, r := range node.Routes {
			if r.PrefSrc == a.Prefix.Addr() && r.PrefSrc.Is6() && restoredRoute(&r) {
				ops = append(ops, engine.Op{NetNS: n.Name, Action: routeDel(n, r)}) // or the kernel would forget its source
				lost = append(lost, r)
			}
		}
		ops = append(ops, engine.Op{NetNS: n.Name, Action: delAddr(l.Name, a)})
		for _, r := range node.RemoveAddress(&link, a) {
			if restoredRoute(&r) {
				lost = append(lost, r)
			}
		}
	}
	for _, a := range add {
		ops = append(ops, engine.Op{NetNS: n.Name, Action: addAddr(l.Name, a)})
	}
	return ops, lost
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

// unwantedAddresses are those to delete, in order: secondary IPv4 addresses go
// before the primary one of their subnet, which would take them along, and are
// made again if they are wanted. The last is the first to go.
func (p *planner) unwantedAddresses(n *live.Node, l *live.Link, want, old []netip.Prefix) []rtnl.Address {
	prune := p.opts.Prune && !n.RunsProgram()
	misplaced := misplacedAddresses(l, want)
	ofFile := func(a *rtnl.Address) bool { return live.IsPlain(a) && slices.Contains(want, a.Prefix) }
	wasFile := func(a *rtnl.Address) bool { return live.IsPlain(a) && slices.Contains(old, a.Prefix) }
	goes := func(a *rtnl.Address) bool {
		switch {
		case ofFile(a):
			return slices.Contains(misplaced, a.Prefix)
		case l.KernelMade(*a):
			return false
		}
		return wasFile(a) || prune || inTheWay(a, want)
	}
	var gone []rtnl.Address
	ahead, stays := false, false // of one by hand: primary IPv4 addresses of files, and some that stay
	for _, a := range live.AsAdded(l.Addrs) {
		primary := a.Prefix.Addr().Is4() && !live.IsSecondary(&a)
		switch {
		case goes(&a):
			gone = append(gone, a)
			ahead = ahead || primary && (ofFile(&a) || wasFile(&a))
		case ofFile(&a):
			stays = stays || primary
		case primary && !l.KernelMade(a) && slices.ContainsFunc(want, func(w netip.Prefix) bool {
			// By hand, and before one of the file's, which may be missing; or it
			// would be the first now, in place of one of the file's.
			return w.Masked() == live.SubnetOf(&a) || w.Addr().Is4() && ahead && !stays
		}):
			gone = append(gone, a)
		}
		if live.IsSecondary(&a) && !goes(&a) && slices.ContainsFunc(gone, func(b rtnl.Address) bool { return !live.IsSecondary(&b) && live.SubnetOf(&b) == live.SubnetOf(&a) }) {
			gone = append(gone, a)
		}
	}
	slices.Reverse(gone)
	return gone
}

// misplacedAddresses are the addresses of the file that are there and have
// another place among them than the file gives them, and those behind them: the
// first is the source of what is sent. The kernel's own IPv4 address of lo
// comes first; its IPv6 addresses have no place.
func misplacedAddresses(l *live.Link, want []netip.Prefix) (misplaced []netip.Prefix) {
	if len(want) < 2 {
		return nil
	}
	var have, should []rtnl.Address
	for _, a := range l.Addrs {
		switch own := l.KernelMade(a); {
		case own && a.Prefix.Addr().Is4():
			have, should = append(have, a), append(should, a)
		case !own && live.IsPlain(&a) && slices.Contains(want, a.Prefix):
			have = append(have, a)
		}
	}
	for _, w := range want {
		a := labAddress(l.Index, w)
		if own := l.KernelMade(a); !own || w.Addr().Is4() && !l.HasAddr(w) {
			should = live.WithAddress(should, a)
		}
	}
	del, _ := live.Reorder(have, should)
	for _, a := range del {
		misplaced = append(misplaced, a.Prefix)
	}
	return misplaced
}
