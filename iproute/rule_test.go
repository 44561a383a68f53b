package iproute

import "testing"

// The states in which rules are compared.
const (
	ruleMany = `ip rule add from 10.1.0.0/16 lookup 100 priority 100
ip rule add to 10.2.0.0/24 from 10.1.2.3 lookup 200 priority 101
ip rule add not fwmark 0x10/0xff table main priority 102 protocol static
ip rule add iif lo oif nothere lookup 300 priority 103
ip rule add tos 0x10 ipproto tcp sport 100 dport 200-300 lookup 400 priority 104
ip rule add uidrange 0-0 lookup local priority 105
`
	ruleActions = `ip rule add from 10.1.0.0/16 prohibit priority 100
ip rule add from 10.2.0.0/16 blackhole priority 101
ip rule add from 10.3.0.0/16 unreachable priority 102 protocol 77
ip rule add from 10.4.0.0/16 goto 200 priority 103
ip rule add from 10.5.0.0/16 goto 9999 priority 104
ip rule add nop priority 200
ip rule add from 10.6.0.0/16 lookup main suppress_prefixlength 0 priority 201
ip rule add lookup main suppress_ifgroup 7 realms 3/4 priority 202
ip rule add lookup 100 realms 5 priority 203
`
	ruleV6 = `ip -6 rule add from 2001:db8::/32 lookup 100 priority 100
ip -6 rule add to 2001:db8:1::1 unreachable priority 101
ip -6 rule add fwmark 5 lookup 70000 priority 102
`
	ruleMore = `ip rule add fwmark 0/0xf lookup 10 priority 300
ip rule add fwmark 7 lookup 11 priority 301
ip rule add tun_id 77 lookup 12 priority 302
ip rule add l3mdev priority 303
ip rule add sport 1-65534 ipproto udp lookup 13 priority 304
ip rule add dsfield 1c ipproto 200 lookup 14 priority 305
`
	ruleZero  = "ip rule add from 10.0.0.0/8 lookup 100 priority 0\nip rule add lookup 5\n"
	ruleTwins = "ip rule add from 10.1.0.0/16 lookup 100 priority 100\nip rule add from 10.2.0.0/16 lookup 100 priority 100\n"
	ruleNS    = "ip netns add n\nip -n n rule add from 10.1.0.0/16 lookup 100 priority 100\n"
	ruleNone  = "ip rule flush\nip rule delete from all priority 0\n"
)

