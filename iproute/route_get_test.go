package iproute

import (
	"regexp"
	"testing"
)

func TestIntegrationRouteGetPeers(t *testing.T) {
	mask := regexp.MustCompile(`(expires|used|age) [0-9]+(sec)?`)
	comparePeers(t, []peerCase{
		{state: routeKinds, cmd: "ip route get 10.1.2.3; ip -j route get 10.1.2.3; ip route get to 10.0.1.1; ip -o route get 10.0.1.255; ip route get 10.0.1.2 oif v0; ip -d route get 127.0.0.1"},
		{state: routeKinds, cmd: "ip route get fibmatch 10.1.2.3; ip -j -d route get 10.1.2.3 fibmatch; ip -6 route get fd00:1::7; ip -j -6 route get fd00:1::1; ip -6 route get fibmatch fd00:2::5; ip route get ff02::1 oif v0"},
		{state: routeKinds, cmd: "ip route get 10.1.2.3 from 10.0.1.1; ip route get 10.0.1.1 from 10.0.1.2 iif v0; ip route get 10.1.2.3 mark 0x20 uid 7 tos 8; ip route get 10.1.2.3 ipproto tcp sport 5 dport 6; ip route get 10.1.2.3 ipproto 17 mark 5", mask: mask},
		{state: routeMulti, cmd: "ip route get 10.1.2.3 oif v0; ip -j route get 198.51.100.1 oif v0; ip -6 route get fd00:9::1 oif v1; ip route get 10.1.0.1 from 10.0.2.1 oif v1"},
		{state: routeOptions, cmd: "ip route get 10.1.2.3; ip -j route get 10.2.3.4; ip route get 10.3.3.4; ip route get 10.4.1.1; ip -6 route get fd00:9::4"},
		{state: routeTables + "ip rule add to 10.1.0.0/16 lookup 100", cmd: "ip route get 10.1.2.3; ip -j route get 10.1.2.3; ip route get 198.51.100.1"},
		{state: routeKinds, cmd: "ip route get 10.2.0.1"},
		{state: routeKinds, cmd: "ip route get 10.3.0.1"},
		{state: routeKinds, cmd: "ip -6 route get fd00:a::1"},
		{state: routeBase, cmd: "ip route get 198.51.100.1"},
		{state: routeBase, cmd: "ip route get 10.0.1.0/24"},
		{state: routeBase, cmd: "ip route get"},
		{state: routeBase, cmd: "ip route get nonsense"},
		{state: routeBase, cmd: "ip route get 10.0.1.1 oif nosuch"},
		{state: routeBase, cmd: "ip route get 10.0.1.1 from fd00::1"},
		{state: routeBase, cmd: "ip route get default; ip -6 route get ::"},
		{cmd: "ip route get 10.0.0.1"},
	})
}

func TestIntegrationRouteFlushPeers(t *testing.T) {
	comparePeers(t, []peerCase{
		{state: routeKinds, cmd: "ip route flush"},
		{state: routeKinds, cmd: "ip route flush proto boot"},
		{state: routeKinds, cmd: "ip -s route flush table main; ip -s route flush table main"},
		{state: routeMulti, cmd: "ip -s -s route flush root 10/8; ip -s -s -6 route flush fd00:9::/48; ip -s -d route flush table 100"},
		{state: routeTables, cmd: "ip -s route flush table 100; ip -s -6 route flush table 100; ip -6 route flush dev v0"},
		{state: routeTables, cmd: "ip route flush table all; ip route show table all"},
		{state: routeOptions, cmd: "ip -s route flush proto bird; ip -s route flush via 10.0.1.2; ip -s route flush scope link; ip -s -6 route flush proto ra"},
		{state: routeBase, cmd: "ip route flush cache; ip -s route flush cache; ip -s -6 route flush cached; ip -s route flush table cache"},
		{cmd: "ip -s route flush table main; ip -s route flush table all"},
		{state: routeBase, cmd: "ip route flush dev nosuch"},
		{state: "ip netns add a; ip -n a link set lo up; ip -n a route add blackhole 10/8", cmd: "ip -n a -s route flush cache; ip -n a -s route flush 10/8; ip -n a -s -s route flush type local table local"},
	})
}
