package iproute

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A routePrinter writes routes as ip(8) does (print_route in ip/iproute.c).
type routePrinter struct {
	*printer
	o     *Options
	f     *routeFilter
	links *linkMap
}

// learn asks for the links that a route names, so that printing needs no
// request to the kernel.
func (p *routePrinter) learn(ctx context.Context, r *rtnl.Route) error {
	err := errors.Join(p.links.ask(ctx, r.OIF.Index), p.links.ask(ctx, r.IIF))
	for i := range r.Nexthops {
		err = errors.Join(err, p.links.ask(ctx, r.Nexthops[i].OIF.Index))
	}
	return err
}

// route writes a route, or that it was deleted.
func (p *routePrinter) route(r *rtnl.Route, deleted bool) {
	p.open("")
	p.deleted(deleted)
	p.destination(r)
	p.nexthopOf(r)
	p.kind(r)
	p.rest(r)
	if len(r.Nexthops) > 0 {
		p.nexthops(r)
	}
	p.endLine()
	p.end()
}

// destination writes the type, the destination and the source.
func (p *routePrinter) destination(r *rtnl.Route) {
	if (r.Type != unix.RTN_UNICAST || p.o.Details > 0) && (p.f.types == 0 || p.f.hasType(r.Type)) {
		p.str("type", "%s ", routeTypeName(r.Type, p.o))
	}
	if r.Dst.IsValid() {
		p.paint(hueOf(r.Dst.Addr()), "dst", "%s ", p.prefix(r.Dst))
	} else {
		p.str("dst", "%s ", "default")
	}
	if r.Src.IsValid() {
		p.paint(hueOf(r.Src.Addr()), "from", "from %s ", p.prefix(r.Src))
	}
}

// prefix writes a prefix. A single address may be written as a host name.
func (p *routePrinter) prefix(x netip.Prefix) string {
	if x.IsSingleIP() {
		return p.o.hostText(x.Addr())
	}
	return prefixText(x)
}

// nexthopOf writes where a route leads, unless that is a list.
func (p *routePrinter) nexthopOf(r *rtnl.Route) {
	if r.NHID != 0 {
		p.num("nhid", "nhid %d ", uint64(r.NHID))
	}
	p.encap(r.EncapType)
	if r.TOS != 0 && p.f.tos.mask == 0 {
		p.str("tos", "tos %s ", dsfieldText(r.TOS, p.o))
	}
	if other := familyOf(r.Gateway) != r.Family; other || !p.f.via.fixes(r) {
		p.gateway(r.Family, r.Gateway)
	}
	if r.OIF.Index != 0 && p.f.oif.mask == 0 {
		p.device("dev", r.OIF.Index)
	}
}

// fixes reports whether a prefix is a single address of a route's family, so
// that all selected routes have it.
func (p inetPrefix) fixes(r *rtnl.Route) bool { return p.isHost() && p.family == r.Family }

// kind writes where a route comes from and how it is chosen.
func (p *routePrinter) kind(r *rtnl.Route) {
	details := p.o.Details > 0
	if r.Table != 0 && (r.Table != unix.RT_TABLE_MAIN || details) && p.f.table == 0 {
		p.str("table", "table %s ", rtTables.name(r.Table, p.o))
	}
	if r.Flags&unix.RTM_F_CLONED == 0 {
		if (r.Protocol != unix.RTPROT_BOOT || details) && p.f.protocol.mask == 0 {
			p.str("protocol", "proto %s ", rtProtos.name(uint32(r.Protocol), p.o))
		}
		if s := r.Scope.Or(0); (s != unix.RT_SCOPE_UNIVERSE || details) && p.f.scope.mask == 0 {
			p.str("scope", "scope %s ", rtScopes.name(uint32(s), p.o))
		}
	}
	if r.PrefSrc.IsValid() && !p.f.src.fixes(r) {
		p.text("src ")
		p.paint(hueOf(r.PrefSrc), "prefsrc", "%s ", ipText(r.PrefSrc))
	}
	// The kernel reports it for every IPv6 route, and for IPv4 routes that have
	// one.
	if (r.Priority != 0 || r.Family == unix.AF_INET6) && p.f.metric.mask == 0 {
		p.num("metric", "metric %d ", uint64(r.Priority))
	}
	p.routeFlags(r.Flags)
}

// rest writes everything else, up to the list of nexthops.
func (p *routePrinter) rest(r *rtnl.Route) {
	if r.Mark >= 16 && !p.isJSON() {
		p.text("mark 0x%x ", r.Mark)
	} else if r.Mark != 0 {
		p.num("mark", "mark %d ", uint64(r.Mark))
	}
	if r.Realms != 0 && p.f.realms.mask != 1<<32-1 {
		p.routeRealms(r.Realms)
	}
	if uid, ok := r.UID.Get(); ok {
		p.num("uid", "uid %d ", uint64(uid))
	}
	if r.Family == unix.AF_INET && r.Flags&unix.RTM_F_CLONED != 0 {
		p.cacheFlags(r.Flags &^ 0xffff)
	}
	if ci, ok := r.CacheInfo.Get(); ok {
		p.cacheInfo(&ci)
	}
	if r.Metrics != nil {
		p.routeMetrics(r.Metrics)
	}
	if r.IIF != 0 && p.f.iif.mask == 0 {
		p.device("iif", r.IIF)
	}
	if v, ok := r.Pref.Get(); ok {
		if name, known := routePref(v); known {
			p.str("pref", "pref %s", name)
		} else {
			p.num("pref", "%d", uint64(v))
		}
	}
	if v, ok := r.TTLPropagate.Get(); ok {
		word := "disabled"
		if v != 0 {
			word = "enabled"
		}
		// This is ip(8)'s spelling.
		p.text("ttl-propogate %s", word)
		p.jbool("ttl-propogate", v != 0)
	}
}

