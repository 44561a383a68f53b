package lab

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// twoPorts are links of a and b to r, whose ends are those of pairs.
func twoPorts(more string) string {
	return "\n  a: {}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"r:eth0\"], ipv4: [10.0.0.2/24, \"\"]}\n  - {endpoints: [\"b:eth0\", \"r:eth1\"], ipv4: [10.0.0.3/24, \"\"]" + more + "}\n"
}

var interfaceBridgeChanges = []fileChange{
	{"it comes", "\n  r: {kind: router}" + twoPorts(""),
		"\n  r: {kind: router, interfaces: {br0: {kind: bridge, ports: [eth0, eth1], addresses: [10.0.0.1/24, \"fd00::1/64\"], ageing_time: 10s}}, routes: [10.9.0.0/16 via 10.0.0.2]}" + twoPorts("")},
	{"it goes", "\n  r: {interfaces: {br0: {kind: bridge, ports: [eth0, eth1], addresses: [10.0.0.1/24, \"fd00::1/64\"], stp: on, mac: \"02:00:00:00:00:77\"}}, routes: [10.9.0.0/16 via 10.0.0.2]}" + twoPorts(""),
		"\n  r: {}" + twoPorts("")},
	{"a port becomes routed", "\n  r: {interfaces: {br0: {kind: bridge, ports: [eth0, eth1], addresses: [10.0.0.1/24]}}}" + twoPorts(""),
		"\n  r: {interfaces: {br0: {kind: bridge, ports: [eth1], addresses: [10.0.0.1/24]}}}\n  a: {}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"r:eth0\"], ipv4: [10.1.0.2/24, 10.1.0.1/24]}\n  - {endpoints: [\"b:eth0\", \"r:eth1\"], ipv4: [10.0.0.3/24, \"\"]}\n"},
	{"a port changes its bridge", "\n  r: {interfaces: {br0: {kind: bridge, ports: [eth0]}, br1: {kind: bridge, ports: [eth1]}}}" + twoPorts(", mtu: 1400"),
		"\n  r: {interfaces: {br0: {kind: bridge}, br1: {kind: bridge, ports: [eth1, eth0]}}}" + twoPorts(", mtu: 1450")},
	{"all of it changes", "\n  r: {interfaces: {br0: {kind: bridge, ports: [eth0, eth1], addresses: [10.0.0.1/24], mtu: 1400, priority: 4096, hello_time: 1s}}}" + twoPorts(""),
		"\n  r: {interfaces: {br0: {kind: bridge, ports: [eth0, eth1], addresses: [10.0.0.9/24], ipv6: on, group_fwd_mask: 16384, multicast_snooping: off}}}" + twoPorts("")},
	{"the node becomes a switch", "\n  r: {interfaces: {br0: {kind: bridge, ports: [eth0, eth1], addresses: [10.0.0.1/24]}}}" + twoPorts(""),
		"\n  r: {kind: bridge, bridge: {addresses: [10.0.0.1/24], stp: on}}" + twoPorts("")},
	{"the switch becomes a router", "\n  r: {kind: bridge, bridge: {addresses: [10.0.0.1/24]}}" + twoPorts(""),
		"\n  r: {kind: router, interfaces: {br0: {kind: bridge, ports: [eth1]}}}" + twoPorts("")},
	{"a macvlan is on it", "\n  r: {interfaces: {br0: {kind: bridge, ports: [eth0]}, m0: {kind: macvlan, link: br0, addresses: [10.0.0.1/24]}}}" + twoPorts(""),
		"\n  r: {interfaces: {br0: {kind: bridge, ports: [eth0, eth1], mtu: 1300}, m0: {kind: macvlan, link: br0, addresses: [10.0.0.1/24]}}}" + twoPorts("")},
	{"a macvlan has its name", "\n  r: {interfaces: {x: {kind: macvlan, link: eth0, addresses: [10.0.0.1/24]}}}" + twoPorts(""),
		"\n  r: {interfaces: {x: {kind: bridge, ports: [eth0], addresses: [10.0.0.1/24]}}}" + twoPorts("")},
	{"it has the name of a macvlan", "\n  r: {interfaces: {x: {kind: bridge, ports: [eth0], addresses: [10.0.0.1/24]}}}" + twoPorts(""),
		"\n  r: {interfaces: {x: {kind: macvlan, link: eth0, addresses: [10.0.0.1/24]}}}" + twoPorts("")},
	{"its address moves to a link", "\n  r: {interfaces: {br0: {kind: bridge, ports: [eth0], addresses: [10.0.0.1/24]}}}" + twoPorts(""),
		"\n  r: {}\n  a: {}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"r:eth0\"], ipv4: [10.0.0.2/24, 10.0.0.1/24]}\n  - {endpoints: [\"b:eth0\", \"r:eth1\"]}\n"},
}

func TestIntegrationInterfaceBridges(t *testing.T) {
	needKind(t, "macvlan")
	checkFileChanges(t, interfaceBridgeChanges)
}

// A router forwards between its routed port and the bridge; what somebody does
// to the bridge, the next up takes back, and nothing is to do after it.
func TestIntegrationInterfaceBridgeByHand(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge", "ping")
	const file = `name: t
nodes:
  r: {kind: router, interfaces: {br0: {kind: bridge, ports: [eth0, eth1], addresses: [10.0.0.1/24], ageing_time: 10s}}}
  h: {count: 2, routes: [default via 10.0.0.1]}
  w: {routes: [default via 10.1.0.1]}
links:
  - {endpoints: ["h1:eth0", "r:eth0"], ipv4: [10.0.0.11/24, ""]}
  - {endpoints: ["h2:eth0", "r:eth1"], ipv4: [10.0.0.12/24, ""]}
  - {endpoints: ["w:eth0", "r:eth2"], ipv4: [10.1.0.2/24, 10.1.0.1/24]}
`
	up(t, nil, file)
	in := func(node, command string) string {
		return testenv.Run(t, "ip", "netns", "exec", "t-"+node, "sh", "-ec", command)
	}
	for _, address := range []string{"10.0.0.12", "10.0.0.1", "10.1.0.2"} {
		if out := in("h1", "ping -c 1 -w 30 "+address); !strings.Contains(out, " 1 received") {
			t.Errorf("ping %s: %s", address, out)
		}
	}
	if out := in("r", "bridge link show master br0"); strings.Count(out, " master br0 ") != 2 {
		t.Errorf("the ports of br0:\n%s", out)
	}
	checkByHand(t, "r", file, []string{
		"ip link set eth0 nomaster; ip link set br0 type bridge ageing_time 7700; ip addr del 10.0.0.1/24 dev br0",
		"ip link del br0",
	}, "ip link set eth2 master br0")
}
