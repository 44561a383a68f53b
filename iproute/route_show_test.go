package iproute

import (
	"regexp"
	"testing"
)

func TestIntegrationRouteShowPeers(t *testing.T) {
	// Various ways to show all of a state, and some to show parts of it.
	const all = "ip route; ip -d route show; ip -6 route list; ip -d -6 r; ip -o route; ip -N -d route show table all; ip route show table all; " +
		"ip -j route; ip -j -p -d route; ip -j -6 route; ip -j -d route show table all; ip -4 -s route show table all; ip -color=always route"
	expires := regexp.MustCompile(`(expires|age|used) [0-9]+(sec)?|"(expires|age|used)":[0-9]+`)
	comparePeers(t, []peerCase{
		{cmd: "ip route; ip -6 route; ip -j route; ip route show table all; ip -d route show cached"},
		{state: routeBase, cmd: all},
		{state: routeKinds, cmd: all},
		{state: routeMulti, cmd: all},
		{state: routeOptions, cmd: all},
		{state: routeTables, cmd: all},
		{state: routeFrom, cmd: all},
		{state: routeDown, cmd: all},
		{state: routeNH, cmd: "ip route; ip -j route; ip -N route show 10.1/16"},
		{state: routeBase + "ip route add 10.9.0.0/16 encap ip id 1 dst 192.0.2.1 dev v0", cmd: "ip route", differs: "of an encapsulation only its type is said"},
		{state: routeNH, cmd: "ip -d route", differs: "what a nexthop object is (nh_info) comes from an object of ip that is not covered"},
		{state: routeBase + "ip -6 route add fd00:9::/48 dev v0 expires 5000; ip -6 route add fd00:a::/48 via fd00:1::2 expires 5000", mask: expires,
			cmd: "ip -6 route; ip -j -6 route; ip -s -6 route show table all"},
		{state: routeTables, cmd: "ip route show table 100; ip -6 route show table local; ip route show table 70000; ip -6 route show table main; ip -j route show table default"},
		{state: routeTables, cmd: "ip route show table 4711"},
		{state: routeTables, cmd: "ip -6 route show table 4711"},
		{state: routeKinds, cmd: "ip route show type blackhole; ip route show type 7; ip -j route show type unreachable; ip route show proto static; ip route show proto kernel scope link; ip -6 route show metric 5; ip route show proto all scope all"},
		{state: routeKinds, cmd: "ip route show tos 10; ip route show dsfield 0x10; ip route show via 10.0.1.2; ip route show via 10.0.1.0/24; ip route show src 10.0.1.1; ip route show dev v0; ip -j route show oif v1; ip route show iif v0; ip route show mark 0"},
		{state: routeKinds, cmd: "ip route show 10.1.0.0/16; ip route show 10.1/16; ip route show root 10.0.0.0/14; ip route show match 10.1.2.3; ip route show exact 10.2.0.0/16; ip route show to root 10/8 to match 10.5.0.1; ip route show default; ip route show any"},
		{state: routeFrom, cmd: "ip -6 route show from fd00:2::1; ip -6 route show from root fd00::/16; ip -6 route show from match fd00:1::5; ip -6 route show from exact fd00:1::/64; ip -6 route show default"},
		{state: routeOptions, cmd: "ip route show realms 5; ip route show realms 3/; ip route show realm cosmos; ip route show via inet6 fd00:1::2; ip route show metric 30; ip -d route show proto bird"},
		{state: routeMulti, cmd: "ip route show dev v0; ip route show via 10.0.2.2; ip route show default; ip -6 route show dev v1; ip -j -6 route show root fd00:9::/40"},
		{state: routeBase, cmd: "ip route show dev nosuch"},
		{state: routeBase, cmd: "ip route show table nosuch"},
		{state: routeBase, cmd: "ip route show type nosuch"},
		{state: routeBase, cmd: "ip route show 10.0.0.300"},
		{state: routeBase, cmd: "ip route show proto"},
		{state: routeBase, cmd: "ip route show scope nosuch"},
		{state: routeBase, cmd: "ip -4 route show fd00::/8"},
	})
}
