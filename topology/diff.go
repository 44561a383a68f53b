package topology

import (
	"bytes"
	"reflect"
	"slices"
)

// Diff returns the nodes and links that differ between two topologies of a lab,
// as a part of each; the nodes at both ends of such a link belong to the part.
// Lines in the file do not count. Both parts are nil if all nodes differ,
// because their names in /run/netns do or because they learn each other's names
// in another way.
func Diff(old, t *Topology) (oldPart, part *Topology) {
	if old.Prefix != t.Prefix || old.Hosts != t.Hosts {
		return nil, nil
	}
	if old == t {
		return old.part(nil, nil), t.part(nil, nil)
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

// sameNode reports whether two nodes are the same, wherever they are in the
// file.
func sameNode(a, b *Node) bool {
	if b == nil {
		return false
	}
	x, y := *a, *b
	x.Line, y.Line = 0, 0
	x.places, y.places = nil, nil
	x.Interfaces, y.Interfaces = anywhere(x.Interfaces), anywhere(y.Interfaces)
	x.Programs, y.Programs = nil, nil
	return reflect.DeepEqual(x, y) && a.Programs.sameAnywhere(b.Programs)
}

// anywhere returns interfaces without their lines in the file.
func anywhere(all []Interface) []Interface {
	all = slices.Clone(all)
	for i := range all {
		all[i].Line = 0
	}
	return all
}

// differentLinks returns the links of t that other lacks or has differently.
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
			!reflect.DeepEqual(x.Port, y.Port) || !slices.Equal(x.VLANs, y.VLANs) || !reflect.DeepEqual(x.Impair, y.Impair) || !bytes.Equal(x.MAC, y.MAC) || !slices.Equal(x.Addresses, y.Addresses) || x.IPv6 != y.IPv6 {
			return false
		}
	}
	return a.MTU == b.MTU && a.Queues == b.Queues
}

// part returns the topology of these nodes and links of t.
func (t *Topology) part(nodes map[string]bool, links []Link) *Topology {
	p := &Topology{Path: t.Path, Source: t.Source, written: t.written, Name: t.Name, Prefix: t.Prefix, Hosts: t.Hosts, whole: t}
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
	p.done()
	return p
}
