package iproute

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

func TestBondRoundTrip(t *testing.T) {
	roundTripLines(t, formatLink, map[string]string{
		"link add b type bond":                                                  "link add name b type bond",
		"link add b type bond mode 4 lacp_rate 1 miimon 0x64":                   "link add name b type bond mode 802.3ad miimon 100 lacp_rate fast",
		"link add b type bond mode active-backup primary_reselect failure":      "link add name b type bond mode active-backup primary_reselect failure",
		"link add b type bond arp_interval 200 arp_ip_target 10.0.0.1,10.0.0.2": "link add name b type bond arp_interval 200 arp_ip_target 10.0.0.1,10.0.0.2",
		"link add b type bond ns_ip6_target 2001:db8::1 arp_validate 3":         "link add name b type bond ns_ip6_target 2001:db8::1 arp_validate all",
		"link set b type bond primary p0 active_slave p1":                       "link set dev b type bond active_slave p1 primary p0",
		"link set b type bond clear_active_slave num_unsol_na 5":                "link set dev b type bond clear_active_slave num_grat_arp 5",
		"link set b type bond ad_actor_system 2:0:0:0:0:1 ad_user_port_key 7":   "link set dev b type bond ad_user_port_key 7 ad_actor_system 02:00:00:00:00:01",
		"link set p0 type bond_slave queue_id 2 prio -3":                        "link set dev p0 type bond_slave queue_id 2 prio -3",
		"link set p0 master bond7":                                              "link set dev p0 master bond7",
		"link add b type bond updelay 5 xmit_hash_policy vlan+srcmac":           "link add name b type bond updelay 5 xmit_hash_policy vlan+srcmac",
		"link add b type bond lacp_active off ad_select bandwidth":              "link add name b type bond lacp_active off ad_select bandwidth",
		"link add b type bond tlb_dynamic_lb 0 fail_over_mac follow":            "link add name b type bond fail_over_mac follow tlb_dynamic_lb 0",
	})
}

