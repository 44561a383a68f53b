package labtest

import (
	"fmt"
	"net/netip"
	"slices"
)

// pool is what has been given out from a prefix.
type pool struct {
	prefix netip.Prefix
	pairs  bool
	next   netip.Addr
}

// giveAddresses gives ends without an address one from the subnet of their
// link, in the order of the links, left before right.
func (x *expanded) giveAddresses() error {
	// The addresses in the file, with the number of the link from which on they
	// count.
	type given struct {
		addr netip.Addr
		from int
	}
	var all []given
	joined := make(map[*xBridge]bool)
	for i, l := range x.links {
		for _, e := range l.ends {
			for _, a := range e.addrs {
				all = append(all, given{a.Addr(), i})
			}
			if e.bridge != nil && !joined[e.bridge] {
				joined[e.bridge] = true
				for _, a := range e.bridge.addrs {
					all = append(all, given{a.Addr(), i})
				}
			}
		}
	}
	var pools []*pool
	for i, l := range x.links {
		for _, s := range l.model.subnets {
			prefix := netip.MustParsePrefix(s.prefix)
			k := slices.IndexFunc(pools, func(p *pool) bool { return p.prefix == prefix && p.pairs == (s.each != 0) })
			if k < 0 {
				k = len(pools)
				pools = append(pools, &pool{prefix, s.each != 0, prefix.Addr()})
			}
			p := pools[k]
			if s.each != 0 {
				if err := p.pair(l, s.each); err != nil {
					return err
				}
				continue
			}
			ports := 0
			for _, e := range l.ends {
				if e.bridge != nil {
					ports++
					continue
				}
				if ok, err := hasOwn(e, prefix); ok || err != nil {
					if err != nil {
						return err
					}
					continue
				}
				for {
					if !prefix.Contains(p.next) {
						return fmt.Errorf("subnet %s is used up", prefix)
					}
					a := p.next
					p.next = a.Next()
					if isFree := !slices.ContainsFunc(all, func(g given) bool { return g.addr == a && g.from <= i }); isFree && usable(prefix, a) {
						e.give(netip.PrefixFrom(a, prefix.Bits()))
						break
					}
				}
			}
			if ports == 2 {
				return fmt.Errorf("a subnet between two bridges")
			}
		}
	}
	return nil
}

// hasOwn reports whether the file gives an end an address of a prefix's family.
func hasOwn(e *xEnd, p netip.Prefix) (has bool, err error) {
	for _, a := range e.addrs {
		if a.Addr().Is4() != p.Addr().Is4() {
			continue
		}
		has = true
		if a.Masked() != p {
			err = fmt.Errorf("address %s is not of subnet %s", a, p)
		}
	}
	return has, err
}

// give adds an address.
func (e *xEnd) give(a netip.Prefix) { e.addrs = append(e.addrs, a) }

// usable reports whether an interface may have an address of a prefix.
func usable(p netip.Prefix, a netip.Addr) bool {
	if p.Bits() >= a.BitLen()-1 {
		return true
	}
	return a != p.Addr() && (a.Is6() || p.Contains(a.Next()))
}

// pair gives the two ends of a link the first two addresses of a prefix of its
// own.
func (p *pool) pair(l *xLink, each int) error {
	for _, e := range l.ends {
		if e.bridge != nil || slices.ContainsFunc(e.addrs, func(a netip.Prefix) bool { return a.Addr().Is4() == p.prefix.Addr().Is4() }) {
			return fmt.Errorf("a pool on a link of a bridge, or with addresses")
		}
	}
	if m := netip.PrefixFrom(p.next, each).Masked(); m.Addr() != p.next {
		p.next = behind(m)
	}
	own := netip.PrefixFrom(p.next, each)
	a := own.Addr()
	for _, e := range l.ends {
		for !usable(own, a) {
			a = a.Next()
		}
		if !p.prefix.Contains(a) {
			return fmt.Errorf("pool %s is used up", p.prefix)
		}
		e.give(netip.PrefixFrom(a, each))
		a = a.Next()
	}
	p.next = behind(own)
	return nil
}

