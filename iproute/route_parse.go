package iproute

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func parseRouteAdd(mode rtnl.Mode) func(*Command, *words) {
	return func(c *Command, w *words) {
		r := &rtnl.RouteAdd{Mode: mode}
		rw := routeWords{c: c, w: w, r: &r.Route, req: r, adds: true}
		rw.parse()
	}
}

func parseRouteDel(c *Command, w *words) {
	r := &rtnl.RouteDel{}
	rw := routeWords{c: c, w: w, r: &r.Route, req: r}
	rw.parse()
}

// routeWords reads one route. As in ip(8) the family is that of the first word
// that has one.
type routeWords struct {
	c      *Command
	w      *words
	r      *rtnl.Route
	req    rtnl.Request
	adds   bool // for adding, not for deleting
	dst    bool // the destination is already given
	dev    string
	family uint8
}

func (rw *routeWords) parse() {
	rw.family = rw.c.Options.Family
	for rw.w.more() && rw.c.do == nil {
		k := rw.w.keyword(routeKeys)
		if k == "nexthop" {
			rw.w.back()
			rw.c.wrongDevs(peerNoDevice+"\nError: cannot parse nexthop", rw.w.nexthops(&rw.family, rw.r)...)
			break
		}
		rw.one(k)
	}
	if rw.w.inetOnly("routes", rw.family); rw.w.err != nil || rw.c.do != nil {
		return
	}
	rw.finish()
}

// routeKeys are the parameters of a route (iproute_modify in ip/iproute.c).
const routeKeys keywords = "src as via from tos dsfield* expires metric* priority* preference scope mtu hoplimit advmss " +
	"reordering* rtt rto_min window* cwnd* initcwnd* initrwnd* features* quickack* congctl* rttvar* ssthresh* realm realms* " +
	"onlink nexthop nhid proto protocol* table* vrf* dev oif pref* encap ttl-propagate fastopen_no_cookie* to help*"

