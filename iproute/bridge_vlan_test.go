package iproute

import (
	"errors"
	"testing"

	"github.com/nslab/nslab/rtnl"
)

// needVLANFiltering skips a test on a kernel whose bridges know no VLANs.
func needVLANFiltering(t *testing.T) {
	t.Helper()
	c, err := rtnl.Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Do(t.Context(), &rtnl.LinkAdd{Name: "filters", Kind: &rtnl.Bridge{VLANFiltering: rtnl.Some(uint8(1))}})
	switch {
	case errors.Is(err, rtnl.ErrNotSupported):
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), &rtnl.LinkDel{Link: rtnl.LinkName("filters")}); err != nil {
		t.Fatal(err)
	}
}

// vlanPorts is bridgePorts with VLANs. Counters of ports can only be chosen
// before there are VLANs.
const vlanPorts = "ip link add br0 index 20 address 02:00:00:00:00:aa type bridge vlan_stats_enabled 1 vlan_stats_per_port 1\n" +
	`ip link add p1 index 10 address 02:00:00:00:00:01 type veth peer name q1 index 11 address 02:00:00:00:01:01
ip link add p2 index 12 address 02:00:00:00:00:02 type veth peer name q2 index 13 address 02:00:00:00:01:02
ip link set p1 master br0
ip link set p2 master br0
ip link set br0 type bridge vlan_filtering 1 mcast_vlan_snooping 1
bridge vlan add dev p1 vid 10 pvid untagged
bridge vlan add dev p1 vid 20-29
bridge vlan add dev p1 vid 31
bridge vlan add dev p2 vid 100-119
bridge vlan add dev br0 vid 10 self
`

