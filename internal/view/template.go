package view

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"text/template"

	"github.com/nslab/nslab/topology"
)

// What templates see is described in docs/lab-file.md: a test compares that
// with these types.

// A Lab is a lab as templates see it.
type Lab struct {
	Name string
	// Nodes are in the file's order.
	Nodes []*Node
}

// A Node is a node as templates see it. A template is executed with the node
// that the file is for.
type Node struct {
	Lab  *Lab
	Name string
	// Kind is host, router, bridge, frr or bird, Group a name or "".
	Kind, Group string
	// Index is what ${INDEX} stands for.
	Index int
	// Hostname is what programs in the node see.
	Hostname string
	// Env has the node's own variables (env), by name.
	Env map[string]string
	// Loopbacks are the addresses of lo that the file gives.
	Loopbacks []netip.Prefix
	// Interfaces are bridge devices, then those without a far end, then ends of
	// links.
	Interfaces []*Interface
}

// An Interface is an interface as templates see it.
type Interface struct {
	Node *Node
	Name string
	// Kind is veth, bridge, or that of an interface without a far end.
	Kind string
	// MAC is its MAC address, as colon-separated hexadecimal bytes.
	MAC string
	// MTU is in bytes, 0 if the file leaves it to the kernel.
	MTU int
	// Addresses are those of IPv4 and then of IPv6, with prefix lengths.
	Addresses, IPv4, IPv6 []netip.Prefix
	// Bridge is the bridge device that it is a port of, or "".
	Bridge string
	// Peer is the other end of its link, or nil.
	Peer *Interface

	// segment has the interfaces on one layer 2 network that others can reach;
	// ports of bridges have none.
	segment *segment
}

type segment struct{ members []*Interface }

// Neighbours returns the other interfaces on the same layer 2 network, across
// bridges: those of nodes, and bridge devices with addresses.
func (i *Interface) Neighbours() (all []*Interface) {
	if i.segment == nil {
		return nil
	}
	for _, m := range i.segment.members {
		if m != i {
			all = append(all, m)
		}
	}
	return all
}

// A Neighbour is what another node has on a network of this one.
type Neighbour struct {
	// Interface is this node's interface, Peer the other node's, and Node the
	// other node.
	Interface, Peer *Interface
	Node            *Node
}

// Neighbours returns the neighbours of all interfaces of the node.
func (n *Node) Neighbours() (all []Neighbour) {
	for _, i := range n.Interfaces {
		for _, peer := range i.Neighbours() {
			if peer.Node != n {
				all = append(all, Neighbour{i, peer, peer.Node})
			}
		}
	}
	return all
}

// Interface returns the node's interface of a name. Lo is none.
func (n *Node) Interface(name string) (*Interface, error) {
	for _, i := range n.Interfaces {
		if i.Name == name {
			return i, nil
		}
	}
	return nil, fmt.Errorf("node %q has no interface %q", n.Name, name)
}

// Node returns the lab's node of a name.
func (l *Lab) Node(name string) (*Node, error) {
	for _, n := range l.Nodes {
		if n.Name == name {
			return n, nil
		}
	}
	return nil, fmt.Errorf("the lab has no node %q", name)
}

// labOf returns a topology as templates see it.
func labOf(t *topology.Topology) *Lab {
	l := &Lab{Name: t.Name}
	bridges := make(map[[2]string]*Interface) // by node and name
	for i := range t.Nodes {
		n := &t.Nodes[i]
		node := &Node{
			Lab: l, Name: n.Name, Kind: n.Kind.String(), Group: n.Group, Index: n.Ordinal, Hostname: hostname(t, i),
			Env: make(map[string]string), Loopbacks: n.Addresses,
		}
		for _, e := range n.Env {
			name, value, _ := strings.Cut(e, "=")
			node.Env[name] = value
		}
		for _, b := range n.Bridges {
			d := node.add(b.Name, "bridge", b.MAC.String(), b.MTU, b.Addresses)
			bridges[[2]string{n.Name, b.Name}] = d
		}
		for _, in := range n.Interfaces {
			node.add(in.Name, in.Kind, in.MAC.String(), in.MTU, in.Addresses)
		}
		l.Nodes = append(l.Nodes, node)
	}
	segments := newSegments(bridges)
	for i := range t.Links {
		link := &t.Links[i]
		var ends [2]*Interface
		for e := range link.Ends {
			end := &link.Ends[e]
			ends[e] = l.Nodes[end.Node].add(end.Iface, "veth", end.MAC.String(), link.MTU, end.Addresses)
			ends[e].Bridge = end.Bridge
		}
		ends[0].Peer, ends[1].Peer = ends[1], ends[0]
		segments.join(ends)
	}
	segments.end(l)
	return l
}

