package labtest

import (
	"fmt"
	"maps"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
)

// The oracle computes the state that a lab file must lead to. It follows
// docs/lab-file.md and uses nothing of package lab, so that two independent
// readings of the page are compared.

// expanded is a lab with every name, address and inherited value in its place.
type expanded struct {
	model  *labModel
	prefix string
	nodes  []*xNode
	links  []*xLink
}

type xNode struct {
	name    string
	index   int
	spec    *nodeModel
	kind    string
	ipv6    string
	addrs   []netip.Prefix
	routes  []xRoute
	sysctls map[string]string
	bridges []*xBridge
	ifaces  []*xIface
	ends    []*xEnd
}

type xBridge struct {
	name, mac string
	mtu       int
	addrs     []netip.Prefix
	options   map[string]int // those that the file gives
	node      *xNode
	ports     []*xEnd
	segment   *segment
}

type xEnd struct {
	node   *xNode
	bridge *xBridge // that it is a port of
	iface  string
	cut    bool // iface is too long, and its name the beginning and a hash
	mac    string
	addrs  []netip.Prefix
	mode   string
	link   *xLink
}

type xLink struct {
	ends        [2]*xEnd
	mtu, queues int
	model       *linkModel
}

// A segment is what a broadcast reaches.
type segment struct {
	parent *segment
	stp    int
}

func (s *segment) root() *segment {
	for s.parent != nil {
		s = s.parent
	}
	return s
}

// expand returns the lab of a model, or why the model is not valid.
func expand(m *labModel) (*expanded, error) {
	x, err := lay(m)
	if err != nil {
		return nil, err
	}
	if err := x.giveAddresses(); err != nil {
		return nil, err
	}
	if err := x.check(); err != nil {
		return nil, err
	}
	for _, n := range x.nodes {
		for _, r := range n.wantedRoutes(m) {
			known, err := x.route(n, r)
			if err != nil {
				return nil, err
			}
			n.routes = append(n.routes, known)
		}
	}
	return x, nil
}

