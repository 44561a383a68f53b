package iproute

import (
	"net/netip"
	"strconv"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// formatRoute returns the words of the ip route command that does what a
// request does. It is nil if there is none.
func formatRoute(req rtnl.Request) []string {
	switch r := req.(type) {
	case *rtnl.RouteAdd:
		f := routeFormatter{r: r.Route, adds: true}
		return f.format(r.Mode.String(), r.Mode <= rtnl.ModePrepend)
	case *rtnl.RouteDel:
		f := routeFormatter{r: r.Route}
		return f.format("delete", true)
	}
	return nil
}

// routeFormatter writes one route as words.
type routeFormatter struct {
	r    rtnl.Route // a copy
	adds bool
	out  []string
}

func (f *routeFormatter) add(words ...string) { f.out = append(f.out, words...) }

// number adds a word and a number unless that is 0.
func (f *routeFormatter) number(word string, v uint32) {
	if v != 0 {
		f.add(word, strconv.FormatUint(uint64(v), 10))
	}
}

// format writes the route.
func (f *routeFormatter) format(verb string, known bool) []string {
	r := &f.r
	family := r.RequestFamily()
	// Requests ignore what only the kernel sets.
	const state = unix.RTNH_F_DEAD | unix.RTNH_F_LINKDOWN | unix.RTNH_F_UNRESOLVED | unix.RTNH_F_OFFLOAD | unix.RTNH_F_TRAP |
		unix.RTM_F_NOTIFY | unix.RTM_F_CLONED | unix.RTM_F_OFFLOAD | unix.RTM_F_TRAP | unix.RTM_F_OFFLOAD_FAILED
	if !known || r.EncapType != 0 || int(r.Type) >= len(routeTypes) || r.Flags&^(unix.RTNH_F_ONLINK|state) != 0 {
		return nil
	}
	shorten(r, f.adds)
	f.add("route", verb)
	if r.Type != 0 {
		f.add(routeTypes[r.Type])
	}
	f.add(destinationWord(r, family))
	f.gateway(family, r.Gateway)
	f.dev(r.OIF)
	f.number("nhid", r.NHID)
	if r.Src.IsValid() && r.Src.Bits() > 0 {
		f.add("from", prefixText(r.Src))
	}
	if r.PrefSrc.IsValid() {
		f.add("src", ipText(r.PrefSrc))
	}
	if r.TOS != 0 {
		f.add("tos", "0x"+strconv.FormatUint(uint64(r.TOS), 16))
	}
	f.number("table", r.Table)
	f.number("proto", uint32(r.Protocol))
	if s, ok := r.Scope.Get(); ok && (f.adds || r.Scope != delScope(r.Type)) {
		f.add("scope", strconv.Itoa(int(s)))
	}
	f.number("metric", r.Priority)
	if r.Flags&unix.RTNH_F_ONLINK != 0 {
		f.add("onlink")
	}
	if r.Realms != 0 {
		f.add("realms", realmsWord(r.Realms))
	}
	if !f.options() {
		return nil
	}
	for i := range r.Nexthops {
		if !f.nexthop(family, &r.Nexthops[i]) {
			return nil
		}
	}
	return f.out
}

// options adds what does not say where a route leads. It is false for what
// ip(8) has no words for.
func (f *routeFormatter) options() bool {
	r := &f.r
	if v, ok := r.Expires.Get(); ok {
		f.add("expires", strconv.FormatUint(uint64(v), 10))
	}
	if v, ok := r.Pref.Get(); ok {
		word, named := routePref(v)
		if !named {
			word = strconv.Itoa(int(v))
		}
		f.add("pref", word)
	}
	if v, ok := r.TTLPropagate.Get(); ok {
		switch v {
		case 0:
			f.add("ttl-propagate", "disabled")
		case 1:
			f.add("ttl-propagate", "enabled")
		default:
			return false
		}
	}
	if r.Metrics == nil {
		return true
	}
	words, ok := formatMetrics(r.Metrics)
	f.add(words...)
	return ok
}

func (f *routeFormatter) nexthop(family uint8, h *rtnl.Nexthop) bool {
	if h.EncapType != 0 || h.Weight > 256 || h.Flags&^(unix.RTNH_F_ONLINK|unix.RTNH_F_DEAD|unix.RTNH_F_LINKDOWN|unix.RTNH_F_UNRESOLVED|
		unix.RTNH_F_OFFLOAD|unix.RTNH_F_TRAP) != 0 {
		return false
	}
	f.add("nexthop")
	before := len(f.out)
	f.gateway(family, h.Gateway)
	f.dev(h.OIF)
	if h.Flags&unix.RTNH_F_ONLINK != 0 {
		f.add("onlink")
	}
	if h.Realms != 0 {
		f.add("realms", realmsWord(h.Realms))
	}
	if h.Weight != 0 || before == len(f.out) {
		f.add("weight", strconv.Itoa(max(int(h.Weight), 1)))
	}
	return true
}

func (f *routeFormatter) gateway(family uint8, a netip.Addr) {
	switch familyOf(a) {
	case unix.AF_UNSPEC:
	case family:
		f.add("via", ipText(a))
	default:
		f.add("via", familyName(familyOf(a)), ipText(a))
	}
}

// dev adds an interface.
func (f *routeFormatter) dev(l rtnl.LinkRef) {
	if word := devWord(l); word != "" {
		f.add("dev", word)
	}
}

// destinationWord returns the destination in a form that sets the route's
// family, as the first word that has one.
func destinationWord(r *rtnl.Route, family uint8) string {
	switch {
	case r.Dst.Bits() > 0:
		return prefixText(r.Dst)
	case family == unix.AF_INET6:
		return "::/0"
	case r.Gateway.Is4(), !r.Gateway.IsValid() && len(r.Nexthops) == 0 && !r.Src.IsValid():
		return "default"
	}
	return "0.0.0.0/0"
}
