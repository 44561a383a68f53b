package labtest

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
)

// A maker makes random labs and random changes of them.
type maker struct {
	r *rand.Rand
	m *labModel
}

func (g *maker) one(n int) bool { return g.r.IntN(n) == 0 }

func pick[T any](g *maker, of ...T) T { return of[g.r.IntN(len(of))] }

// tries is how often a change is tried until the result has no mistake.
const tries = 40

// randomLab makes a lab of two to eight nodes, and now and then of more.
func randomLab(r *rand.Rand, name string) *labModel {
	g := &maker{r, &labModel{name: name, kinds: make(map[string]*template), groups: make(map[string]*template)}}
	size := 2 + r.IntN(7)
	if g.one(20) {
		size = 12 + r.IntN(12)
	}
	for range r.IntN(6) {
		g.try(g.m, "", (*maker).inherit)
	}
	for range tries {
		x, err := expand(g.m)
		if err == nil && len(x.nodes) >= size {
			break
		}
		g.try(g.m, "", (*maker).addNode)
	}
	for range size + r.IntN(4) {
		g.try(g.m, "", (*maker).addLink)
	}
	for range 2 + r.IntN(2*size) {
		g.change()
	}
	for range g.r.IntN(4) {
		g.try(g.m, "", (*maker).addRoute)
	}
	return g.m
}

// try changes a copy of a model, and keeps the copy if it has no mistake and
// differs.
func (g *maker) try(m *labModel, what string, do func(*maker)) bool {
	c := &maker{g.r, m.clone()}
	do(c)
	if tidy(c.m) != nil {
		return false
	}
	if _, err := expand(c.m); err != nil {
		return false
	}
	same := rand.New(rand.NewPCG(1, 1))
	if what != "" && c.m.spell(same) == m.spell(rand.New(rand.NewPCG(1, 1))) {
		return false
	}
	g.m = c.m
	return true
}

// tidy removes what a change made meaningless: links to missing nodes, routes
// through missing interfaces, and the like.
func tidy(m *labModel) error {
	for _, n := range m.nodes {
		if kind, _ := m.layers(n); kind != "bridge" {
			n.bridge, n.bridges = nil, nil
		}
	}
	bare := m.clone()
	bare.links = nil
	for _, n := range bare.nodes {
		n.routes, n.ifaces = nil, nil
		for k := range n.sysctls {
			if ifaceOf(k) != "" {
				delete(n.sysctls, k)
			}
		}
	}
	x, err := expand(bare)
	if err != nil {
		return err
	}
	m.links = slices.DeleteFunc(m.links, func(l *linkModel) bool {
		var nodes [2]*xNode
		for e, end := range l.ends {
			for _, n := range x.nodes {
				if ok, _ := path.Match(end.node, n.name); ok && n.name != l.ends[1-e].node && nodes[e] == nil || end.node == n.name {
					nodes[e] = n
				}
			}
		}
		if nodes[0] == nil || nodes[1] == nil {
			return true
		}
		fit(l, nodes)
		return false
	})
	bare.links = m.links
	for again := true; again; {
		for i, n := range bare.nodes {
			n.ifaces = m.nodes[i].ifaces
		}
		if x, err = lay(bare); err != nil {
			return err
		}
		again = m.tidyIfaces(x)
	}
	if x, err = expand(bare); err != nil {
		return err
	}
	for _, spec := range m.nodes {
		var nodes []*xNode
		for _, n := range x.nodes {
			if n.spec.name == spec.name {
				nodes = append(nodes, n)
			}
		}
		for k := range spec.sysctls {
			if iface := ifaceOf(k); iface != "" && slices.ContainsFunc(nodes, func(n *xNode) bool { return !n.has(iface, isIPv6(k)) }) {
				delete(spec.sysctls, k)
			}
		}
		spec.routes = slices.DeleteFunc(spec.routes, func(r routeModel) bool {
			var known []xRoute
			for _, n := range nodes {
				k, err := x.route(n, r)
				if err != nil {
					return true
				}
				known = append(known, k)
			}
			for i, n := range nodes {
				n.routes = append(n.routes, known[i])
			}
			return false
		})
	}
	return nil
}

