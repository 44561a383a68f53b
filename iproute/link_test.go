package iproute

import "testing"

// States that the cases below start from. Everything that a kernel would choose
// is fixed.
const (
	// quiet prevents the kernel from sending, and so from creating neighbours,
	// at arbitrary times.
	quiet   = "for i in all default; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done\n"
	onePair = "ip link add p0 index 10 address 02:00:00:00:00:01 type veth peer name q0 index 11 address 02:00:00:00:00:02"
	// withBridge is a bridge with two ports, up.
	withBridge = quiet + `ip link add br0 index 20 address 02:00:00:00:01:00 type bridge forward_delay 0 mcast_snooping 0
ip link add p0 index 10 address 02:00:00:00:00:01 type veth peer name q0 index 11 address 02:00:00:00:00:02
ip link add p1 index 12 address 02:00:00:00:00:03 type veth peer name q1 index 13 address 02:00:00:00:00:04
for i in br0 p0 q0 p1 q1; do ip link set dev $i addrgenmode none; done
ip link set dev p0 master br0; ip link set dev p1 master br0
for i in p0 q0 p1 q1 br0; do ip link set dev $i up; done
for i in p0 q0 p1 q1 br0; do until ip link show dev $i | grep -q 'state UP'; do :; done; done`
	// twoSpaces is a pair between a named namespace and this one.
	twoSpaces = `
ip netns add far; ip netns set far 5
ip link add p0 index 10 address 02:00:00:00:00:01 type veth peer name q0 index 11 address 02:00:00:00:00:02 netns far`
)

func TestIntegrationLinkAddPeers(t *testing.T) {
	const macs = "address 02:00:00:00:00:01 type veth peer name q0 address 02:00:00:00:00:02"
	comparePeers(t, []peerCase{
		{state: quiet, cmd: "ip link add dev p0 index 10 mtu 1400 txqueuelen 7 numtxqueues 2 numrxqueues 3 group 5 gso_max_size 30000 gso_max_segs 10 gro_max_size 20000 up multicast off arp off " +
			"address 02:00:00:00:00:01 type veth peer q0 index 11 mtu 1300 qlen 9 numtxqueues 1 numrxqueues 1 address 02:00:00:00:00:02 promisc on"},
		{state: "ip netns add far; ip netns set far 3", cmd: "ip link add p0 index 10 " + macs + " index 11 netns far"},
		{state: "ip netns add far; ip netns set far 3; ip netns add near; ip netns set near 4",
			cmd: "ip link add p0 index 10 netns near " + macs + " index 11 netns far; ip -n near link show; ip -n far -d link show q0"},
		{state: "ip netns add far; ip netns set far 3", cmd: "ip -n far link add p0 index 10 " + macs + " index 11 netns $$; ip link show"},
		{state: quiet, cmd: "ip link add br0 index 10 address 02:00:00:00:01:00 up type bridge mcast_snooping 0"},
		{cmd: `ip link add br0 index 10 address 02:00:00:00:01:00 type bridge forward_delay 400 hello_time 200 max_age 1000 ageing_time 6000 stp_state 1 priority 4096 \
 group_fwd_mask 8 group_address 01:80:c2:00:00:04 no_linklocal_learn 1 mcast_router 2 mcast_snooping 0 mcast_query_use_ifaddr 1 \
 mcast_querier 1 mcast_hash_elasticity 16 mcast_hash_max 512 mcast_last_member_count 3 mcast_startup_query_count 4 \
 mcast_last_member_interval 90 mcast_membership_interval 25000 mcast_querier_interval 25400 mcast_query_interval 12400 \
 mcast_query_response_interval 900 mcast_startup_query_interval 3000 mcast_stats_enabled 1 mcast_igmp_version 3 mcast_mld_version 2 \
 nf_call_iptables 1 nf_call_ip6tables 1 nf_call_arptables 1 && ip -j -d link show br0`, mask: allLifetimes},
		{cmd: "ip link add p0 netns nothere type veth"},
		{cmd: each(
			"ip link add index 10 address 02:00:00:00:00:01 type veth peer index 11 address 02:00:00:00:00:02",
			"ip link add br0 index 30 address 02:00:00:00:01:00 type bridge vlan_filtering 1",
			"ip link add br0 type bridge forward_delay never",
			"ip link add br0 type bridge colour red",
			"ip link add p0 type veth peer name q0 type veth",
			"ip link add p0 type veth peer name q0 up",
			"ip link add p0 type nosuchkind",
			"ip link add p0",
			"ip link add p0 addrgenmode none type veth",
			"ip link add p0 mtu abc type veth",
			"ip link add p0 mtu 1400 mtu 1500 type veth",
			"ip link add p0 address 02:00 type veth",
			"ip link add p0 address zz type veth",
			"ip link add p0 link nothere type veth",
			"ip link add group 5 type veth",
			"ip link add name p0 dev q0 type veth",
			"ip link add name p/0 type veth",
			"ip link add i0 index 12 address 02:00:00:00:00:03 type ifb; ip -d link show i0",
		)},
		// Numbers that do not fit into an int, or are invalid for strtol(3).
		{state: onePair, cmd: each("ip link set dev p0 txqueuelen 4294967296", "ip link set dev p0 txqueuelen 18446744073709551615",
			"ip link set dev p0 mtu 18446744073709551615", "ip link set dev p0 txqueuelen -9223372036854775809", "ip link add name x numtxqueues 18446744073709551614 type veth")},
		{state: onePair, cmd: each(
			"ip link add name p1 index 12 address 02:00:00:00:00:03 type veth peer name q1 index 13 address 02:00:00:00:00:04",
			"ip link add p0 type veth",
		)},
		{state: withBridge, cmd: each(
			"ip link add p2 index 14 master br0 address 02:00:00:00:00:05 type veth peer name q2 index 15 address 02:00:00:00:00:06",
		)},
	})
}

