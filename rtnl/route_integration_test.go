package rtnl

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// routePairs are routes in every field, with the ip line that sets the same.
// They need the addresses of addrPairs.
func routePairs() []twin {
	const v0 = v0Index
	add := func(r Route) *RouteAdd { return &RouteAdd{Route: r} }
	gw, gw6 := ip("10.0.1.2"), ip("2001:db8::2")
	return []twin{
		{add(Route{Dst: prefix("10.9.0.0/16"), Gateway: gw}), "ip route add 10.9.0.0/16 via 10.0.1.2"},
		{add(Route{Dst: prefix("10.27.0.0/16"), Gateway: gw, Realms: 3<<16 | 4}), "ip route add 10.27.0.0/16 via 10.0.1.2 realm 3/4"},
		{add(Route{Dst: prefix("10.28.0.0/16"), Nexthops: []Nexthop{
			{OIF: LinkIndex(v0), Gateway: gw, Realms: 5}, {OIF: LinkIndex(v0), Gateway: ip("10.0.1.3"), Realms: 1<<16 | 6}}}),
			"ip route add 10.28.0.0/16 nexthop via 10.0.1.2 dev v0 realm 5 nexthop via 10.0.1.3 dev v0 realm 1/6"},
		{add(Route{Dst: prefix("10.8.0.0/16"), OIF: LinkIndex(v0)}), "ip route add 10.8.0.0/16 dev v0"},
		{add(Route{Gateway: gw, OIF: LinkIndex(v0), Priority: 5, Protocol: unix.RTPROT_STATIC, PrefSrc: ip("10.0.1.1")}),
			"ip route add default via 10.0.1.2 dev v0 metric 5 proto static src 10.0.1.1"},
		{add(Route{Dst: prefix("10.24.0.0/16"), OIF: LinkIndex(v0), Metrics: allMetrics()}),
			"ip route add 10.24.0.0/16 dev v0 mtu 1400 window 10000 rtt 20 rttvar 10 ssthresh 5 cwnd 6 initcwnd 7 initrwnd 8 reordering 4 " +
				"features ecn quickack 1 rto_min 40ms fastopen_no_cookie 1 hoplimit 64"},
		{add(Route{Dst: prefix("10.25.0.0/16"), Gateway: gw, Table: 1000, Metrics: &RouteMetrics{Lock: 1 << unix.RTAX_MTU, MTU: 1400, Congestion: "reno"}}),
			"ip route add 10.25.0.0/16 via 10.0.1.2 mtu lock 1400 congctl reno table 1000"},
		{add(Route{Dst: prefix("10.7.0.0/16"), Type: unix.RTN_BLACKHOLE}), "ip route add blackhole 10.7.0.0/16"},
		{add(Route{Dst: prefix("10.7.1.0/24"), Type: unix.RTN_PROHIBIT}), "ip route add prohibit 10.7.1.0/24"},
		{add(Route{Dst: prefix("10.7.2.0/24"), Type: unix.RTN_THROW, TOS: 0x10}), "ip route add throw 10.7.2.0/24 tos 0x10"},
		{add(Route{Dst: prefix("10.6.0.1/32"), Type: unix.RTN_LOCAL, OIF: LinkIndex(loIndex)}), "ip route add local 10.6.0.1 dev lo"},
		{add(Route{Dst: prefix("10.6.0.255/32"), Type: unix.RTN_BROADCAST, OIF: LinkIndex(v0)}), "ip route add broadcast 10.6.0.255 dev v0"},
		{add(Route{Dst: prefix("10.5.0.0/16"), Nexthops: []Nexthop{
			{OIF: LinkIndex(v0), Weight: 3, Gateway: gw}, {OIF: LinkIndex(v0), Gateway: ip("192.0.2.3"), Flags: unix.RTNH_F_ONLINK, Weight: 256}}}),
			"ip route add 10.5.0.0/16 nexthop via 10.0.1.2 dev v0 weight 3 nexthop via 192.0.2.3 dev v0 onlink weight 256"},
		{add(Route{Dst: prefix("10.4.0.0/16"), Gateway: gw6, OIF: LinkIndex(v0)}), "ip route add 10.4.0.0/16 via inet6 2001:db8::2 dev v0"},
		{add(Route{Dst: prefix("10.22.0.0/16"), Nexthops: []Nexthop{
			{OIF: LinkIndex(v0), Gateway: ip("fe80::1")}, {OIF: LinkIndex(v0), Gateway: ip("10.0.1.3"), Weight: 2}}}),
			"ip route add 10.22.0.0/16 nexthop via inet6 fe80::1 dev v0 nexthop via 10.0.1.3 dev v0 weight 2"},
		{add(Route{Dst: prefix("10.3.0.0/16"), Gateway: ip("192.0.2.1"), OIF: LinkIndex(v0), Flags: unix.RTNH_F_ONLINK, TOS: 0x10,
			Scope: Some(uint8(unix.RT_SCOPE_SITE)), Table: 99}),
			"ip route add 10.3.0.0/16 via 192.0.2.1 dev v0 onlink tos 0x10 scope site table 99"},
		{add(Route{Dst: prefix("2001:db8:9::/48"), Gateway: gw6, OIF: LinkIndex(v0), Priority: 9, Pref: Some(uint8(1)), Expires: Some(uint32(3000))}),
			"ip -6 route add 2001:db8:9::/48 via 2001:db8::2 dev v0 metric 9 pref high expires 3000"},
		{add(Route{Dst: prefix("2001:db8:8::/48"), OIF: LinkIndex(v0), PrefSrc: ip("2001:db8::1"), Table: 0x12345, Metrics: &RouteMetrics{HopLimit: 9}}),
			"ip -6 route add 2001:db8:8::/48 dev v0 src 2001:db8::1 table 0x12345 hoplimit 9"},
		{add(Route{Dst: prefix("2001:db8:7::/48"), Nexthops: []Nexthop{
			{OIF: LinkIndex(v0), Gateway: gw6}, {OIF: LinkIndex(v0), Gateway: ip("2001:db8::3"), Weight: 2}}}),
			"ip -6 route add 2001:db8:7::/48 nexthop via 2001:db8::2 dev v0 nexthop via 2001:db8::3 dev v0 weight 2"},
		{add(Route{Dst: prefix("2001:db8:6::/48"), Type: unix.RTN_UNREACHABLE}), "ip -6 route add unreachable 2001:db8:6::/48"},
		{add(Route{Family: unix.AF_INET6, OIF: LinkIndex(v0), Protocol: unix.RTPROT_RA}), "ip -6 route add default dev v0 proto ra"},
	}
}