func TestBondMistakes(t *testing.T) {
	for line, want := range map[string]string{
		"link add b type bond mode x":                                           `ip: word 7, "x": expected mode: balance-rr, active-backup, balance-xor, broadcast, 802.3ad, balance-tlb, balance-alb`,
		"link add b type bond mode 7":                                           `ip: word 7, "7": expected mode: balance-rr, active-backup,`,
		"link add b type bond miimon x":                                         `ip: word 7, "x": expected miimon, a number from 0 to 4294967295`,
		"link add b type bond arp_ip_target 10.0.0.1,x":                         `ip: word 7, "10.0.0.1,x": expected arp_ip_target, addresses with commas between them`,
		"link add b type bond ns_ip6_target 10.0.0.1":                           `ip: word 7, "10.0.0.1": expected ns_ip6_target, addresses with commas between them`,
		"link add b type bond nosuch":                                           `ip: word 6, "nosuch": expected an option of a bond: mode`,
		"link set p type bond_slave prio 5000000000":                            `ip: word 7, "5000000000": expected prio, a number from -2147483648 to 2147483647`,
		"link set p type bond_slave nosuch":                                     `ip: word 6, "nosuch": expected an option of a bond's slave: queue_id, prio`,
		"link add b type bond arp_ip_target " + strings.Repeat("10.0.0.1,", 17): `ip: word 7, "10.0.0.1,`,
	} {
		if _, err := Parse("ip", strings.Fields(line), nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

// What ip refuses is refused as by iproute2.
func TestIntegrationBondWords(t *testing.T) {
	comparePeers(t, []peerCase{
		{cmd: "ip link add bond7 type bond mode x; echo $?; ip link add bond7 type bond miimon x; echo $?; ip link add bond7 type bond xmit_hash_policy 9; echo $?; " +
			"ip link add bond7 type bond arp_ip_target x; echo $?; ip link add bond7 type bond ns_ip6_target 10.0.0.1; echo $?; ip link add bond7 type bond nosuch 1 2>&1 | head -1; ip link add bond7 type bond ad_actor_system x; echo $?; " +
			"ip link add bond7 type bond num_unsol_na 300; echo $?; ip link set lo type bond_slave prio x; echo $?; ip link set lo type bond_slave queue_id x; echo $?; " +
			"ip link add bond7 type bond mode; echo $?; ip link add bond7 type bond primary nosuch; echo $?"},
	})
}

// Bonds and their slaves are made, changed, shown and refused as by iproute2.
func TestIntegrationBondPeers(t *testing.T) {
	testenv.NeedTool(t, "ip")
	if !kernelHas(t, "bond") {
		t.Skip("the kernel has no bonds")
	}
	const pairs = "ip link add p0 index 10 address 02:00:00:00:00:01 type veth peer name q0 index 11 address 02:00:00:00:00:02; " +
		"ip link add p1 index 12 address 02:00:00:00:00:03 type veth peer name q1 index 13 address 02:00:00:00:00:04"
	const show = "ip -d link show; ip -d -o link show type bond; ip -j -d link show; ip -j -p -d link show type bond; ip link show master bond7; " +
		"ip -j -d address show dev p0; ip -d link show type bond_slave"
	add := "ip link add bond7 index 20 address 02:00:00:00:00:20 type bond "
	var cases []peerCase
	for _, options := range []string{
		"", "mode active-backup miimon 100 updelay 200 downdelay 300 peer_notify_delay 400 primary_reselect better fail_over_mac 1 num_grat_arp 3 all_slaves_active 1 lp_interval 5",
		"mode 0 arp_interval 200 arp_ip_target 10.0.0.1,10.0.0.2 arp_validate all arp_all_targets all arp_missed_max 4 packets_per_slave 7 resend_igmp 2",
		"mode balance-xor xmit_hash_policy layer3+4 min_links 1 use_carrier 1 ns_ip6_target 2001:db8::1,2001:db8::2",
		"mode 802.3ad lacp_rate fast lacp_active off ad_select count ad_actor_sys_prio 7 ad_user_port_key 5 ad_actor_system 2:0:0:0:0:9 xmit 2",
		"mode balance-tlb tlb_dynamic_lb 0", "mode balance-alb", "mode broadcast",
	} {
		cases = append(cases, peerCase{state: pairs, cmd: add + options + "; ip link set p0 master bond7; " + show})
	}
	cases = append(cases,
		peerCase{state: pairs + "; " + add + "mode active-backup miimon 100; ip link set p0 master bond7; ip link set p1 master bond7",
			cmd: "{ ip link set bond7 type bond primary p1; ip link set p0 type bond_slave queue_id 3 prio -5; " + show +
				"; ip link set bond7 type bond active_slave p1 updelay 200; ip link set bond7 type bond clear_active_slave; ip link set p1 nomaster; " +
				"ip link set bond7 type bond arp_ip_target 10.0.0.5; ip link set bond7 type bond arp_ip_target; ip -j -d link show bond7; } 2>&1 | grep -v '^ip:'"},
		// What the kernel refuses. The table of errors is made without bonds.
		peerCase{state: pairs + "; " + add + "mode 802.3ad; ip link set p0 master bond7; ip link set p1 up", cmd: "{ ip link set bond7 type bond mode 0; echo $?; " +
			"ip link set bond7 type bond primary p0; echo $?; ip link set bond7 up; ip link set bond7 type bond lacp_rate fast; echo $?; ip link set p1 master bond7; echo $?; " +
			"ip link set bond7 type bond miimon 0; ip link set bond7 type bond updelay 5; echo $?; ip link set bond7 type bond miimon 5 arp_interval 5; echo $?; " +
			"ip link add c type bond updelay 100; echo $?; ip link set bond7 type bond ad_user_port_key 2000; echo $?; } 2>&1 | grep -v '^ip:'"},
	)
	comparePeers(t, cases)
}
