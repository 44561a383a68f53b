package topology

import (
	"bytes"
	"reflect"
	"slices"
)

// Diff returns what differs between two topologies of a lab, as a part of each, with the nodes at both ends of each
// link. Where the files speak of it does not matter. Both parts are nil where all nodes differ: where their names in
// /run/netns do, or the way in which they learn each other's.
func Diff(old, t *Topology) (oldPart, part *Topology) {
	if old.Prefix != t.Prefix || old.Hosts != t.Hosts {
		return nil, nil
	}
	nodes := make(map[string]bool)
	compareNodes := func(a, b *Topology) {
		for i := range a.Nodes {
			if n := &a.Nodes[i]; !sameNode(n, b.Node(n.Name)) {
				nodes[n.Name] = true
			}
		}
	}
	compareNodes(old, t)
	compareNodes(t, old)
	oldLinks, links := differentLinks(old, t), differentLinks(t, old)
	for _, l := range oldLinks {
		for e := range l.Ends {
			nodes[old.Nodes[l.Ends[e].Node].Name] = true
		}
	}
	for _, l := range links {
		for e := range l.Ends {
			nodes[t.Nodes[l.Ends[e].Node].Name] = true
		}
	}
	return old.part(nodes, oldLinks), t.part(nodes, links)
}

// sameNode reports whether two nodes are the same; where the file speaks of them
// does not matter.
func sameNode(a, b *Node) bool {
	if b == nil {
		return false
	}
	x, y := *a, *b
	x.Line, y.Line = 0, 0
	x.places, y.places = nil, nil
	x.Interfaces, y.Interfaces = anywhere(x.Interfaces), anywhere(y.Interfaces)
	return reflect.DeepEqual(x, y)
}

// anywhere are interfaces without where the file speaks of them.
func anywhere(all []Interface) []Interface {
	all = slices.Clone(all)
	for i := range all {
		all[i].Line = 0
	}
	return all
}

// differentLinks returns the links of t that are not the same in other.
func differentLinks(t, other *Topology) []Link {
	var links []Link
	for i := range t.Links {
		l := &t.Links[i]
		left := &l.Ends[0]
		var same *Link
		if n := other.NodeIndex(t.Nodes[left.Node].Name); n >= 0 {
			if end, link := other.Endpoint(n, left.Iface); link != nil && end == &link.Ends[0] {
				same = link
			}
		}
		if same == nil || !sameLink(t, l, other, same) {
			links = append(links, *l)
		}
	}
	return links
}

func sameLink(at *Topology, a *Link, bt *Topology, b *Link) bool {
	for e := range a.Ends {
		x, y := &a.Ends[e], &b.Ends[e]
		if at.Nodes[x.Node].Name != bt.Nodes[y.Node].Name || x.Iface != y.Iface || x.Bridge != y.Bridge ||
			!bytes.Equal(x.MAC, y.MAC) || !slices.Equal(x.Addresses, y.Addresses) || x.IPv6 != y.IPv6 {
			return false
		}
	}
	return a.MTU == b.MTU && a.Queues == b.Queues
}

// part returns a topology of some nodes and links of t.
func (t *Topology) part(nodes map[string]bool, links []Link) *Topology {
	p := &Topology{Path: t.Path, Source: t.Source, Name: t.Name, Prefix: t.Prefix, Hosts: t.Hosts, whole: t}
	at := make(map[int]int)
	for i := range t.Nodes {
		if nodes[t.Nodes[i].Name] {
			at[i] = len(p.Nodes)
			p.Nodes = append(p.Nodes, t.Nodes[i])
		}
	}
	for _, l := range links {
		for e := range l.Ends {
			l.Ends[e].Node = at[l.Ends[e].Node]
		}
		p.Links = append(p.Links, l)
	}
	p.index()
	return p
}