// one takes the parameter that starts with the keyword k, "" for none.
func (rw *routeWords) one(k string) {
	w, r := rw.w, rw.r
	switch k {
	case "src":
		r.PrefSrc = w.inetAddr("a source address", rw.family)
		rw.takeFamily(familyOf(r.PrefSrc))
	case "via":
		if r.Gateway.IsValid() {
			w.bad(`one "via"; several gateways are written as "nexthop via ... nexthop via ..."`)
			return
		}
		r.Gateway = w.gateway(&rw.family)
	case "from":
		p := w.inetPrefix("a source", rw.family)
		rw.takeFamily(p.family)
		r.Src = w.network(p)
	case "dev", "oif":
		rw.dev = w.device("an interface")
	case "onlink":
		r.Flags |= unix.RTNH_F_ONLINK
	case "nhid":
		r.NHID = w.uint32("the id of a nexthop")
	case "tos", "dsfield":
		r.TOS = w.dsfield()
	case "table":
		w.table(&r.Table)
	case "protocol", "proto":
		r.Protocol = uint8(w.named(rtProtos, "a routing protocol", 255))
		if rw.adds && r.Protocol == unix.RTPROT_UNSPEC {
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
	case "encap", "as", "vrf":
		w.notHere(k)
	case "help":
		rw.c.usage(w, routeUsage)
	default:
		if !w.routeMetric(k, r) {
			rw.destination()
		}
	}
}

// takeFamily fixes the route's family, unless it is fixed.
func (rw *routeWords) takeFamily(family uint8) {
	if rw.family == unix.AF_UNSPEC {
		rw.family = family
	}
}

// destination takes "[TYPE] PREFIX".
func (rw *routeWords) destination() {
	const want = `"default" or a destination`
	w := rw.w
	if t, ok := routeType(w.peek(), w.loose); ok {
		w.next()
		rw.r.Type = t
	}
	switch {
	case w.keyword("help*") != "":
		rw.c.usage(w, routeUsage)
		return
	case rw.dst && w.more():
		w.next()
		w.bad(`a parameter of a route, such as "via" or "dev"; the destination is already given`)
		w.garbage("to")
		return
	}
	p := w.inetPrefix(want, rw.family)
	rw.takeFamily(p.family)
	rw.r.Dst, rw.dst = w.network(p), true
}

// network returns what a prefix stands for in a route: not valid for that of all
// addresses. An address behind the "/0" is what the kernel refuses.
func (w *words) network(p inetPrefix) netip.Prefix {
	if p.bits() > 0 {
		return p.prefix
	}
	if p.prefix.IsValid() && !p.prefix.Addr().IsUnspecified() && w.err == nil {
		w.status = statusKernel
		w.bad("a prefix without bits set beyond its length; all addresses are %s/0", zeroOf(p.prefix.Addr()))
	}
	return netip.Prefix{}
}

func zeroOf(a netip.Addr) netip.Addr {
	if a.Is6() {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// finish completes the route from all its words, and makes the operation.
func (rw *routeWords) finish() {
	w, r := rw.w, rw.r
	if !rw.dst {
		w.need(`"default" or a destination`)
		return
	}
	if r.NHID != 0 && (rw.dev != "" || r.Gateway.IsValid() || len(r.Nexthops) > 0) {
		w.err = &Error{Status: statusKernel, Err: fmt.Errorf(`"nhid" and "via", "dev", "nexthop" cannot be used together: the nexthop object has them`)}
		return
	}
	if rw.family == unix.AF_UNSPEC {
		rw.family = unix.AF_INET
	}
	r.Family = rw.family
	if !rw.adds && rw.family == unix.AF_INET && !r.Scope.IsSet() {
		r.Scope = delScope(r.Type)
	}
	shorten(r, rw.adds)
	r.OIF.Name = rw.dev
	rw.c.op(rw.req)
}

// delScope is the scope that ip(8) gives a route to delete, absent for any.
func delScope(typ uint8) rtnl.Opt[uint8] {
	switch typ {
	case unix.RTN_LOCAL, unix.RTN_NAT:
		return rtnl.Some[uint8](unix.RT_SCOPE_HOST)
	case unix.RTN_BROADCAST, unix.RTN_MULTICAST, unix.RTN_ANYCAST:
		return rtnl.Some[uint8](unix.RT_SCOPE_LINK)
	}
	return rtnl.Opt[uint8]{}
}

// shorten leaves out what a request means by itself, so that there is one way to
// say it.
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

// notHere says that the last word is one that ip(8) has and nslab does not.
func (w *words) notHere(word string) {
	w.bad("something that nslab supports; it does not support %q of ip(8)", word)
}

// dsfield takes a type of service: a name, or a number that ip(8) reads as
// hexadecimal with "0x" and without.
func (w *words) dsfield() uint8 {
	s := w.need("a type of service")
	if w.err != nil {
		return 0
	}
	v, ok := parseDSField(s)
	if !ok {
		w.bad("a type of service, a name from %s/rt_dsfield or a hexadecimal number up to ff", confDir)
	}
	return v
}

func parseDSField(s string) (uint8, bool) {
	rtDsfield.load()
	if n, ok := rtDsfield.byName[s]; ok {
		return uint8(n), true
	}
	if len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
		s = s[2:]
	}
	n, err := strconv.ParseUint(s, 16, 8)
	return uint8(n), err == nil
}

// dsfieldText is a type of service in the words of ip(8).
func dsfieldText(v uint8, o *Options) string {
	if !o.Numeric {
		rtDsfield.load()
		if s, ok := rtDsfield.byNum[uint32(v)]; ok {
			return s
		}
	}
	return fmt.Sprintf("0x%02x", v)
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

// table takes a routing table. One above 255 has an attribute of its own in a
// request, which counts however many others are named.
func (w *words) table(t *uint32) {
	before := *t
	*t = w.named(rtTables, "a table", math.MaxUint32)
	switch {
	case w.err == nil && before > 255 && *t <= 255:
		w.warn("word %d, %q: table %d counts, as it is above 255", w.at+w.i-1, w.all[w.i-1], before)
		*t = before
	case *t == 0:
		*t = unix.RT_TABLE_MAIN // as to the kernel (fib_get_table)
	}
}