// nexthops writes the list of a multipath route.
func (p *routePrinter) nexthops(r *rtnl.Route) {
	p.array("nexthops", "")
	for i := range r.Nexthops {
		h := &r.Nexthops[i]
		p.open("")
		p.text("\n\tnexthop ")
		p.encap(h.EncapType)
		p.gateway(r.Family, h.Gateway)
		if h.Realms != 0 {
			p.routeRealms(h.Realms)
		}
		p.str("dev", "dev %s ", p.links.name(h.OIF.Index))
		p.num("weight", "weight %d ", uint64(h.Weight))
		p.routeFlags(uint32(h.Flags))
		p.end()
	}
	p.endArray("")
}

// gateway writes a gateway, if there is one.
func (p *routePrinter) gateway(family uint8, a netip.Addr) {
	switch own := familyOf(a); own {
	case unix.AF_UNSPEC:
	case family:
		p.text("via ")
		p.paint(hueOf(a), "gateway", "%s ", p.o.hostText(a))
	default:
		p.open("via")
		p.str("family", "via %s ", familyName(own))
		p.paint(hueOf(a), "host", "%s ", p.o.hostText(a))
		p.end()
	}
}

// encaps are LWTUNNEL_ENCAP_* (include/uapi/linux/lwtunnel.h). The details of
// an encapsulation are not written.
var encaps = [...]string{1: "mpls", 2: "ip", 3: "ila", 4: "ip6", 5: "seg6", 6: "bpf", 7: "seg6local", 8: "rpl", 9: "ioam6", 10: "xfrm"}

func (p *printer) encap(typ uint16) {
	switch {
	case typ == unix.LWTUNNEL_ENCAP_NONE:
	case int(typ) < len(encaps):
		p.str("encap", "encap %s ", encaps[typ])
	default:
		p.str("encap", "encap %s ", strconv.Itoa(int(typ)))
	}
}

func (p *routePrinter) device(key string, index uint32) {
	p.text("%s ", key)
	p.paint(hueIfname, key, "%s ", p.links.name(index))
}

// routeFlags writes the flags of a route or of a nexthop.
func (p *printer) routeFlags(flags uint32) {
	p.array("flags", "")
	for _, f := range [...]struct {
		bit  uint32
		name string
	}{
		{unix.RTNH_F_DEAD, "dead"}, {unix.RTNH_F_ONLINK, "onlink"}, {unix.RTNH_F_PERVASIVE, "pervasive"},
		{unix.RTNH_F_OFFLOAD, "offload"}, {unix.RTNH_F_TRAP, "trap"}, {unix.RTM_F_NOTIFY, "notify"},
		{unix.RTNH_F_LINKDOWN, "linkdown"}, {unix.RTNH_F_UNRESOLVED, "unresolved"},
		{unix.RTM_F_OFFLOAD, "rt_offload"}, {unix.RTM_F_TRAP, "rt_trap"}, {unix.RTM_F_OFFLOAD_FAILED, "rt_offload_failed"},
	} {
		if flags&f.bit != 0 {
			p.str("", "%s ", f.name)
		}
	}
	p.endArray("")
}

// routeRealms writes routing realms.
func (p *routePrinter) routeRealms(realms uint32) {
	from, to := realms>>16, realms&0xffff
	p.open("flow")
	word := "realm "
	if from != 0 {
		word = "realms "
	}
	p.text(word)
	if from != 0 {
		p.str("from", "%s/", rtRealms.name(from, p.o))
	}
	p.str("to", "%s ", rtRealms.name(to, p.o))
	p.end()
}

// cacheFlags writes RTCF_* (include/uapi/linux/in_route.h).
func (p *printer) cacheFlags(flags uint32) {
	p.array("cache", "")
	p.text("\n    cache ")
	if flags != 0 {
		p.text("<")
	}
	for _, f := range [...]struct {
		bit  uint32
		name string
	}{
		{1 << 31, "local"}, {1 << 30, "reject"}, {1 << 29, "mc"}, {1 << 28, "brd"}, {1 << 27, "dst-nat"},
		{1 << 23, "src-nat"}, {1 << 22, "masq"}, {1 << 17, "dst-direct"}, {1 << 26, "src-direct"},
		{1 << 18, "redirected"}, {1 << 24, "redirect"}, {1 << 21, "fastroute"}, {1 << 16, "notify"}, {1 << 19, "proxy"},
	} {
		if flags&f.bit == 0 {
			continue
		}
		flags &^= f.bit
		end := "> "
		if flags != 0 {
			end = ","
		}
		p.str("", "%s"+end, f.name)
	}
	if flags != 0 {
		p.str("", "%s>", strconv.FormatUint(uint64(flags), 16))
	}
	p.endArray("")
}

// cacheInfo writes times and, with -statistics, counters.
func (p *routePrinter) cacheInfo(ci *rtnl.RouteCacheInfo) {
	if ci.Expires != 0 {
		p.signed("expires", "expires %dsec ", int64(ci.Expires/time.Second))
	}
	if ci.Error != 0 {
		p.num("error", "error %d ", uint64(uint32(ci.Error)))
	}
	if p.o.Stats > 0 {
		if ci.References != 0 {
			p.num("users", "users %d ", uint64(ci.References))
		}
		if ci.Used != 0 {
			p.num("used", "used %d ", uint64(ci.Used))
		}
		if ci.LastUse != 0 {
			p.num("age", "age %dsec ", uint64(ci.LastUse/time.Second))
		}
	}
}
