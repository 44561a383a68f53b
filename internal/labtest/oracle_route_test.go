package labtest

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// An xRoute is a route, in words for everything that matters.
type xRoute struct {
	words string
	dev   string // the device, "" for none or several
	six   bool
	model routeModel
}

// wantedRoutes returns the routes of a node, including inherited ones.
func (n *xNode) wantedRoutes(m *labModel) []routeModel {
	var all []routeModel
	_, layers := m.layers(n.spec)
	for _, t := range layers {
		all = append(all, t.routes...)
	}
	return all
}

// routeWords returns the words of an xRoute.
func routeWords(typ string, dst netip.Prefix, table, src string, metric, mtu int, hops ...string) string {
	if dst.Addr().Is6() && metric == 0 {
		metric = 1024 // IP6_RT_PRIO_USER
	}
	return fmt.Sprintf("%s %s table %s src %q metric %d mtu %d hops %v", typ, dst, table, src, metric, mtu, hops)
}

// hop is a gateway and its interface.
func hop(via, dev string) string { return via + " " + dev }

// route returns the kernel's form of a route in the file, or why the route is
// not valid.
func (x *expanded) route(n *xNode, r routeModel) (xRoute, error) {
	for _, text := range []*string{&r.dst, &r.via, &r.dev, &r.src} {
		*text = x.fill(*text, n)
	}
	six := strings.Contains(r.dst+r.via, ":")
	dst := netip.MustParsePrefix("0.0.0.0/0")
	switch {
	case r.dst != "default":
		dst = netip.MustParsePrefix(r.dst)
	case six:
		dst = netip.MustParsePrefix("::/0")
	}
	typ, table := r.typ, "main"
	if typ == "" {
		typ = "unicast"
	}
	if r.table != 0 {
		table = strconv.Itoa(r.table)
	}
	fail := func(why string) (xRoute, error) {
		return xRoute{}, fmt.Errorf("node %q: route %q: %s", n.name, r.words(), why)
	}
	for _, o := range n.routes {
		if o.six == six && o.model.table == r.table && o.model.metric == r.metric && o.model.dst == r.dst {
			return fail("twice")
		}
	}
	var hops []string
	dev := r.dev
	gateways := r.hops
	if r.via != "" {
		gateways = []string{r.via}
	}
	for _, g := range gateways {
		d, err := n.toward(netip.MustParseAddr(g), r.dev)
		if err != nil {
			return fail(err.Error())
		}
		dev = d
		hops = append(hops, hop(g, d))
	}
	switch {
	case len(hops) == 0 && r.typ == "":
		if !n.has(r.dev, six) {
			return fail("no interface")
		}
		hops = []string{hop("", r.dev)}
	case len(hops) > 1:
		dev = ""
	}
	if r.src != "" && !slices.ContainsFunc(n.allAddrs(), func(a netip.Prefix) bool { return a.Addr().String() == r.src }) {
		return fail("no source")
	}
	return xRoute{words: routeWords(typ, dst, table, r.src, r.metric, r.mtu, hops...), dev: dev, six: six, model: r}, nil
}

// device returns an interface of a node other than lo.
type device struct {
	name  string
	addrs []netip.Prefix
	six   bool
}

func (n *xNode) devices() []device {
	var all []device
	for _, b := range n.bridges {
		all = append(all, device{b.name, b.addrs, hasIPv6(n.ipv6, b.addrs)})
	}
	for _, e := range n.ends {
		if !e.cut {
			all = append(all, device{e.iface, e.addrs, hasIPv6(e.mode, e.addrs)})
		}
	}
	for _, i := range n.ifaces {
		all = append(all, device{i.name, i.addrs, hasIPv6(i.mode, i.addrs)})
	}
	return all
}

func (n *xNode) allAddrs() []netip.Prefix {
	all := n.addrs
	for _, d := range n.devices() {
		all = append(all[:len(all):len(all)], d.addrs...)
	}
	return all
}

// has reports whether a node has an interface, with IPv6 if that is needed.
func (n *xNode) has(name string, six bool) bool {
	return slices.ContainsFunc(n.devices(), func(d device) bool { return d.name == name && (d.six || !six) })
}

// toward returns the only interface whose network contains a gateway.
func (n *xNode) toward(gateway netip.Addr, dev string) (string, error) {
	found := ""
	for _, d := range n.devices() {
		for _, a := range d.addrs {
			switch {
			case a.Addr() == gateway:
				return "", fmt.Errorf("the gateway is the node itself")
			case !a.Contains(gateway), dev != "" && d.name != dev, d.name == found:
			case found != "":
				return "", fmt.Errorf("the gateway is behind two interfaces")
			default:
				found = d.name
			}
		}
	}
	if found == "" {
		return "", fmt.Errorf("the gateway cannot be reached")
	}
	return found, nil
}

// ifaceOf returns the interface of a setting, or "".
func ifaceOf(path string) string {
	p := strings.Split(path, "/")
	if len(p) < 5 || p[2] != "conf" || p[3] == "all" || p[3] == "default" {
		return ""
	}
	return p[3]
}

func isIPv6(path string) bool { return strings.HasPrefix(path, "net/ipv6/") }