func (r Route) key() string {
	return fmt.Sprintf("%d %s from %s tos %d table %d priority %d", r.Family, r.name(), r.Src, r.TOS, r.Table, r.Priority)
}

// testRoutes returns the routes that the kernel did not make itself, with their
// expiry as it was set.
func testRoutes(t *testing.T, c *Conn, req RouteDump) map[string]Route {
	t.Helper()
	list, err := c.Routes(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	m := make(map[string]Route)
	for _, r := range list {
		if r.Protocol == unix.RTPROT_KERNEL {
			continue
		}
		if e, ok := r.Expires.Get(); ok {
			r.Expires = Some((e + 999) / 1000 * 1000)
		}
		r.CacheInfo = Opt[RouteCacheInfo]{}
		if _, twice := m[r.key()]; twice {
			t.Errorf("two routes %s", r.key())
		}
		m[r.key()] = r
	}
	return m
}

// filled returns what a dump says about a route that was added.
func filled(r Route) Route {
	r = r.Normal()
	if r.Gateway == ip("10.0.1.2") {
		r.OIF = LinkIndex(v0Index)
	}
	if r.Family == unix.AF_INET6 && r.Type == unix.RTN_UNREACHABLE {
		r.OIF = LinkIndex(loIndex)
	}
	return r
}

// addressed is plumb with the addresses of addrPairs.
func addressed(t *testing.T, c *Conn) {
	t.Helper()
	plumb(t, c)
	for _, p := range addrPairs() {
		do(t, c, p.req)
	}
}

func TestIntegrationRoutes(t *testing.T) {
	testenv.NeedTool(t, "ip")
	c := dial(t, nil)
	addressed(t, c)
	want := make(map[string]Route)
	for _, p := range routePairs() {
		do(t, c, p.req)
		r := filled(p.req.(*RouteAdd).Route)
		want[r.key()] = r
	}
	ours := testRoutes(t, c, RouteDump{})
	if diff := same(want, ours); diff != "" {
		t.Errorf("read back (-set +dumped):\n%s", diff)
	}
	ourJSON := ipRoutes(t)
	for k, r := range ours {
		if err := c.Do(t.Context(), &RouteAdd{Route: r}); !errors.Is(err, fs.ErrExist) {
			t.Errorf("adding %s again: %v", k, err)
		}
		do(t, c, &RouteDel{r})
		if err := c.Do(t.Context(), &RouteDel{r}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("deleting %s again: %v", k, err)
		}
	}
	if left := testRoutes(t, c, RouteDump{}); len(left) != 0 {
		t.Fatalf("deleted, and still there: %v", left)
	}
	// What a dump yields can be added.
	for _, r := range ours {
		do(t, c, &RouteAdd{Route: r})
	}
	if diff := same(ours, testRoutes(t, c, RouteDump{})); diff != "" {
		t.Errorf("added from the dump (-before +after):\n%s", diff)
	}
	for _, r := range ours {
		do(t, c, &RouteDel{r})
	}
	for _, p := range routePairs() {
		ipLines(t, p.line)
	}
	if diff := same(ours, testRoutes(t, c, RouteDump{})); diff != "" {
		t.Errorf("routes that ip made (-ours +ip's):\n%s", diff)
	}
	if diff := same(ipRoutes(t), ourJSON); diff != "" {
		t.Errorf("what ip reads (-its own +ours):\n%s", diff)
	}
}

func ipRoutes(t *testing.T) map[string]any {
	t.Helper()
	m := make(map[string]any)
	for _, line := range []string{"ip -j -d route show table all", "ip -6 -j -d route show table all"} {
		for _, o := range ipJSON(t, line) {
			if o["protocol"] == "kernel" {
				continue // which come when the kernel gets to it
			}
			if e, ok := o["expires"].(float64); ok {
				o["expires"] = (int(e) + 999) / 1000 * 1000
			}
			m[fmt.Sprint(line, o["type"], o["dst"], o["dev"], o["tos"], o["table"], o["metric"])] = o
		}
	}
	if len(m) < len(routePairs()) {
		t.Fatalf("ip shows %d routes", len(m))
	}
	return m
}

func TestIntegrationRouteFilters(t *testing.T) {
	c := dial(t, nil)
	addressed(t, c)
	for _, p := range routePairs() {
		do(t, c, p.req)
	}
	for _, tt := range []struct {
		req  RouteDump
		keep func(r Route) bool
	}{
		{RouteDump{Family: unix.AF_INET}, func(r Route) bool { return r.Family == unix.AF_INET }},
		{RouteDump{Family: unix.AF_INET6}, func(r Route) bool { return r.Family == unix.AF_INET6 }},
		{RouteDump{Table: 1000}, func(r Route) bool { return r.Table == 1000 }},
		{RouteDump{Family: unix.AF_INET6, Table: 0x12345}, func(r Route) bool { return r.Table == 0x12345 }},
		{RouteDump{Type: unix.RTN_LOCAL}, func(r Route) bool { return r.Type == unix.RTN_LOCAL }},
		{RouteDump{Protocol: unix.RTPROT_STATIC}, func(r Route) bool { return r.Protocol == unix.RTPROT_STATIC }},
		{RouteDump{Family: unix.AF_INET, OIF: loIndex}, func(r Route) bool { return r.Family == unix.AF_INET && r.OIF.Index == loIndex }},
	} {
		want := testRoutes(t, c, RouteDump{})
		for k, r := range want {
			if !tt.keep(r) {
				delete(want, k)
			}
		}
		if len(want) == 0 {
			t.Errorf("%+v: nothing to find", tt.req)
		}
		if diff := same(want, testRoutes(t, c, tt.req)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.req, diff)
		}
	}
	if _, err := c.Routes(t.Context(), RouteDump{Family: unix.AF_INET, Table: 4711}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a table that does not exist: %v", err)
	}
	if list, err := c.Routes(t.Context(), RouteDump{Cloned: true}); err != nil || len(list) != 0 {
		t.Errorf("cached routes: %v, %v", list, err)
	}
}