func TestIntegrationRulePeers(t *testing.T) {
	comparePeers(t, []peerCase{
		// Commands that add and delete.
		{cmd: "ip rule add from 10.1.0.0/16 lookup 100; ip rule add from 10.1/16 table 101; ip rule"},
		{cmd: "ip ru a to 10.2.0.1 from all table main pref 5 && ip ru && ip ru d pref 5 && ip ru"},
		{cmd: "ip rule add not from 10.0.0.0/8 to 10.1.0.0/255.255.0.0 order 7 iif eth0 oif eth1 lookup 1000000 protocol bgp; ip rule; ip -d rule"},
		{cmd: "ip rule add fwmark 0x10/0xff table 9 prio 1; ip rule add fwmark 16 table 9 priority 2; ip rule add fwmark 020 table 9 priority 3"},
		{cmd: "ip -6 rule add from 2001:db8::/32 to ::/0 lookup 77; ip -6 rule; ip rule add lookup 77; ip rule"},
		{cmd: "ip rule add prohibit from 10.1.0.0/16; ip rule add type blackhole pref 9; ip rule add unreachable; ip rule add goto 40000 pref 10; ip rule add nop"},
		{cmd: "ip rule add uidrange 0-0 ipproto tcp dport 80 sport 1000-2000 dsfield 10 table local pref 77; ip rule; ip -N -d rule"},
		{cmd: "ip rule add l3mdev pref 1000; ip rule add tun_id 5 table 5 pref 1001; ip rule; ip rule del l3mdev; ip rule del tun_id 5"},
		{cmd: "ip rule add sup_pl 8 table main sup_group 3 realms 1/2 pref 5; ip rule add realms 0x20003 table 4 pref 6; ip rule"},
		{state: ruleMany, cmd: "ip rule del pref 100; ip rule del from 10.1.2.3 to 10.2.0.0/24; ip rule delete pref 100"},
		{state: ruleMany, cmd: "ip rule add from 10.1.0.0/16 lookup 100 priority 100"},
		{state: ruleTwins, cmd: "ip rule del from 10.2.0.0/16; ip rule del table 100; ip rule del table 100"},
		{state: ruleActions, cmd: "ip rule del goto 200; ip rule del prohibit; ip rule del nop; ip rule del realms 5"},
		{state: ruleNS, cmd: "ip -n n rule; ip -n n rule del pref 100 && ip netns exec n ip rule; ip rule"},

		// Commands that show.
		{cmd: "ip rule; ip -6 rule; ip -j rule; ip -j -p -6 rule; ip -d -j rule list; ip -c rule"},
		{state: ruleMany, cmd: "ip rule; ip -j rule; ip -d rule; ip -N rule; ip -o rule; ip -c rule; ip -4 rule lst"},
		{state: ruleMany, cmd: "ip -j -p rule show priority 104"},
		{state: ruleActions, cmd: "ip rule; ip -j rule; ip -d rule show; ip -N rule"},
		{state: ruleV6, cmd: "ip -6 rule; ip -6 -j rule; ip -6 -c rule; ip -6 rule show from 2001:db8::/16; ip -6 rule to 2001:db8:1::1"},
		{state: ruleMore, cmd: "ip rule; ip -j rule; ip -N rule"},
		{state: ruleZero, cmd: "ip rule; ip -j rule show pref 0"},
		{state: ruleNone, cmd: "ip rule; ip -j rule; ip rule del pref 5"},
		{state: ruleMany, cmd: "ip rule show from 10.0.0.0/8; ip rule show from 10.1.2.3; ip rule show to 10.2.0.0/24; ip rule list 10.2.0.0/16"},
		{state: ruleMany, cmd: "ip rule show fwmark 0x10; ip rule show fwmark 0x10/0xff; ip rule show fwmark 0x11; ip rule show not; ip rule show tos 10"},
		{state: ruleMany, cmd: "ip rule show iif lo; ip rule show dev lo; ip rule show oif nothere; ip rule show uidrange 0-0; ip rule show uidrange 1-1"},
		{state: ruleMore, cmd: "ip rule show ipproto udp; ip rule show sport 1-65534; ip rule show dport 1; ip rule show tun_id 77; ip rule show l3mdev; ip rule show table 14; ip rule show lookup main"},
		{state: ruleMany, cmd: "ip rule show protocol static", differs: "iproute2 6.1 takes the protocol and shows all"},

		// Commands that flush.
		{state: ruleMany, cmd: "ip rule flush; ip rule"},
		{state: ruleZero, cmd: "ip rule flush; ip rule"},
		{state: ruleMany, cmd: "ip rule flush table 100; ip rule flush protocol static; ip -j rule flush priority 103; ip rule"},
		{state: ruleTwins, cmd: "ip rule flush from 10.2.0.0/16"},
		{state: ruleMore, cmd: "ip rule flush"},
		{state: ruleActions, cmd: "ip rule flush"},
		{state: ruleV6, cmd: "ip -6 rule flush; ip -6 rule"},

		// Wrong commands.
		{cmd: "ip rule add"},
		{cmd: "ip rule del"},
		{cmd: "ip rule del pref 77"},
		{cmd: "ip rule add from"},
		{cmd: "ip rule add from 10.0.0.0/33"},
		{cmd: "ip rule add from 2001:db8::/32 lookup 5"},
		{cmd: "ip -6 rule add from 10.0.0.0/8 lookup 5"},
		{cmd: "ip rule add nosuch"},
		{cmd: "ip rule add table nosuch"},
		{cmd: "ip rule add priority -1"},
		{cmd: "ip rule add fwmark 1/x"},
		{cmd: "ip rule add sport 0"},
		{cmd: "ip rule add sport a-b"},
		{cmd: "ip rule add uidrange 5"},
		{cmd: "ip rule add ipproto nosuch"},
		{cmd: "ip rule add tos zz"},
		{cmd: "ip rule add realms a/b"},
		{cmd: "ip rule add goto 1 pref 5"},
		{cmd: "ip rule add goto"},
		{cmd: "ip rule add l3mdev table 5", status: "iproute2 ends with an errno here, nslab as for wrong words"},
		{cmd: "ip rule add iif 0123456789abcdef"},
		{cmd: "ip rule show nosuch"},
		{cmd: "ip rule frobnicate"},
		{cmd: "ip -0 rule show"},
	})
}
