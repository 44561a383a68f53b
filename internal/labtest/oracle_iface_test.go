package labtest

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// An xIface is an interface that is not an end of a link.
type xIface struct {
	node             *xNode
	name, kind, link string
	mac, mode        string
	mtu              int
	addrs            []netip.Prefix
	options          map[string]string
}

// addIfaces gives a node the interfaces of its templates. A later one of a name
// is in the place of an earlier one.
func (x *expanded) addIfaces(n *xNode, layers []*template) {
	for _, t := range layers {
		for _, i := range t.ifaces {
			xi := &xIface{node: n, name: i.name, kind: i.kind, link: x.fill(i.link, n), mac: x.fill(i.mac, n), mode: cmp.Or(i.ipv6, n.ipv6),
				mtu: i.mtu, addrs: x.prefixes(i.addresses, n), options: i.options}
			if k := slices.IndexFunc(n.ifaces, func(o *xIface) bool { return o.name == i.name }); k >= 0 {
				n.ifaces[k] = xi
			} else {
				n.ifaces = append(n.ifaces, xi)
			}
		}
	}
}

func (n *xNode) iface(name string) *xIface {
	if n == nil {
		return nil
	}
	for _, i := range n.ifaces {
		if i.name == name {
			return i
		}
	}
	return nil
}

// option returns the value that an option must have.
func (i *xIface) option(name string) string {
	return cmp.Or(i.options[name], ifaceOptions[i.kind][name].fresh)
}

// sharesMAC reports whether the interface has the MAC address of the one that
// it is on.
func (i *xIface) sharesMAC() bool {
	return i.mac == "" && i.kind == "vlan" || i.passthru()
}

func (i *xIface) passthru() bool { return i.kind == "macvlan" && i.option("mode") == "passthru" }

// base returns what the interface is on in the end, past others of its sort: a
// bridge, an end of a link or neither.
func (i *xIface) base() (b *xBridge, e *xEnd) {
	for k := range i.node.ifaces {
		under := i.node.iface(i.link)
		if under == nil || k == len(i.node.ifaces)-1 {
			break
		}
		i = under
	}
	return i.node.bridge(i.link), i.node.end(i.link)
}

// mtu returns the MTU of an interface of a node, given those of bridges and
// ends.
func (n *xNode) mtu(name string, bridge func(*xBridge) int, end func(*xEnd) int) int {
	for range len(n.ifaces) + 1 {
		if b := n.bridge(name); b != nil {
			return bridge(b)
		}
		if e := n.end(name); e != nil {
			return end(e)
		}
		i := n.iface(name)
		switch {
		case i == nil:
			return 0
		case i.mtu != 0:
			return i.mtu
		case i.link == "":
			return 1500
		}
		name = i.link
	}
	return 0
}

// fileMTU returns the MTU that the file gives an interface.
func (n *xNode) fileMTU(name string) int {
	end := func(e *xEnd) int { return cmp.Or(e.link.mtu, 1500) }
	return n.mtu(name, func(b *xBridge) int {
		var ports []int
		for _, e := range b.ports {
			ports = append(ports, end(e))
		}
		switch {
		case b.mtu != 0:
			return b.mtu
		case len(ports) == 0:
			return 1500
		}
		return slices.Min(ports)
	}, end)
}

// refuses returns why an interface cannot be on its link.
func (n *xNode) refuses(m *labModel, i *xIface) string {
	if i.link == "" {
		return ""
	}
	e, under := n.end(i.link), n.iface(i.link)
	switch {
	case e == nil && under == nil && n.bridge(i.link) == nil || e != nil && e.cut:
		return "there is no such interface"
	case i.kind == "macvlan" && (e != nil && (e.bridge != nil || slices.Contains(m.enslaved, e.place())) || under != nil && under.kind == "macvlan"):
		return "a macvlan cannot be on it"
	case i.mtu > n.fileMTU(i.link):
		return "its MTU is too large"
	case i.passthru() && i.mac != "":
		return "it has the MAC address of its link"
	}
	at := i
	for range n.ifaces {
		if at = n.iface(at.link); at == nil {
			break
		}
	}
	if at != nil {
		return "it is on itself"
	}
	for _, o := range n.ifaces {
		switch {
		case o == i || o.link != i.link || o.kind != i.kind:
		case i.kind == "vlan" && o.option("id") == i.option("id") && o.option("protocol") == i.option("protocol"):
			return "another one has its id"
		case i.passthru() || o.passthru():
			return "only one can be there"
		}
	}
	return ""
}

// remade reports whether an interface is made anew for that of another file:
// the kernel cannot change what differs.
func (i *xIface) remade(by *xIface) bool {
	return by.kind != i.kind || by.link != i.link || by.passthru() != i.passthru() ||
		i.kind == "vlan" && (by.option("id") != i.option("id") || by.option("protocol") != i.option("protocol"))
}

// stack returns the interfaces on one, and those on them.
func (n *xNode) stack(name string) (all []*xIface) {
	for _, i := range n.ifaces {
		if i.link == name {
			all = append(append(all, i), n.stack(i.name)...)
		}
	}
	return all
}

// iface compares an interface that is not an end of a link.
func (r *report) iface(l *seenLink, i *xIface) {
	if l.Info.Kind != i.kind {
		r.addf("%q is of kind %q, want %q", l.Name, l.Info.Kind, i.kind)
		return
	}
	if l.PeerName != i.link {
		r.addf("%q is on %q, want %q", l.Name, l.PeerName, i.link)
	}
	if l.Master != "" {
		r.addf("%q has master %q", l.Name, l.Master)
	}
	if mtu := r.n.mtu(i.name, r.t.bridgeMTU, r.t.mtu); l.MTU != mtu {
		r.addf("%q has MTU %d, want %d", l.Name, l.MTU, mtu)
	}
	for _, name := range sortedKeys(ifaceOptions[i.kind]) {
		if have, want := l.option(name), i.option(name); have != want {
			r.addf("%q has %s %s, want %s", l.Name, name, have, want)
		}
	}
	if lower := r.v.link(i.link); !i.sharesMAC() {
		r.mac(l, i.mac)
	} else if lower != nil && lower.MAC != l.MAC {
		r.addf("%q has MAC %s, and %q, which it is on, %s", l.Name, l.MAC, lower.Name, lower.MAC)
	}
	linkLocal := "none"
	if hasIPv6(i.mode, i.addrs) {
		linkLocal = "one"
		if b, _ := i.base(); b != nil && r.noCarrier(b) {
			linkLocal = "any"
		}
	}
	r.device(l, i.addrs, linkLocal)
}

// option returns an option of an interface as the file gives it.
func (l *seenLink) option(name string) string {
	switch name {
	case "reorder_hdr", "loose_binding":
		flags, _ := l.Info.Data["flags"].([]any)
		word := map[string]string{"reorder_hdr": "REORDER_HDR", "loose_binding": "LOOSE_BINDING"}[name]
		return fmt.Sprint(slices.Contains(flags, any(word)))
	}
	return fmt.Sprint(l.Info.Data[name])
}
