package watch

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func readRoute(m rtnl.Message) (object, bool, error) {
	r, err := rtnl.DecodeRoute(m)
	if err != nil || r.Family != unix.AF_INET && r.Family != unix.AF_INET6 || r.Flags&unix.RTM_F_CLONED != 0 {
		return object{}, false, err
	}
	name := "default"
	switch {
	case r.Dst.Bits() > 0:
		name = r.Dst.String()
	case r.Family == unix.AF_INET6:
		name = "::/0"
	}
	if r.Src.Bits() > 0 {
		name += " from " + r.Src.String()
	}
	if r.TOS != 0 {
		name += " tos 0x" + strconv.FormatUint(uint64(r.TOS), 16)
	}
	if r.Table != unix.RT_TABLE_MAIN {
		name += " table " + tableName(r.Table)
	}
	if r.Priority != 0 {
		name += " metric " + strconv.FormatUint(uint64(r.Priority), 10)
	}
	return object{key: key{Route, 0, name}, name: name, facts: routeFacts(&r)}, true, nil
}

// routeFacts returns the facts of a route. They do not include state flags such
// as RTNH_F_LINKDOWN, the lifetime and counters, which change without a
// notification.
func routeFacts(r *rtnl.Route) facts {
	var w factWriter
	if r.Type != unix.RTN_UNICAST {
		w.add("type", routeTypeName(r.Type))
	}
	w.number("nhid", r.NHID)
	if r.Gateway.IsValid() {
		w.add("via", r.Gateway.String())
	}
	w.link("dev", r.OIF.Index)
	for i := range r.Nexthops {
		w.add("nexthop", nexthopText(&r.Nexthops[i]))
	}
	if r.EncapType != 0 {
		w.add("encap", encapText(r.EncapType, r.Encap))
	}
	if r.Protocol != unix.RTPROT_BOOT {
		w.add("proto", protocolName(r.Protocol))
	}
	if s, ok := r.Scope.Get(); ok && r.Family == unix.AF_INET && s != unix.RT_SCOPE_UNIVERSE {
		w.add("scope", scopeName(s))
	}
	if r.PrefSrc.IsValid() {
		w.add("src", r.PrefSrc.String())
	}
	if r.Realms != 0 {
		w.add("realms", realmsText(r.Realms))
	}
	w.flag("onlink", r.Flags&unix.RTNH_F_ONLINK != 0)
	if m := r.Metrics; m != nil {
		metricFacts(&w, m)
	}
	if p, ok := r.Pref.Get(); ok && p != 0 {
		w.add("pref", strconv.Itoa(int(p)))
	}
	return w.facts()
}

func metricFacts(w *factWriter, m *rtnl.RouteMetrics) {
	for _, one := range []struct {
		name  string
		value uint32
	}{
		{"lock", m.Lock}, {"mtu", m.MTU}, {"window", m.Window}, {"advmss", m.AdvMSS},
		{"rtt", m.RTT}, {"rttvar", m.RTTVar}, {"rto_min", m.RTOMin},
		{"ssthresh", m.SSThresh}, {"cwnd", m.CWND}, {"initcwnd", m.InitCWND}, {"initrwnd", m.InitRWND},
		{"reordering", m.Reordering}, {"hoplimit", m.HopLimit}, {"features", m.Features},
		{"quickack", m.QuickACK}, {"fastopen_no_cookie", m.FastOpenNoCookie},
	} {
		w.number(one.name, one.value)
	}
	w.text("congctl", m.Congestion)
}

func nexthopText(h *rtnl.Nexthop) string {
	var words []string
	if h.Gateway.IsValid() {
		words = append(words, "via", h.Gateway.String())
	}
	if h.OIF.Index != 0 {
		words = append(words, "dev", linkText(h.OIF.Index))
	}
	if h.Weight > 1 {
		words = append(words, "weight", strconv.Itoa(int(h.Weight)))
	}
	if h.Realms != 0 {
		words = append(words, "realms", realmsText(h.Realms))
	}
	if h.EncapType != 0 {
		words = append(words, "encap", encapText(h.EncapType, h.Encap))
	}
	if h.Flags&unix.RTNH_F_ONLINK != 0 {
		words = append(words, "onlink")
	}
	return strings.Join(words, " ")
}

func encapText(typ uint16, attrs []byte) string {
	return strconv.Itoa(int(typ)) + " " + hex.EncodeToString(attrs)
}

func realmsText(r uint32) string {
	return strconv.Itoa(int(r>>16)) + "/" + strconv.Itoa(int(r&0xffff))
}

// isMultipath6 reports whether an IPv6 route is one that the kernel merges into
// a route with several nexthops: one with a gateway.
func isMultipath6(o *object) bool {
	if !is6(o) {
		return false
	}
	_, one := o.facts.get("via")
	_, several := o.facts.get("nexthop")
	return one || several
}

// is6 reports whether a route is an IPv6 route.
func is6(o *object) bool { return strings.Contains(firstWord(o.name), ":") }

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// routeTypes are RTN_* as in ip(8).
var routeTypes = []string{"none", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw", "nat", "xresolve"}

func routeTypeName(t uint8) string {
	if int(t) < len(routeTypes) {
		return routeTypes[t]
	}
	return strconv.Itoa(int(t))
}

// protocols are RTPROT_* as in ip(8) (include/uapi/linux/rtnetlink.h). Names
// from /etc/iproute2 are not used, because they may differ between namespaces.
var protocols = map[uint8]string{
	0: "unspec", 1: "redirect", 2: "kernel", 3: "boot", 4: "static", 8: "gated", 9: "ra", 10: "mrt", 11: "zebra",
	12: "bird", 13: "dnrouted", 14: "xorp", 15: "ntk", 16: "dhcp", 17: "mrouted", 18: "keepalived", 42: "babel",
	84: "ovn", 99: "openr", 186: "bgp", 187: "isis", 188: "ospf", 189: "rip", 192: "eigrp",
}

func protocolName(p uint8) string {
	if name, ok := protocols[p]; ok {
		return name
	}
	return strconv.Itoa(int(p))
}

func tableName(t uint32) string {
	switch t {
	case unix.RT_TABLE_MAIN:
		return "main"
	case unix.RT_TABLE_LOCAL:
		return "local"
	case unix.RT_TABLE_DEFAULT:
		return "default"
	}
	return strconv.FormatUint(uint64(t), 10)
}

// scopeName returns "" for global, which is not reported.
func scopeName(s uint8) string {
	switch s {
	case unix.RT_SCOPE_UNIVERSE:
		return ""
	case unix.RT_SCOPE_SITE:
		return "site"
	case unix.RT_SCOPE_LINK:
		return "link"
	case unix.RT_SCOPE_HOST:
		return "host"
	case unix.RT_SCOPE_NOWHERE:
		return "nowhere"
	}
	return strconv.Itoa(int(s))
}