func TestIntegrationLinkSetPeers(t *testing.T) {
	comparePeers(t, []peerCase{
		{state: quiet + onePair, cmd: "ip link set p0 up && ip link set dev q0 up && ip link set q0 down"},
		{state: onePair, cmd: "ip link set p0 name r0 && ip link set dev r0 alias 'the left end' mtu 1280 txqueuelen 3"},
		{state: onePair + "; ip netns add far; ip netns set far 5", cmd: "ip link set dev p0 name r0 netns far; ip -n far link show; ip link show"},
		{state: onePair + "; ip netns add far; ip netns set far 5", cmd: "ip link set dev p0 netns far index 77"},
		{state: twoSpaces, cmd: "ip -n far link set q0 netns $$; ip link show"},
		{state: withBridge, cmd: "ip link set p0 nomaster; ip link set q1 master br0; ip link set dev p1 master nothere"},
		{state: quiet + onePair, cmd: "ip link set p0 group 7; ip link set group 7 up; ip link show group 7; ip link set group 99 up"},
		{state: quiet + onePair, cmd: "ip link set p0 mode dormant && ip link set q0 mode DEFAULT && ip link set p0 up && ip link set q0 up && ip -j link show p0"},
		{state: onePair, cmd: "ip link set p0 carrier maybe", status: "iproute2's 22 is an errno that got through; other words that are not on or off are 1"},
		{state: withBridge, cmd: `ip link set p0 type bridge_slave priority 5 cost 77 hairpin on guard on root_block on fastleave on \
 learning off flood off proxy_arp on proxy_arp_wifi on mcast_router 2 mcast_flood off bcast_flood off mcast_to_unicast on group_fwd_mask 16392 \
 neigh_suppress on vlan_tunnel on isolated on locked on backup_port p1 && ip -j -d link show p0; ip -d link show p0`, mask: allLifetimes},
		{state: withBridge, cmd: "ip link set p0 type bridge_slave backup_port nothere"},
		{state: onePair, cmd: each(
			"ip link set p0 index 77",
			"ip link set p0 arp off multicast off allmulticast on promisc on trailers off dynamic on",
			"ip link set p0 address 02:00:00:00:00:99 broadcast ff:ff:ff:ff:ff:fe",
			"ip link set p0 brd 02:00:00:00:00:98",
			"ip link set p0 address 02:00",
			"ip link set p0 address 02:00:00:00:00:00:00:01",
			"ip link set p0 address 10.0.0.1",
			"ip link set p0 group nosuchgroup",
			"ip link set p0 addrgenmode none; ip link set q0 addrgenmode EUI64",
			"ip link set p0 mode purple",
			"ip link set p0 state purple",
			"ip link set p0 gso_max_size 20000 gso_max_segs 100 gro_max_size 30000",
			"ip link set p0 gso_max_segs 70000",
			"ip link set p0 protodown on; ip link show p0; ip link set p0 protodown off",
			"ip link set p0 carrier off",
			"ip link set p0 arp maybe",
			"ip link set p0 mtu 99999",
			"ip link set p0 name lo",
			"ip link set p0 name a/b",
			"ip link set p0 q0 up",
			"ip link set p0 type veth; ip link set p0 type veth peer name x",
			"ip link set p0 type bridge priority 3",
			"ip link set p0 type bridge_slave learning on",
			"ip link set nothere up",
			"ip link set",
			"ip link set up",
			"ip link set dev",
		)},
		{state: withBridge, cmd: each(
			"ip link set br0 type bridge stp_state 1 priority 1000 fdb_flush mcast_querier 1",
			"ip link set br0 type bridge priority 70000",
			"ip link set p0 type bridge_slave backup_port p1; ip link set p0 type bridge_slave nobackup_port fdb_flush mcast_fast_leave on state 4",
			"ip link set p0 type bridge_slave learning maybe",
			"ip link set p0 type bridge_slave colour red",
			"ip link change p0 down",
		)},
	})
}

func TestIntegrationLinkDeletePeers(t *testing.T) {
	comparePeers(t, []peerCase{
		{state: withBridge + "; ip link set q0 group 4; ip link set q1 group 4", cmd: "ip link del group 4; ip link del group 4"},
		{state: twoSpaces, cmd: "ip -n far link del q0"},
		{state: onePair, cmd: "ip link property add dev p0 altname the-left-end-of-the-pair altname left && ip link show left && ip link set the-left-end-of-the-pair up"},
		{state: onePair + "; ip link property add dev p0 altname left", cmd: "ip link property del left altname left; ip link property del dev p0 altname left"},
		{state: onePair + "; ip link property add dev p0 altname left", cmd: "ip link property add dev q0 altname left"},
		{state: onePair, cmd: each(
			"ip link del p0",
			"ip link delete dev q0 type veth",
			"ip link del nothere",
			"ip link del lo",
			"ip link del",
			"ip link property",
			"ip link property frobnicate",
			"ip link property add altname x",
			"ip link frobnicate",
		)},
		{state: withBridge, cmd: each(
			"ip link del br0; ip link show p0",
		)},
	})
}
