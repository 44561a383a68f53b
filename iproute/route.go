package iproute

import (
	"slices"
	"strconv"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

var routeObject = object{
	name: "route",
	bare: "list",
	verbs: []verb{
		{name: "add", parse: parseRouteAdd(rtnl.ModeAdd)},
		{name: "change", parse: parseRouteAdd(rtnl.ModeChange)},
		{name: "chg", parse: parseRouteAdd(rtnl.ModeChange)},
		{name: "replace", parse: parseRouteAdd(rtnl.ModeReplace)},
		{name: "prepend", parse: parseRouteAdd(rtnl.ModePrepend)},
		{name: "append", parse: parseRouteAdd(rtnl.ModeAppend)},
		{name: "test"},
		{name: "delete", parse: parseRouteDel},
		{name: "list", parse: parseRouteShow},
		{name: "show", parse: parseRouteShow},
		{name: "lst", parse: parseRouteShow},
		{name: "get", parse: parseRouteGet},
		{name: "flush", parse: parseRouteFlush},
		{name: "save"}, {name: "restore"}, {name: "showdump"},
	},
	format: ofRequest(formatRoute),
	usage:  routeUsage,
}

const routeUsage = `Routes:
  ip route { add | change | replace | prepend | append | delete } ROUTE
  ip route [ show ] [ SELECTOR ... ]
  ip route flush SELECTOR ...
  ip route get [ fibmatch ] ADDRESS [ from ADDRESS ] [ iif DEV ] [ oif DEV ]
               [ vrf NAME ] [ tos TOS ] [ mark N ] [ uid N ]
               [ ipproto PROTOCOL ] [ sport N ] [ dport N ]
ROUTE:     [ TYPE ] PREFIX [ from PREFIX ] [ tos TOS ]
           [ table TABLE | vrf NAME ] [ proto PROTO ] [ scope SCOPE ]
           [ metric N ] [ src ADDRESS ] [ realms [FROM/]TO ] [ expires SECONDS ]
           [ pref PREF ] [ ttl-propagate { enabled | disabled } ]
           [ METRIC ... ]
           { NEXTHOP | nhid ID | nexthop NEXTHOP [ weight N ] nexthop ... }
NEXTHOP:   [ via [ inet | inet6 ] ADDRESS ] [ dev DEV ] [ onlink ]
METRIC:    { mtu | window | rtt | rttvar | ssthresh | cwnd | advmss | reordering
           | hoplimit | initcwnd | initrwnd } [ lock ] N,
           congctl [ lock ] NAME, rto_min TIME, features ecn,
           quickack { 0 | 1 }, fastopen_no_cookie { 0 | 1 }
SELECTOR:  [ to ] [ root | match | exact ] PREFIX,
           from [ root | match | exact ] PREFIX, table { TABLE | all | cache },
           vrf NAME, cached, dev DEV, via [ inet | inet6 ] PREFIX, src PREFIX,
           proto PROTO, scope SCOPE, type TYPE, tos TOS, metric N,
           realms REALMS, iif DEV, mark N
TYPE:      unicast, local, broadcast, anycast, multicast, blackhole,
           unreachable, prohibit, throw, nat
`

// routeTypes are the types of routes, RTN_* (rtnl_rtntype_n2a in ip/rtm_map.c).
var routeTypes = [...]string{
	unix.RTN_UNSPEC: "none", unix.RTN_UNICAST: "unicast", unix.RTN_LOCAL: "local", unix.RTN_BROADCAST: "broadcast",
	unix.RTN_ANYCAST: "anycast", unix.RTN_MULTICAST: "multicast", unix.RTN_BLACKHOLE: "blackhole",
	unix.RTN_UNREACHABLE: "unreachable", unix.RTN_PROHIBIT: "prohibit", unix.RTN_THROW: "throw",
	unix.RTN_NAT: "nat", unix.RTN_XRESOLVE: "xresolve",
}

// routeTypeKeys are the names of types (rtnl_rtntype_a2n in ip/rtm_map.c).
const routeTypeKeys keywords = "local nat broadcast* brd anycast* multicast* prohibit* unreachable* blackhole* xresolve* unicast* throw"

// routeType returns the type for a word. If loose is set, the word may be
// abbreviated, as in iproute2.
func routeType(word string, loose bool) (uint8, bool) {
	name := routeTypeKeys.find(word, loose)
	if name == "brd" {
		name = "broadcast"
	}
	i := slices.Index(routeTypes[:], name)
	return uint8(max(i, 0)), name != "" && i > 0
}

func routeTypeName(t uint8, o *Options) string {
	if o.Numeric || int(t) >= len(routeTypes) {
		return strconv.Itoa(int(t))
	}
	return routeTypes[t]
}

// Router preferences of RFC 4191, as in RTA_PREF (ICMPV6_ROUTER_PREF_* in
// include/uapi/linux/icmpv6.h).
var routePrefs = [...]string{0: "medium", 1: "high", 3: "low"}

// routePref returns the word for a preference, if there is one.
func routePref(v uint8) (word string, ok bool) {
	if int(v) < len(routePrefs) {
		word = routePrefs[v]
	}
	return word, word != ""
}
