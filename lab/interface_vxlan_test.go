package lab

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

func init() { kindKeys["vxlan"] = ", id: 5" }

// vxlanChanges are changes of VXLANs: of what the kernel can change and of what
// it cannot, and of the interface that they send by.
var vxlanChanges = []fileChange{
	{"it comes", "\n  a: {}\n  b: {}" + linked,
		"\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, remote: 192.0.2.2, local: 192.0.2.1, addresses: [10.7.0.1/24, \"2001:db8::1/64\"], mtu: 1400}}, routes: [10.9.0.0/16 via 10.7.0.9]}\n  b: {}" + linked},
	{"it goes", "\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, dev: eth0, group: 239.1.1.1, ttl: 5, tos: 8, df: set, learning: false, ageing: 70s, maxaddress: 9, proxy: true, rsc: true, l2miss: true, l3miss: true, udpcsum: false, udp6zerocsumtx: true, udp6zerocsumrx: true, gbp: true, addresses: [10.7.0.1/24, \"fd00::1/64\"], mac: \"02:00:00:00:00:77\"}}, routes: [10.9.0.0/16 via 10.7.0.9]}\n  b: {}" + linked,
		"\n  a: {}\n  b: {}" + linked},
	{"what can be changed", "\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, remote: 192.0.2.2, local: 192.0.2.1, ttl: 9, learning: false, df: set, addresses: [10.7.0.1/24]}, vx1: {kind: vxlan, id: 11}, vx2: {kind: vxlan, id: 12, remote: 192.0.2.3}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, remote: 192.0.2.9, tos: 4, ageing: 20s, df: inherit, addresses: [10.7.0.1/24]}, vx1: {kind: vxlan, id: 11, remote: 192.0.2.7}, vx2: {kind: vxlan, id: 12}}}\n  b: {}" + linked},
	{"what cannot", "\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, remote: 192.0.2.2, addresses: [10.7.0.1/24]}, vx1: {kind: vxlan, id: 11, proxy: true}, vx2: {kind: vxlan, id: 12, remote: 192.0.2.3}, vx3: {kind: vxlan, id: 13, dev: eth0, group: 239.0.0.1}}, routes: [10.9.0.0/16 via 10.7.0.9]}\n  b: {}" + linked,
		"\n  a: {interfaces: {vx0: {kind: vxlan, id: 20, remote: 192.0.2.2, addresses: [10.7.0.1/24]}, vx1: {kind: vxlan, id: 11, port: 8472}, vx2: {kind: vxlan, id: 12, remote: \"fd00::3\", flowlabel: 5}, vx3: {kind: vxlan, id: 13, dev: eth0, group: 239.0.0.2}}, routes: [10.9.0.0/16 via 10.7.0.9]}\n  b: {}" + linked},
	{"ids are swapped", "\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, addresses: [10.7.0.1/24]}, vx1: {kind: vxlan, id: 11, addresses: [10.8.0.1/24]}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {vx0: {kind: vxlan, id: 11, addresses: [10.7.0.1/24]}, vx2: {kind: vxlan, id: 10, addresses: [10.8.0.1/24]}}}\n  b: {}" + linked},
	{"to external", "\n  a: {interfaces: {vx0: {kind: vxlan, id: 10}, vx1: {kind: vxlan, external: true, port: 4788}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {vx0: {kind: vxlan, external: true, learning: false}, vx1: {kind: vxlan, id: 1, port: 4788}}}\n  b: {}" + linked},
	{"its link comes and changes", "\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, remote: 192.0.2.1}, vx1: {kind: vxlan, id: 11, remote: 192.0.2.1, dev: eth1}}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"]}\n  - {endpoints: [\"a:eth1\", \"b:eth1\"]}\n",
		"\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, remote: 192.0.2.1, dev: eth0}, vx1: {kind: vxlan, id: 11, remote: 192.0.2.1}}}\n  b: {}" + linked},
	{"its link is made anew", "\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, dev: eth0, remote: 192.0.2.1, addresses: [10.7.0.1/24, \"fd00::1/64\"], ipv6: on}}, routes: [10.9.0.0/16 via 10.7.0.9]}\n  b: {}" + linked,
		"\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, dev: eth0, remote: 192.0.2.1, addresses: [10.7.0.1/24, \"fd00::1/64\"], ipv6: on}}, routes: [10.9.0.0/16 via 10.7.0.9]}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth1\"]}\n"},
	{"its link gets another MTU", "\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, dev: eth0, addresses: [10.7.0.1/24], ipv6: on}, vx1: {kind: vxlan, id: 11, dev: eth0, mtu: 1400}, vx2: {kind: vxlan, id: 12, dev: eth0, local: \"fd00::1\"}}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], mtu: 9000}\n",
		"\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, dev: eth0, addresses: [10.7.0.1/24], ipv6: on}, vx1: {kind: vxlan, id: 11, dev: eth0, mtu: 1300}, vx2: {kind: vxlan, id: 12, dev: eth0, local: \"fd00::1\"}}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], mtu: 1450}\n"},
	{"the port's socket changes", "\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, gbp: true}, vx1: {kind: vxlan, id: 11, gbp: true}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {vx0: {kind: vxlan, id: 10}, vx1: {kind: vxlan, id: 11}}}\n  b: {}" + linked},
	{"the port goes from one to another", "\n  a: {interfaces: {vx0: {kind: vxlan, id: 1, port: 99}, vx1: {kind: vxlan, id: 2, port: 99}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {vx0: {kind: vxlan, external: true, port: 99}, vx1: {kind: vxlan, id: 2, port: 98}}}\n  b: {}" + linked},
	{"an external one comes in its place", "\n  a: {interfaces: {vx0: {kind: vxlan, id: 10}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {vx1: {kind: vxlan, external: true}}}\n  b: {}" + linked},
	{"its link gets a larger MTU", "\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, dev: eth0, addresses: [10.7.0.1/24]}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, dev: eth0, addresses: [10.7.0.1/24]}}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], mtu: 9000}\n"},
}