func (n *Node) add(name, kind, mac string, mtu uint32, addrs []netip.Prefix) *Interface {
	i := &Interface{Node: n, Name: name, Kind: kind, MAC: mac, MTU: int(mtu), Addresses: addrs}
	for _, a := range addrs {
		if a.Addr().Is4() {
			i.IPv4 = append(i.IPv4, a)
		} else {
			i.IPv6 = append(i.IPv6, a)
		}
	}
	n.Interfaces = append(n.Interfaces, i)
	return i
}

// segments finds which interfaces are on one network. Each has a parent, up to
// the one that stands for the network.
type segments struct {
	bridges map[[2]string]*Interface
	parent  map[*Interface]*Interface
}

func newSegments(bridges map[[2]string]*Interface) *segments {
	return &segments{bridges, make(map[*Interface]*Interface)}
}

func (s *segments) root(i *Interface) *Interface {
	for s.parent[i] != nil {
		if up := s.parent[s.parent[i]]; up != nil {
			s.parent[i] = up
		}
		i = s.parent[i]
	}
	return i
}

// join puts both ends of a link on one network; a port stands for its bridge.
func (s *segments) join(ends [2]*Interface) {
	for e, i := range ends {
		if b := s.bridges[[2]string{i.Node.Name, i.Bridge}]; i.Bridge != "" && b != nil {
			ends[e] = b
		}
	}
	if a, b := s.root(ends[0]), s.root(ends[1]); a != b {
		s.parent[a] = b
	}
}

// end notes the networks at the interfaces of a lab.
func (s *segments) end(l *Lab) {
	of := make(map[*Interface]*segment)
	for _, n := range l.Nodes {
		for _, i := range n.Interfaces {
			if i.Bridge != "" || i.Kind != "veth" && i.Kind != "bridge" {
				continue
			}
			root := s.root(i)
			if of[root] == nil {
				of[root] = new(segment)
			}
			i.segment = of[root]
			if i.Kind == "bridge" && len(i.Addresses) == 0 {
				continue // a switch is nobody's neighbour
			}
			i.segment.members = append(i.segment.members, i)
		}
	}
}

// templateFuncs are what templates can call besides text/template's own
// functions.
var templateFuncs = template.FuncMap{
	"add":   func(a, b int) int { return a + b },
	"sub":   func(a, b int) int { return a - b },
	"mul":   func(a, b int) int { return a * b },
	"join":  strings.Join,
	"split": func(s, sep string) []string { return strings.Split(s, sep) },
	"host":  func(p netip.Prefix) netip.Addr { return p.Addr() },
	"network": func(p netip.Prefix) netip.Prefix {
		return p.Masked()
	},
}

// parseTemplate reads a template. Its errors name it.
func parseTemplate(name, text string) (*template.Template, error) {
	return template.New(name).Funcs(templateFuncs).Option("missingkey=error").Parse(text)
}

// render executes a template for a node.
func render(t *template.Template, n *Node) (string, error) {
	var b bounded
	if err := t.Execute(&b, n); err != nil {
		return "", err
	}
	return b.String(), nil
}

// bounded collects what a template writes, up to a limit.
type bounded struct{ strings.Builder }

var errTooLong = errors.New("it writes more than a file may contain, 1 MiB")

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > topology.MaxContent {
		return 0, errTooLong
	}
	return b.Builder.Write(p)
}