// Without VLANs in the kernel, and with them.
func TestIntegrationBridgeVLANPeers(t *testing.T) {
	comparePeers(t, []peerCase{
		{cmd: "bridge vlan; bridge -j vlan; bridge vlan tunnelshow; bridge vlan show vid 5"},
		{state: bridgePorts, cmd: each("bridge vlan add dev p1", "bridge vlan add vid 5", "bridge vlan add dev none vid 5", "bridge vlan add dev p1 vid 4096", "bridge vlan add dev p1 vid 9-5",
			"bridge vlan add dev p1 vid 5-5", "bridge vlan add dev p1 vid 5-9 pvid", "bridge vlan add dev p1 vid 5 tunnel_info", "bridge vlan add dev p1 vid 5 tunnel_info 7",
			"bridge vlan add dev p1 vid 5 tunnel_info id 16777216", "bridge vlan add dev p1 vid", "bridge vlan foo", "bridge vlan show dev none", "bridge vlan show vid 1 vid 2",
			"bridge vlan show dev p1 dev p2", "bridge vlan global foo", "bridge vlan set dev p1", "bridge vlan set vid 5", "bridge vlan set dev none vid 5", "bridge vlan set dev p1 vid 5 state foo",
			"bridge vlan set dev p1 vid 5 mcast_router x", "bridge vlan global set dev br0", "bridge vlan global set dev br0 vid 5 mcast_snooping 300", "bridge vlan global set dev br0 vid 5-4")},
	})
	needVLANFiltering(t)
	cases := []peerCase{
		{state: vlanPorts, cmd: "bridge vlan; bridge -j vlan show; bridge -compressvlans vlan; bridge -compressvlans -j vlan; bridge -c vlan show dev p1 | cat -v; bridge -o vlan show dev p1"},
		{state: vlanPorts, cmd: "bridge vlan show dev p1 vid 25; bridge -compressvlans vlan show vid 25; bridge vlan show dev br0; bridge -j vlan show vid 7; bridge vlan list dev q1; bridge vlan show foo dev p1"},
		{state: vlanPorts, cmd: "bridge -d vlan; bridge -d -j vlan; bridge -d vlan show dev p1; bridge -d -j vlan show vid 22; bridge -d -o vlan show dev p1"},
		{state: vlanPorts, cmd: "bridge -s vlan; bridge -s -j vlan; bridge -s vlan show dev p1; bridge -s -o vlan show vid 10; bridge -s -d vlan show dev p1; bridge -s -d -j vlan show"},
		{state: vlanPorts, cmd: "bridge vlan global; bridge -j vlan global show; bridge vlan global show dev br0 vid 10; bridge vlan global list vid 110; bridge -s vlan global show; bridge -o vlan global"},
		{state: vlanPorts, cmd: "bridge vlan del dev p1 vid 10 && bridge vlan delete vid 22-25 dev p1 master && bridge vlan add dev p1 vid 31 pvid untagged && bridge vlan add dev br0 vid 7-9 self untagged && bridge vlan"},
		{state: vlanPorts, cmd: each("bridge vlan add dev p1 vid 0", "bridge vlan add dev p1 vid 4095", "bridge vlan add dev p1 vid 4094-4095", "bridge vlan add dev p1 vid 0-5", "bridge vlan add dev p1 vid foo",
			"bridge vlan add dev p1 vid -1", "bridge vlan add dev q1 vid 5", "bridge vlan add dev br0 vid 5", "bridge vlan add dev p1 vid 5 self", "bridge vlan del dev p1 vid 77", "bridge vlan del dev q1 vid 77",
			"bridge vlan add dev p1 vid 5 foo", "bridge vlan add dev p1 vid 70000", "bridge vlan add dev br0 vid 8 self master", "bridge vlan")},
		{state: vlanPorts + "bridge link set dev p1 vlan_tunnel on", cmd: each("bridge vlan add dev p1 vid 10 tunnel_info id 100", "bridge vlan add dev p1 vid 20-22 tunnel_info id 200-202",
			"bridge vlan add dev p1 vid 31 tunnel_info i 0x1f-50", "bridge vlan add dev p1 vid 23-25 tunnel_info id 7", "bridge vlan add dev p2 vid 10 tunnel_info id 100", "bridge vlan tunnelshow",
			"bridge -j vlan tunnelshow", "bridge vlan tunnelshow dev p1 vid 21", "bridge -compressvlans vlan tunnelshow", "bridge vlan del dev p1 vid 20-22 tunnel_info id 200-202", "bridge vlan tunnelshow", "bridge vlan show dev p1")},
		{state: vlanPorts, cmd: each("bridge vlan set dev p1 vid 20-25 state blocking", "bridge vlan set dev p1 vid 10 state 2", "bridge vlan set dev p1 vid 31 mcast_router 2", "bridge vlan set dev br0 vid 10 state learning",
			"bridge vlan set dev p1 vid 77 state blocking", "bridge vlan set dev p1 vid 20 state 9", "bridge vlan set dev p1 vid 20", "bridge vlan set dev p1 vid 0 state learning", "bridge vlan set dev q1 vid 5 state learning", "bridge -d vlan", "bridge -d -j vlan show dev p1")},
		{state: vlanPorts, cmd: each("bridge vlan global set dev br0 vid 10 mcast_snooping 0", "bridge vlan global set dev br0 vid 20-25 mcast_querier 1 mcast_igmp_version 3 mcast_mld_version 2 mcast_last_member_count 4 "+
			"mcast_last_member_interval 101 mcast_startup_query_count 5 mcast_startup_query_interval 201 mcast_membership_interval 301 mcast_querier_interval 401 mcast_query_interval 501 mcast_query_response_interval 601",
			"bridge vlan global set dev p1 vid 10 mcast_snooping 0", "bridge vlan global set dev br0 vid 5000", "bridge vlan global set dev br0 vid 10", "bridge vlan global set dev br0 vid 10 mcast_igmp_version 9",
			"bridge vlan global set dev q1 vid 10 mcast_snooping 1", "bridge vlan global show vid 10", "bridge -j vlan global show")},
		{state: vlanPorts, cmd: "bridge link set dev p1 mcast_router 2; bridge vlan set dev p1 vid 10 mcast_router 2; bridge vlan global show vid 10; bridge -s vlan global show vid 10; bridge -s -j vlan global show vid 10"},
	}
	for i := range cases {
		cases[i].elsewhere = true
	}
	comparePeers(t, cases)
}
