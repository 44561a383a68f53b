package topology

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// A subnet gives out the addresses of a prefix, or the prefixes of a pool, in
// the order of the file. All links with the same subnet share it.
type subnet struct {
	prefix netip.Prefix
	pool   bool
	next   netip.Addr // the first address not looked at yet; invalid past the end
	given  int
}

// subnetUse is the subnet of a link.
type subnetUse struct {
	*subnet
	at   Pos
	each int // prefix length of a pool's links
}

// readSubnets reads subnet: of a link.
func (p *fileParser) readSubnets(spec *linkSpec, v *yamlNode) bool {
	items := []*yamlNode{v}
	if v.kind == yamlSequence {
		items = v.items
	}
	for _, n := range items {
		u, ok := p.readSubnet(n)
		if !ok {
			return false
		}
		for _, before := range spec.subnets {
			if before.prefix.Addr().Is4() == u.prefix.Addr().Is4() {
				p.Add(n.at, "a link can have one subnet for IPv4 and one for IPv6", "a link with two subnets of the same family")
				return false
			}
		}
		spec.subnets = append(spec.subnets, u)
	}
	return true
}

func (p *fileParser) readSubnet(n *yamlNode) (*subnetUse, bool) {
	if n.kind == yamlMapping {
		return p.readPool(n)
	}
	if !p.kindOf("subnet", n, yamlScalar) {
		return nil, false
	}
	prefix, ok := p.readPrefix(n, "subnet")
	if !ok {
		return nil, false
	}
	if prefix.IsSingleIP() {
		p.Add(n.at, "", "subnet %s is too small: it has one address", prefix)
		return nil, false
	}
	return &subnetUse{subnet: p.subnet(prefix, false), at: n.at}, true
}

func (p *fileParser) readPool(n *yamlNode) (*subnetUse, bool) {
	f := p.fields(n, secPool)
	for _, name := range []string{"pool", "each"} {
		if f[name] == nil {
			if !mentions(n, name) {
				p.Add(n.at, "write subnet: {pool: 10.2.0.0/16, each: 31}", "a pool without %s", name)
			}
			return nil, false
		}
	}
	prefix, ok := p.readPrefix(f["pool"], "pool")
	if !ok {
		return nil, false
	}
	each := int(f.integer("each", 0))
	if most := prefix.Addr().BitLen() - 1; each < prefix.Bits() || each > most {
		p.Add(f["each"].at, "", "each is %d; for links in %s use %d to %d", each, prefix, prefix.Bits(), most)
		return nil, false
	}
	return &subnetUse{subnet: p.subnet(prefix, true), at: n.at, each: each}, true
}

// subnet returns the subnet of a prefix.
func (p *fileParser) subnet(prefix netip.Prefix, pool bool) *subnet {
	for _, l := range p.subnets {
		if l.prefix == prefix && l.pool == pool {
			return l
		}
	}
	s := &subnet{prefix: prefix, pool: pool, next: prefix.Addr()}
	p.subnets = append(p.subnets, s)
	return s
}

// explicit is an address in the file, with the index of its link or, for a
// bridge's own address, of the first link to the bridge.
type explicit struct {
	addr netip.Addr
	link int
}

// giveAddresses gives ends without an address the next ones of their subnets.
// It skips an address in the file only if it belongs to this link or to an
// earlier one, so that a link added below changes nothing.
func (p *fileParser) giveAddresses() {
	if len(p.subnets) == 0 {
		return
	}
	taken := p.explicitAddresses()
	for i := range p.links {
		for _, u := range p.links[i].spec.subnets {
			if u.pool {
				p.givePair(i, u, taken)
			} else {
				p.giveEnds(i, u, taken)
			}
		}
	}
}