func TestIntegrationVXLANs(t *testing.T) {
	needKind(t, "vxlan")
	checkFileChanges(t, vxlanChanges)
}

// What somebody does to a VXLAN the next up takes back as far as the file
// speaks of it, and with Prune the rest.
func TestIntegrationVXLANByHand(t *testing.T) {
	needKind(t, "vxlan")
	const file = "name: t\nnodes:\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, remote: 192.0.2.2, ttl: 4, addresses: [10.7.0.1/24]}}}\n  b: {}" + linked
	checkByHand(t, "a", file, []string{
		"ip link set vx0 type vxlan ttl 9 remote 192.0.2.9",
		"ip link set vx0 type vxlan remote 0.0.0.0",
		"ip link del vx0; ip link add vx0 type vxlan id 10 dstport 4788",
	}, "ip link set vx0 type vxlan nolearning; bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.7")
}

// vxlanPorts are changes of VXLANs that are ports of bridges.
var vxlanPorts = []fileChange{
	{"it joins", "\n  a: {interfaces: {br0: {kind: bridge, ports: [eth0], addresses: [10.7.0.1/24]}, vx0: {kind: vxlan, id: 10, remote: 192.0.2.2, mtu: 1450}}}\n  b: {}" + portLink,
		"\n  a: {interfaces: {br0: {kind: bridge, ports: [vx0, eth0], addresses: [10.7.0.1/24]}, vx0: {kind: vxlan, id: 10, remote: 192.0.2.2, mtu: 1450}}}\n  b: {}" + portLink},
	{"it leaves", "\n  a: {interfaces: {br0: {kind: bridge, ports: [vx0, eth0], addresses: [10.7.0.1/24]}, vx0: {kind: vxlan, id: 10, remote: 192.0.2.2, mtu: 1450}}}\n  b: {}" + portLink,
		"\n  a: {interfaces: {br0: {kind: bridge, ports: [eth0], addresses: [10.7.0.1/24]}, vx0: {kind: vxlan, id: 10, remote: 192.0.2.2, mtu: 1450}}}\n  b: {}" + portLink},
	{"it comes", "\n  a: {interfaces: {br0: {kind: bridge, ports: [eth0]}}}\n  b: {}" + portLink,
		"\n  a: {interfaces: {br0: {kind: bridge, ports: [eth0, vx0]}, vx0: {kind: vxlan, id: 10, mtu: 1400}}}\n  b: {}" + portLink},
	{"it goes", "\n  a: {interfaces: {br0: {kind: bridge, ports: [eth0, vx0]}, vx0: {kind: vxlan, id: 10, mtu: 1400}}}\n  b: {}" + portLink,
		"\n  a: {interfaces: {br0: {kind: bridge, ports: [eth0]}}}\n  b: {}" + portLink},
	{"another bridge", "\n  a: {interfaces: {br0: {kind: bridge, ports: [vx0]}, br1: {kind: bridge, ports: [eth0]}, vx0: {kind: vxlan, id: 10}}}\n  b: {}" + portLink,
		"\n  a: {interfaces: {br1: {kind: bridge, ports: [eth0, vx0]}, vx0: {kind: vxlan, id: 10}}}\n  b: {}" + portLink},
	{"it is made anew", "\n  a: {interfaces: {br0: {kind: bridge, ports: [vx0, eth0]}, vx0: {kind: vxlan, id: 10}}}\n  b: {}" + portLink,
		"\n  a: {interfaces: {br0: {kind: bridge, ports: [vx0, eth0]}, vx0: {kind: vxlan, id: 11}}}\n  b: {}" + portLink},
	{"with a link of its own", "\n  a: {interfaces: {br0: {kind: bridge, addresses: [10.7.0.1/24]}}}\n  b: {}" + portLink,
		"\n  a: {interfaces: {br0: {kind: bridge, ports: [vx0], addresses: [10.7.0.1/24]}, vx0: {kind: vxlan, id: 10, dev: eth0, group: 239.1.1.1}}}\n  b: {}" + portLink},
}