func TestIntegrationRouteModes(t *testing.T) {
	c := dial(t, nil)
	addressed(t, c)
	route := func(m Mode, gw string) *RouteAdd {
		return &RouteAdd{Mode: m, Route: Route{Dst: prefix("10.30.0.0/16"), Gateway: ip(gw)}}
	}
	gateways := func() (g []string) {
		list, err := c.Routes(t.Context(), RouteDump{Family: unix.AF_INET, Table: unix.RT_TABLE_MAIN})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if r.Dst == prefix("10.30.0.0/16") {
				g = append(g, r.Gateway.String())
			}
		}
		return g
	}
	if err := c.Do(t.Context(), route(ModeChange, "10.0.1.2")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("changing a missing route: %v", err)
	}
	do(t, c, route(ModeAdd, "10.0.1.2"))
	if err := c.Do(t.Context(), route(ModeAdd, "10.0.1.3")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("adding it twice: %v", err)
	}
	for _, step := range []struct {
		req  *RouteAdd
		want []string
	}{
		{route(ModeChange, "10.0.1.3"), []string{"10.0.1.3"}},
		{route(ModeReplace, "10.0.1.4"), []string{"10.0.1.4"}},
		{route(ModeAppend, "10.0.1.5"), []string{"10.0.1.4", "10.0.1.5"}},
		{route(ModePrepend, "10.0.1.6"), []string{"10.0.1.6", "10.0.1.4", "10.0.1.5"}},
	} {
		do(t, c, step.req)
		if diff := same(step.want, gateways()); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", step.req.Mode, diff)
		}
	}
	do(t, c, &RouteDel{Route{Dst: prefix("10.30.0.0/16"), Gateway: ip("10.0.1.4")}})
	if diff := same([]string{"10.0.1.6", "10.0.1.5"}, gateways()); diff != "" {
		t.Errorf("after deleting by gateway (-want +got):\n%s", diff)
	}
}

