package iproute

import (
	"regexp"
	"testing"
)

// bridgePorts is twoPorts without a /sys.
const bridgePorts = `ip link add br0 index 20 address 02:00:00:00:00:aa type bridge
ip link add p1 index 10 address 02:00:00:00:00:01 type veth peer name q1 index 11 address 02:00:00:00:01:01
ip link add p2 index 12 address 02:00:00:00:00:02 type veth peer name q2 index 13 address 02:00:00:00:01:02
ip link set p1 master br0
ip link set p2 master br0
`

// fdbEntries are entries of every kind that a port can have while it does not
// forward.
const fdbEntries = bridgePorts + `bridge fdb add 02:00:00:00:02:01 dev p1 master static
bridge fdb add 02:00:00:00:02:02 dev p2 master local
bridge fdb add 02:00:00:00:02:03 dev p1 master static sticky
bridge fdb add 02:00:00:00:02:04 dev p1 self
bridge fdb add 02:00:00:00:02:05 dev br0 self local
bridge fdb add 02:00:00:00:02:06 dev p2 master static extern_learn
`

func TestIntegrationBridgeLinkPeers(t *testing.T) {
	comparePeers(t, []peerCase{
		{cmd: "bridge link; bridge -d link show; bridge -j link"},
		{state: bridgePorts, cmd: "bridge link; bridge link show dev p2; bridge -d link; bridge -d -o link list dev p1"},
		{state: bridgePorts, cmd: "bridge -j link; bridge -j -d link; bridge -j -p -d link show; bridge -j link show dev q1"},
		{state: bridgePorts + "ip link set br0 up; ip link set p1 up; ip link set q2 up", cmd: "bridge -s link show dev p1; bridge -c link show dev p1 | cat -v"},
		{state: bridgePorts + "ip netns add n; ip link set q1 netns n", cmd: "bridge link; bridge -j link"},
		{state: "ip netns add n; ip -n n link add br0 type bridge; ip -n n link add p1 index 9 master br0 type veth peer name q1 index 8", cmd: each(
			"bridge -n n link", "bridge -netns none link", "bridge link", "ip netns exec n bridge -j link")},
		{state: bridgePorts + "ip link add vx0 index 30 address 02:00:00:00:00:03 type vxlan id 7 dstport 4789; ip link set vx0 master br0",
			cmd: "bridge -d link"},
		{state: bridgePorts, cmd: each("bridge link show dev none", "bridge link foo", "bridge foo", "bridge -nosuch link", "bridge link help", "bridge")},
		{state: bridgePorts, cmd: "bridge link set dev p1 cost 5 priority 9 guard on hairpin on fastleave on root_block on flood off mcast_router 2 " +
			"mcast_flood off bcast_flood off mcast_to_unicast on learning off learning_sync on neigh_suppress on vlan_tunnel on isolated on locked on backup_port p2 master && bridge -d link"},
		{state: bridgePorts + "bridge link set dev p1 backup_port p2 isolated on", cmd: "bridge link change dev p1 nobackup_port isolated off && bridge -d link"},
		{state: bridgePorts, cmd: each("bridge link set dev none cost 5", "bridge link set dev q1 cost 5", "bridge link set cost 5", "bridge link set dev p1 state 7",
			"bridge link set dev p1 state blocking", "bridge link set dev p1 state foo", "bridge link set dev p1 foo", "bridge link set dev p1 priority 99",
			"bridge link set dev p1 hwmode vepa", "bridge link set dev p1 hwmode foo", "bridge link set dev p1 backup_port none", "bridge link set dev p1 self cost 3",
			"bridge link set dev p1 mcast_router 9", "bridge link set dev p1 cost 70000", "bridge link set dev p1")},
		{state: bridgePorts, cmd: "bridge link set dev p1 hairpin maybe", status: "iproute2 ends with minus EINVAL, 234; for us a wrong word is a wrong word"},
	})
}

