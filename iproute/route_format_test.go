package iproute

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func TestRouteWordsWrong(t *testing.T) {
	for line, want := range map[string]string{
		"route add 10.0.0.0/8 via":                         `ip: word 5 is missing: expected a gateway`,
		"route add 090.0.0.0/8 dev v0":                     `ip: word 3, "090.0.0.0/8": expected "default" or a destination, an IP prefix`,
		"-6 route add 10.0.0.0/8 dev v0":                   `ip: word 4, "10.0.0.0/8": expected "default" or a destination, an IPv6 prefix`,
		"route add 10.0.0.0/8 10.1.0.0/16":                 `ip: word 4, "10.1.0.0/16": expected a parameter of a route, such as "via" or "dev"; the destination is already given`,
		"route add 10.0.0.0/8 encap mpls 100 dev v0":       `ip: word 4, "encap": expected something that nslab supports; it does not support "encap" of ip(8)`,
		"route add 10.0.0.0/8 via mpls 100":                `ip: word 5, "mpls": expected "inet", "inet6" or an address of one of them`,
		"route add 10.0.0.0/8 dev v0 proto unspec":         `ip: word 7, "unspec": expected a routing protocol other than 0, unspec`,
		"route add 10.0.0.0/8 dev v0 rtt 20us":             `ip: word 7, "20us": expected rtt, a time: a number and "s" or "ms", or one without a suffix in units of 1/8 ms`,
		"route add 10.0.0.0/8 dev v0 features sack":        `ip: word 7, "sack": expected the feature "ecn"`,
		"route add 10.0.0.0/8 dev v0 pref higher":          `ip: word 7, "higher": expected a router preference: "low", "medium", "high" or a number up to 255`,
		"route add 10.0.0.0/8 nexthop dev a mtu 9":         `ip: word 7, "mtu": expected "nexthop", or the end of the line`,
		"route add 10.0.0.0/8 nhid 5 dev v0":               `ip: "nhid" and "via", "dev", "nexthop" cannot be used together: the nexthop object has them`,
		"route add 10.0.0.0/8 dev v0 tos 100":              `ip: word 7, "100": expected a type of service, a name from /etc/iproute2/rt_dsfield or a hexadecimal number up to ff`,
		"route add 10.0.0.0/8 realms 300/1":                `ip: word 5, "300/1": expected realms, TO or FROM/TO: names from /etc/iproute2/rt_realms or numbers up to 255`,
		"-0 route show default":                            `ip: word 4, "default": expected a destination or source, but of family link nslab knows none`,
		"-B route add default dev a":                       `ip: routes are of family inet or inet6, not of bridge`,
		"route save":                                       `ip: word 2, "save": expected a command that nslab supports; it does not support "save" of ip route`,
		"route test 10/8":                                  `ip: word 2, "test": expected a command that nslab supports; it does not support "test" of ip route`,
		"route get 10.0.0.1 connected":                     `ip: word 4, "connected": expected something that nslab supports; it does not support "connected" of ip(8)`,
		"route get 10.0.0.1 ipproto sctp":                  `ip: word 5, "sctp": expected a protocol above IP: icmp, tcp, udp, ipv6-icmp or a number from 1 to 255`,
		"route flush":                                      `ip: word 3 is missing: expected what to flush, such as "table main", "dev eth0" or "cache"`,
		"route add 10.0.0.0/8 dev v0 congctl ''":           `ip: word 7, "": expected the name of a congestion control, such as cubic`,
		"route add 10.0.0.0/8 dev v0 ttl-propagate maybe":  `ip: word 7, "maybe": expected "enabled" or "disabled"`,
		"route add 10.0.0.0/8 dev v0 quickack 2":           `ip: word 7, "2": expected quickack, a number from 0 to 1`,
		"route add ::/0 via fd00::1 dev v0 src 10.0.0.1":   `ip: word 9, "10.0.0.1": expected a source address, an IPv6 address`,
		"route add 10.0.0.0/8 dev v0 rtt 99999999999999ms": `ip: word 7, "99999999999999ms": expected rtt, a time: a number and "s" or "ms", or one without a suffix in units of 1/8 ms`,
	} {
		words, err := Split(line)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = Parse("ip", words, nil); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", line, err, want)
		}
	}
	if c, err := Parse("ip", strings.Fields("route add help"), nil); err != nil || c.do == nil || c.Ops != nil {
		t.Errorf("route add help: %v, %+v", err, c)
	}
}

