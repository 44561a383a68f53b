package iproute

import (
	"regexp"
	"testing"
)

// jsonLifetimes matches numbers that count down.
var jsonLifetimes = regexp.MustCompile(`"(valid|preferred)_life_time": ?[0-9]+|(gc|hello|hold|message_age|forward_delay)_timer": ?[0-9.]+`)

// allLifetimes matches them in text and JSON.
var allLifetimes = regexp.MustCompile(jsonLifetimes.String() + "|" + volatile.String())

func TestIntegrationLinkShowPeers(t *testing.T) {
	const (
		named  = "ip link set p0 alias 'the left end' group 7; ip link property add dev p0 altname left altname leftmost"
		beyond = "ip link add p9 index 30 address 02:00:00:00:00:30 type veth peer name q9 index 31 address 02:00:00:00:00:31"
	)
	all := "ip link; ip -d link show; ip -br link; ip -o link list; ip -d -o link; ip -o -s link; ip -o -s -s link"
	json := "ip -j link; ip -j -d link lst; ip -j -br link; ip -j -o link; ip -j -p -d link; ip -j -s link; ip -j -s -s -p link"
	comparePeers(t, []peerCase{
		{state: withBridge + "\nip link set lo up; ping -c1 -s 60000 127.0.0.1 >/dev/null; ping -c 1 -s 60000 127.0.0.1 > /dev/null",
			cmd: "ip -s link show lo; ip -s -s link show lo; ip -s -h link show lo; ip -s -s -h -iec link show lo; ip -j -s link show lo"},
		{cmd: each(
			all,
			json,
		)},
		{state: onePair, cmd: each(
			all,
			json,
			"ip link show nothere",
			"ip link show master nothere",
			"ip link show p0 q0",
			"ip link show dev",
			"ip link help",
			"ip link help vrf | grep -o '^Usage: ... vrf'",
			"ip link help bridge | grep -q forward_delay",
			"ip link help bridge_slave | grep -q hairpin",
			"ip link hel veth | grep -q peer",
			"ip link help nosuch",
			"ip l s p0 up; ip l sh p0; ip li l p0; ip link ls p0",
			"ip -c link show p0; ip -c=never link show p0; ip -c -br link; ip -c -j link show p0",
			"ip -N link show p0; ip -N -j link show p0; ip -4 link show p0; ip -6 link show; ip -0 -br link",
		)},
		{state: onePair + "; ip link set p0 up; until ip link show p0 | grep -q 'state LOWERLAYERDOWN'; do :; done", cmd: all},
		{state: quiet + onePair + "; ip link set p0 up; ip link set q0 up; until ip link show p0 | grep -q 'state UP'; do :; done; ip link set p0 promisc on allmulticast on arp off", cmd: all},
		{state: withBridge, cmd: each(
			all,
			json,
			"ip -d link show p0; ip -d link show dev br0; ip -j -d link show dev p1; ip link show dev p0 master br0; ip -j link show q0 master br0; ip -j link show p0 type bridge",
		), mask: allLifetimes},
		{state: withBridge + "; ip link set br0 type bridge stp_state 1", cmd: all, mask: allLifetimes},
		{state: twoSpaces, cmd: each(
			all+"; ip -n far -d link show",
			json+"; ip -n far -j link show",
		)},
		{state: "ip netns add far; ip link add p0 index 10 address 02:00:00:00:00:01 type veth peer name q0 index 11 address 02:00:00:00:00:02 netns far; touch kept; mount --bind /run/netns/far kept; ip netns delete far", cmd: "ip link; ip -j link"},
		{state: onePair + "\n" + named, cmd: each(
			all,
			json,
			"ip link show group 7; ip -j link show group default; ip link show dev p0 group 7; ip link show leftmost; ip -j link show left; ip link show group nosuch",
		)},
		{state: onePair + "\n" + beyond, cmd: "ip link show up; ip -j link show up; ip -br link show up; ip link show nomaster; ip link show type veth; ip link show type bridge; ip -j link show type nosuch"},
		{state: withBridge + "\n" + beyond, cmd: "ip link show master br0; ip -br -j link show master br0; ip link show nomaster; ip -j link show type bridge_slave; ip link show type bridge", mask: allLifetimes},
		{state: "ip link add i0 index 10 address 02:00:00:00:00:01 type ifb; ip link add link i0 name t0 index 11 address 02:00:00:00:00:05 type macvlan mode bridge", cmd: "ip link; ip -j link; ip -br link; ip link show type macvlan"},
		{state: "ip link add i0 index 10 address 02:00:00:00:00:01 type ifb; ip link add link i0 name t0 index 11 address 02:00:00:00:00:05 type macvlan mode bridge", cmd: "ip -d link show t0"},
		{root: "it opens /dev/net/tun", state: "ip link add i0 index 10 address 02:00:00:00:00:01 type ifb; ip tuntap add dev tun0 mode tun", cmd: "ip link; ip -j link; ip addr"},
	})
}