// behind returns the first address after a prefix.
func behind(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(b)
	return last.Next()
}

// hasIPv6 reports whether a device has IPv6, by its mode and its addresses.
func hasIPv6(mode string, addrs []netip.Prefix) bool {
	return mode == "on" || mode == "auto" && slices.ContainsFunc(addrs, func(a netip.Prefix) bool { return a.Addr().Is6() })
}

// check returns an error for a lab with a mistake, or one that is beyond the
// oracle.
func (x *expanded) check() error {
	type holder struct {
		where any
		addr  netip.Addr
	}
	seen := make(map[holder]bool)
	macs := make(map[string]bool)
	if len(x.nodes) == 0 {
		return fmt.Errorf("no nodes")
	}
	for _, n := range x.nodes {
		names := map[string]bool{"lo": true}
		device := func(name, mac, mode string, mtu int, addrs []netip.Prefix, where any) error {
			if names[name] || mac != "" && macs[mac] {
				return fmt.Errorf("node %q has %q twice, or MAC %q", n.name, name, mac)
			}
			names[name], macs[mac] = true, true
			six := hasIPv6(mode, addrs)
			if six && mtu != 0 && mtu < 1280 {
				return fmt.Errorf("IPv6 with an MTU of %d", mtu)
			}
			for _, a := range addrs {
				here, there := holder{n, a.Addr()}, holder{where, a.Addr()}
				if seen[here] || seen[there] || mode == "off" && a.Addr().Is6() || !usable(a.Masked(), a.Addr()) {
					return fmt.Errorf("address %s occurs twice, or in vain", a)
				}
				seen[here] = true
				if where != nil {
					seen[there] = true
				}
			}
			return nil
		}
		if err := device("lo itself", "", n.ipv6, 0, n.addrs, nil); err != nil {
			return err
		}
		for _, b := range n.bridges {
			if err := device(b.name, b.mac, n.ipv6, b.mtu, b.addrs, b.segment.root()); err != nil {
				return err
			}
			if s := b.segment.root(); b.options["stp"] == 1 {
				// The other bridges show the root's timers.
				if s.stp++; s.stp > 1 {
					return fmt.Errorf("two bridges with STP on a segment")
				}
			}
			if v, given := b.options["forward_delay"]; given && b.options["stp"] == 1 && (v < 200 || v > 3000) {
				return fmt.Errorf("STP with a forward delay of %d", v)
			}
			for _, p := range b.ports {
				// The bridge takes the smallest MTU of its ports, and loses
				// IPv6.
				if p.link.mtu != 0 && p.link.mtu < 1280 && hasIPv6(n.ipv6, b.addrs) {
					return fmt.Errorf("a bridge with IPv6, and ports too small for it")
				}
			}
		}
		for _, i := range n.ifaces {
			if why := n.refuses(x.model, i); why != "" {
				return fmt.Errorf("interface %q of %q: %s", i.name, n.name, why)
			}
			if err := device(i.name, i.mac, i.mode, n.fileMTU(i.name), i.addrs, nil); err != nil {
				return err
			}
		}
		for _, e := range n.ends {
			where := any(e.link)
			for _, o := range e.link.ends {
				if o.bridge != nil {
					where = o.bridge.segment.root()
				}
			}
			if e.link.ends[0].node == e.link.ends[1].node {
				where = nil
			}
			if err := device(e.iface, e.mac, e.mode, e.link.mtu, e.addrs, where); err != nil {
				return err
			}
		}
		// A setting of an interface needs the interface, and one of IPv6 needs
		// IPv6 there.
		for key := range n.sysctls {
			if iface := ifaceOf(key); iface != "" && !n.has(iface, isIPv6(key)) {
				return fmt.Errorf("sysctl %s of no interface", key)
			}
		}
	}
	return nil
}
