package labtest

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// mutations are the changes of a file, by their descriptions.
var mutations = []struct {
	name   string
	weight int
	do     func(*maker)
}{
	{"add a node", 2, (*maker).addNode},
	{"add a node and a link", 2, func(g *maker) { g.addNode(); g.addLink() }},
	{"remove a node", 2, func(g *maker) { g.m.nodes = without(g, g.m.nodes) }},
	{"add a link", 3, (*maker).addLink},
	{"remove a link", 3, func(g *maker) { g.m.links = without(g, g.m.links) }},
	{"alter a link", 6, func(g *maker) { onLink(g, g.changeLink) }},
	{"address a link", 6, func(g *maker) { onLink(g, func(l *linkModel) { g.addressLink(l, g.one(2)) }) }},
	{"rename an interface", 5, (*maker).renameEnd},
	{"move a link", 3, (*maker).moveEnd},
	{"alter a count", 2, (*maker).changeCount},
	{"alter a kind", 2, func(g *maker) { pick(g, g.m.nodes...).kind = pick(g, "", "host", "router", "bridge") }},
	{"alter ipv6 of a node", 1, func(g *maker) { pick(g, g.m.nodes...).ipv6 = pick(g, "", "auto", "on", "off") }},
	{"alter addresses of lo", 2, func(g *maker) { g.changeLo(&pick(g, g.m.nodes...).template) }},
	{"alter a sysctl", 4, func(g *maker) { n := pick(g, g.m.nodes...); g.changeSysctl(&n.template, n.name) }},
	{"add a route", 9, (*maker).addRoute},
	{"remove a route", 2, func(g *maker) { n := pick(g, g.m.nodes...); n.routes = without(g, n.routes) }},
	{"alter a route", 2, (*maker).changeRoute},
	{"alter the interfaces", 8, (*maker).changeIfaces},
	{"alter a bridge", 6, (*maker).changeSomeBridge},
	{"inherit something", 3, (*maker).inherit},
	{"alter the lab", 1, (*maker).changeLab},
	{"alter the order", 2, func(g *maker) {
		g.r.Shuffle(len(g.m.nodes), func(i, j int) { g.m.nodes[i], g.m.nodes[j] = g.m.nodes[j], g.m.nodes[i] })
		g.r.Shuffle(len(g.m.links), func(i, j int) { g.m.links[i], g.m.links[j] = g.m.links[j], g.m.links[i] })
	}},
}

// change applies one of the mutations to the lab, and returns its description.
func (g *maker) change() string {
	total := 0
	for _, m := range mutations {
		total += m.weight
	}
	for range tries {
		k, i := g.r.IntN(total), 0
		for ; k >= mutations[i].weight; i++ {
			k -= mutations[i].weight
		}
		do := func(c *maker) {
			if len(c.m.nodes) > 0 {
				mutations[i].do(c)
			}
		}
		if g.try(g.m, mutations[i].name, do) && len(g.m.nodes) > 0 {
			return mutations[i].name
		}
	}
	return "nothing"
}

func without[T any](g *maker, list []T) []T {
	if len(list) == 0 {
		return nil
	}
	i := g.r.IntN(len(list))
	return slices.Delete(list, i, i+1)
}

func onLink(g *maker, do func(*linkModel)) {
	if len(g.m.links) > 0 {
		do(pick(g, g.m.links...))
	}
}

func (g *maker) renameEnd() {
	onLink(g, func(l *linkModel) {
		if e := &l.ends[g.r.IntN(2)]; e.iface != "" {
			old := e.iface
			_, index, _ := strings.Cut(old, "${")
			e.iface = fmt.Sprintf("n%d", g.m.number())
			if index != "" {
				e.iface += "-${" + index
			}
			for _, n := range g.m.nodes {
				if !strings.HasPrefix(e.node, n.name) || index != "" {
					continue
				}
				for i := range n.routes {
					if n.routes[i].dev == old {
						n.routes[i].dev = e.iface
					}
				}
				for _, key := range sortedKeys(n.sysctls) {
					if ifaceOf(key) == old {
						n.sysctls[strings.Replace(key, old, e.iface, 1)] = n.sysctls[key]
						delete(n.sysctls, key)
					}
				}
			}
		}
	})
}

// moveEnd leads an end of a link to another node.
func (g *maker) moveEnd() {
	onLink(g, func(l *linkModel) {
		e := g.r.IntN(2)
		end, _ := g.someEnd(false)
		l.ends[e].node, l.ends[e].bridge = end.node, ""
	})
}

func (g *maker) changeCount() {
	n := pick(g, g.m.nodes...)
	switch {
	case n.count == 0:
	case g.one(2) && n.count > 1:
		n.count--
	default:
		n.count++
	}
}

