package iproute

import "testing"

// States for routes: a pair of links that are up, with an address of each
// family on both ends. The kernel has already done what it does after a carrier
// appears, in a fixed order.
const (
	routePair = `ip link add v0 index 10 address 02:00:00:00:00:01 type veth peer name v1 index 11 address 02:00:00:00:00:02
ip link set v0 addrgenmode none; ip link set v1 addrgenmode none
ip link set lo up; ip link set v0 up; ip link set v1 up
until [ "$(ip -o link show up | grep -c 'state UP')" = 2 ]; do :; done
` + routeOrder
	routeOrder = `! ip -6 route del ff00::/8 dev v1 table local 2>/dev/null || ip -6 route append multicast ff00::/8 dev v1 table local proto kernel metric 256
`
	routeBase = routePair + `ip addr add 10.0.1.1/24 dev v0; ip addr add 10.0.2.1/24 dev v1
ip addr add fd00:1::1/64 dev v0 nodad; ip addr add fd00:2::1/64 dev v1 nodad
` + routeOrder
	routeKinds = routeBase + `ip route add 10.1.0.0/16 via 10.0.1.2
ip route add blackhole 10.2.0.0/16 metric 7
ip route add unreachable 10.3.0.0/16 proto static
ip route add throw 10.4.0.0/16 table 100
ip route add prohibit 10.5.0.1 tos 0x10
ip -6 route add blackhole fd00:9::/48
ip -6 route add unreachable fd00:a::/48 metric 5
`
	routeMulti = routeBase + `ip route add 10.1.0.0/16 nexthop via 10.0.1.2 dev v0 weight 3 nexthop via 10.0.2.2 dev v1
ip route add 0.0.0.0/0 nexthop via inet6 fd00:1::2 dev v0 nexthop via 10.0.2.2 dev v1 onlink realms 3/4
ip -6 route add fd00:9::/48 nexthop via fd00:1::2 dev v0 nexthop via fd00:2::2 dev v1 weight 2
`
	routeOptions = routeBase + `ip route add 10.1.0.0/16 via 10.0.1.2 mtu lock 1400 window 9 rtt 20ms rttvar 10 ssthresh 5 cwnd 6 advmss 1300 reordering 4 hoplimit 64
ip route add 10.2.0.0/16 dev v0 src 10.0.2.1 initcwnd 7 features ecn rto_min 1.5s initrwnd 8 quickack 1 congctl lock reno fastopen_no_cookie 1 realm 5
ip route add 10.3.0.0/16 via 10.0.1.3 proto bird scope global metric 30 realms 3/cosmos
ip route add 10.4.0.0/16 via inet6 fd00:1::2 dev v0
ip route add 10.5.0.0/16 via 192.0.2.1 dev v0 onlink tos 8
ip -6 route add fd00:9::/48 via fd00:1::2 pref high mtu 1300
ip -6 route add fd00:b::/48 dev v0 src fd00:1::1 metric 9 pref low proto ra
`
	routeTables = routeBase + `ip route add 10.1.0.0/16 via 10.0.1.2 table 100
ip route add 10.2.0.0/16 via 10.0.1.2 table 70000
ip route add default dev v1 table default
ip -6 route add fd00:9::/48 dev v0 table 100
ip -6 route add local fd00:c::1 dev lo table main
`
	routeFrom = routeBase + "ip -6 route add fd00:9::/48 from fd00:1::/64 via fd00:1::2; ip -6 route add default from fd00:2::1 via fd00:1::3\n"
	routeDown = routeBase + `ip route add 10.1.0.0/16 via 10.0.1.2; ip link set v1 down
until ip route show dev v0 | grep -q linkdown && ip -6 route show dev v0 | grep -q linkdown; do :; done
`
	routeNH = routeBase + "ip nexthop add id 5 via 10.0.1.2 dev v0; ip route add 10.1.0.0/16 nhid 5; ip route add 10.6.0.0/16 via 10.0.1.2\n"
)