// fit changes a link so that nodes of these kinds can have it.
func fit(l *linkModel, nodes [2]*xNode) {
	for e, n := range nodes {
		end := &l.ends[e]
		if n.kind != "bridge" {
			end.bridge = ""
			if end.iface == "" {
				end.iface = "was-port"
			}
			continue
		}
		l.v4[e], l.v6[e] = nil, nil
		if !slices.ContainsFunc(n.bridges, func(b *xBridge) bool { return b.name == end.bridge }) {
			end.bridge = ""
		}
		if end.bridge == "" && len(n.bridges) > 1 {
			end.bridge = n.bridges[0].name
		}
		l.subnets = slices.DeleteFunc(l.subnets, func(s subnetModel) bool { return s.each != 0 || nodes[1-e].kind == "bridge" })
	}
}

func (g *maker) newName() string {
	stem := pick(g, "h", "r", "sw", "web", "client", "db.north-", "A_b", "a-long-name-for-a-node")
	return fmt.Sprintf("%s%d", stem, g.m.number())
}

func (g *maker) addNode() {
	n := &nodeModel{name: g.newName()}
	n.kind = pick(g, "", "host", "host", "router", "bridge", "bridge")
	if len(g.m.groups) > 0 && g.one(3) {
		n.group = pick(g, sortedKeys(g.m.groups)...)
		if g.one(2) {
			n.kind = ""
		}
	}
	if g.one(4) {
		n.name = strings.TrimRight(n.name, "0123456789") + pick(g, "x", "y", "z")
		n.count = 1 + g.r.IntN(4)
	}
	if kind, _ := g.m.layers(n); kind == "bridge" && g.one(2) {
		if g.one(3) {
			for range 1 + g.r.IntN(3) {
				n.bridges = append(n.bridges, g.newBridge())
			}
		} else {
			n.bridge = g.newBridge()
			if g.one(2) {
				n.bridge.name = ""
			}
		}
	}
	i := g.r.IntN(len(g.m.nodes) + 1)
	g.m.nodes = slices.Insert(g.m.nodes, i, n)
}

func (g *maker) newBridge() *bridgeModel {
	b := &bridgeModel{name: fmt.Sprintf("br%d", g.m.number()), options: make(map[string]int)}
	for range g.r.IntN(3) {
		g.changeBridge(b)
	}
	return b
}

func (g *maker) changeBridge(b *bridgeModel) {
	if b.options == nil {
		b.options = make(map[string]int)
	}
	switch g.r.IntN(8) {
	case 0:
		b.mtu = pick(g, 0, 0, 1400, 9000, 1000, 65535)
	case 1:
		b.mac = pick(g, "", g.mac())
	case 2:
		if len(b.addresses) > 0 && g.one(2) {
			b.addresses = b.addresses[1:]
		} else {
			a, _ := g.network(g.one(3))
			b.addresses = append(b.addresses, a(1+g.r.IntN(5)))
		}
	default:
		name := pick(g, sortedKeys(bridgeOptions)...)
		if _, ok := b.options[name]; ok && g.one(2) {
			delete(b.options, name)
		} else {
			b.options[name] = pick(g, bridgeOptions[name].values...)
		}
		if b.options["stp"] == 1 {
			// It reads otherwise while the topology changes.
			delete(b.options, "ageing_time")
		}
	}
}

func (g *maker) mac() string {
	n := g.m.number()
	return fmt.Sprintf("02:aa:%02x:%02x:%02x:%02x", g.r.IntN(256), g.r.IntN(256), n>>8&255, n&255)
}

// network returns a new network: a function that gives its addresses with their
// length, and its prefix.
func (g *maker) network(six bool) (address func(host any) string, prefix string) {
	n := g.m.number()
	if six {
		return func(host any) string { return fmt.Sprintf("fd00:0:0:%x::%v/64", n, host) }, fmt.Sprintf("fd00:0:0:%x::/64", n)
	}
	return func(host any) string { return fmt.Sprintf("10.%d.%d.%v/24", 1+n/250, n%250, host) }, fmt.Sprintf("10.%d.%d.0/24", 1+n/250, n%250)
}

// someEnd returns a node of the lab for an endpoint, perhaps as a pattern.
func (g *maker) someEnd(patterns bool) (end endModel, kind string) {
	n := pick(g, g.m.nodes...)
	kind, _ = g.m.layers(&nodeModel{template: n.template})
	end.node = n.name
	if n.count > 0 {
		end.node += fmt.Sprint(1 + g.r.IntN(n.count))
		if patterns && !g.one(3) {
			end.node = n.name + pick(g, "*", "?", "[1-3]")
		}
	}
	return end, kind
}

