package iproute

import (
	"context"
	"fmt"
	"math"
	"net/netip"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func parseRouteAdd(mode rtnl.Mode) func(*Command, *words) {
	return func(c *Command, w *words) {
		r := &rtnl.RouteAdd{Mode: mode}
		rp := routeParser{c: c, w: w, r: &r.Route, req: r, adds: true}
		rp.parse()
	}
}

func parseRouteDel(c *Command, w *words) {
	r := &rtnl.RouteDel{}
	rp := routeParser{c: c, w: w, r: &r.Route, req: r}
	rp.parse()
}

// routeParser reads one route. As in ip(8), the family is that of the first
// word that has one.
type routeParser struct {
	c      *Command
	w      *words
	r      *rtnl.Route
	req    rtnl.Request
	adds   bool // for a route to add, not one to delete
	dst    bool // the destination has been given
	tabled bool // the table has been given
	dev    string
	family uint8
}

func (rp *routeParser) parse() {
	rp.family = rp.c.Options.Family
	for rp.w.more() && rp.c.do == nil {
		k := rp.w.keyword(routeKeys)
		if k == "nexthop" {
			rp.w.back()
			rp.c.wrongDevs(peerNoDevice+"\nError: cannot parse nexthop", rp.w.nexthops(&rp.family, rp.r)...)
			break
		}
		routeTexts.take(rp.w, k, func() { rp.one(k) })
	}
	if rp.w.inetOnly("routes", rp.family); rp.w.err != nil || rp.c.do != nil {
		return
	}
	rp.finish()
}

// routeKeys are the parameters of a route (iproute_modify in ip/iproute.c).
const routeKeys keywords = "src as via from tos dsfield* expires metric* priority* preference scope mtu hoplimit advmss " +
	"reordering* rtt rto_min window* cwnd* initcwnd* initrwnd* features* quickack* congctl* rttvar* ssthresh* realm realms* " +
	"onlink nexthop nhid proto protocol* table* vrf* dev oif pref* encap ttl-propagate fastopen_no_cookie* to help*"

// one takes the parameter that starts with the keyword k, "" for none.
func (rp *routeParser) one(k string) {
	w, r := rp.w, rp.r
	switch k {
	case "src":
		r.PrefSrc = w.inetAddr("a source address", rp.family)
		rp.takeFamily(familyOf(r.PrefSrc))
	case "via":
		if r.Gateway.IsValid() {
			w.bad(`one "via"; several gateways are written as "nexthop via ... nexthop via ..."`)
			return
		}
		r.Gateway = w.gateway(&rp.family)
	case "from":
		p := w.inetPrefix("a source", rp.family)
		rp.takeFamily(p.family)
		r.Src = w.network(p)
	case "dev", "oif":
		rp.dev = w.device("an interface")
	case "onlink":
		r.Flags |= unix.RTNH_F_ONLINK
	case "nhid":
		r.NHID = w.uint32("the id of a nexthop")
	case "tos", "dsfield":
		r.TOS = w.dsfield()
	case "table":
		rp.oneTable("table")
		w.table(&r.Table)
	case "vrf":
		rp.oneTable("vrf")
		rp.c.VRF = w.device("a VRF")
	case "protocol", "proto":
		r.Protocol = uint8(w.named(rtProtos, "a routing protocol", 255))
		if rp.adds && r.Protocol == unix.RTPROT_UNSPEC {
			w.bad("a routing protocol other than 0, unspec")
		}
	case "scope":
		r.Scope = rtnl.Some(uint8(w.named(rtScopes, "a scope", 255)))
	case "metric", "priority", "preference":
		r.Priority = w.uint32("a metric")
	case "expires":
		r.Expires = rtnl.Some(w.uint32("a time in seconds"))
	case "pref":
		r.Pref = rtnl.Some(w.routerPref())
	case "realms", "realm":
		r.Realms = w.realms()
	case "ttl-propagate":
		r.TTLPropagate = rtnl.Some(w.enabled())
	case "encap", "as":
		w.notHere(k)
	case "help":
		rp.c.usage(w, routeUsage)
	default:
		if !w.routeMetric(k, r) {
			rp.destination()
		}
	}
}

// oneTable refuses a table besides that of a VRF, and two VRFs. Two tables are
// as in iproute2: see words.table.
func (rp *routeParser) oneTable(k string) {
	if rp.c.VRF != "" || rp.tabled && k == "vrf" {
		rp.w.bad(`one "vrf", or a "table"; a VRF has a table of its own`)
	}
	rp.tabled = true
}

// takeFamily sets the route's family unless it is already set.
func (rp *routeParser) takeFamily(family uint8) {
	if rp.family == unix.AF_UNSPEC {
		rp.family = family
	}
}

// destination takes "[TYPE] PREFIX".
func (rp *routeParser) destination() {
	const want = `"default" or a destination`
	w := rp.w
	if t, ok := routeType(w.peek(), w.loose); ok {
		w.next()
		rp.r.Type = t
	}
	switch {
	case w.keyword("help*") != "":
		rp.c.usage(w, routeUsage)
		return
	case rp.dst && w.more():
		w.next()
		w.bad(`a parameter of a route, such as "via" or "dev"; the destination is already given`)
		w.garbage("to")
		return
	}
	p := w.inetPrefix(want, rp.family)
	rp.takeFamily(p.family)
	rp.r.Dst, rp.dst = w.network(p), true
}

// network returns the destination or source for a prefix; that for all
// addresses is not valid. The kernel refuses an address with bits set before
// "/0".
func (w *words) network(p inetPrefix) netip.Prefix {
	if p.bits() > 0 {
		return p.prefix
	}
	if p.prefix.IsValid() && !p.prefix.Addr().IsUnspecified() && w.err == nil {
		w.status = statusKernel
		w.bad("a prefix without bits set beyond its length; all addresses are %s/0", zeroOf(p.prefix.Addr()))
		if p.prefix.Addr().Is4() {
			w.peer("Error: Invalid prefix for given prefix length.") // the kernel's
		}
	}
	return netip.Prefix{}
}

func zeroOf(a netip.Addr) netip.Addr {
	if a.Is6() {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// finish completes the route from all its words and adds the operation.
func (rp *routeParser) finish() {
	w, r := rp.w, rp.r
	if !rp.dst {
		w.need(`"default" or a destination`)
		return
	}
	if r.NHID != 0 && (rp.dev != "" || r.Gateway.IsValid() || len(r.Nexthops) > 0) {
		w.err = &Error{Status: statusKernel, Err: fmt.Errorf(`"nhid" and "via", "dev", "nexthop" cannot be used together: the nexthop object has them`)}
		w.peer("Error: Nexthop specification and nexthop id are mutually exclusive.") // the kernel's
		return
	}
	if rp.family == unix.AF_UNSPEC {
		rp.family = unix.AF_INET
	}
	r.Family = rp.family
	if !rp.adds && rp.family == unix.AF_INET && !r.Scope.IsSet() {
		r.Scope = delScope(r.Type)
	}
	shorten(r, rp.adds)
	r.OIF.Name = rp.dev
	rp.c.op(rp.req)
	if vrf := rp.c.VRF; vrf != "" {
		rp.c.look(func(ctx context.Context, _ *Session, conn *rtnl.Conn) (err error) {
			r.Table, err = vrfTable(ctx, conn, vrf)
			return err
		})
	}
}

// delScope returns the scope that ip(8) uses for deleting a route, absent for
// any.
func delScope(typ uint8) rtnl.Opt[uint8] {
	switch typ {
	case unix.RTN_LOCAL, unix.RTN_NAT:
		return rtnl.Some[uint8](unix.RT_SCOPE_HOST)
	case unix.RTN_BROADCAST, unix.RTN_MULTICAST, unix.RTN_ANYCAST:
		return rtnl.Some[uint8](unix.RT_SCOPE_LINK)
	}
	return rtnl.Opt[uint8]{}
}

// shorten leaves out what a request means by default, so that there is one form
// for each route.
func shorten(r *rtnl.Route, adds bool) {
	if r.Table == rtnl.DefaultRouteTable(r.Type) {
		r.Table = 0
	}
	if r.Metrics != nil && *r.Metrics == (rtnl.RouteMetrics{}) {
		r.Metrics = nil
	}
	if !adds {
		return
	}
	if r.Type == unix.RTN_UNICAST {
		r.Type = 0
	}
	if r.Protocol == unix.RTPROT_BOOT {
		r.Protocol = 0
	}
}

// routerPref takes a router preference.
func (w *words) routerPref() uint8 {
	s := w.need("a router preference")
	for v, name := range routePrefs {
		if s == name && s != "" {
			return uint8(v)
		}
	}
	if w.err == nil {
		n, err := parseUint(s)
		if err == nil && n <= math.MaxUint8 {
			return uint8(n)
		}
		w.bad(`a router preference: "low", "medium", "high" or a number up to 255`)
	}
	return 0
}

func (w *words) enabled() uint8 {
	switch w.keyword("enabled* disabled*") {
	case "enabled":
		return 1
	case "disabled":
		return 0
	}
	w.need(`"enabled" or "disabled"`)
	w.bad(`"enabled" or "disabled"`)
	return 0
}

// table takes a routing table. A table above 255 has its own attribute in a
// request, which counts even if another table is named later.
func (w *words) table(t *uint32) {
	before := *t
	*t = w.named(rtTables, "a table", math.MaxUint32)
	switch {
	case w.err == nil && before > 255 && *t <= 255:
		w.warn("word %d, %q: table %d counts, as it is above 255", w.at+w.i-1, w.all[w.i-1], before)
		*t = before
	case *t == 0:
		*t = unix.RT_TABLE_MAIN // as for the kernel (fib_get_table)
	}
}