func (g *maker) changeLo(t *template) {
	if len(t.addresses) > 0 && g.one(2) {
		t.addresses = without(g, t.addresses)
		return
	}
	n := g.m.number()
	t.addresses = append(t.addresses, pick(g,
		fmt.Sprintf("192.0.%d.${INDEX}/32", n%250), fmt.Sprintf("172.16.%d.1/24", n%250),
		fmt.Sprintf("2001:db8:%x::${INDEX}/128", n), fmt.Sprintf("2001:db8:%x::1/64", n)))
}

// settings of a namespace and of interfaces, with their values.
var randomSettings = map[string][]string{
	"net/ipv4/ip_forward":            {"0", "1"},
	"net/ipv6/conf/all/forwarding":   {"0", "1"},
	"net/ipv4/conf/all/rp_filter":    {"0", "1", "2"},
	"net/ipv4/conf/all/log_martians": {"0", "1"},
	"net/ipv4/ip_default_ttl":        {"64", "77", "128"},
	"net/ipv4/tcp_ecn":               {"0", "1", "2"},
	"net/ipv4/tcp_syn_retries":       {"3", "4"},
	"net/ipv6/conf/all/accept_ra":    {"0", "1", "2"},
}

var ifaceSettings = map[string][]string{
	"net/ipv4/conf/%s/rp_filter":  {"0", "1", "2"},
	"net/ipv4/conf/%s/forwarding": {"0", "1"},
	"net/ipv4/conf/%s/proxy_arp":  {"0", "1"},
	"net/ipv6/conf/%s/accept_ra":  {"0", "1", "2"},
	"net/ipv6/conf/%s/forwarding": {"0", "1"},
}

// changeSysctl changes the settings of a template, or of a node, which has
// interfaces.
func (g *maker) changeSysctl(t *template, node string) {
	if t.sysctls == nil {
		t.sysctls = make(map[string]string)
	}
	if len(t.sysctls) > 0 && g.one(3) {
		delete(t.sysctls, pick(g, sortedKeys(t.sysctls)...))
		return
	}
	if node != "" && g.one(2) {
		x, err := expand(g.m)
		if err != nil {
			return
		}
		var names []string
		for _, n := range x.nodes {
			if n.spec.name == node {
				for _, d := range n.devices() {
					names = append(names, d.name)
				}
			}
		}
		if len(names) > 0 {
			form := pick(g, sortedKeys(ifaceSettings)...)
			t.sysctls[fmt.Sprintf(form, pick(g, names...))] = pick(g, ifaceSettings[form]...)
			return
		}
	}
	key := pick(g, sortedKeys(randomSettings)...)
	t.sysctls[key] = pick(g, randomSettings[key]...)
}

// nowhere returns a route that needs no interface.
func (g *maker) nowhere(six bool) routeModel {
	n := g.m.number()
	r := routeModel{typ: pick(g, "blackhole", "unreachable", "prohibit"), dst: fmt.Sprintf("10.%d.%d.0/24", 200+n/250, n%250)}
	if six {
		r.dst = fmt.Sprintf("fd99:%x:${INDEX}::/64", n)
	}
	if g.one(3) {
		r.metric = 1 + g.r.IntN(9)
	}
	return r
}

// addRoute adds a route to a node, through one of its interfaces.
func (g *maker) addRoute() {
	x, err := expand(g.m)
	if err != nil {
		return
	}
	n := pick(g, x.nodes...)
	spec := g.m.node(n.spec.name)
	r := g.nowhere(g.one(3))
	var gateways []netip.Addr
	six := g.one(2)
	for _, d := range n.devices() {
		for _, a := range d.addrs {
			if a.Addr().Is6() != six {
				continue
			}
			for _, host := range []netip.Addr{a.Addr().Next(), a.Addr().Next().Next(), a.Addr().Prev()} {
				if a.Contains(host) && usable(a.Masked(), host) {
					gateways = append(gateways, host)
				}
			}
		}
	}
	switch devs := n.devices(); {
	case len(gateways) > 0 && !g.one(5):
		dst := r.dst
		if six != strings.Contains(dst, ":") {
			dst = g.nowhere(six).dst
		}
		if g.one(3) {
			dst = "default"
		}
		r = routeModel{dst: dst, via: pick(g, gateways...).String(), metric: r.metric}
		switch g.r.IntN(6) {
		case 0:
			r.dev, _ = n.toward(netip.MustParseAddr(r.via), "")
		case 1:
			r.table = pick(g, 100, 1000)
		case 2:
			r.mtu = pick(g, 1300, 1400)
		case 3:
			for _, a := range n.allAddrs() {
				if a.Addr().Is6() == six && g.one(2) {
					r.src = a.Addr().String()
				}
			}
		case 4:
			if second := pick(g, gateways...).String(); second != r.via && !six {
				r.hops, r.via = []string{r.via, second}, ""
			}
		}
		if dst == "default" && six && r.via == "" {
			return
		}
	case len(devs) > 0 && g.one(2):
		d := pick(g, devs...)
		r = routeModel{dst: g.nowhere(d.six && g.one(2)).dst, dev: d.name, metric: r.metric}
	}
	spec.routes = append(spec.routes, r)
}