// TestRouteRoundTrip parses a line, formats its operation, and parses that.
// Both the operation and the words must be the same.
func TestRouteRoundTrip(t *testing.T) {
	roundTripLines(t, formatRoute, map[string]string{
		"route add 10/8 via 10.0.1.2":                                  "route add 10.0.0.0/8 via 10.0.1.2",
		"r a to unicast 10.0.0.1/32 dev v0 proto boot table main":      "route add 10.0.0.1 dev v0",
		"route add default":                                            "route add default",
		"-6 route add default dev v0":                                  "route add ::/0 dev v0",
		"route append default via fd00::1 oif v0":                      "route append ::/0 via fd00::1 dev v0",
		"-4 route add default via inet6 fd00::1":                       "route add 0.0.0.0/0 via inet6 fd00::1",
		"route add fd00:1::/64 via inet 10.0.0.1":                      "route add fd00:1::/64 via inet 10.0.0.1",
		"route prepend 10.0.0.0/8 dev v0 scope link tos AF11":          "route prepend 10.0.0.0/8 dev v0 tos 0x28 scope 253",
		"route replace local 10.0.0.1 dev lo table local scope host":   "route replace local 10.0.0.1 dev lo scope 254",
		"route chg blackhole 10.0.0.0/8 table 70000 metric 3":          "route change blackhole 10.0.0.0/8 table 70000 metric 3",
		"route add 10.0.0.0/8 nhid 5 proto static preference 0":        "route add 10.0.0.0/8 nhid 5 proto 4",
		"route add 10.0.0.0/8 via 192.0.2.1 dev v0 onlink realms 3/4":  "route add 10.0.0.0/8 via 192.0.2.1 dev v0 onlink realms 3/4",
		"route add 10.0.0.0/8 dev v0 realm 0x10005 src 10.0.0.1":       "route add 10.0.0.0/8 dev v0 src 10.0.0.1 realms 1/5",
		"route add fd00::/8 from fd01::/16 dev v0 expires 0 pref low":  "route add fd00::/8 dev v0 from fd01::/16 expires 0 pref low",
		"route add fd00::/8 dev v0 pref 2 ttl-propagate disabled":      "route add fd00::/8 dev v0 pref 2 ttl-propagate disabled",
		"route add 10.0.0.0/8 dev v0 mtu lock 1400 rtt 20ms rttvar 5":  "route add 10.0.0.0/8 dev v0 mtu lock 1400 rtt 20ms rttvar 5",
		"route add 10.0.0.0/8 dev v0 rto_min .5s rttvar 1s rtt lock 9": "route add 10.0.0.0/8 dev v0 rtt lock 9 rttvar 1000ms rto_min 500ms",
		"route add 10.0.0.0/8 dev v0 mtu 0 quickack 0":                 "route add 10.0.0.0/8 dev v0",
		"route add 10.0.0.0/8 dev v0 congctl lock reno features ecn quickack 1 fastopen_no_cookie 1": "route add 10.0.0.0/8 dev v0 features ecn quickack 1 " +
			"congctl lock reno fastopen_no_cookie 1",
		"route add 10.0.0.0/8 window 1 ssthresh lock 0 cwnd 3 advmss 4 reordering 5 hoplimit 6 initcwnd 7 initrwnd 8": "route add 10.0.0.0/8 " +
			"window 1 ssthresh lock 0 cwnd 3 advmss 4 reordering 5 hoplimit 6 initcwnd 7 initrwnd 8",
		"route add default nexthop via 10.0.0.1 dev a weight 2 nexthop dev b onlink realm 5": "route add 0.0.0.0/0 " +
			"nexthop via 10.0.0.1 dev a weight 2 nexthop dev b onlink realms 5",
		"route add 10.0.0.0/8 nexthop via inet6 fd00::1 nexthop weight 1": "route add 10.0.0.0/8 nexthop via inet6 fd00::1 nexthop weight 1",
		"route del default":                                            "route delete default",
		"route del unicast 10.0.0.0/8":                                 "route delete unicast 10.0.0.0/8",
		"route del local 10.0.0.1 dev v0":                              "route delete local 10.0.0.1 dev v0",
		"route del local 10.0.0.1 scope global table 254 proto kernel": "route delete local 10.0.0.1 table 254 proto 2 scope 0",
		"route del fd00::/8 nexthop via fd00::1 nexthop via fd00::2":   "route delete fd00::/8 nexthop via fd00::1 nexthop via fd00::2",
	})
}