// lay returns the nodes and links of a model.
func lay(m *labModel) (*expanded, error) {
	x := &expanded{model: m, prefix: m.name + "-"}
	if m.prefix != nil {
		x.prefix = *m.prefix
	}
	for _, n := range m.nodes {
		if n.count == 0 {
			x.addNode(n, n.name, 1)
		}
		for i := range n.count {
			x.addNode(n, n.name+strconv.Itoa(i+1), i+1)
		}
	}
	for i, n := range x.nodes {
		if slices.ContainsFunc(x.nodes[:i], func(o *xNode) bool { return o.name == n.name }) {
			return nil, fmt.Errorf("node %q occurs twice", n.name)
		}
	}
	for _, l := range m.links {
		if err := x.addLinks(l); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (x *expanded) node(name string) *xNode {
	for _, n := range x.nodes {
		if n.name == name {
			return n
		}
	}
	return nil
}

// layers returns what a node inherits from, the farthest first: defaults, its
// nodes:, the node's kind, its group, the node itself.
func (m *labModel) layers(n *nodeModel) (kind string, all []*template) {
	first := func(values ...string) string {
		for _, v := range values {
			if v != "" {
				return v
			}
		}
		return ""
	}
	ofGroup := ""
	if g := m.groups[n.group]; g != nil {
		ofGroup = g.kind
	}
	kind = first(n.kind, ofGroup, m.nodeBase.kind, m.defaults.kind, "host")
	ofKind := ""
	if k := m.kinds[kind]; k != nil {
		ofKind = k.group
	}
	group := first(n.group, ofKind, m.nodeBase.group, m.defaults.group)
	all = []*template{&m.defaults, &m.nodeBase, m.kinds[kind], m.groups[group], &n.template}
	return kind, slices.DeleteFunc(all, func(t *template) bool { return t == nil })
}

func (x *expanded) fill(text string, n *xNode) string {
	return strings.NewReplacer("${LAB}", x.model.name, "${NODE}", n.name, "${INDEX}", strconv.Itoa(n.index)).Replace(text)
}

func (x *expanded) prefixes(list []string, n *xNode) []netip.Prefix {
	var all []netip.Prefix
	for _, v := range list {
		all = append(all, netip.MustParsePrefix(x.fill(v, n)))
	}
	return all
}

func (x *expanded) addNode(spec *nodeModel, name string, index int) {
	n := &xNode{name: name, index: index, spec: spec, sysctls: make(map[string]string)}
	kind, layers := x.model.layers(spec)
	n.kind, n.ipv6 = kind, x.model.ipv6
	if n.ipv6 == "" {
		n.ipv6 = "auto"
	}
	one := &bridgeModel{name: "br0", options: make(map[string]int)}
	var several []*bridgeModel
	for _, t := range layers {
		if t.ipv6 != "" {
			n.ipv6 = t.ipv6
		}
		n.addrs = append(n.addrs, x.prefixes(t.addresses, n)...)
		for k, v := range t.sysctls {
			n.sysctls[k] = x.fill(v, n)
		}
		if b := t.bridge; b != nil {
			maps.Copy(one.options, b.options)
			if b.name != "" {
				one.name = b.name
			}
			if b.mac != "" {
				one.mac = b.mac
			}
			if b.mtu != 0 {
				one.mtu = b.mtu
			}
			if len(b.addresses) > 0 {
				one.addresses = b.addresses
			}
		}
		for _, b := range t.bridges {
			i := slices.IndexFunc(several, func(o *bridgeModel) bool { return o.name == b.name })
			if i < 0 {
				several = append(several, b)
			} else {
				several[i] = b
			}
		}
	}
	if spec.bridge != nil || len(several) == 0 {
		several = []*bridgeModel{one}
	}
	if kind != "bridge" {
		several = nil
	}
	for _, b := range several {
		n.bridges = append(n.bridges, &xBridge{name: b.name, mac: x.fill(b.mac, n), mtu: b.mtu, addrs: x.prefixes(b.addresses, n),
			options: b.options, node: n, segment: &segment{}})
	}
	x.addIfaces(n, layers)
	x.nodes = append(x.nodes, n)
}

// addLinks makes a link, or one for each node that a pattern matches.
func (x *expanded) addLinks(l *linkModel) error {
	isPattern := func(e endModel) bool { return strings.ContainsAny(e.node, "*?[") }
	if isPattern(l.ends[0]) && isPattern(l.ends[1]) {
		return fmt.Errorf("two patterns")
	}
	for e := range l.ends {
		if !isPattern(l.ends[e]) {
			continue
		}
		other := x.node(l.ends[1-e].node)
		if other == nil {
			return fmt.Errorf("no node %q", l.ends[1-e].node)
		}
		any := false
		for _, n := range x.nodes {
			if ok, err := path.Match(l.ends[e].node, n.name); err != nil || !ok || n == other {
				continue
			}
			any = true
			nodes := [2]*xNode{n, n}
			nodes[1-e] = other
			if err := x.addLink(l, nodes, [2]*xNode{n, n}); err != nil {
				return err
			}
		}
		if !any {
			return fmt.Errorf("pattern %q matches nothing", l.ends[e].node)
		}
		return nil
	}
	nodes := [2]*xNode{x.node(l.ends[0].node), x.node(l.ends[1].node)}
	if nodes[0] == nil || nodes[1] == nil {
		return fmt.Errorf("no node %q or %q", l.ends[0].node, l.ends[1].node)
	}
	return x.addLink(l, nodes, nodes)
}

// addLink makes one link. whose are the nodes that the variables refer to.
func (x *expanded) addLink(l *linkModel, nodes, whose [2]*xNode) error {
	first := func(values ...int) int {
		for _, v := range values {
			if v != 0 {
				return v
			}
		}
		return 0
	}
	m := x.model
	xl := &xLink{model: l, mtu: first(l.mtu, m.linkMTU, m.mtu), queues: first(l.queues, m.linkQueues, m.queues, 1)}
	for e := range l.ends {
		n, end := nodes[e], &l.ends[e]
		xe := &xEnd{node: n, link: xl, mode: n.ipv6, iface: x.fill(end.iface, whose[e]), mac: x.fill(l.mac[e], whose[e])}
		switch {
		case l.ipv6 != "":
			xe.mode = l.ipv6
		case m.linkIPv6 != "":
			xe.mode = m.linkIPv6
		}
		xe.addrs = append(x.prefixes(l.v4[e], whose[e]), x.prefixes(l.v6[e], whose[e])...)
		if n.kind == "bridge" {
			if end.bridge == "" && len(n.bridges) != 1 {
				return fmt.Errorf("node %q has several bridges", n.name)
			}
			for _, b := range n.bridges {
				if end.bridge == "" || b.name == end.bridge {
					xe.bridge = b
					b.ports = append(b.ports, xe)
				}
			}
			if xe.bridge == nil || len(xe.addrs) > 0 {
				return fmt.Errorf("no bridge %q, or a port with addresses", end.bridge)
			}
		} else if end.bridge != "" || end.iface == "" {
			return fmt.Errorf("node %q is not a bridge", n.name)
		}
		n.ends = append(n.ends, xe)
		xl.ends[e] = xe
	}
	for e, xe := range xl.ends {
		if xe.iface == "" {
			other := xl.ends[1-e]
			if other.iface == "" {
				return fmt.Errorf("two ports without names")
			}
			xe.iface = other.node.name + "-" + other.iface
			xe.cut = len(xe.iface) > 15
		}
		if len(xe.iface) > 15 && !xe.cut {
			return fmt.Errorf("interface name %q is too long", xe.iface)
		}
	}
	if a, b := xl.ends[0].bridge, xl.ends[1].bridge; a != nil && b != nil {
		if a.segment.root() == b.segment.root() {
			return fmt.Errorf("a loop of bridges")
		}
		a.segment.root().parent = b.segment.root()
	}
	x.links = append(x.links, xl)
	return nil
}