func TestIntegrationAddrShowPeers(t *testing.T) {
	const addrs = onePair + `
ip link set lo up; echo 1 >/proc/sys/net/ipv6/conf/p0/disable_ipv6; ip link set p0 up
until ip link show p0 | grep -q 'state LOWERLAYERDOWN'; do :; done
ip addr add 10.0.0.1/24 brd + dev p0
ip addr add 10.0.0.2/24 dev p0 label p0:two
ip addr add 10.1.0.1 peer 10.1.0.2/32 dev p0 scope link metric 50
ip addr add 192.0.2.1/25 dev q0 valid_lft 3000 preferred_lft 2000
ip addr add 2001:db8::1/64 dev lo nodad
ip addr add 2001:db8::2/64 dev lo nodad preferred_lft 0 valid_lft forever
ip addr add 2001:db8:1::1/64 dev q0 nodad noprefixroute
ip addr add 2001:db8::3/128 peer 2001:db8::4 dev q0 nodad home metric 7`
	all := "ip addr; ip -d address show; ip -br addr; ip -o a; ip -4 addr; ip -6 addr; ip -0 addr; ip -s addr; ip -d -s -s a"
	json := "ip -j addr; ip -j -d address show; ip -j -br addr; ip -j -o a; ip -j -4 addr; ip -j -6 addr; ip -j -0 addr; ip -j -s addr; ip -j -p a"
	filter := func(words string) string {
		return "ip addr show " + words + "; ip -j addr show " + words + "; ip -o addr show " + words + "; ip -br addr show " + words + "; ip -4 addr show " + words
	}
	comparePeers(t, []peerCase{
		{cmd: each(
			all,
			json,
		)},
		{state: onePair, cmd: all},
		{state: addrs, cmd: each(
			all,
			filter("dev p0"),
			filter("q0 up"),
			filter("up"),
			filter("scope link"),
			filter("scope host dev lo"),
			filter("to 10.0.0.0/8"),
			filter("to 10/8 dev p0"),
			"ip addr show to 2001:db8::/32; ip -6 addr show to 2001:db8::2; ip -j addr show to 2001:db8:1::/48",
			filter("permanent"),
			filter("dynamic"),
			filter("secondary"),
			filter("primary -deprecated"),
			"ip -6 addr show deprecated; ip -6 -j addr show -deprecated; ip addr show noprefixroute; ip addr show home; ip addr show tentative",
			filter("label 'p0*'"),
			filter("label p0:two"),
			"ip -c addr show dev p0; ip -N addr show dev q0; ip -br -c a",
		), mask: allLifetimes},
		{state: addrs, cmd: json, mask: jsonLifetimes},
		{state: onePair + `; ip addr add 10.0.0.1/24 brd + dev p0; ip addr add 10.0.0.3/24 peer 10.0.0.4 dev p0
printf '10.0.0.1 alpha a.example\n10.0.0.255 all\n10.0.0.3 gamma\n10.0.0.4 delta\n' >hosts; mount --bind hosts /etc/hosts`, cmd: "ip -r addr show p0; ip -r -j addr show p0"},
		{state: withBridge + "; ip addr add 10.9.0.1/16 dev br0", cmd: all + ";" + json, mask: allLifetimes},
		{state: withBridge + "; ip addr add 10.9.0.1/16 dev br0; ip addr add 10.8.0.1/16 dev p0", cmd: each(
			filter("master br0"),
			filter("type bridge"),
		), mask: allLifetimes},
		{state: withBridge + "; ip link set q0 group 3", cmd: "ip addr show group 3; ip -br addr show nomaster", mask: allLifetimes},
		{state: addrs, cmd: each(
			"ip addr show nothere",
			"ip addr show p0 q0",
			"ip addr show scope purple",
			"ip addr show to purple",
			"ip addr show master nothere",
			"ip -B addr; ip -j -B addr",
		)},
	})
}
