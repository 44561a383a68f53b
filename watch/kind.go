package watch

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// A Kind says what an Event is about.
type Kind uint8

// The kinds of objects, and NetNS for the namespaces themselves.
const (
	Link Kind = iota
	Address
	Route
	Neighbour
	FDB
	Rule
	Qdisc
	NetNS
)

// kinds are the names of kinds, and their multicast groups.
var kinds = [...]struct {
	name   string
	groups []uint32
}{
	Link:      {"link", []uint32{unix.RTNLGRP_LINK}},
	Address:   {"address", []uint32{unix.RTNLGRP_IPV4_IFADDR, unix.RTNLGRP_IPV6_IFADDR}},
	Route:     {"route", []uint32{unix.RTNLGRP_IPV4_ROUTE, unix.RTNLGRP_IPV6_ROUTE}},
	Neighbour: {"neigh", []uint32{unix.RTNLGRP_NEIGH}},
	FDB:       {"fdb", []uint32{unix.RTNLGRP_NEIGH}},
	Rule:      {"rule", []uint32{unix.RTNLGRP_IPV4_RULE, unix.RTNLGRP_IPV6_RULE}},
	Qdisc:     {"qdisc", []uint32{unix.RTNLGRP_TC}},
	NetNS:     {name: "netns"},
}

// String returns the name of a kind as ParseKinds reads it; that of NetNS is
// "netns".
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k].name
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Kinds is a set of kinds of objects. The zero Kinds means all.
type Kinds uint8

// KindNames returns the names that ParseKinds accepts.
func KindNames() []string {
	var names []string
	for k := Link; k < NetNS; k++ {
		names = append(names, k.String())
	}
	return names
}

// ParseKinds reads names separated by commas: link, address, route, neigh, fdb,
// rule, qdisc.
func ParseKinds(s string) (Kinds, error) {
	var all Kinds
words:
	for _, word := range strings.Split(s, ",") {
		for k := Link; k < NetNS; k++ {
			if word == k.String() {
				all |= 1 << k
				continue words
			}
		}
		return 0, fmt.Errorf("%q: expected names from %s, separated by commas", word, strings.Join(KindNames(), ","))
	}
	return all, nil
}

// Has reports whether k is in the set.
func (s Kinds) Has(k Kind) bool { return s == 0 || s&(1<<k) != 0 }

// groups returns the multicast groups of a set.
func (s Kinds) groups() []uint32 {
	var all []uint32
	seen := make(map[uint32]bool)
	for k := Link; k < NetNS; k++ {
		for _, g := range kinds[k].groups {
			if s.Has(k) && !seen[g] {
				seen[g] = true
				all = append(all, g)
			}
		}
	}
	return all
}