func (g *maker) addLink() {
	if len(g.m.nodes) == 0 {
		return
	}
	l := &linkModel{}
	var kinds [2]string
	l.ends[0], kinds[0] = g.someEnd(true)
	for range 4 {
		l.ends[1], kinds[1] = g.someEnd(!isPattern(l.ends[0]))
		if l.ends[1].node != l.ends[0].node {
			break
		}
	}
	for e := range l.ends {
		index := ""
		if isPattern(l.ends[1-e]) {
			index = pick(g, "-", ".", "x") + "${INDEX}"
		}
		if kinds[e] == "bridge" && (g.one(2) && l.ends[0].iface != "" || e == 0 && kinds[1] != "bridge") {
			continue // a name of nslab's making
		}
		l.ends[e].iface = fmt.Sprintf("%s%d%s", pick(g, "eth", "e", "lan.", "p"), g.m.number(), index)
	}
	if g.one(2) {
		l.ends[0], l.ends[1] = l.ends[1], l.ends[0]
	}
	g.addressLink(l, false)
	if g.one(2) {
		g.addressLink(l, true)
	}
	for range g.r.IntN(2) {
		g.changeLink(l)
	}
	i := g.r.IntN(len(g.m.links) + 1)
	if g.one(2) {
		i = len(g.m.links)
	}
	g.m.links = slices.Insert(g.m.links, i, l)
}

func isPattern(e endModel) bool { return strings.ContainsAny(e.node, "*?[") }

// addressLink gives a link addresses of a family in one of the possible ways.
func (g *maker) addressLink(l *linkModel, six bool) {
	own := &l.v4
	if six {
		own = &l.v6
		l.ipv6 = ""
	}
	*own = [2][]string{}
	l.subnets = slices.DeleteFunc(l.subnets, func(s subnetModel) bool { return strings.Contains(s.prefix, ":") == six })
	address, prefix := g.network(six)
	// What another link of the lab uses, such as one of the same bridge.
	var used []subnetModel
	for _, o := range g.m.links {
		for _, s := range o.subnets {
			if strings.Contains(s.prefix, ":") == six {
				used = append(used, s)
			}
		}
	}
	switch g.r.IntN(6) {
	case 0: // none
	case 1:
		s := subnetModel{prefix: "10.250.0.0/20", each: pick(g, 31, 31, 30, 29)}
		if six {
			s = subnetModel{prefix: "fd01::/56", each: pick(g, 127, 64, 126)}
		}
		l.subnets = append(l.subnets, s)
	case 2, 3:
		s := subnetModel{prefix: prefix}
		if len(used) > 0 && !g.one(3) {
			s = pick(g, used...)
		}
		l.subnets = append(l.subnets, s)
		if g.one(4) && s.each == 0 && s.prefix == prefix {
			own[g.r.IntN(2)] = []string{address(1 + g.r.IntN(4))}
		}
	default:
		for e := range l.ends {
			host := any(1 + e + 2*g.r.IntN(5))
			if isPattern(l.ends[0]) || isPattern(l.ends[1]) {
				host = fmt.Sprintf("${INDEX}%d", e)
			}
			switch g.r.IntN(8) {
			case 0:
			case 1:
				own[e] = []string{address(host), address(100 + e)}
			default:
				own[e] = []string{address(host)}
			}
		}
	}
}

// changeLink changes one of a link's other keys.
func (g *maker) changeLink(l *linkModel) {
	switch g.r.IntN(5) {
	case 0, 1:
		l.mtu = pick(g, 0, 0, 1400, 9000, 1280, 1000, 68, 65535)
	case 2:
		l.queues = pick(g, 0, 0, 1, 2, 4)
	case 3:
		if !isPattern(l.ends[0]) && !isPattern(l.ends[1]) {
			l.mac[g.r.IntN(2)] = pick(g, "", g.mac(), g.mac())
		}
	default:
		if len(l.v6[0])+len(l.v6[1]) == 0 {
			l.ipv6 = pick(g, "", "auto", "on", "off")
		}
	}
}
