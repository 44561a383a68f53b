package iproute

import "testing"

// TestIntegrationEchoPeers compares what -echo prints. The kernel sends nothing
// about the change of a link.
func TestIntegrationEchoPeers(t *testing.T) {
	const veth = "index 7 address 02:00:00:00:00:01 type veth peer name e1 index 8 address 02:00:00:00:00:02"
	const state = "for i in all default; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done; ip link set lo up"
	const pair = state + "; ip link add d1 " + veth + "; ip link set d1 up; ip link set e1 up; ip addr add 10.0.0.1/24 dev d1"
	comparePeers(t, []peerCase{
		{state: state, cmd: "ip -echo link add d1 " + veth},
		{state: state, cmd: "ip -d -s -echo link add br0 index 9 address 02:00:00:00:00:04 type bridge"},
		{state: pair, cmd: "ip -echo link set d1 mtu 1400; ip -j -echo link set d1 mtu 1300; ip -echo link set d1 name x"},
		{state: pair, cmd: "ip -echo addr add 10.0.0.2/24 dev d1; ip -j -echo addr add 10.0.0.3/24 dev d1; ip -echo addr del 10.0.0.3/24 dev d1; ip -echo -j addr del 10.0.0.2/24 dev d1"},
		{state: pair, cmd: "ip -echo route add 10.9.0.0/24 via 10.0.0.7; ip -echo -d route add 10.9.1.0/24 via 10.0.0.7 table 77; ip -echo route replace 10.9.0.0/24 via 10.0.0.8; ip -echo route del 10.9.0.0/24"},
		{state: pair, cmd: "ip -j -echo route add 10.9.0.0/24 via 10.0.0.7", differs: "iproute2's JSON has two braces and is none"},
		{state: pair, cmd: "ip -echo rule add from 1.2.3.4 table 7 pref 5; ip -echo rule del from 1.2.3.4"},
		{state: pair, cmd: "ip -echo link add d1 type veth; ip -echo link set nosuch up; ip -echo neigh add 10.0.0.8 lladdr 02:00:00:00:00:01 dev lo"},
		{state: pair, cmd: "echo link add br1 index 11 address 02:00:00:00:00:05 type bridge | ip -echo -batch -; ip -echo link show d1", mask: allLifetimes},
		{state: state + "; ip netns add n", cmd: "ip -n n -echo link add d1 " + veth + "; ip netns exec n ip -echo link del d1"},
	})
}
