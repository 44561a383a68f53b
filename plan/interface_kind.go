package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// An interfaceKind is what plans know of a kind of interfaces without a far
// end. Each has a file of its own, interface_NAME.go.
type interfaceKind struct {
	// word is the file's word for it.
	word string
	// Kind is the kernel's, without options.
	Kind rtnl.Kind
	// mtu is that of a new one that is on no other, in bytes, 0 for 1500.
	mtu uint32
	// lowersFlags are the flags that a new one has of the link that it is on.
	lowersFlags uint32
	// hasMembers says that other interfaces can be members of it.
	hasMembers bool
	// noLinkLocal says that the kernel gives it no link-local address.
	noLinkLocal bool
	// options are those that it may have, nil for a kind without.
	options *kindOptions
}

// InterfaceKinds are all kinds, by the file's words.
var InterfaceKinds = byWord(
	&dummyInterface,
	&vlanInterface,
	&macvlanInterface,
	&vrfInterface,
	&vxlanInterface,
)

func byWord(kinds ...*interfaceKind) map[string]*interfaceKind {
	all := make(map[string]*interfaceKind, len(kinds))
	for _, k := range kinds {
		all[k.word] = k
	}
	return all
}

// ownKind returns the kind of a link that is such an interface, nil for another
// link.
func ownKind(l *live.Link) *interfaceKind {
	for _, k := range InterfaceKinds {
		if k.Kind.Kind() == l.Kind {
			return k
		}
	}
	return nil
}

// newMTU is the MTU of a new interface of the kind with these options that is
// given none.
func (k *interfaceKind) newMTU(lower *live.Link, options rtnl.Kind) uint32 {
	if lower == nil {
		return cmp.Or(k.mtu, live.DefaultMTU)
	}
	less := topology.InterfaceOverhead(k.word, options)
	return max(cmp.Or(lower.MTU, live.DefaultMTU), less+topology.MinMTU) - less
}

// asItIs are the options that make an interface again as it is.
func (k *interfaceKind) asItIs(l *live.Link) rtnl.Kind {
	if k.options != nil {
		switch have, err := k.options.read(l.Data); {
		case err != nil:
		case k.options.again != nil:
			return k.options.again(have)
		default:
			return have
		}
	}
	return k.Kind
}

// lowerOf returns the link of a node that another is on, nil for none there.
func lowerOf(n *live.Node, l *live.Link) *live.Link {
	index, ok := l.Peer.Get()
	if !ok || l.NetNS.IsSet() || l.Kind == "veth" {
		return nil
	}
	for _, lower := range n.Links {
		if lower.Index == index {
			return lower
		}
	}
	return nil
}

// optionWords are options in the words of ip(8).
func optionWords(l *live.Link, k rtnl.Kind) string {
	return restOfWords(setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Kind = k }), k.Kind())
}

// madeAnew says why an existing interface has to be made anew, "" if it need not
// be: the kernel cannot change the link that it is on, nor some options.
func (p *planner) madeAnew(n *live.Node, in *topology.Interface, l, lower *live.Link) string {
	if why := p.replaced(n, in, l); why != "" {
		return why
	}
	if why := p.moves(n.Name, l); why != "" {
		return why
	}
	if was := lowerOf(n, l); was != lower {
		return "it is on " + lowerWords(was) + ", not on " + lowerWords(lower)
	}
	return ""
}

// replaced says why an interface has to be made anew because of its kind or
// options, "" if it need not be.
func (p *planner) replaced(n *live.Node, in *topology.Interface, l *live.Link) string {
	if kind := InterfaceKinds[in.Kind].Kind.Kind(); l.Kind != kind {
		return "it is " + kindWords(l) + ", not of type " + kind
	}
	c := p.compareOptions(n.Name, in, l)
	if len(c.fixed) == 0 {
		return ""
	}
	is, want := optionWords(l, only(c.undo, c.fixed)), optionWords(l, only(c.set, c.fixed))
	switch {
	case want == "":
		return fmt.Sprintf("it has %s, which it is to be without", is)
	case is == "":
		return "it does not have " + want
	}
	return fmt.Sprintf("it has %s, not %s", is, want)
}

func lowerWords(lower *live.Link) string {
	if lower == nil {
		return "no interface of its node"
	}
	return strconv.Quote(lower.Name)
}

// changeInterface sets the options of an interface that is there and that
// differ.
func (p *planner) changeInterface(node string, in *topology.Interface, l *live.Link) {
	c := p.compareOptions(node, in, l)
	if c.set == nil {
		return
	}
	p.update(node, l, "interface", change{optionWords(l, c.undo), optionWords(l, c.set)},
		func(s *rtnl.LinkSet) { s.Kind = c.set }, func(s *rtnl.LinkSet) { s.Kind = c.undo })
}

