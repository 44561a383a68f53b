package iproute

import (
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// gateway takes what follows "via": an address, or a family and an address of
// that family. The address determines the route's family if that is not set.
func (w *words) gateway(route *uint8) netip.Addr {
	family := *route
	switch {
	case w.is("inet"):
		family = unix.AF_INET
	case w.is("inet6"):
		family = unix.AF_INET6
	case w.is("mpls", "link", "bridge"):
		w.bad(`"inet", "inet6" or an address of one of them`)
	}
	a := w.inetAddr("a gateway", family)
	if *route == unix.AF_UNSPEC {
		*route = familyOf(a)
	}
	return a
}

// nexthops takes "nexthop NEXTHOP nexthop NEXTHOP ..." up to the end of the
// line. It also returns the names of the interfaces.
func (w *words) nexthops(family *uint8, r *rtnl.Route) (devs []string) {
	for w.more() {
		if w.next() != "nexthop" {
			w.bad(`"nexthop", or the end of the line`)
			w.peer("Error: \"nexthop\" or end of line is expected instead of %q", w.all[w.i-1])
			return nil
		}
		if !w.more() {
			w.need(`"via", "dev" or "weight" of the nexthop`)
			w.peer(`Error: unexpected end of line after "nexthop"`)
			return nil
		}
		h := w.nexthop(family)
		r.Nexthops, devs = append(r.Nexthops, h), append(devs, h.OIF.Name)
	}
	return devs
}

// nexthop takes one nexthop, up to a word that does not belong to it.
func (w *words) nexthop(family *uint8) (h rtnl.Nexthop) {
	for w.more() {
		switch k := w.keyword(nexthopKeys); k {
		case "via":
			if first := h.Gateway; first.IsValid() {
				w.firstCounts(first)
				w.gateway(family)
				continue
			}
			h.Gateway = w.gateway(family)
		case "dev":
			h.OIF.Name = w.device("an interface")
		case "weight":
			routeTexts.take(w, k, func() { h.Weight = uint16(w.number("a weight", 1, 256)) })
		case "onlink":
			h.Flags |= unix.RTNH_F_ONLINK
		case "realms", "realm":
			if first := h.Realms; first != 0 {
				w.firstCounts(realmsWord(first))
				w.realms()
				continue
			}
			h.Realms = w.realms()
		case "encap", "as":
			w.notHere(k)
		default:
			return h
		}
	}
	return h
}

// firstCounts says that a parameter of a nexthop is repeated. iproute2 allows
// that, and the kernel uses the first.
func (w *words) firstCounts(first any) {
	if !w.loose {
		w.bad("each parameter of a nexthop once")
		return
	}
	w.warn("word %d, %q: the first, %v, counts", w.at+w.i-1, w.all[w.i-1], first)
}

// nexthopKeys are the parameters of a nexthop (parse_one_nh in ip/iproute.c).
const nexthopKeys keywords = "via dev weight onlink realm realms* encap as"

// realms takes routing realms: "TO" or "FROM/TO", which are names or numbers up
// to 255, or both as one number.
func (w *words) realms() uint32 {
	s := w.need("realms")
	if w.err != nil {
		return 0
	}
	v, ok := parseRealms(s)
	if !ok {
		w.bad("realms, TO or FROM/TO: names from %s/rt_realms or numbers up to 255", confDir)
	}
	return v
}

func parseRealms(s string) (uint32, bool) {
	from, to, both := strings.Cut(s, "/")
	if !both {
		from, to = "", s
	}
	var f, t uint32
	ok := s != ""
	if from != "" || both {
		f, ok = rtRealms.number(from, 255)
	}
	if ok && to != "" {
		t, ok = rtRealms.number(to, 255)
	}
	if ok {
		return f<<16 | t, true
	}
	n, err := parseUint(s)
	return uint32(n), err == nil && n <= math.MaxUint32
}

// realmsWord returns the word that parseRealms reads as realms.
func realmsWord(realms uint32) string {
	from, to := realms>>16, realms&0xffff
	num := func(v uint32) string { return strconv.FormatUint(uint64(v), 10) }
	switch {
	case from > 255 || to > 255:
		return num(realms)
	case from != 0:
		return num(from) + "/" + num(to)
	}
	return num(to)
}
