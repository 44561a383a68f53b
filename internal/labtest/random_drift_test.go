package labtest

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A drifter changes a lab by hand, and tells the tracker.
type drifter struct {
	*maker
	t *tracker
	// same says that the next `up` is of the same file.
	same bool
}

// drifts are the things that people do by hand. Each returns what it did, or
// "".
var drifts = []func(*drifter) (string, error){
	(*drifter).deleteDevice, (*drifter).deleteAddress, (*drifter).deleteAddress, (*drifter).addAddress, (*drifter).addAddress,
	(*drifter).down, (*drifter).deleteNode, (*drifter).setMTU, (*drifter).deleteRoute, (*drifter).addRoute, (*drifter).setSysctl,
	(*drifter).setOption, (*drifter).noMaster, (*drifter).addBridge, (*drifter).setMaster, (*drifter).setMAC, (*drifter).removeName, (*drifter).rename,
	(*drifter).noLinkLocal,
}

// drift does one of them.
func (d *drifter) drift() (string, error) { return pick(d.maker, drifts...)(d) }

// ip runs ip(8) in the namespace of a node.
func (d *drifter) ip(n *xNode, words ...string) (string, error) {
	args := append([]string{"-n", d.t.x.prefix + n.name}, words...)
	return "ip " + strings.Join(args, " "), run("ip", args...)
}

// A spot is a device of a node: a bridge, an end of a link or an interface
// without a far end.
type spot struct {
	n *xNode
	b *xBridge
	e *xEnd
	i *xIface
	place
}

func (s *spot) addrs() []netip.Prefix {
	switch {
	case s.b != nil:
		return s.b.addrs
	case s.i != nil:
		return s.i.addrs
	}
	return s.e.addrs
}

func (s *spot) hasIPv6() bool {
	switch {
	case s.b != nil:
		return hasIPv6(s.n.ipv6, s.b.addrs)
	case s.i != nil:
		return hasIPv6(s.i.mode, s.i.addrs)
	}
	return hasIPv6(s.e.mode, s.e.addrs)
}

// somewhere returns an existing device of a node.
func (d *drifter) somewhere() (s spot, ok bool) {
	var all []spot
	for _, n := range d.t.x.nodes {
		if d.t.gone[place{node: n.name}] {
			continue
		}
		for _, b := range n.bridges {
			all = append(all, spot{n: n, b: b, place: place{n.name, b.name}})
		}
		for _, i := range n.ifaces {
			all = append(all, spot{n: n, i: i, place: place{n.name, i.name}})
		}
		for _, e := range n.ends {
			if !d.t.gone[e.place()] && !d.t.gone[place{node: e.other().node.name}] {
				at := e.place()
				if e.cut {
					at.iface = d.t.ports[at]
				}
				all = append(all, spot{n: n, e: e, place: at})
			}
		}
	}
	if len(all) == 0 {
		return s, false
	}
	s = pick(d.maker, all...)
	return s, !d.t.gone[s.place]
}

// lost records a device that has gone, and those on it.
func (d *drifter) lost(at place, e *xEnd) {
	d.t.gone[at] = true
	for _, i := range d.t.x.node(at.node).stack(at.iface) {
		d.t.gone[place{at.node, i.name}] = true
	}
	if e != nil {
		d.t.gone[e.place()] = true
		if o := e.other().place(); !d.t.gone[o] {
			d.lost(o, nil)
		}
	}
}

func (d *drifter) deleteDevice() (string, error) {
	s, ok := d.somewhere()
	if !ok {
		return "", nil
	}
	d.lost(s.place, s.e)
	return d.ip(s.n, "link", "del", s.iface)
}

func (d *drifter) rename() (string, error) {
	s, ok := d.somewhere()
	if !ok || s.e == nil || !d.same {
		return "", nil // a pair of another name may be somebody else's
	}
	if _, err := d.ip(s.n, "link", "set", s.iface, "down"); err != nil {
		return "", err
	}
	d.lost(s.place, s.e)
	return d.ip(s.n, "link", "set", s.iface, "name", fmt.Sprintf("odd%d", d.m.number()))
}

func (d *drifter) deleteAddress() (string, error) {
	s, ok := d.somewhere()
	if !ok {
		return "", nil
	}
	addrs := s.addrs()
	if d.one(4) {
		s.iface, addrs = "lo", s.n.addrs
	}
	if len(addrs) == 0 || len(d.t.addrs[s.place]) > 0 {
		return "", nil
	}
	d.ip(s.n, "address", "del", pick(d.maker, addrs...).String(), "dev", s.iface) //nolint:errcheck // it may be gone already
	return fmt.Sprintf("an address of %s %s deleted", s.n.name, s.iface), nil
}