func TestIntegrationRouteChangePeers(t *testing.T) {
	comparePeers(t, []peerCase{
		{state: routeBase, cmd: "ip route add 10.9/16 via 10.0.1.2; ip ro a 10.8.0.0/255.255.0.0 dev v0; ip r add default via 10.0.1.3 dev v0 metric 5 proto static src 10.0.1.1"},
		{state: routeBase, cmd: "ip route add to 10.9.0.0/16 via inet 10.0.1.2 table 70000 priority 0x10; ip route add 0/0 dev v1 preference 4; ip route append 10.9.0.0/16 dev v1"},
		{state: routeBase, cmd: "ip -6 route add fd00:9::/48 via fd00:1::2 dev v0 metric 9 pref high mtu lock 1400; ip route add default via fd00:1::3; ip -6 route add ::1:0:0:0:1 dev v0 expires 3000"},
		{state: routeBase, cmd: "ip route add blackhole 10.2.0.0/16; ip route add prohibit 10.3.0.1 scope site; ip route add local 10.4.0.1 dev lo; ip route add brd 10.4.0.255 dev v0; ip route add throw default table 9; ip route add type 5"},
		{state: routeBase, cmd: "ip route add unicast 10.1.0.0/16 nexthop via 10.0.1.2 dev v0 weight 256 nexthop dev v1 onlink nexthop via inet6 fd00:1::2 dev v0 realm cosmos"},
		{state: routeBase, cmd: "ip -6 route add fd00:9::/48 nexthop via fd00:1::2 dev v0 nexthop via fd00:2::2 dev v1 weight 2"},
		{state: routeBase, cmd: "ip route add 10.1.0.0/16 via 10.0.1.2 mtu 1400 window 9 rtt 20ms rttvar 10 ssthresh 5 cwnd 6 advmss 1300 reordering 4 hoplimit lock 64 " +
			"initcwnd 7 features ecn rto_min 1.5s initrwnd 8 quickack 1 congctl reno fastopen_no_cookie 1 realms 3/4 && ip -d route show 10.1/16"},
		{state: routeBase, cmd: "ip route add 10.5.0.0/16 via 192.0.2.1 dev v0 onlink dsfield CS1 proto 77 scope link table 255 ttl-propagate enabled; ip route show table local proto 77"},
		{state: routeKinds, cmd: "ip route replace 10.1.0.0/16 via 10.0.1.9; ip route change blackhole 10.2.0.0/16 metric 7 proto 9; ip route prepend 10.1.0.0/16 via 10.0.1.8; ip route chg 10.77.0.0/16 dev v0"},
		{state: routeKinds, cmd: "ip route del 10.2.0.0/16 && ip route delete throw 10.4.0.0/16 table 100 && ip -6 route del fd00:9::/48 && ip route del 10.5.0.1 tos 10"},
		{state: routeKinds, cmd: "ip route del 10.1.0.0/16 via 10.0.1.3"},
		{state: routeKinds, cmd: "ip route del local 10.0.1.1 dev v0 table local; ip route del broadcast 10.0.1.255; ip route del 10.0.1.0/24 proto kernel scope link src 10.0.1.1"},
		{state: routeMulti, cmd: "ip route del 10.1.0.0/16 nexthop via 10.0.1.2 dev v0 weight 3 nexthop via 10.0.2.2 dev v1; ip -6 route del fd00:9::/48 via fd00:2::2; ip route del default"},
		{state: routeNH, cmd: "ip route add 10.7.0.0/16 nhid 5 metric 3; ip route del 10.1.0.0/16 nhid 5"},
		{state: routeNH, cmd: "ip route add 10.7.0.0/16 nhid 5 dev v0"},
		{state: routeFrom, cmd: "ip -6 route del default from fd00:2::1; ip -6 route add fd00:d::/48 from default dev v1"},
		// Commands that fail.
		{state: routeBase, cmd: "ip route add"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 dev nosuch"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 nexthop dev nosuch"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 via"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 via fd00::1 dev v0"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 via 10.0.1.2 via 10.0.1.3"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 via 10.77.0.1"},
		{state: routeBase, cmd: "ip route add 10.9.0.1/16 dev v0"},
		{state: routeBase, cmd: "ip route add 10.9.0.1/0 dev v0"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/33 dev v0"},
		{state: routeBase, cmd: "ip route add nonsense dev v0"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 frobnicate 3"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 table nosuch dev v0"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 dev v0 mtu big"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 dev v0 hoplimit 256"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 dev v0 congctl nosuch"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 nexthop via 10.0.1.2 weight 257"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 nexthop"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 nexthop via 10.0.1.2 mtu 1400"},
		{state: routeBase, cmd: "ip route add 10.9.0.0/16 via 10.0.1.2 nexthop via 10.0.1.3"},
		{state: routeKinds, cmd: "ip route add 10.1.0.0/16 via 10.0.1.2"},
		{state: routeKinds, cmd: "ip route del 10.77.0.0/16"},
		{state: routeKinds, cmd: "ip route chagne 10.1.0.0/16"},
		{state: routeBase, cmd: "ip route help"},
		{state: "ip netns add a", cmd: "ip -n a route add blackhole 10.2.0.0/16; ip netns exec a ip route add unreachable default; ip -n a route; ip -n a -j -6 route"},
	})
}