// freePlace removes interfaces that a new one on the same link cannot exist
// along with, such as a VLAN with the same id. It reports a mistake, and returns
// false, if one has to be removed by hand.
func (p *planner) freePlace(n *live.Node, in *topology.Interface, lower *live.Link) bool {
	opts := InterfaceKinds[in.Kind].options
	anywhere := topology.ClashAnywhere(in.Kind)
	if lower == nil && !anywhere || opts == nil {
		return true
	}
	place := "there"
	if !anywhere {
		place = "on " + strconv.Quote(lower.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(n.Links)) {
		l := n.Links[name]
		if l == nil || l.IsNew || l.Kind != in.Options.Kind() || !anywhere && lowerOf(n, l) != lower {
			continue
		}
		have, err := opts.read(l.Data)
		if err != nil {
			continue
		}
		why := topology.InterfacesClash(in.Kind, have, in.Options)
		switch {
		case why == "":
		case !p.goesFor(n.Name, l):
			p.failf(in.Line, "node %q: %q is %s too, and both cannot be: %s; delete it first", n.Name, l.Name, place, why)
			return false
		default:
			p.deleteDevice(n.Name, l, fmt.Sprintf("%q comes, and both cannot be %s: %s", in.Name, place, why))
		}
	}
	return true
}

// interfaceMTU changes the MTU of an interface. One that the file gives none
// follows the interface that it is on, unless somebody has set another one.
func (p *planner) interfaceMTU(node string, in *topology.Interface, l, lower *live.Link) {
	byFile := func(t *topology.Topology) bool {
		whole := t.Whole()
		i := whole.NodeIndex(node)
		return i >= 0 && whole.Nodes[i].Interface(in.Name) != nil && whole.MTU(i, in.Name) == l.MTU
	}
	follows := func() bool {
		was, resized := p.resizedFrom[lower]
		return lower != nil && (resized && was == l.MTU || slices.ContainsFunc(p.old, byFile))
	}
	if in.MTU != 0 || p.opts.Prune || p.hadMTU(node, in.Name) || in.IPv6 == topology.IPv6On && l.MTU < topology.MinIPv6MTU || follows() {
		p.changeMTU(node, l, "interface", cmp.Or(in.MTU, InterfaceKinds[in.Kind].newMTU(lower, in.Options)))
	}
}

// uppersGo plans the deletion of the links that are on a link that goes. The
// kernel would delete them along with it, and is left to do so with those that
// cannot be made again.
func (p *planner) uppersGo(node string, l *live.Link) {
	if !restorable(l) {
		return
	}
	ends := []live.NodeLink{{Node: node, Link: l}}
	if l.PeerNode != "" {
		ends = append(ends, live.NodeLink{Node: l.PeerNode, Link: p.w.Nodes[l.PeerNode].Links[l.PeerName]})
	}
	for _, end := range ends {
		for _, upper := range p.w.Uppers(end.Node, end.Link) {
			if restorable(upper.Link) {
				p.deleteDevice(upper.Node, upper.Link, fmt.Sprintf("%q, which it is on, goes", end.Name))
			}
		}
	}
}

// uppersShrink notes in the world what the kernel does when the MTU of a link
// gets smaller: it lowers that of the links on it. It returns the operations that
// restore them.
func (p *planner) uppersShrink(node string, l *live.Link, mtu uint32) (again []engine.Op) {
	for _, upper := range p.w.Uppers(node, l) {
		if !live.WithinMTU(upper.Kind) || upper.MTU <= mtu {
			continue
		}
		was, ref := upper.MTU, upper.Link
		p.resized(p.w.Nodes[upper.Node], ref, was, mtu)
		ipv6 := p.mtuTakesIPv6(upper.Node, ref, was, mtu)
		ref.MTU = mtu
		again = append(again, engine.Op{NetNS: upper.Node, Action: setLink(ref.Name, ref.Index, func(s *rtnl.LinkSet) { s.MTU = was })})
		again = append(append(again, ipv6...), p.uppersShrink(upper.Node, ref, mtu)...)
	}
	return again
}

// ownKinds are the kinds of interfaces without a far end that a topology has.
func ownKinds(t *topology.Topology) []live.OwnKind {
	var all []live.OwnKind
	for i := range t.Nodes {
		for _, in := range t.Nodes[i].Interfaces {
			own := live.OwnKind{Kind: InterfaceKinds[in.Kind].Kind, Stacked: in.Link != ""}
			if slices.ContainsFunc(all, func(k live.OwnKind) bool { return k.Kind.Kind() == own.Kind.Kind() }) {
				continue
			}
			if in.Options != nil {
				own.Kind = in.Options
			}
			all = append(all, own)
		}
	}
	return all
}
