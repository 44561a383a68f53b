package live

import (
	"net/netip"
	"slices"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// The kernel lists the addresses of an interface in an order in which it looks
// for a source, and which nobody can choose: it follows from the order in which
// they are added (__inet_insert_ifa in net/ipv4/devinet.c, ipv6_link_dev_addr
// in net/ipv6/addrconf.c). Each address belongs to a group, in which IPv4 adds
// it last and IPv6 first. The groups of IPv4 are the primary addresses by their
// scopes, and the secondary ones; those of IPv6 are the scopes.

// addressGroup is the group of an address.
type addressGroup struct {
	ipv6, secondary bool
	scope           uint8
}

func groupOf(a *rtnl.Address) addressGroup {
	ip := a.Prefix.Addr()
	switch {
	case ip.Is4() && IsSecondary(a):
		return addressGroup{secondary: true}
	case ip.Is4():
		return addressGroup{scope: a.Scope}
	}
	return addressGroup{ipv6: true, scope: ipv6Scope(ip)}
}

// ipv6Scope is the scope of an address, by which the kernel sorts: that of a
// loopback address is link-local (ipv6_addr_src_scope in include/net/ipv6.h,
// __ipv6_addr_type in net/ipv6/addrconf_core.c).
func ipv6Scope(ip netip.Addr) uint8 {
	const linkLocal, siteLocal, global = 2, 5, 14 // RFC 4291, section 2.7
	switch {
	case ip.IsLinkLocalUnicast(), ip.IsLoopback():
		return linkLocal
	case siteLocalPrefix.Contains(ip):
		return siteLocal
	}
	return global
}

var siteLocalPrefix = netip.MustParsePrefix("fec0::/10") // RFC 3879

// IsSecondary reports whether an address is an IPv4 address behind another one
// of its subnet. The flag means something else for IPv6.
func IsSecondary(a *rtnl.Address) bool {
	return a.Prefix.Addr().Is4() && a.Flags&unix.IFA_F_SECONDARY != 0
}

// SubnetOf is the network that an address leads to.
func SubnetOf(a *rtnl.Address) netip.Prefix {
	if a.Peer.IsValid() {
		return netip.PrefixFrom(a.Peer, a.Prefix.Bits()).Masked()
	}
	return a.Prefix.Masked()
}

// sameAddress reports whether two are one address of an interface for the
// kernel.
func sameAddress(a, b *rtnl.Address) bool { return a.Prefix == b.Prefix && a.Peer == b.Peer }

// WithAddress returns a list of addresses as it is once the kernel has added
// one. It does not change what is in list.
func WithAddress(list []rtnl.Address, a rtnl.Address) []rtnl.Address {
	if a.Prefix.Addr().Is4() {
		a.Flags &^= unix.IFA_F_SECONDARY
		subnet := SubnetOf(&a)
		if slices.ContainsFunc(list, func(b rtnl.Address) bool { return b.Prefix.Addr().Is4() && SubnetOf(&b) == subnet }) {
			a.Flags |= unix.IFA_F_SECONDARY
		}
	}
	group, at := groupOf(&a), len(list)
	for i := range list {
		switch g := groupOf(&list[i]); {
		case g.ipv6 != group.ipv6:
		case group.ipv6 && g.scope <= group.scope:
			return slices.Insert(slices.Clone(list), i, a)
		case !group.ipv6 && !group.secondary && !g.secondary && g.scope >= group.scope:
			at = i + 1
		case !group.ipv6 && !group.secondary && at == len(list):
			at = i // before all others of IPv4
		}
	}
	if at == len(list) {
		return append(list, a)
	}
	return slices.Insert(slices.Clone(list), at, a)
}

// Reorder returns what leads from the addresses of an interface to others, both
// as the kernel lists them: those to delete, in order, and after that those to
// add, in order. Each address that can stay stays. Deleting a primary address
// takes the secondary ones of its subnet along, unless promote_secondaries is
// set (Documentation/networking/ip-sysctl.rst): they are deleted before it.
func Reorder(have, want []rtnl.Address) (del, add []rtnl.Address) {
	have, want = AsAdded(have), AsAdded(want)
	stays := make([]bool, len(have))
	after := make(map[addressGroup]int) // where the next one that stays may be, -1 for nowhere
	primary := func(of *rtnl.Address) bool {
		for i := range have {
			if have[i].Prefix.Addr().Is4() && !IsSecondary(&have[i]) && SubnetOf(&have[i]) == SubnetOf(of) {
				return stays[i]
			}
		}
		return false
	}
	for i := range want {
		w := &want[i]
		group := groupOf(w)
		from, at := after[group], -1
		if from >= 0 {
			at = slices.IndexFunc(have[from:], func(h rtnl.Address) bool { return groupOf(&h) == group && sameAddress(&h, w) })
		}
		if at < 0 || group.secondary && !primary(w) {
			after[group] = -1 // those behind it come after it
			add = append(add, *w)
			continue
		}
		after[group] = from + at + 1
		stays[from+at] = true
	}
	for i := range slices.Backward(have) {
		if !stays[i] {
			del = append(del, have[i])
		}
	}
	return del, add
}

// AsAdded returns the addresses of a list in an order in which adding them
// yields that list.
func AsAdded(list []rtnl.Address) []rtnl.Address {
	added := make([]rtnl.Address, 0, len(list))
	for _, a := range list {
		if a.Prefix.Addr().Is4() && !IsSecondary(&a) {
			added = append(added, a)
		}
	}
	for _, a := range list {
		if IsSecondary(&a) {
			added = append(added, a)
		}
	}
	for _, a := range slices.Backward(list) {
		if a.Prefix.Addr().Is6() {
			added = append(added, a)
		}
	}
	return added
}
