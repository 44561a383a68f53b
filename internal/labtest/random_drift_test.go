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

// somewhere returns an existing device of a node.
func (d *drifter) somewhere() (n *xNode, b *xBridge, e *xEnd, at place, ok bool) {
	type spot struct {
		n *xNode
		b *xBridge
		e *xEnd
	}
	var all []spot
	for _, n := range d.t.x.nodes {
		if d.t.gone[place{node: n.name}] {
			continue
		}
		for _, b := range n.bridges {
			all = append(all, spot{n, b, nil})
		}
		for _, e := range n.ends {
			if !d.t.gone[e.place()] && !d.t.gone[place{node: e.other().node.name}] {
				all = append(all, spot{n, nil, e})
			}
		}
	}
	if len(all) == 0 {
		return nil, nil, nil, place{}, false
	}
	s := pick(d.maker, all...)
	if s.b != nil {
		at = place{s.n.name, s.b.name}
		return s.n, s.b, nil, at, !d.t.gone[at]
	}
	at = s.e.place()
	if s.e.cut {
		at.iface = d.t.ports[at]
	}
	return s.n, nil, s.e, at, true
}

// lost records a device that has gone.
func (d *drifter) lost(at place, e *xEnd) {
	d.t.gone[at] = true
	if e != nil {
		d.t.gone[e.place()], d.t.gone[e.other().place()] = true, true
	}
}

func (d *drifter) deleteDevice() (string, error) {
	n, _, e, at, ok := d.somewhere()
	if !ok {
		return "", nil
	}
	d.lost(at, e)
	return d.ip(n, "link", "del", at.iface)
}

func (d *drifter) rename() (string, error) {
	n, _, e, at, ok := d.somewhere()
	if !ok || e == nil || !d.same {
		return "", nil // a pair of another name may be somebody else's
	}
	if _, err := d.ip(n, "link", "set", at.iface, "down"); err != nil {
		return "", err
	}
	d.lost(at, e)
	return d.ip(n, "link", "set", at.iface, "name", fmt.Sprintf("odd%d", d.m.number()))
}

func (d *drifter) deleteAddress() (string, error) {
	n, b, e, at, ok := d.somewhere()
	if !ok {
		return "", nil
	}
	addrs := n.addrs
	switch {
	case d.one(4):
		at.iface = "lo"
	case b != nil:
		addrs = b.addrs
	default:
		addrs = e.addrs
	}
	if len(addrs) == 0 || len(d.t.addrs[at]) > 0 {
		return "", nil
	}
	d.ip(n, "address", "del", pick(d.maker, addrs...).String(), "dev", at.iface) //nolint:errcheck // it may be gone already
	return fmt.Sprintf("an address of %s %s deleted", n.name, at.iface), nil
}

func (d *drifter) addAddress() (string, error) {
	n, b, e, at, ok := d.somewhere()
	if !ok {
		return "", nil
	}
	k := d.m.number()
	a := netip.MustParsePrefix(fmt.Sprintf("10.254.%d.1/24", k%250))
	switch six := b != nil && hasIPv6(n.ipv6, b.addrs) || e != nil && hasIPv6(e.mode, e.addrs); {
	case six && d.one(2):
		a = netip.MustParsePrefix(fmt.Sprintf("fd77:%x::1/64", k)) // of byHand
	case e != nil && len(e.addrs) > 0 && e.addrs[0].Addr().Is4() && e.addrs[0].Bits() == 24 && d.one(3):
		// After one of the file's routes.
		text := e.addrs[0].Masked().Addr().String()
		a = netip.MustParsePrefix(strings.TrimSuffix(text, "0") + fmt.Sprint(200+k%50) + "/24")
	}
	if d.t.handMade(at, a) {
		return "", nil
	}
	what, err := d.ip(n, "address", "add", a.String(), "dev", at.iface)
	if err == nil {
		d.t.addrs[at] = append(d.t.addrs[at], a)
	}
	return what, err
}

// noLinkLocal deletes link-local addresses that the kernel has made. They come
// back if the file implies them.
func (d *drifter) noLinkLocal() (string, error) {
	n, _, _, at, ok := d.somewhere()
	if !ok {
		return "", nil
	}
	d.ip(n, "-6", "address", "flush", "dev", at.iface, "scope", "link") //nolint:errcheck // IPv6 may be off
	return fmt.Sprintf("link-local addresses of %s %s deleted", n.name, at.iface), nil
}

// noIPv6 records that a device has lost its IPv6 addresses.
func (d *drifter) noIPv6(at place) {
	d.t.addrs[at] = slices.DeleteFunc(slices.Clone(d.t.addrs[at]), func(a netip.Prefix) bool { return a.Addr().Is6() })
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
	n, _, _, at, ok := d.somewhere()
	if !ok {
		return "", nil
	}
	if d.one(5) {
		at.iface = "lo"
		d.noBlackholes(n.name)
	}
	d.noIPv6(at)
	return d.ip(n, "link", "set", at.iface, "down")
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
	n, _, e, at, ok := d.somewhere()
	if !ok {
		return "", nil
	}
	mtu := pick(d.maker, 1300, 1350, 1500)
	switch {
	case e != nil && e.link.mtu != 0:
		if d.one(4) && (e.bridge == nil || !hasIPv6(n.ipv6, e.bridge.addrs)) {
			mtu = 600
			d.noIPv6(at)
			if e.bridge != nil {
				d.noIPv6(place{n.name, e.bridge.name})
			}
		}
	case e != nil:
		d.t.mtus[e.place()] = mtu
	}
	return d.ip(n, "link", "set", at.iface, "mtu", strconv.Itoa(mtu))
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
	n, b, _, at, ok := d.somewhere()
	if !ok || b == nil || b.options["stp"] == 1 {
		return "", nil
	}
	names := append(sortedKeys(b.options), "forward_delay")
	name := pick(d.maker, names...)
	if name == "stp" {
		return "", nil
	}
	value := pick(d.maker, bridgeOptions[name].values...)
	if name == "forward_delay" && value > 0 {
		d.t.slow[at] = true
	}
	return d.ip(n, "link", "set", at.iface, "type", "bridge", bridgeOptions[name].json, strconv.Itoa(value))
}

func (d *drifter) noMaster() (string, error) {
	n, _, e, at, ok := d.somewhere()
	if !ok || e == nil || e.bridge == nil {
		return "", nil
	}
	return d.ip(n, "link", "set", at.iface, "nomaster")
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
	n, _, e, at, ok := d.somewhere()
	if !ok || e == nil || e.bridge != nil || d.t.masters[at] != "" {
		return "", nil
	}
	name := fmt.Sprintf("mine%d", d.m.number())
	if _, err := d.ip(n, "link", "add", name, "type", "bridge"); err != nil {
		return "", err
	}
	d.t.extra[n.name] = append(d.t.extra[n.name], name)
	d.t.masters[at] = name
	return d.ip(n, "link", "set", at.iface, "master", name)
}

func (d *drifter) setMAC() (string, error) {
	n, _, _, at, ok := d.somewhere()
	if !ok {
		return "", nil
	}
	return d.ip(n, "link", "set", at.iface, "address", d.mac())
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