func (g *maker) changeRoute() {
	n := pick(g, g.m.nodes...)
	if len(n.routes) == 0 {
		return
	}
	r := &n.routes[g.r.IntN(len(n.routes))]
	switch {
	case r.typ != "":
		r.typ = pick(g, "blackhole", "unreachable", "prohibit")
	case g.one(2):
		r.metric = g.r.IntN(5)
	default:
		r.mtu = pick(g, 0, 1300, 1400)
	}
}

func (g *maker) changeSomeBridge() {
	var all []*nodeModel
	for _, n := range g.m.nodes {
		if kind, _ := g.m.layers(n); kind == "bridge" {
			all = append(all, n)
		}
	}
	if len(all) == 0 {
		return
	}
	n := pick(g, all...)
	switch {
	case len(n.bridges) > 0 && g.one(6):
		n.bridges = without(g, n.bridges)
	case len(n.bridges) > 0 && g.one(6) || n.bridge == nil && g.one(6):
		n.bridge = nil
		n.bridges = append(n.bridges, g.newBridge())
	case len(n.bridges) > 0:
		g.changeBridge(pick(g, n.bridges...))
	case n.bridge == nil:
		n.bridge = &bridgeModel{}
		g.changeBridge(n.bridge)
	case g.one(5):
		n.bridge.name = pick(g, "", fmt.Sprintf("lan%d", g.m.number()))
	default:
		g.changeBridge(n.bridge)
	}
}

// inherit changes what nodes and links inherit.
func (g *maker) inherit() {
	t, bridges := &g.m.defaults, true
	switch g.r.IntN(6) {
	case 0:
		t = &g.m.nodeBase
	case 1, 2:
		kind := pick(g, "host", "router", "bridge")
		if g.m.kinds[kind] == nil {
			g.m.kinds[kind] = &template{}
		}
		t, bridges = g.m.kinds[kind], kind == "bridge"
	case 3:
		name := pick(g, "blue", "edge")
		if g.m.groups[name] == nil {
			g.m.groups[name] = &template{kind: pick(g, "", "router", "bridge")}
		}
		t, bridges = g.m.groups[name], false
	case 4:
		switch g.r.IntN(5) {
		case 0:
			g.m.mtu = pick(g, 0, 1500, 1450)
		case 1:
			g.m.queues = pick(g, 0, 1, 2)
		case 2:
			g.m.linkIPv6 = pick(g, "", "auto", "on")
		case 3:
			g.m.linkMTU = pick(g, 0, 9000, 1280)
		default:
			g.m.linkQueues = pick(g, 0, 3)
		}
		return
	}
	switch g.r.IntN(9) {
	case 8:
		g.changeInherited(t)
	case 0:
		t.ipv6 = pick(g, "", "auto", "on", "off")
	case 1:
		g.changeLo(t)
	case 4: // a kind, and a group that does not change it
		if t == &g.m.defaults || t == &g.m.nodeBase {
			t.kind = pick(g, "", "host", "router")
		}
		if bridges || t == g.m.kinds["host"] || t == g.m.kinds["router"] {
			t.group = ""
			for _, name := range sortedKeys(g.m.groups) {
				if g.m.groups[name].kind == "" && g.one(2) {
					t.group = name
				}
			}
		}
	case 2:
		if len(t.routes) > 0 && g.one(2) {
			t.routes = without(g, t.routes)
		} else {
			t.routes = append(t.routes, g.nowhere(g.one(3)))
		}
	case 3:
		if bridges {
			if t.bridge == nil {
				t.bridge = &bridgeModel{}
			}
			g.changeBridge(t.bridge)
			t.bridge.addresses, t.bridge.mac = nil, ""
		}
	default:
		g.changeSysctl(t, "")
	}
}

func (g *maker) changeLab() {
	switch g.r.IntN(4) {
	case 0:
		g.m.hosts = pick(g, "", "true", "false", "etc")
	case 1:
		prefix := pick(g, "", "x.", "lab_", g.m.name+"-")
		g.m.prefix = &prefix
		if g.one(3) {
			g.m.prefix = nil
		}
	default:
		g.m.ipv6 = pick(g, "", "auto", "on", "off")
	}
}
