// Package topo has the labs that the benchmarks build: as a model for the
// builders in this module, and as nslab's file. floor/topo.c has the same labs;
// comparing the final states shows that they agree.
package topo

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Bridge is the name of the bridge device of a hub.
const Bridge = "br0"

// Stars is the number of stars that the topology "stars" chains.
const Stars = 10

// A Role is the role of a node.
type Role int

// The roles.
const (
	Host Role = iota
	Router
	Hub
)

// A Node is a network namespace.
type Node struct {
	Name string
	Role Role
}

// An End is an interface of a node. A hub's End is a port and has no address.
type End struct {
	Node  int // index into Topo.Nodes
	Iface string
	MAC   net.HardwareAddr
	Addr  netip.Prefix
}

// A Link is a veth pair.
type Link [2]End

// A Topo is a lab.
type Topo struct {
	ID   string // the user's name for it
	Kind string // the lab's name
	N    int
	IPv6 bool // interfaces have the kernel's own link-local addresses
	// Queues is the number of queues of each end of a link: 0 for one, or the
	// kernel's default number.
	Queues int
	Nodes  []Node
	Links  []Link

	pool netip.Addr
	yaml []byte
}

// Kinds are the names of the topologies, with the meaning of N.
var Kinds = []struct{ ID, What string }{
	{"star", "one hub and N hosts, one subnet"},
	{"star6", "the same, with IPv6 link-local addresses"},
	{"star6q", "the same, with the kernel's number of queues"},
	{"stars", "ten chained hubs of N hosts each, one subnet"},
	{"ring", "N routers, a /31 per link"},
	{"line", "N routers, a /31 per link"},
	{"fattree", "of N ports a router: 5/4·N² routers, N³/4 hosts"},
	{"mesh", "N routers, a link between any two"},
	{"fan", "two hosts, N links between them"},
}

// New makes a topology.
func New(id string, n int) (*Topo, error) {
	t := &Topo{ID: id, Kind: id, N: n, pool: netip.AddrFrom4([4]byte{10})}
	least, most := 1, 50_000
	var build func()
	switch id {
	case "star", "star6", "star6q":
		t.Kind, t.IPv6 = "star", id != "star"
		build, most = t.star, 1023
		if id == "star6q" {
			var err error
			if t.Queues, err = kernelQueues(); err != nil {
				return nil, err
			}
		}
	case "stars":
		build, most = t.stars, 1021
	case "ring":
		build, least = func() { t.chain(true) }, 3
	case "line":
		build, least = func() { t.chain(false) }, 2
	case "fattree":
		build, least, most = t.fatTree, 2, 64
		if n%2 != 0 {
			return nil, fmt.Errorf("fattree of %d ports: the number is even", n)
		}
	case "mesh":
		build, least, most = t.mesh, 2, 500
	case "fan":
		build = t.fan
	default:
		return nil, fmt.Errorf("no topology %q", id)
	}
	if n < least || n > most {
		return nil, fmt.Errorf("%s of %d: the number is %d to %d", id, n, least, most)
	}
	build()
	return t, nil
}

// kernelQueues returns the kernel's default number of queues of a veth end: one
// for each possible processor (veth_get_num_queues in drivers/net/veth.c).
func kernelQueues() (int, error) {
	const file = "/sys/devices/system/cpu/possible"
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	text := strings.TrimSpace(string(data)) // "0" or "0-7"
	last, err := strconv.Atoi(text[strings.LastIndexByte(text, '-')+1:])
	if err != nil {
		return 0, fmt.Errorf("%s: %q is no range", file, text)
	}
	return last + 1, nil
}

// Namespace returns the name of a node in /run/netns.
func (t *Topo) Namespace(node int) string { return t.Kind + "-" + t.Nodes[node].Name }

// MAC returns the address that nslab plans for an interface: see planMAC in
// package topology.
func (t *Topo) MAC(node int, iface string) net.HardwareAddr {
	h := fnv.New64a()
	fmt.Fprintf(h, "nslab %s\x00%s\x00%s", t.Kind, t.Nodes[node].Name, iface)
	x := h.Sum64()
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	sum := binary.BigEndian.AppendUint64(nil, x^x>>33)
	sum[0] = sum[0]&^1 | 2
	return sum[:6:6]
}

// MostPorts returns the number of ports of the hub with the most.
func (t *Topo) MostPorts() int {
	ports := make([]int, len(t.Nodes))
	for i := range t.Links {
		for _, e := range t.Links[i] {
			if t.Nodes[e.Node].Role == Hub {
				ports[e.Node]++
			}
		}
	}
	return slices.Max(ports)
}

func (t *Topo) node(role Role, format string, args ...any) int {
	t.Nodes = append(t.Nodes, Node{fmt.Sprintf(format, args...), role})
	return len(t.Nodes) - 1
}

func (t *Topo) link(a int, an string, b int, bn string) *Link {
	t.Links = append(t.Links, Link{
		{Node: a, Iface: an, MAC: t.MAC(a, an)},
		{Node: b, Iface: bn, MAC: t.MAC(b, bn)},
	})
	return &t.Links[len(t.Links)-1]
}

// p2p joins two nodes with the next /31 of 10.0.0.0/8, and writes the link's
// line.
func (t *Topo) p2p(a int, an string, b int, bn string) {
	l := t.link(a, an, b, bn)
	for e := range l {
		l[e].Addr = netip.PrefixFrom(t.pool, 31)
		t.pool = t.pool.Next()
	}
	pool := "*p"
	if len(t.Links) == 1 {
		pool = "&p {pool: 10.0.0.0/8, each: 31}"
	}
	t.writef("  - {endpoints: [\"%s:%s\", \"%s:%s\"], subnet: %s}\n", t.Nodes[a].Name, an, t.Nodes[b].Name, bn, pool)
}