func TestIntegrationFDBPeers(t *testing.T) {
	// The only times are those of -s.
	used := regexp.MustCompile(`used [0-9]+/[0-9]+|"(used|updated)":[0-9]+`)
	const fdbGetStatus = "iproute2 ends with 254 where the kernel refuses this one"
	const a, b = "02:00:00:00:02:01", "02:00:00:00:02:02"
	vxlan := bridgePorts + "ip link add vx0 index 30 address 02:00:00:00:00:03 type vxlan id 7 dstport 4789 dev br0\n"
	comparePeers(t, []peerCase{
		{cmd: "bridge fdb; bridge -j fdb"},
		{state: fdbEntries, cmd: "bridge fdb; bridge fdb show br br0; bridge fdb list brport p1; bridge fdb show br br0 brport p2; bridge fdb show dev q1"},
		{state: fdbEntries, cmd: "bridge -j fdb; bridge -j -p fdb show br br0 brport p1; bridge -c fdb show br br0 | cat -v"},
		{state: fdbEntries, cmd: "bridge fdb show br br0 state permanent; bridge fdb show state static; bridge fdb show state stale state temp; bridge fdb show dynamic; bridge fdb show state all; bridge fdb show vlan 5; bridge fdb show state 0x40"},
		{state: fdbEntries, cmd: "bridge -s fdb show br br0; bridge -s -j fdb show brport p2", mask: used},
		{state: forwarding, cmd: "bridge fdb show br br0; bridge fdb show br br0 dynamic; bridge -j fdb show state dynamic; bridge -d fdb"},
		{state: bridgePorts, cmd: each("bridge fdb show br none", "bridge fdb show dev none", "bridge fdb show state foo", "bridge fdb show br p1", "bridge fdb foo", "bridge fdb help")},
		{state: bridgePorts, cmd: "bridge fdb add " + a + " dev p1 master static && bridge fdb append " + b + " dev p1 master && bridge fdb replace " + a + " dev p2 master static sticky && " +
			"bridge fdb add to 02:00:00:00:02:03 dev p1 && bridge fdb add 02:00:00:00:02:04 dev p2 master temp extern_learn && bridge fdb add 02:00:00:00:02:05 dev br0 self local && bridge fdb"},
		{state: forwarding, cmd: "bridge fdb add " + b + " dev p1 master dynamic && bridge fdb add 02:00:00:00:02:03 dev p1 master use dynamic && bridge fdb add 02:00:00:00:02:04 dev p1 master local dynamic && bridge fdb show br br0"},
		{state: fdbEntries, cmd: each("bridge fdb add "+a+" dev p1 master static", "bridge fdb add 02:00:00:00:02:09 dev p1 master vlan 5 static", "bridge fdb add foo dev p1",
			"bridge fdb add "+a, "bridge fdb add dev p1", "bridge fdb add "+a+" dev none", "bridge fdb add "+a+" "+a+" dev p1", "bridge fdb add "+a+" dev p1 vlan 5000 master",
			"bridge fdb add "+a+" dev p1 nhid 4 dst 1.1.1.1", "bridge fdb add "+a+" dev q1 master", "bridge fdb add 02:00:00:00:02:09 dev p1 master dynamic", "bridge fdb add "+a+" dev p1 port 70000",
			"bridge fdb add "+a+" dev p1 dst foo", "bridge fdb add "+a+" dev p1 via none")},
		{state: fdbEntries, cmd: each("bridge fdb del "+a+" dev p1 master", "bridge fdb del "+a+" dev p1 master", "bridge fdb delete 02:00:00:00:02:04 dev p1", "bridge fdb del 02:00:00:00:02:02 dev p1 master", "bridge fdb")},
		{state: fdbEntries, cmd: each("bridge fdb get "+a+" br br0", "bridge fdb get to "+a+" dev p1 master", "bridge fdb get "+b+" br br0 dynamic", "bridge -j fdb get 02:00:00:00:02:03 br br0", "bridge fdb get "+a+" brport p2")},
		{state: fdbEntries, cmd: each("bridge fdb get "+a, "bridge fdb get br br0", "bridge fdb get "+a+" br none", "bridge fdb get "+a+" dev none", "bridge fdb get foo br br0")},
		{state: fdbEntries, cmd: "bridge fdb get 02:00:00:00:09:01 br br0", status: fdbGetStatus},
		{state: fdbEntries, cmd: "bridge fdb get " + a + " br p1", status: fdbGetStatus},
		// One digit a byte is enough.
		{state: fdbEntries, cmd: each("bridge fdb add 2:0:0:0:7:1 dev p1 master", "bridge fdb append 2:0:0:0:7:02 dev p1 master static", "bridge fdb replace 2:0:0:0:7:1 dev p2 master",
			"bridge fdb get 2:0:0:0:7:1 br br0", "bridge fdb del to 2:0:0:0:7:2 dev p1 master", "bridge fdb show br br0")},
		{state: fdbEntries, cmd: each("bridge fdb add 2:0:0:0:7 dev p1 master", "bridge fdb add 2::0:0:7:1 dev p1 master", "bridge fdb add 2:0:0:0:7:g dev p1 master")},
		{state: fdbEntries, cmd: "bridge fdb flush dev br0 static && bridge fdb show br br0"},
		{state: fdbEntries, cmd: "bridge fdb flush dev br0 brport p2 nopermanent && bridge fdb show br br0"},
		{state: fdbEntries, cmd: "bridge fdb flush dev p1 master nosticky nodynamic && bridge fdb show br br0"},
		{state: fdbEntries, cmd: "bridge fdb flush dev br0 extern_learn noadded_by_user nooffloaded; bridge fdb flush dev br0 permanent nostatic; bridge fdb show br br0"},
		{state: fdbEntries, cmd: each("bridge fdb flush dev p1", "bridge fdb flush", "bridge fdb flush dev none", "bridge fdb flush dev br0 brport none", "bridge fdb flush dev br0 vlan 5000",
			"bridge fdb flush dev br0 vlan 4095", "bridge fdb flush dev br0 vlan 5", "bridge fdb flush dev br0", "bridge fdb show br br0")},
		{state: vxlan, cmd: "bridge fdb add " + a + " dev vx0 dst 10.0.0.1 port 9999 vni 77 via br0 && bridge fdb append " + a + " dev vx0 dst 10.0.0.2 self && " +
			"bridge fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.0.9 && bridge fdb show dev vx0 && bridge -j fdb show dev vx0 && bridge fdb del " + a + " dev vx0 dst 10.0.0.2"},
		{state: vxlan, cmd: each("bridge -6 fdb add "+a+" dev vx0 dst 10.0.0.1", "bridge fdb add "+a+" dev vx0", "bridge fdb add "+a+" dev vx0 vni 16777216 dst 10.0.0.1", "bridge fdb add "+a+" dev vx0 dst 10.0.0.1", "bridge fdb")},
	})
}