func (d *drifter) addAddress() (string, error) {
	s, ok := d.somewhere()
	if !ok {
		return "", nil
	}
	k := d.m.number()
	a := netip.MustParsePrefix(fmt.Sprintf("10.254.%d.1/24", k%250))
	switch {
	case s.hasIPv6() && d.one(2):
		a = netip.MustParsePrefix(fmt.Sprintf("fd77:%x::1/64", k)) // of byHand
	case s.e != nil && len(s.e.addrs) > 0 && s.e.addrs[0].Addr().Is4() && s.e.addrs[0].Bits() == 24 && d.one(3):
		// After one of the file's routes.
		text := s.e.addrs[0].Masked().Addr().String()
		a = netip.MustParsePrefix(strings.TrimSuffix(text, "0") + fmt.Sprint(200+k%50) + "/24")
	}
	if d.t.handMade(s.place, a) {
		return "", nil
	}
	what, err := d.ip(s.n, "address", "add", a.String(), "dev", s.iface)
	if err == nil {
		d.t.addrs[s.place] = append(d.t.addrs[s.place], a)
	}
	return what, err
}

// noLinkLocal deletes link-local addresses that the kernel has made. They come
// back if the file implies them.
func (d *drifter) noLinkLocal() (string, error) {
	s, ok := d.somewhere()
	if !ok {
		return "", nil
	}
	d.ip(s.n, "-6", "address", "flush", "dev", s.iface, "scope", "link") //nolint:errcheck // IPv6 may be off
	return fmt.Sprintf("link-local addresses of %s %s deleted", s.n.name, s.iface), nil
}

// noIPv6 records that devices have lost their IPv6 addresses.
func (d *drifter) noIPv6(all ...place) {
	for _, at := range all {
		d.t.addrs[at] = slices.DeleteFunc(slices.Clone(d.t.addrs[at]), func(a netip.Prefix) bool { return a.Addr().Is6() })
	}
}

// noBlackholes records that a node has lost its IPv6 routes that lead nowhere:
// they belong to lo, and the kernel deletes them when lo goes down
// (rt6_sync_down_dev). Those of IPv4 belong to no device.
func (d *drifter) noBlackholes(node string) {
	d.t.routes[node] = slices.DeleteFunc(slices.Clone(d.t.routes[node]), func(dst string) bool {
		return netip.MustParsePrefix(dst).Addr().Is6()
	})
}

func (d *drifter) down() (string, error) {
	s, ok := d.somewhere()
	if !ok {
		return "", nil
	}
	if d.one(5) {
		s.iface = "lo"
		d.noBlackholes(s.n.name)
	}
	d.noIPv6(s.place)
	d.noIPv6(d.on(s.place, func(i *xIface) bool { return i.kind == "vlan" && i.option("loose_binding") == "false" })...)
	return d.ip(s.n, "link", "set", s.iface, "down")
}

func (d *drifter) deleteNode() (string, error) {
	n := pick(d.maker, d.t.x.nodes...)
	at := place{node: n.name}
	if d.t.gone[at] || !d.one(2) {
		return "", nil
	}
	d.t.gone[at] = true
	for _, e := range n.ends {
		d.lost(e.place(), e)
	}
	args := []string{"netns", "delete", d.t.x.prefix + n.name}
	return "ip " + strings.Join(args, " "), run("ip", args...)
}

func (d *drifter) setMTU() (string, error) {
	s, ok := d.somewhere()
	if !ok {
		return "", nil
	}
	under := []place{s.place}
	if s.e != nil && s.e.bridge != nil {
		under = append(under, place{s.n.name, s.e.bridge.name})
	}
	var above []place
	for _, at := range under {
		above = append(above, d.on(at, anyIface)...)
	}
	mtu := pick(d.maker, 1300, 1350, 1500)
	switch {
	case s.i != nil && s.i.mtu == 0, s.b != nil && s.b.mtu == 0 && len(above) > 0:
		return "", nil
	case s.i != nil: // the kernel may refuse it
		d.ip(s.n, "link", "set", s.iface, "mtu", strconv.Itoa(mtu)) //nolint:errcheck
		return fmt.Sprintf("MTU %d of %s %s", mtu, s.n.name, s.iface), nil
	case s.e != nil && s.e.link.mtu != 0:
		if d.one(4) && (s.e.bridge == nil || !hasIPv6(s.n.ipv6, s.e.bridge.addrs)) {
			mtu = 600
			d.noIPv6(under...)
			d.noIPv6(above...)
		}
	case s.e != nil && len(above) > 0:
		return "", nil
	case s.e != nil:
		d.t.mtus[s.e.place()] = mtu
	}
	return d.ip(s.n, "link", "set", s.iface, "mtu", strconv.Itoa(mtu))
}