func TestIntegrationRouteGet(t *testing.T) {
	testenv.NeedTool(t, "ip")
	c := dial(t, nil)
	addressed(t, c)
	// Until a namespace has had a rule of its own, the kernel keeps its local
	// routes in table main (fib_unmerge).
	do(t, c, &RuleAdd{Rule{Priority: prio(4000)}}, &RuleDel{Rule{Priority: prio(4000)}})
	for _, p := range routePairs() {
		do(t, c, p.req)
	}
	get := func(req RouteGet) Route {
		t.Helper()
		r, err := c.RouteGet(t.Context(), req)
		if err != nil {
			t.Fatalf("%+v: %v", req, err)
		}
		return r
	}
	r := get(RouteGet{Dst: ip("10.9.1.1"), Mark: 5, UID: Some(uint32(0))})
	if r.Gateway != ip("10.0.1.2") || r.OIF.Index != v0Index || r.PrefSrc != ip("10.0.1.1") || r.Dst != prefix("10.9.1.1/32") ||
		r.Mark != 5 || r.UID.Or(1) != 0 || r.Table != unix.RT_TABLE_MAIN || !r.CacheInfo.IsSet() {
		t.Errorf("10.9.1.1: %+v", r)
	}
	o := ipJSON(t, "ip -j route get 10.9.1.1 mark 5")[0]
	if o["gateway"] != r.Gateway.String() || o["prefsrc"] != r.PrefSrc.String() || o["dev"] != "v0" {
		t.Errorf("ip says %v, we %+v", o, r)
	}
	if r := get(RouteGet{Dst: ip("10.9.1.1"), FIBMatch: true}); r.Dst != prefix("10.9.0.0/16") || r.Protocol != unix.RTPROT_BOOT {
		t.Errorf("10.9.1.1, the route that matches: %+v", r)
	}
	if r := get(RouteGet{Dst: ip("2001:db8:9::1")}); r.Gateway != ip("2001:db8::2") || r.Priority != 9 {
		t.Errorf("2001:db8:9::1: %+v", r)
	}
	if r := get(RouteGet{Dst: ip("10.6.0.1")}); r.Type != unix.RTN_LOCAL || r.Table != unix.RT_TABLE_LOCAL {
		t.Errorf("10.6.0.1: %+v", r)
	}
	if r := get(RouteGet{Dst: ip("10.0.1.50"), OIF: v0Index, Src: ip("10.0.1.1"), IPProto: unix.IPPROTO_UDP, SPort: 1000, DPort: 53}); r.Gateway.IsValid() {
		t.Errorf("10.0.1.50: %+v", r)
	}
	if r := get(RouteGet{Dst: ip("10.6.0.1"), Src: ip("10.0.1.2"), IIF: v0Index}); r.IIF != v0Index || r.Type != unix.RTN_LOCAL {
		t.Errorf("10.6.0.1 through v0: %+v", r)
	}
	for dst, errno := range map[string]unix.Errno{"10.7.0.1": unix.EINVAL, "10.7.1.1": unix.EACCES, "2001:db8:6::1": unix.EHOSTUNREACH} {
		if _, err := c.RouteGet(t.Context(), RouteGet{Dst: ip(dst)}); !errors.Is(err, errno) {
			t.Errorf("%s: %v, want %v", dst, err, errno)
		}
	}
}

