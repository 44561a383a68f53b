package view

import (
	"fmt"
	"net/netip"

	"github.com/nslab/nslab/topology"
)

// Hosts returns the lab's hosts file: each node by its addresses, in the file's
// order, those of interfaces before those of the loopback.
func Hosts(t *topology.Topology) []byte {
	ends := make([][]netip.Prefix, len(t.Nodes))
	for i := range t.Links {
		for e := range t.Links[i].Ends {
			end := &t.Links[i].Ends[e]
			ends[end.Node] = append(ends[end.Node], end.Addresses...)
		}
	}
	b := []byte("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n")
	for i := range t.Nodes {
		b = appendHosts(b, append(ends[i], ownAddresses(&t.Nodes[i])...), t.Nodes[i].Name)
	}
	return b
}

// ownAddresses are a node's addresses on its bridges, on interfaces without a
// far end, and on its loopback.
func ownAddresses(n *topology.Node) (addrs []netip.Prefix) {
	for _, br := range n.Bridges {
		addrs = append(addrs, br.Addresses...)
	}
	for _, in := range n.Interfaces {
		addrs = append(addrs, in.Addresses...)
	}
	return append(addrs, n.Addresses...)
}

// addressesOf returns all addresses of one node.
func addressesOf(t *topology.Topology, node int) (addrs []netip.Prefix) {
	for i := range t.Links {
		for e := range t.Links[i].Ends {
			if end := &t.Links[i].Ends[e]; end.Node == node {
				addrs = append(addrs, end.Addresses...)
			}
		}
	}
	return append(addrs, ownAddresses(&t.Nodes[node])...)
}

func appendHosts(b []byte, addrs []netip.Prefix, name string) []byte {
	for _, a := range addrs {
		b = fmt.Appendf(b, "%s\t%s\n", a.Addr(), name)
	}
	return b
}

// resolvConf is the resolv.conf of a node that has servers of its own, nil of
// another.
func resolvConf(n *topology.Node) []byte {
	var b []byte
	for _, a := range n.DNS {
		b = fmt.Appendf(b, "nameserver %s\n", a)
	}
	return b
}