// TestFormatRouteOf formats requests that no line produces.
func TestFormatRouteOf(t *testing.T) {
	dst := netip.MustParsePrefix("10.0.0.0/8")
	for _, c := range []struct {
		r    rtnl.Request
		want string
	}{
		{&rtnl.RouteAdd{Route: rtnl.Route{Dst: dst, OIF: rtnl.LinkIndex(7), Type: unix.RTN_UNICAST, Protocol: unix.RTPROT_BOOT, Table: unix.RT_TABLE_MAIN}},
			"route add 10.0.0.0/8 dev if7"},
		{&rtnl.RouteAdd{Route: rtnl.Route{Gateway: netip.MustParseAddr("fd00::1"), Flags: unix.RTNH_F_LINKDOWN}}, "route add ::/0 via fd00::1"},
		{&rtnl.RouteAdd{Route: rtnl.Route{Nexthops: []rtnl.Nexthop{{OIF: rtnl.LinkIndex(3)}, {}}}}, "route add 0.0.0.0/0 nexthop dev if3 nexthop weight 1"},
		{&rtnl.RouteAdd{Route: rtnl.Route{Dst: dst, EncapType: 1}}, ""},
		{&rtnl.RouteAdd{Route: rtnl.Route{Dst: dst, Flags: unix.RTNH_F_PERVASIVE}}, ""},
		{&rtnl.RouteAdd{Route: rtnl.Route{Dst: dst, Type: 77}}, ""},
		{&rtnl.RouteAdd{Route: rtnl.Route{Dst: dst}, Mode: 77}, ""},
		{&rtnl.RouteAdd{Route: rtnl.Route{Dst: dst, TTLPropagate: rtnl.Some[uint8](9)}}, ""},
		{&rtnl.RouteAdd{Route: rtnl.Route{Dst: dst, Metrics: &rtnl.RouteMetrics{Features: 2}}}, ""},
		{&rtnl.RouteAdd{Route: rtnl.Route{Dst: dst, Metrics: &rtnl.RouteMetrics{RTOMin: 2}}}, ""},
		{&rtnl.RouteAdd{Route: rtnl.Route{Dst: dst, Metrics: &rtnl.RouteMetrics{Lock: 1 << unix.RTAX_QUICKACK, QuickACK: 1}}}, ""},
		{&rtnl.RouteAdd{Route: rtnl.Route{Dst: dst, Metrics: &rtnl.RouteMetrics{Lock: 1 << 20}}}, ""},
		{&rtnl.RouteAdd{Route: rtnl.Route{Dst: dst, Nexthops: []rtnl.Nexthop{{Flags: unix.RTNH_F_PERVASIVE}}}}, ""},
		{&rtnl.LinkDel{}, ""},
	} {
		if got := strings.Join(formatRoute(c.r), " "); got != c.want {
			t.Errorf("%+v:\n got %q\nwant %q", c.r, got, c.want)
		}
	}
}

// roundTripLines parses lines, formats their operations, compares the words,
// and parses them back to the same operation.
func roundTripLines(t *testing.T, format func(rtnl.Request) []string, lines map[string]string) {
	t.Helper()
	read := func(words []string) rtnl.Request {
		c, err := Parse("ip", words, nil)
		if err != nil {
			t.Errorf("%q: %v", words, err)
			return nil
		}
		if len(c.Ops) != 1 {
			t.Errorf("%q: %d operations", words, len(c.Ops))
			return nil
		}
		return c.Ops[0].Action.(*engine.Request).Req
	}
	for line, want := range lines {
		first := read(strings.Fields(line))
		if first == nil {
			continue
		}
		words := format(first)
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%s:\n got %q\nwant %q", line, got, want)
			continue
		}
		second := read(words)
		if second == nil {
			continue
		}
		if !reflect.DeepEqual(first, second) {
			t.Errorf("%s: read back as another operation:\n%+v\n%+v", line, first, second)
		}
		if again := strings.Join(format(second), " "); again != want {
			t.Errorf("%s: written as %q the second time", line, again)
		}
		explainAgain(t, second)
	}
}

func FuzzParsePrefix(f *testing.F) {
	for _, s := range []string{"10/8", "10.0.0.0/255.0.0.0", "default", "any", "::/0", "fd00::1/64", "1.2.3.4", "010.1", "::ffff:1.2.3.4/96", "1/", "/1", "...."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, family := range []uint8{unix.AF_UNSPEC, unix.AF_INET, unix.AF_INET6} {
			p, ok := parseInetPrefix(s, family)
			if !ok || !p.prefix.IsValid() {
				continue
			}
			if family != unix.AF_UNSPEC && p.family != family {
				t.Errorf("%q of family %d is of %d", s, family, p.family)
			}
			if q, ok := parseInetPrefix(prefixText(p.prefix), family); !ok || q.prefix != p.prefix {
				t.Errorf("%q is %v, which reads as %v", s, p.prefix, q.prefix)
			}
		}
		parseRealms(s)
		parseDSField(s)
		parseMetricTime(s, 8)
	})
}