// TestIntegrationRouteNexthopID has what needs objects that only ip makes here.
func TestIntegrationRouteNexthopID(t *testing.T) {
	testenv.NeedTool(t, "ip")
	c := dial(t, nil)
	addressed(t, c)
	ipLines(t, "ip nexthop add id 1 via 10.0.1.2 dev v0", "ip nexthop add id 2 via 10.0.1.3 dev v0", "ip nexthop add id 3 group 1/2,5")
	do(t, c, &RouteAdd{Route: Route{Dst: prefix("10.23.0.0/16"), NHID: 1}}, &RouteAdd{Route: Route{Dst: prefix("10.26.0.0/16"), NHID: 3}},
		&RouteAdd{Route: Route{Dst: prefix("10.20.0.0/16"), Gateway: ip("10.0.1.2"), OIF: LinkIndex(v0Index), EncapType: unix.LWTUNNEL_ENCAP_IP, Encap: ipEncap(5)}})
	got := testRoutes(t, c, RouteDump{Table: unix.RT_TABLE_MAIN})
	for k, r := range got {
		switch r.Dst {
		case prefix("10.23.0.0/16"):
			if r.NHID != 1 || r.Gateway != ip("10.0.1.2") || r.OIF.Index != v0Index {
				t.Errorf("%s: %+v", k, r)
			}
		case prefix("10.26.0.0/16"):
			if r.NHID != 3 || len(r.Nexthops) != 2 || r.Nexthops[1].Weight != 5 || r.Nexthops[1].Gateway != ip("10.0.1.3") {
				t.Errorf("%s: %+v", k, r)
			}
		case prefix("10.20.0.0/16"):
			if r.EncapType != unix.LWTUNNEL_ENCAP_IP || len(r.Encap) == 0 {
				t.Errorf("%s: %+v", k, r)
			}
		default:
			t.Errorf("%s is not of this test", k)
		}
		do(t, c, &RouteDel{r}, &RouteAdd{Route: r})
	}
	if diff := same(got, testRoutes(t, c, RouteDump{Table: unix.RT_TABLE_MAIN})); diff != "" || len(got) != 3 {
		t.Errorf("deleted and added from the dump, %d routes (-before +after):\n%s", len(got), diff)
	}
	ipLines(t, "ip nexthop flush")
}
