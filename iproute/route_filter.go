package iproute

import (
	"context"
	"math"
	"net/netip"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A routeFilter selects routes, as the SELECTOR of ip-route(8). If it allows
// only one value, the output omits that value.
type routeFilter struct {
	family uint8 // from "-4" and "-6"
	table  uint32
	clones cloneFilter
	// A mask of 0 ignores the value.
	protocol, scope, tos             maskedUint8
	metric, realms, oif, iif, mark   maskedUint32
	types                            uint32 // one bit for each type; 0 means all
	root, match, fromRoot, fromMatch prefixFilter
	via, src                         inetPrefix
	// dev and in are the names for oif and iif, looked up later.
	dev, in string
	// vrf is the name of the VRF whose table is meant, looked up later.
	vrf string

	// otherTables says that an IPv6 route outside the main table was seen: see
	// inTable.
	otherTables bool
}

// cloneFilter selects between the routes of a table and those derived from them
// (RTM_F_CLONED).
type cloneFilter uint8

const (
	notCloned cloneFilter = iota
	onlyCloned
	clonedOrNot
)

type maskedUint8 struct{ value, mask uint8 }

type maskedUint32 struct{ value, mask uint32 }

func exactly8(v uint8) maskedUint8    { return maskedUint8{v, math.MaxUint8} }
func exactly32(v uint32) maskedUint32 { return maskedUint32{v, math.MaxUint32} }

func (m maskedUint8) has(v uint8) bool   { return (m.value^v)&m.mask == 0 }
func (m maskedUint32) has(v uint32) bool { return (m.value^v)&m.mask == 0 }

// prefixFilter compares a route's prefix with one.
type prefixFilter struct {
	set bool
	inetPrefix
}

// has reports whether a route is selected: its prefix p is within that of the
// filter (root), or contains it (match).
func (f prefixFilter) has(r *rtnl.Route, p netip.Prefix, root bool) bool {
	if !f.set || !f.isSet() {
		return true
	}
	bits := max(p.Bits(), 0)
	if f.family != unix.AF_UNSPEC && f.family != r.Family {
		return false
	}
	if root {
		return f.bits() <= bits && sameBits(p.Addr(), f.prefix.Addr(), f.bits())
	}
	return f.bits() >= bits && sameBits(p.Addr(), f.prefix.Addr(), bits)
}

// has reports whether a route is selected. It must be called for all routes of
// a dump, in order.
func (f *routeFilter) has(r *rtnl.Route) bool {
	if f.family != unix.AF_UNSPEC && f.family != r.Family {
		return false
	}
	if r.Family == unix.AF_INET6 && r.Table != unix.RT_TABLE_MAIN {
		f.otherTables = true
	}
	cloned := r.Flags&unix.RTM_F_CLONED != 0
	return (f.clones == clonedOrNot || cloned == (f.clones == onlyCloned)) &&
		f.inTable(r) &&
		f.protocol.has(r.Protocol) && f.scope.has(r.Scope.Or(0)) && f.tos.has(r.TOS) &&
		(f.types == 0 || f.hasType(r.Type)) &&
		f.root.has(r, r.Dst, true) && f.match.has(r, r.Dst, false) &&
		f.fromRoot.has(r, r.Src, true) && f.fromMatch.has(r, r.Src, false) &&
		hasAddr(f.via, r, r.Gateway) && hasAddr(f.src, r, r.PrefSrc) &&
		f.metric.has(r.Priority) && f.realms.has(r.Realms) && f.oif.has(r.OIF.Index) && f.iif.has(r.IIF) && f.mark.has(r.Mark)
}

func (f *routeFilter) hasType(t uint8) bool { return t < 32 && f.types>>t&1 != 0 }

// inTable reports whether a route is in the table. Like ip(8), it assumes that
// a dump with only IPv6's main table is from a kernel with one table, in which
// the type marks local routes.
func (f *routeFilter) inTable(r *rtnl.Route) bool {
	if f.table == 0 {
		return true
	}
	if r.Family == unix.AF_INET6 && !f.otherTables {
		switch f.table {
		case unix.RT_TABLE_LOCAL:
			return r.Type == unix.RTN_LOCAL
		case unix.RT_TABLE_MAIN:
			return r.Type != unix.RTN_LOCAL
		}
		return false
	}
	return f.table == r.Table
}

// hasAddr compares a gateway or a source with a prefix.
func hasAddr(p inetPrefix, r *rtnl.Route, a netip.Addr) bool {
	family := familyOf(a)
	if family == unix.AF_UNSPEC {
		family = r.Family
	}
	return p.family == unix.AF_UNSPEC || p.family == family && sameBits(a, p.prefix.Addr(), p.bits())
}

// resolve looks up the interfaces and the VRF.
func (f *routeFilter) resolve(ctx context.Context, conn *rtnl.Conn) (err error) {
	if f.vrf != "" {
		if f.table, err = vrfTable(ctx, conn, f.vrf); err != nil {
			return err
		}
	}
	for _, d := range []struct {
		name string
		m    *maskedUint32
	}{{f.in, &f.iif}, {f.dev, &f.oif}} {
		if d.name == "" {
			continue
		}
		index, err := conn.LinkIndex(ctx, d.name)
		if err != nil {
			return err
		}
		*d.m = exactly32(index)
	}
	return nil
}

// routeFilter takes a selector, up to the end of the line. It returns nil for
// "help".
func (c *Command) routeFilter(w *words) *routeFilter {
	f := &routeFilter{family: c.Options.Family, table: unix.RT_TABLE_MAIN}
	for w.more() {
		k := w.keyword(routeFilterKeys)
		if k == "help" || k == "table" && w.is("help") {
			// iproute2 knows this keyword only after "table". Elsewhere it
			// complains that it is no prefix.
			c.usage(w, routeUsage)
			if k == "help" && !w.loose {
				c.do = printUsageWith(routeUsage, statusFailed)
			}
			return nil
		}
		routeFilterTexts.take(w, k, func() { f.one(w, k) })
	}
	return f
}

// routeFilterKeys are the parameters of a selector (iproute_list_flush_or_save
// in ip/iproute.c).
const routeFilterKeys keywords = "table* vrf* cache cached* cloned* tos dsfield* proto protocol* scope* type* dev oif iif mark " +
	"metric* priority* preference via src realm realms* from* to* help"

// one takes the part of a selector that starts with the keyword k, "" for none.
func (f *routeFilter) one(w *words, k string) {
	switch k {
	case "table":
		f.vrf = ""
		switch {
		case w.is("all"):
			f.table = 0
		case w.is("cache"):
			f.clones = onlyCloned
		default:
			f.table = w.named(rtTables, `a table, "all" or "cache"`, math.MaxUint32)
		}
	case "cached", "cloned", "cache":
		f.clones = onlyCloned
	case "tos", "dsfield":
		f.tos = exactly8(w.dsfield())
	case "protocol", "proto":
		if w.is("all") {
			f.protocol = maskedUint8{}
		} else {
			f.protocol = exactly8(uint8(w.named(rtProtos, `a routing protocol or "all"`, 255)))
		}
	case "scope":
		if w.is("all") {
			f.scope = maskedUint8{}
		} else {
			f.scope = exactly8(uint8(w.named(rtScopes, `a scope or "all"`, 255)))
		}
	case "type":
		f.types = 1 << w.routeType()
	case "dev", "oif":
		f.dev = w.device("an interface")
	case "iif":
		f.in = w.device("an interface")
	case "mark":
		f.mark = exactly32(w.uint32("a mark"))
	case "metric", "priority", "preference":
		f.metric = exactly32(w.uint32("a metric"))
	case "via":
		family := f.family
		if w.is("inet") {
			family = unix.AF_INET
		} else if w.is("inet6") {
			family = unix.AF_INET6
		}
		f.via = w.inetPrefix("a gateway", family)
	case "src":
		f.src = w.inetPrefix("a source", f.family)
	case "realms", "realm":
		f.realms = w.realmsFilter()
	case "vrf":
		f.vrf = w.device("a VRF")
		f.types = ^uint32(1<<unix.RTN_LOCAL | 1<<unix.RTN_BROADCAST)
	case "from":
		w.prefixFilter(f.family, &f.fromRoot, &f.fromMatch)
	default:
		w.prefixFilter(f.family, &f.root, &f.match)
	}
}

// prefixFilter takes "[root | match | exact] PREFIX".
func (w *words) prefixFilter(family uint8, root, match *prefixFilter) {
	const want = "a destination or source"
	switch w.keyword("root* match* exact*") {
	case "root":
		*root = prefixFilter{true, w.inetPrefix(want, family)}
	case "match":
		*match = prefixFilter{true, w.inetPrefix(want, family)}
	default:
		*match = prefixFilter{true, w.inetPrefix(want, family)}
		*root = *match
	}
}

// routeType takes the name or number of a type of route.
func (w *words) routeType() uint8 {
	s := w.need("a type of route")
	if w.err != nil {
		return 0
	}
	if t, ok := routeType(s, w.loose); ok {
		return t
	}
	n, err := parseUint(s)
	if err != nil || n > 31 {
		w.bad("a type of route, such as unicast, local or blackhole")
	}
	return uint8(n)
}

// realmsFilter takes realms. A side of the "/" that is missing matches any
// realm.
func (w *words) realmsFilter() maskedUint32 {
	s := w.peek()
	m := exactly32(w.realms())
	if m.value&0xffff == 0 && strings.HasSuffix(s, "/") {
		m.mask &^= 0xffff
	}
	if m.value>>16 == 0 && (!strings.Contains(s, "/") || s[0] == '/') {
		m.mask &^= 0xffff0000
	}
	return m
}

// dump returns the request to the kernel. It filters by the values that ip(8)
// filters by, and no others.
func (f *routeFilter) dump() rtnl.RouteDump {
	d := rtnl.RouteDump{
		Family: f.family, Table: f.table, OIF: f.oif.value, Protocol: f.protocol.value, Cloned: f.clones == onlyCloned,
	}
	if d.Family == unix.AF_UNSPEC && d.Table != 0 {
		d.Family = unix.AF_INET
	}
	return d
}