func (d *drifter) deleteRoute() (string, error) {
	n := pick(d.maker, d.t.x.nodes...)
	if len(n.routes) == 0 || d.t.gone[place{node: n.name}] {
		return "", nil
	}
	r := pick(d.maker, n.routes...)
	words := []string{"route", "del"}
	if r.six {
		words = []string{"-6", "route", "del"}
	}
	m := r.model
	d.ip(n, append(words, strings.Fields(m.words())...)...) //nolint:errcheck // it may be gone already
	return fmt.Sprintf("route %q of %s deleted", m.words(), n.name), nil
}

func (d *drifter) addRoute() (string, error) {
	n := pick(d.maker, d.t.x.nodes...)
	if d.t.gone[place{node: n.name}] {
		return "", nil
	}
	k := d.m.number()
	dst := fmt.Sprintf("10.253.%d.0/24", k%250)
	if d.one(3) {
		dst = fmt.Sprintf("fd78:%x::/64", k)
	}
	if slices.Contains(d.t.routes[n.name], dst) {
		return "", nil
	}
	d.t.routes[n.name] = append(d.t.routes[n.name], dst)
	return d.ip(n, "route", "add", "blackhole", dst)
}

// setSysctl changes a setting that the file mentions.
func (d *drifter) setSysctl() (string, error) {
	n := pick(d.maker, d.t.x.nodes...)
	if d.t.gone[place{node: n.name}] {
		return "", nil
	}
	keys := []string{"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"}
	for _, k := range sortedKeys(n.sysctls) {
		if !slices.Contains(keys, k) && ifaceOf(k) == "" {
			keys = append(keys, k)
		}
	}
	key := pick(d.maker, keys...)
	value := pick(d.maker, randomSettings[key]...)
	return fmt.Sprintf("%s of %s written %s", key, n.name, value), writeSysctl(d.t.x.prefix+n.name, key, value)
}

// setOption changes an option that the file gives or implies.
func (d *drifter) setOption() (string, error) {
	s, ok := d.somewhere()
	if ok && s.i != nil {
		return d.setIfaceOption(s)
	}
	if !ok || s.b == nil || s.b.options["stp"] == 1 {
		return "", nil
	}
	names := append(sortedKeys(s.b.options), "forward_delay")
	name := pick(d.maker, names...)
	if name == "stp" {
		return "", nil
	}
	value := pick(d.maker, bridgeOptions[name].values...)
	if name == "forward_delay" && value > 0 {
		d.t.slow[s.place] = true
	}
	return d.ip(s.n, "link", "set", s.iface, "type", "bridge", bridgeOptions[name].json, strconv.Itoa(value))
}

func (d *drifter) noMaster() (string, error) {
	s, ok := d.somewhere()
	if !ok || s.e == nil || s.e.bridge == nil {
		return "", nil
	}
	return d.ip(s.n, "link", "set", s.iface, "nomaster")
}

func (d *drifter) addBridge() (string, error) {
	n := pick(d.maker, d.t.x.nodes...)
	if d.t.gone[place{node: n.name}] {
		return "", nil
	}
	name := fmt.Sprintf("mine%d", d.m.number())
	d.t.extra[n.name] = append(d.t.extra[n.name], name)
	return d.ip(n, "link", "add", name, "type", "bridge")
}

// setMaster makes an interface of a host a port of a bridge that no file
// mentions.
func (d *drifter) setMaster() (string, error) {
	s, ok := d.somewhere()
	if !ok || s.e == nil || s.e.bridge != nil || d.t.masters[s.place] != "" || slices.ContainsFunc(s.n.ifaces, func(i *xIface) bool { return i.kind == "macvlan" && i.link == s.iface }) {
		return "", nil
	}
	name := fmt.Sprintf("mine%d", d.m.number())
	if _, err := d.ip(s.n, "link", "add", name, "type", "bridge"); err != nil {
		return "", err
	}
	d.t.extra[s.n.name] = append(d.t.extra[s.n.name], name)
	d.t.masters[s.place] = name
	d.m.enslaved = append(d.m.enslaved, s.place)
	return d.ip(s.n, "link", "set", s.iface, "master", name)
}

func (d *drifter) setMAC() (string, error) {
	s, ok := d.somewhere()
	if !ok {
		return "", nil
	}
	return d.ip(s.n, "link", "set", s.iface, "address", d.mac())
}

func (d *drifter) removeName() (string, error) {
	n := pick(d.maker, d.t.x.nodes...)
	if d.t.gone[place{node: n.name}] || !d.one(3) {
		return "", nil
	}
	// Nothing is done in it by hand after that.
	name := filepath.Join(namesDir, d.t.x.prefix+n.name)
	return "rm " + name, os.Remove(name)
}
