package labtest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A labModel is a lab file as data. It is written as YAML for nslab and
// expanded by the oracle. Empty fields are keys that the file lacks.
type labModel struct {
	name       string
	prefix     *string
	ipv6       string // auto, on or off
	hosts      string // true, false or etc
	defaults   template
	nodeBase   template // defaults: {nodes: ...}
	kinds      map[string]*template
	groups     map[string]*template
	mtu        int // defaults: {mtu: ...}
	queues     int
	linkIPv6   string // defaults: {links: {ipv6: ...}}
	linkMTU    int
	linkQueues int
	nodes      []*nodeModel
	links      []*linkModel
	next       int // numbers that the model has used, for names and networks
	// enslaved are the interfaces that have a master by hand.
	enslaved []place
}

// A template has the keys that nodes have themselves or inherit.
type template struct {
	kind, group, ipv6 string
	addresses         []string
	routes            []routeModel
	sysctls           map[string]string // by path, such as net/ipv4/ip_forward
	bridge            *bridgeModel
	bridges           []*bridgeModel
	ifaces            []*ifaceModel
}

type nodeModel struct {
	template
	name  string
	count int // 0 for a node without a count
}

// A bridgeModel has its options in iproute2's units, times in 1/100 s.
type bridgeModel struct {
	name, mac string
	mtu       int
	addresses []string
	options   map[string]int
}

type linkModel struct {
	ends    [2]endModel
	v4, v6  [2][]string
	ipv6    string // a mode, in place of v6
	mac     [2]string
	mtu     int
	queues  int
	subnets []subnetModel
}

// An endModel without an iface is a port with a generated name.
type endModel struct{ node, bridge, iface string }

// A subnetModel with each is a pool.
type subnetModel struct {
	prefix string
	each   int
}

type routeModel struct {
	typ, dst, via, dev, src string
	metric, mtu, table      int
	hops                    []string // gateways of a route with several
}

// words returns the arguments of "ip route add".
func (r *routeModel) words() string {
	var w []string
	put := func(word, value string) {
		if value != "" {
			w = append(w, word, value)
		}
	}
	number := func(word string, n int) {
		if n != 0 {
			w = append(w, word, strconv.Itoa(n))
		}
	}
	if r.typ != "" {
		w = append(w, r.typ)
	}
	w = append(w, r.dst)
	put("via", r.via)
	put("dev", r.dev)
	put("src", r.src)
	number("metric", r.metric)
	number("mtu", r.mtu)
	number("table", r.table)
	for _, h := range r.hops {
		w = append(w, "nexthop", "via", h)
	}
	return strings.Join(w, " ")
}

// number returns a number that the model has not used.
func (m *labModel) number() int {
	m.next++
	return m.next
}

func (m *labModel) node(name string) *nodeModel {
	for _, n := range m.nodes {
		if n.name == name {
			return n
		}
	}
	return nil
}

func (m *labModel) clone() *labModel {
	c := *m
	c.defaults, c.nodeBase = m.defaults.clone(), m.nodeBase.clone()
	c.kinds, c.groups = cloneTemplates(m.kinds), cloneTemplates(m.groups)
	c.enslaved = slices.Clone(m.enslaved)
	c.nodes = nil
	for _, n := range m.nodes {
		c.nodes = append(c.nodes, &nodeModel{n.template.clone(), n.name, n.count})
	}
	c.links = nil
	for _, l := range m.links {
		k := *l
		for e := range k.v4 {
			k.v4[e], k.v6[e] = slices.Clone(l.v4[e]), slices.Clone(l.v6[e])
		}
		k.subnets = slices.Clone(l.subnets)
		c.links = append(c.links, &k)
	}
	return &c
}

func cloneTemplates(from map[string]*template) map[string]*template {
	to := make(map[string]*template)
	for name, t := range from {
		c := t.clone()
		to[name] = &c
	}
	return to
}

func (t template) clone() template {
	t.addresses, t.routes = slices.Clone(t.addresses), slices.Clone(t.routes)
	t.sysctls = maps.Clone(t.sysctls)
	t.bridge = t.bridge.clone()
	t.ifaces = cloneIfaces(t.ifaces)
	t.bridges = slices.Clone(t.bridges)
	for i := range t.bridges {
		t.bridges[i] = t.bridges[i].clone()
	}
	return t
}

func (b *bridgeModel) clone() *bridgeModel {
	if b == nil {
		return nil
	}
	c := *b
	c.addresses, c.options = slices.Clone(b.addresses), maps.Clone(b.options)
	return &c
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