// host joins a host to a hub. The port's name is the one that nslab generates.
func (t *Topo) host(host, hub int) {
	t.pool = t.pool.Next()
	l := t.link(host, "eth0", hub, t.Nodes[host].Name+"-eth0")
	l[0].Addr = netip.PrefixFrom(t.pool, 16)
}

func (t *Topo) writef(format string, args ...any) { t.yaml = fmt.Appendf(t.yaml, format, args...) }

// YAML returns the file from which nslab builds the lab.
func (t *Topo) YAML() []byte { return t.yaml }

func (t *Topo) star() {
	t.writef("name: star\n")
	if t.IPv6 {
		t.writef("ipv6: on\n")
	}
	if t.Queues > 0 {
		t.writef("defaults: {queues: %d}\n", t.Queues)
	}
	t.writef("nodes:\n  hub: {kind: bridge}\n  h: {count: %d}\nlinks:\n"+
		"  - endpoints: [\"h*:eth0\", \"hub\"]\n    subnet: 10.0.0.0/16\n", t.N)
	hub := t.node(Hub, "hub")
	for i := range t.N {
		t.node(Host, "h%d", i+1)
	}
	for i := range t.N {
		t.host(hub+1+i, hub)
	}
}

func (t *Topo) stars() {
	t.writef("name: stars\nnodes:\n  hub: {kind: bridge, count: %d}\n", Stars)
	for s := range Stars {
		t.node(Hub, "hub%d", s+1)
	}
	for s := range Stars {
		t.writef("  %c: {count: %d}\n", 'k'+s, t.N)
		for i := range t.N {
			t.node(Host, "%c%d", 'k'+s, i+1)
		}
	}
	t.writef("links:\n")
	for s := range Stars {
		t.writef("  - endpoints: [\"%c*:eth0\", \"hub%d\"]\n    subnet: 10.0.0.0/16\n", 'k'+s, s+1)
		for i := range t.N {
			t.host(Stars+s*t.N+i, s)
		}
	}
	for s := range Stars - 1 {
		t.writef("  - endpoints: [\"hub%d:right\", \"hub%d:left\"]\n", s+1, s+2)
		t.link(s, "right", s+1, "left")
	}
}

func (t *Topo) chain(closed bool) {
	t.writef("name: %s\nnodes:\n  r: {kind: router, count: %d}\nlinks:\n", t.Kind, t.N)
	for i := range t.N {
		t.node(Router, "r%d", i+1)
	}
	for i := range t.N - 1 {
		t.p2p(i, "east", i+1, "west")
	}
	if closed {
		t.p2p(t.N-1, "east", 0, "west")
	}
}

func (t *Topo) mesh() {
	t.writef("name: mesh\nnodes:\n  r: {kind: router, count: %d}\nlinks:\n", t.N)
	for i := range t.N {
		t.node(Router, "r%d", i+1)
	}
	for j := 1; j < t.N; j++ {
		for i := range j {
			t.p2p(i, fmt.Sprintf("e%d", j+1), j, fmt.Sprintf("e%d", i+1))
		}
	}
}

func (t *Topo) fan() {
	t.writef("name: fan\nnodes:\n  a: {}\n  b: {}\nlinks:\n")
	a, b := t.node(Host, "a"), t.node(Host, "b")
	for i := range t.N {
		name := fmt.Sprintf("e%d", i+1)
		t.p2p(a, name, b, name)
	}
}

// fatTree is the fat tree of Al-Fares et al. (SIGCOMM 2008), with routers.
func (t *Topo) fatTree() {
	k, h := t.N, t.N/2
	t.writef("name: fattree\nnodes:\n")
	many := func(role Role, kind, name string, count int) (first int) {
		t.writef("  %s: {kind: %s, count: %d}\n", name, kind, count)
		first = len(t.Nodes)
		for i := range count {
			t.node(role, "%s%d", name, i+1)
		}
		return first
	}
	many(Router, "router", "c", h*h)
	agg := many(Router, "router", "g", k*h)
	edge := many(Router, "router", "e", k*h)
	host := many(Host, "host", "h", k*h*h)
	t.writef("links:\n")
	name := func(prefix string, i int) string { return fmt.Sprintf("%s%d", prefix, i+1) }
	for pod := range k {
		for g := range h {
			for c := range h {
				t.p2p(g*h+c, name("p", pod), agg+pod*h+g, name("up", c))
			}
		}
	}
	for pod := range k {
		for e := range h {
			for g := range h {
				t.p2p(agg+pod*h+g, name("p", e), edge+pod*h+e, name("up", g))
			}
		}
	}
	for e := range k * h {
		for i := range h {
			t.p2p(edge+e, name("p", i), host+e*h+i, "eth0")
		}
	}
}

// A Ping is an echo request to a neighbour, which needs no route.
type Ping struct {
	From int // index into Topo.Nodes
	To   netip.Addr
}

// Pings returns pings from the first host of a hub's subnet to all others, and
// from one end to the other of every other link.
func (t *Topo) Pings() []Ping {
	var all []Ping
	first := -1
	for i := range t.Links {
		a, b := &t.Links[i][0], &t.Links[i][1]
		switch {
		case b.Addr.IsValid():
			all = append(all, Ping{a.Node, b.Addr.Addr()})
		case !a.Addr.IsValid():
		case first < 0:
			first = a.Node
		default:
			all = append(all, Ping{first, a.Addr.Addr()})
		}
	}
	return all
}