// explicitAddresses returns the addresses of links and bridges in the file, in
// ascending order.
func (p *fileParser) explicitAddresses() []explicit {
	var all []explicit
	joined := make([]int, len(p.bridges)) // first link and 1
	for i := range p.links {
		for k := range p.links[i].addrs {
			for _, a := range p.links[i].addrs[k] {
				all = append(all, explicit{a.prefix.Addr(), i})
			}
			if b := p.links[i].ports[k]; b >= 0 && joined[b] == 0 {
				joined[b] = i + 1
				for _, a := range p.bridgeOf(b).Addresses {
					all = append(all, explicit{a.Addr(), i})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b explicit) int {
		return cmp.Or(a.addr.Compare(b.addr), cmp.Compare(a.link, b.link))
	})
	return all
}

// isTaken reports whether this link or an earlier one has an address from lo to
// hi in the file.
func isTaken(taken []explicit, lo, hi netip.Addr, link int) bool {
	i, _ := slices.BinarySearchFunc(taken, lo, func(e explicit, a netip.Addr) int { return e.addr.Compare(a) })
	for ; i < len(taken) && taken[i].addr.Compare(hi) <= 0; i++ {
		if taken[i].link <= link {
			return true
		}
	}
	return false
}

// giveEnds gives the ends of a link addresses from a subnet.
func (p *fileParser) giveEnds(link int, u *subnetUse, taken []explicit) {
	use, l := &p.links[link], &p.t.Links[link]
	if !p.wantsSubnet(use, u) {
		return
	}
	for k := range l.Ends {
		e := &l.Ends[k]
		if e.Bridge != "" || p.hasFamily(use, k, u) {
			continue
		}
		a := u.take(taken, link)
		if !a.IsValid() {
			if !use.spec.failed {
				use.spec.failed = true
				p.Add(u.at, "use a larger one", "subnet %s has no address left for %q of node %q, after %d given out",
					u.prefix, e.Iface, p.t.Nodes[e.Node].Name, u.given)
			}
			return
		}
		use.give(k, netip.PrefixFrom(a, u.prefix.Bits()), u.at)
	}
}

// wantsSubnet reports a subnet on a link that has no use for it.
func (p *fileParser) wantsSubnet(use *linkUse, u *subnetUse) bool {
	if use.ports[0] < 0 || use.ports[1] < 0 {
		return true
	}
	p.Add(u.at, "", "a subnet on a link of two bridges, whose ports have no addresses")
	return false
}

// hasFamily returns whether an end has an address of the subnet's family. It
// reports one that is outside the subnet.
func (p *fileParser) hasFamily(use *linkUse, end int, u *subnetUse) bool {
	has := false
	for _, a := range use.addrs[end] {
		if a.prefix.Addr().Is4() != u.prefix.Addr().Is4() {
			continue
		}
		has = true
		switch {
		case !u.prefix.Contains(a.prefix.Addr()):
			p.Add(a.at, "", "address %s is outside its subnet %s", a.prefix, u.prefix)
		case a.prefix.Bits() != u.prefix.Bits():
			p.Add(a.at, "", "address %s has a different prefix length from its subnet %s", a.prefix, u.prefix)
		}
	}
	return has
}

// give adds an address to an end, IPv4 before IPv6.
func (use *linkUse) give(end int, a netip.Prefix, at Pos) {
	i := len(use.addrs[end])
	if a.Addr().Is4() {
		i = slices.IndexFunc(use.addrs[end], func(b addressAt) bool { return b.prefix.Addr().Is6() })
		if i < 0 {
			i = len(use.addrs[end])
		}
	}
	use.addrs[end] = slices.Insert(use.addrs[end], i, addressAt{a, at})
}

// take returns the next free address, or the zero Addr.
func (s *subnet) take(taken []explicit, link int) netip.Addr {
	for s.next.IsValid() && s.prefix.Contains(s.next) {
		a := s.next
		s.next = a.Next()
		if !isReserved(s.prefix, a) && !isTaken(taken, a, a, link) {
			s.given++
			return a
		}
	}
	return netip.Addr{}
}

// isReserved reports whether interfaces must not have an address of a prefix:
// in IPv4 the network and broadcast addresses, except in a /31 (RFC 3021); in
// IPv6 the subnet-router anycast address (RFC 4291, 2.6.1), except in a /127
// (RFC 6164).
func isReserved(p netip.Prefix, a netip.Addr) bool {
	if p.Bits() >= a.BitLen()-1 {
		return false
	}
	return a == p.Addr() || a.Is4() && a == lastAddr(p)
}

// givePair gives a link a prefix from a pool, and its ends the addresses of
// that prefix.
func (p *fileParser) givePair(link int, u *subnetUse, taken []explicit) {
	use, l := &p.links[link], &p.t.Links[link]
	if !p.wantsSubnet(use, u) {
		return
	}
	for k := range l.Ends {
		for _, a := range use.addrs[k] {
			if a.prefix.Addr().Is4() == u.prefix.Addr().Is4() {
				p.Add(a.at, "leave out one of the two", "address %s on a link that gets its addresses from a pool", a.prefix)
				return
			}
		}
	}
	own := u.takePrefix(u.each, taken, link)
	if !own.IsValid() {
		if !use.spec.failed {
			use.spec.failed = true
			p.Add(u.at, "use a larger one", "pool %s has no /%d left for the link of %s, after %d given out", u.prefix, u.each, p.linkWords(l), u.given)
		}
		return
	}
	s := subnet{prefix: own, next: own.Addr()}
	for k := range l.Ends {
		if l.Ends[k].Bridge == "" {
			use.give(k, netip.PrefixFrom(s.take(nil, link), own.Bits()), u.at)
		}
	}
}

// takePrefix returns the next prefix of a length that contains no address of
// the file, or the zero Prefix.
func (s *subnet) takePrefix(bits int, taken []explicit, link int) netip.Prefix {
	for s.next.IsValid() && s.prefix.Contains(s.next) {
		n := netip.PrefixFrom(s.next, bits).Masked()
		if n.Addr() != s.next { // after a longer one
			n = netip.PrefixFrom(lastAddr(n).Next(), bits)
			if !n.IsValid() || !s.prefix.Contains(n.Addr()) {
				break
			}
		}
		s.next = lastAddr(n).Next()
		if !isTaken(taken, n.Addr(), lastAddr(n), link) {
			s.given++
			return n
		}
	}
	s.next = netip.Addr{}
	return netip.Prefix{}
}

func (p *fileParser) linkWords(l *Link) string {
	return fmt.Sprintf("%q of node %q and %q of node %q", l.Ends[0].Iface, p.t.Nodes[l.Ends[0].Node].Name, l.Ends[1].Iface, p.t.Nodes[l.Ends[1].Node].Name)
}
