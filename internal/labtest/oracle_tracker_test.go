package labtest

import (
	"maps"
	"net/netip"
	"path/filepath"
	"slices"

	"github.com/nslab/nslab/nsfs"
)

// A tracker knows the parts of a lab's past that affect its state: changes by
// hand, and what earlier files gave.
type tracker struct {
	x   *expanded // what the last `up` made
	etc string    // in place of /etc/netns
	// macs are the planned MAC addresses seen, by node and interface.
	macs map[place]string
	// ports are the names that cut ones have, by node and full name.
	ports map[place]string
	// Made by hand: addresses, MTUs, routes to nowhere and bridges that no file
	// mentions. They stay, unless --prune removes them.
	addrs  map[place][]netip.Prefix
	mtus   map[place]int
	routes map[string][]string
	extra  map[string][]string
	// masters are the bridges of extra that got interfaces as ports by hand,
	// and bridgeMTUs the MTUs of bridges that follow neither their ports nor a
	// file.
	masters    map[place]string
	bridgeMTUs map[place]int
	// dropped are settings that a file gave and the next one did not.
	dropped map[string]map[string]bool
	// slow are bridges that have made their ports wait at some time.
	slow map[place]bool
	// gone are the devices and nodes (with "" as the device) that were deleted
	// by hand since the last `up`.
	gone map[place]bool
}

// A place is an interface of a node.
type place struct{ node, iface string }

func newTracker(etc string) *tracker {
	return &tracker{
		etc:  etc,
		macs: make(map[place]string), ports: make(map[place]string), addrs: make(map[place][]netip.Prefix), mtus: make(map[place]int),
		routes: make(map[string][]string), extra: make(map[string][]string), dropped: make(map[string]map[string]bool),
		masters: make(map[place]string), bridgeMTUs: make(map[place]int), slow: make(map[place]bool), gone: make(map[place]bool),
	}
}

// end returns the end of a link by its name, or nil.
func (n *xNode) end(iface string) *xEnd {
	if n == nil {
		return nil
	}
	for _, e := range n.ends {
		if e.iface == iface {
			return e
		}
	}
	return nil
}

func (n *xNode) bridge(name string) *xBridge {
	if n == nil {
		return nil
	}
	for _, b := range n.bridges {
		if b.name == name {
			return b
		}
	}
	return nil
}

func (e *xEnd) other() *xEnd {
	if e.link.ends[0] == e {
		return e.link.ends[1]
	}
	return e.link.ends[0]
}

func (e *xEnd) place() place { return place{e.node.name, e.iface} }

// stays reports whether what is at a place now survives `up` of another file.
func (t *tracker) stays(p place, x *expanded) bool {
	was, is := t.x.node(p.node), x.node(p.node)
	switch {
	case was == nil || is == nil || t.gone[place{node: p.node}]:
		return false
	case p.iface == "" || p.iface == "lo":
		return true
	case t.gone[p]:
		return false
	case was.bridge(p.iface) != nil:
		return is.bridge(p.iface) != nil
	case was.iface(p.iface) != nil:
		i := is.iface(p.iface)
		return i != nil && !was.iface(p.iface).remade(i) && (i.link == "" || t.stays(place{p.node, i.link}, x))
	}
	a, b := t.end(was, p.iface), t.end(is, p.iface)
	if a == nil || b == nil || a.link.queues != b.link.queues || a.other().place() != b.other().place() {
		return false
	}
	o := a.other().place()
	return !t.gone[o] && !t.gone[place{node: o.node}] && x.node(o.node) != nil
}

// end returns the end of a link by its actual name, which may be cut.
func (t *tracker) end(n *xNode, iface string) *xEnd {
	for _, e := range n.ends {
		if e.cut && t.ports[e.place()] == iface {
			return e
		}
	}
	return n.end(iface)
}

