package rtnl

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestRouteNormal(t *testing.T) {
	scope := func(s uint8) Opt[uint8] { return Some(s) }
	for name, tt := range map[string]struct{ route, want Route }{
		"a network": {Route{Dst: prefix("10.0.0.0/8"), OIF: LinkRef{Index: 7, Name: "v0"}}, Route{
			Family: unix.AF_INET, Dst: prefix("10.0.0.0/8"), OIF: LinkIndex(7), Table: unix.RT_TABLE_MAIN, Type: unix.RTN_UNICAST,
			Protocol: unix.RTPROT_BOOT, Scope: scope(unix.RT_SCOPE_LINK)}},
		"what IPv4 has not": {Route{Gateway: ip("10.0.0.1"), Pref: scope(1), Expires: Some(uint32(9)), Flags: unix.RTNH_F_LINKDOWN | unix.RTNH_F_ONLINK}, Route{
			Family: unix.AF_INET, Gateway: ip("10.0.0.1"), Table: unix.RT_TABLE_MAIN, Type: unix.RTN_UNICAST, Protocol: unix.RTPROT_BOOT,
			Scope: scope(unix.RT_SCOPE_UNIVERSE), Flags: unix.RTNH_F_ONLINK}},
		"a single nexthop": {Route{Nexthops: []Nexthop{{OIF: LinkRef{Index: 7, Name: "v0"}, Gateway: ip("10.0.0.1"), Flags: unix.RTNH_F_ONLINK, Realms: 5}}}, Route{
			Family: unix.AF_INET, Gateway: ip("10.0.0.1"), OIF: LinkIndex(7), Table: unix.RT_TABLE_MAIN, Type: unix.RTN_UNICAST,
			Protocol: unix.RTPROT_BOOT, Scope: scope(unix.RT_SCOPE_UNIVERSE), Flags: unix.RTNH_F_ONLINK, Realms: 5}},
		"nexthops": {Route{Nexthops: []Nexthop{{Gateway: ip("10.0.0.1")}, {OIF: LinkName("v0"), Weight: 3}}}, Route{
			Family: unix.AF_INET, Table: unix.RT_TABLE_MAIN, Type: unix.RTN_UNICAST, Protocol: unix.RTPROT_BOOT,
			Scope: scope(unix.RT_SCOPE_UNIVERSE), Nexthops: []Nexthop{{Gateway: ip("10.0.0.1"), Weight: 1}, {Weight: 3}}}},
		"local": {Route{Dst: prefix("10.0.0.1/32"), Type: unix.RTN_LOCAL}, Route{
			Family: unix.AF_INET, Dst: prefix("10.0.0.1/32"), Table: unix.RT_TABLE_LOCAL, Type: unix.RTN_LOCAL,
			Protocol: unix.RTPROT_BOOT, Scope: scope(unix.RT_SCOPE_HOST)}},
		"what IPv6 has not": {Route{Dst: prefix("fd00::/64"), OIF: LinkIndex(7), TOS: 4, Realms: 5, Scope: scope(unix.RT_SCOPE_LINK), Pref: scope(2)}, Route{
			Family: unix.AF_INET6, Dst: prefix("fd00::/64"), OIF: LinkIndex(7), Table: unix.RT_TABLE_MAIN, Type: unix.RTN_UNICAST,
			Protocol: unix.RTPROT_BOOT, Scope: scope(unix.RT_SCOPE_UNIVERSE), Priority: IPv6RouteMetric, Pref: scope(0)}},
		"nowhere": {Route{Dst: prefix("fd00::/64"), OIF: LinkIndex(7), Type: unix.RTN_BLACKHOLE, Priority: 5, Pref: scope(3)}, Route{
			Family: unix.AF_INET6, Dst: prefix("fd00::/64"), Table: unix.RT_TABLE_MAIN, Type: unix.RTN_BLACKHOLE,
			Protocol: unix.RTPROT_BOOT, Scope: scope(unix.RT_SCOPE_UNIVERSE), Priority: 5, Pref: scope(3)}},
		"metrics": {Route{Family: unix.AF_INET, Metrics: &RouteMetrics{MTU: 1 << 20, AdvMSS: 1 << 20, HopLimit: 300, Window: 1 << 20}}, Route{
			Family: unix.AF_INET, Table: unix.RT_TABLE_MAIN, Type: unix.RTN_UNICAST, Protocol: unix.RTPROT_BOOT, Scope: scope(unix.RT_SCOPE_LINK),
			Metrics: &RouteMetrics{MTU: 65520, AdvMSS: 65495, HopLimit: 255, Window: 1 << 20}}},
	} {
		before := tt.route
		if diff := same(tt.want, tt.route.Normal()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := same(before, tt.route); diff != "" {
			t.Errorf("%s: the route itself is changed:\n%s", name, diff)
		}
	}
}

// Short leaves out only what Normal fills in.
func TestRouteShort(t *testing.T) {
	for _, p := range routePairs() {
		add, ok := p.req.(*RouteAdd)
		if !ok {
			continue
		}
		normal := add.Route.Normal()
		short := normal.Short()
		if diff := same(normal, short.Normal()); diff != "" {
			t.Errorf("%s (-normal +normal of short):\n%s", p.line, diff)
		}
		if diff := same(short, short.Short()); diff != "" {
			t.Errorf("%s (-short +short of short):\n%s", p.line, diff)
		}
		if short.Type == unix.RTN_UNICAST || short.Protocol == unix.RTPROT_BOOT || short.Table == unix.RT_TABLE_MAIN {
			t.Errorf("%s: %+v is not short", p.line, short)
		}
	}
}
