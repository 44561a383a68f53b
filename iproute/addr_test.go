package iproute

import (
	"regexp"
	"strings"
	"testing"

	"github.com/nslab/nslab/rtnl"
)

const (
	addrMany = routePair + `ip addr add 10.0.1.1/24 brd + dev v0; ip addr add 10.0.1.2/24 dev v0 label v0:two; ip addr add 10.0.1.3/24 dev v0
ip addr add 10.0.2.1/30 dev v0 scope link; ip addr add 192.0.2.1 peer 192.0.2.9/30 dev v1; ip addr add 10.0.1.1/25 dev v1
ip addr add fd00:1::1/64 dev v0 nodad; ip addr add fd00:2::1/64 dev v0 nodad noprefixroute; ip addr add fe80::1/64 dev v1 nodad
` + routeOrder
	addrPromote = addrMany + "echo 1 >/proc/sys/net/ipv4/conf/v0/promote_secondaries\n"
)

func TestIntegrationAddressChangePeers(t *testing.T) {
	comparePeers(t, []peerCase{
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 dev v0; ip a a 10.1/16 dev v0; ip address add local 10.0.3.1/255.255.255.0 dev v0 brd +; ip addr add 10.0.4.1/24 brd - dev v1; ip addr add 10.0.5.1 dev v1 broadcast 10.0.5.7; ip addr add 10.0.6.1/31 brd + dev v1"},
		{state: routePair, cmd: "ip addr add 10.0.1.1 peer 10.0.1.2 dev v0; ip addr add 10.0.2.1 remote 10.0.2.2/30 brd + dev v0 label v0:x; ip addr add 127.0.0.2/8 dev lo; ip addr add 127.0.0.3/8 dev lo scope site"},
		{state: routePair, cmd: "ip addr add fd00:1::1/64 dev v0 nodad metric 77; ip addr add fd00:2::1 peer fd00:2::2/64 dev v0 nodad noprefixroute home; ip -6 addr add fd00:3::1/64 dev v1 nodad mngtmpaddr"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 dev v0 valid_lft 100000 preferred_lft 50000 metric 5; ip addr add 10.0.2.1/24 dev v0 valid_lft forever preferred_lft 0; ip addr change 10.0.1.1/24 dev v0 valid_lft 200000 preferred_lft 100; ip addr replace fd00::1/64 dev v0 nodad preferred_lft 0"},
		{state: addrMany, cmd: "ip addr replace 10.0.1.1/24 dev v0 metric 9; ip addr chg 10.0.9.1/24 dev v0; ip addr change 10.0.1.2/24 dev v0 scope site; ip addr add 10.0.1.1/24 dev v0"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 dev v0 noprefixroute; ip addr add 239.1.1.1/32 dev v0 autojoin; ip addr add 10.0.2.1/24 dev v0 nodad; ip addr add 10.0.3.1/24 dev v0 permanent"},
		{state: addrMany, cmd: "ip addr del 10.0.1.2/24 dev v0; ip addr delete 10.0.1.1/25 dev v1; ip addr del fd00:1::1/64 dev v0; ip addr del 192.0.2.1 peer 192.0.2.9/30 dev v1; ip -6 addr del fe80::1/64 dev v1 mngtmpaddr"},
		{state: addrMany, cmd: "ip addr del 10.0.1.1/24 dev v0"},
		{state: addrPromote, cmd: "ip addr del 10.0.1.1/24 dev v0"},
		{state: addrMany, cmd: "ip addr del 10.0.2.1 dev v0"},
		{state: addrMany, cmd: "ip addr del 10.0.1.2/24 dev v0 label v0:three"},
		{state: addrMany, cmd: "ip addr del 10.0.1.2/24 dev v0 label v0:two"},
		{state: addrMany, cmd: "ip addr del fd00:1::1 dev v0"},
		{state: addrMany, cmd: "ip addr del 10.0.77.1/24 dev v0"},
		{state: addrMany, cmd: "ip addr del 10.0.77.1 dev v0"},
		{state: "ip netns add a; ip -n a addr add 127.1.0.1/16 dev lo; ip -n a addr add 127.2.0.1/16 dev lo",
			cmd: "ip netns exec a ip addr del 127.1.0.1 dev lo; ip -n a addr del 127.2.0.1/16 dev lo; printf 'addr add 127.3.0.1/8 dev lo\\naddr del 127.3.0.1 dev lo\\n' | ip -n a -b -"},
		// What fails.
		{state: routePair, cmd: "ip addr add 10.0.1.1/24"},
		{state: routePair, cmd: "ip addr add dev v0"},
		{state: routePair, cmd: "ip addr del dev v0"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 dev nosuch"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/33 dev v0"},
		{state: routePair, cmd: "ip addr add nonsense dev v0"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 10.0.1.2/24 dev v0"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 dev v0 frobnicate"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 dev v0 scope nosuch"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 dev v0 valid_lft 0"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 dev v0 valid_lft 100"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 dev v0 valid_lft 100 preferred_lft 200"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 dev v0 valid_lft soon"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 dev v0 autojoin"},
		{state: routePair, cmd: "ip addr add fd00::1/64 brd + dev v0"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 peer fd00::1 dev v0"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 brd + brd - dev v0"},
		{state: routePair, cmd: "ip -6 addr add 10.0.1.1/24 dev v0"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 dev v0 label a-label-too-long-by-far"},
		{state: routePair, cmd: "ip addr add 10.0.1.1/24 dev"},
		{state: routePair, cmd: "ip addr add"},
	})
}

func TestIntegrationAddressFlushPeers(t *testing.T) {
	lifetimes := regexp.MustCompile(`[0-9]+sec`)
	comparePeers(t, []peerCase{
		{state: addrMany, cmd: "ip addr flush"},
		{state: addrMany, cmd: "ip addr flush dev v0"},
		{state: addrMany, cmd: "ip -s addr flush dev v0; ip -s addr flush v0"},
		{state: addrMany, cmd: "ip -s -4 addr flush dev v1; ip -s -6 addr flush dev v0"},
		{state: addrMany, cmd: "ip -s -s addr flush to 10.0.1.0/24; ip -s -s -j addr flush scope link", mask: lifetimes},
		{state: addrMany, cmd: "ip -s addr flush label 'v0:*'; ip -s addr flush label v?"},
		{state: addrMany, cmd: "ip -s addr flush dev v0 secondary"},
		{state: addrPromote, cmd: "ip -s addr flush dev v0 primary"},
		{state: addrPromote, cmd: "ip -s addr flush dev v0"},
		{state: addrPromote, cmd: "ip -s -l 1 addr flush dev v0"},
		{state: addrMany, cmd: "ip -s addr flush dynamic; ip -s addr flush permanent dev v1; ip -s addr flush noprefixroute"},
		{state: addrMany, cmd: "ip -s addr flush scope all dev v1"},
		{state: addrMany, cmd: "ip addr flush dev nosuch"},
		{state: addrMany, cmd: "ip addr flush to nonsense"},
		{state: addrMany, cmd: "ip addr flush dev v0 v1"},
		{state: "ip netns add a; ip -n a link set lo up", cmd: "ip -n a -s addr flush dev lo; ip -n a -s addr flush dev lo"},
	})
}

func TestAddressWordsWrong(t *testing.T) {
	for line, want := range map[string]string{
		"address add 10.0.0.1/24":                        `ip: word 4 is missing: expected "dev" and an interface`,
		"address add dev v0":                             `ip: word 5 is missing: expected an address with its prefix length, such as 10.0.0.1/24`,
		"address add 10.0.0.1/24 dev v0 peer":            `ip: word 7 is missing: expected the address of the other end`,
		"address add 10.0.0.1/24 10.0.0.2/24 dev v0":     `ip: word 4, "10.0.0.2/24": expected a parameter of an address, such as "dev" or "scope"; the address is already given`,
		"address add 10.0.0.1/24 brd + brd - dev v0":     `ip: word 6, "brd": expected each parameter only once`,
		"address add fd00::1/64 brd + dev v0":            `ip: a broadcast address: IPv6 has none`,
		"address add 10.0.0.1/24 dev v0 valid_lft 0":     `ip: valid_lft 0: an address without a lifetime; delete it instead`,
		"address add 10.0.0.1/24 dev v0 valid_lft 9":     `ip: valid_lft 9 without preferred_lft, which is then forever: it may not be longer`,
		"address add 10.0.0.1/24 dev v0 autojoin":        `ip: autojoin: 10.0.0.1 is not a multicast address`,
		"address add 10.0.0.1/24 dev v0 proto kernel_xx": `ip: word 7, "kernel_xx": expected the origin of the address: kernel_lo, kernel_ra, kernel_ll or a number up to 255`,
		"address flush up":                               `ip: word 3, "up": expected an option that selects addresses; "up" selects interfaces, which ip(8) ignores here: it would delete the addresses of all`,
		"address flush master br0":                       `ip: word 3, "master": expected an option that selects addresses; "master" selects interfaces, which ip(8) ignores here: it would delete the addresses of all`,
		"address save":                                   `ip: word 2, "save": expected a command that nslab supports; it does not support "save" of ip address`,
		"-M address add 10.0.0.1/24 dev v0":              `ip: word 4, "10.0.0.1/24": expected an address, but of family mpls nslab knows none`,
	} {
		if _, err := Parse("ip", strings.Fields(line), nil); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", line, err, want)
		}
	}
}

func TestAddressRoundTrip(t *testing.T) {
	roundTripLines(t, formatAddr, map[string]string{
		"addr add 10.1/16 dev v0":                                        "address add 10.1.0.0/16 dev v0",
		"a a local 10.0.0.1 dev v0 scope global":                         "address add 10.0.0.1/32 dev v0",
		"addr add 10.0.0.1/24 brd + dev v0":                              "address add 10.0.0.1/24 dev v0 broadcast +",
		"addr add 10.0.0.1/24 brd - dev v0":                              "address add 10.0.0.1/24 dev v0 broadcast 10.0.0.0",
		"addr add 10.0.0.1/24 brd 10.0.0.255 anycast 10.0.0.9 dev v0":    "address add 10.0.0.1/24 dev v0 broadcast + anycast 10.0.0.9",
		"addr add 10.0.0.1/32 brd + dev v0":                              "address add 10.0.0.1/32 dev v0",
		"addr add 10.0.0.1 remote 10.9.0.2/30 brd + dev v0":              "address add 10.0.0.1 peer 10.9.0.2/30 dev v0 broadcast +",
		"addr add 127.0.0.2/8 dev lo":                                    "address add 127.0.0.2/8 dev lo",
		"addr add 127.0.0.2/8 dev lo scope global label lo:a priority 3": "address add 127.0.0.2/8 dev lo label lo:a scope 0 metric 3",
		"addr replace fd00::1/64 dev v0 nodad home optimistic proto kernel_ll preferred_lft 0": "address replace fd00::1/64 dev v0 proto 3 " +
			"valid_lft forever preferred_lft 0 nodad optimistic home",
		"addr chg 10.0.0.1/24 dev v0 valid_lft 9 preferred_lft 8 noprefixroute": "address change 10.0.0.1/24 dev v0 valid_lft 9 preferred_lft 8 noprefixroute",
		"addr add 239.0.0.1/32 dev v0 autojoin":                                 "address add 239.0.0.1/32 dev v0 autojoin",
		"addr del 10.0.0.1 dev v0":                                              "address delete 10.0.0.1 dev v0",
		"addr del 10.0.0.1/32 dev v0 label x scope link brd + metric 7":         "address delete 10.0.0.1/32 dev v0 label x scope 253",
		"addr del 10.0.0.1 peer 10.0.0.2/30 dev v0":                             "address delete 10.0.0.1 peer 10.0.0.2/30 dev v0",
		"addr del fd00::1 dev v0 mngtmpaddr nodad":                              "address delete fd00::1/128 dev v0 mngtmpaddr",
	})
	for _, r := range []rtnl.Request{&rtnl.AddrAdd{}, &rtnl.AddrDel{}, &rtnl.LinkDel{}, &rtnl.AddrAdd{Address: rtnl.Address{Link: rtnl.LinkIndex(1),
		Prefix: networkOf(&rtnl.Address{}), Flags: 1 << 20}}} {
		if got := formatAddr(r); got != nil {
			t.Errorf("%+v: %q", r, got)
		}
	}
}