// A VXLAN that somebody takes from its bridge is its port again.
func TestIntegrationVXLANPortByHand(t *testing.T) {
	needKind(t, "vxlan")
	const file = "name: t\nnodes:\n  a: {interfaces: {br0: {kind: bridge, ports: [vx0]}, vx0: {kind: vxlan, id: 10, mtu: 1450}}}\n  b: {}" + portLink
	checkByHand(t, "a", file, []string{"ip link set vx0 nomaster", "ip link del vx0", "ip link add x type bridge; ip link set vx0 master x; ip link del x"},
		"ip link set eth0 master br0")
}

// What somebody has added to the FDB of a VXLAN stays, is there again if a change
// that makes it anew is undone, and goes with Prune.
func TestIntegrationVXLANFDB(t *testing.T) {
	needKind(t, "vxlan")
	testenv.NeedTool(t, "bridge")
	const file = "name: t\nnodes:\n  a: {interfaces: {vx0: {kind: vxlan, id: 10, remote: 192.0.2.2}}}\n"
	fdb := func() string {
		return testenv.Run(t, "ip", "netns", "exec", "t-a", "bridge", "fdb", "show", "dev", "vx0")
	}
	up(t, nil, file)
	fresh := fdb()
	testenv.Run(t, "ip", "netns", "exec", "t-a", "bridge", "fdb", "append", "00:00:00:00:00:00", "dev", "vx0", "dst", "192.0.2.7")
	want := fdb()
	up(t, nil, file)
	undone(t, strings.Replace(file, "id: 10", "id: 11", 1), UpOptions{})
	undone(t, file, UpOptions{PlanOptions: PlanOptions{Prune: true}})
	if got := fdb(); got != want {
		t.Errorf("undone:\n%swant\n%s", got, want)
	}
	if _, err := Up(bg, parse(t, file), nil, UpOptions{PlanOptions: PlanOptions{Prune: true}}); err != nil {
		t.Fatal(err)
	}
	if got := fdb(); got != fresh {
		t.Errorf("pruned:\n%swant\n%s", got, fresh)
	}
}

// portLink links a and b without addresses.
const portLink = "\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"]}\n"

func TestIntegrationVXLANPorts(t *testing.T) {
	needKind(t, "vxlan")
	checkFileChanges(t, vxlanPorts)
}