// look finds the bridges whose MTU was set by hand: it is neither the smallest
// of their ports' now nor the smallest according to the file.
func (t *tracker) look(lab string) error {
	clear(t.bridgeMTUs)
	if t.x == nil {
		return nil
	}
	for _, n := range t.x.nodes {
		if t.gone[place{node: n.name}] || len(n.bridges) == 0 {
			continue
		}
		v, err := readView(nsfs.Dir{Path: filepath.Join(labsDir, lab, "ns")}, n.name, nil)
		if err != nil {
			return err
		}
		for _, b := range n.bridges {
			l := v.link(b.name)
			if l == nil {
				continue
			}
			smallest := func(mtus []int) int {
				if len(mtus) == 0 {
					return 1500
				}
				return slices.Min(mtus)
			}
			var live, byFile []int
			for _, port := range v.Links {
				if port.Master == b.name {
					live = append(live, port.MTU)
				}
			}
			for _, e := range b.ports {
				mtu := e.link.mtu
				if mtu == 0 {
					mtu = 1500
				}
				byFile = append(byFile, mtu)
			}
			if l.MTU != smallest(live) && l.MTU != smallest(byFile) {
				t.bridgeMTUs[place{n.name, b.name}] = l.MTU
			}
		}
	}
	return nil
}

// advance records an `up` of a file.
func (t *tracker) advance(x *expanded, prune bool) {
	if t.x != nil {
		for p := range maps.Clone(t.addrs) {
			if prune || !t.stays(p, x) {
				delete(t.addrs, p)
			}
		}
		for p := range maps.Clone(t.mtus) {
			if !t.stays(p, x) || x.node(p.node).end(p.iface).link.mtu != 0 {
				delete(t.mtus, p)
			}
		}
		for p := range maps.Clone(t.masters) {
			if prune || !t.stays(p, x) {
				delete(t.masters, p)
			}
		}
		for p := range maps.Clone(t.mtus) {
			if prune {
				delete(t.mtus, p)
			}
		}
		for p := range maps.Clone(t.bridgeMTUs) {
			if prune || !t.stays(p, x) || t.x.node(p.node).bridge(p.iface).mtu != 0 || x.node(p.node).bridge(p.iface).mtu != 0 {
				delete(t.bridgeMTUs, p)
			}
		}
		for p := range maps.Clone(t.slow) {
			if !t.stays(p, x) {
				delete(t.slow, p)
			}
		}
		for _, old := range t.x.nodes {
			if prune || !t.stays(place{node: old.name}, x) {
				delete(t.routes, old.name)
				delete(t.extra, old.name)
			}
			if !t.stays(place{node: old.name}, x) {
				delete(t.dropped, old.name)
				continue
			}
			for key := range old.sysctls {
				if ifaceOf(key) == "" {
					if t.dropped[old.name] == nil {
						t.dropped[old.name] = make(map[string]bool)
					}
					t.dropped[old.name][key] = true
				}
			}
		}
	}
	for _, n := range x.nodes {
		for key := range n.sysctls {
			delete(t.dropped[n.name], key)
		}
		for _, b := range n.bridges {
			if b.options["stp"] == 1 || b.options["forward_delay"] > 0 {
				t.slow[place{n.name, b.name}] = true
			}
		}
	}
	t.x = x
	clear(t.gone)
}

// mtu returns the MTU of an end.
func (t *tracker) mtu(e *xEnd) int {
	if m := t.mtus[e.place()]; m != 0 {
		return m
	}
	if e.link.mtu != 0 {
		return e.link.mtu
	}
	return 1500
}

// bridgeMTU returns the MTU of a bridge.
func (t *tracker) bridgeMTU(b *xBridge) int {
	if b.mtu != 0 {
		return b.mtu
	}
	if m := t.bridgeMTUs[place{b.node.name, b.name}]; m != 0 {
		return m
	}
	smallest := 1500
	for i, e := range b.ports {
		if m := t.mtu(e); i == 0 || m < smallest {
			smallest = m
		}
	}
	return smallest
}

// handMade returns the addresses that were added to an interface by hand.
func (t *tracker) handMade(p place, a netip.Prefix) bool { return slices.Contains(t.addrs[p], a) }
