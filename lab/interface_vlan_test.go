package lab

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/plan"
)

func init() { kindKeys["vlan"] = ", link: eth0, id: 10" }

// vlanChanges are changes of VLANs: of their options and of what they are on.
var vlanChanges = []fileChange{
	{"it comes", "\n  a: {}\n  b: {}" + linked,
		"\n  a: {interfaces: {eth0.10: {kind: vlan, link: eth0, id: 10, addresses: [192.0.2.1/24, \"2001:db8::1/64\"], mtu: 1400}}, routes: [10.9.0.0/16 via 192.0.2.9]}\n  b: {}" + linked},
	{"it goes", "\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10, protocol: 802.1ad, gvrp: true, ingress_qos_map: {1: 2}, egress_qos_map: {3: 4, 20: 5}, reorder_hdr: off, loose_binding: on, addresses: [192.0.2.1/24, \"fd00::1/64\"], mac: \"02:00:00:00:00:77\"}}, routes: [10.9.0.0/16 via 192.0.2.9]}\n  b: {}" + linked,
		"\n  a: {}\n  b: {}" + linked},
	{"its options change", "\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10, mvrp: true, loose_binding: true, ingress_qos_map: {1: 2, 2: 3}, egress_qos_map: {1: 2}}, w: {kind: vlan, link: eth0, id: 11}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10, reorder_hdr: off, ingress_qos_map: {2: 4, 3: 1}}, w: {kind: vlan, link: eth0, id: 11, egress_qos_map: {7: 7}}}}\n  b: {}" + linked},
	{"its id changes, and it has another on it", "\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10, protocol: 802.1ad}, w: {kind: vlan, link: v, id: 5, addresses: [192.0.2.1/24]}}, routes: [10.9.0.0/16 via 192.0.2.9]}\n  b: {}" + linked,
		"\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 11, protocol: 802.1ad}, w: {kind: vlan, link: v, id: 5, addresses: [192.0.2.1/24]}}, routes: [10.9.0.0/16 via 192.0.2.9]}\n  b: {}" + linked},
	{"two change their ids", "\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10, addresses: [192.0.2.1/24]}, w: {kind: vlan, link: eth0, id: 20}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 20, addresses: [192.0.2.1/24]}, w: {kind: vlan, link: eth0, id: 10}}}\n  b: {}" + linked},
	{"its protocol changes", "\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10, protocol: 802.1ad}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10}}}\n  b: {}" + linked},
	{"its name changes", "\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10, addresses: [192.0.2.1/24]}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {w: {kind: vlan, link: eth0, id: 10, addresses: [192.0.2.1/24]}}}\n  b: {}" + linked},
	{"what is below is turned around", "\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10}, w: {kind: vlan, link: v, id: 20}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {v: {kind: vlan, link: w, id: 10}, w: {kind: vlan, link: eth0, id: 20}}}\n  b: {}" + linked},
	{"its link is made anew", "\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10, addresses: [192.0.2.1/24, \"fd00::1/64\"]}}, routes: [10.9.0.0/16 via 192.0.2.9]}\n  b: {}" + linked,
		"\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10, addresses: [192.0.2.1/24, \"fd00::1/64\"]}}, routes: [10.9.0.0/16 via 192.0.2.9]}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth1\"]}\n"},
	{"its link gets another MTU and MAC address", "\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10, ipv6: on}, w: {kind: vlan, link: v, id: 10, ipv6: on}}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], mtu: 9000}\n",
		"\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10, ipv6: on}, w: {kind: vlan, link: v, id: 10, ipv6: on}}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], mtu: 1450, mac: [\"02:00:00:00:00:99\", \"\"]}\n"},
	{"its link becomes too small for IPv6", "\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10, addresses: [\"fd00::1/64\"]}}, routes: [\"fd09::/64 via fd00::9\"]}\n  b: {}" + linked,
		"\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10}}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], mtu: 1000}\n"},
	{"from a bridge to its port", "\n  a: {}\n  s: {kind: bridge, interfaces: {v: {kind: vlan, link: br0, id: 10, bridge_binding: on, addresses: [192.0.2.1/24]}}}\nlinks:\n  - {endpoints: [\"a:eth0\", \"s:p\"], mtu: 1400}\n",
		"\n  a: {}\n  s: {kind: bridge, interfaces: {v: {kind: vlan, link: p, id: 10, addresses: [192.0.2.1/24]}}}\nlinks:\n  - {endpoints: [\"a:eth0\", \"s:p\"]}\n"},
}

func TestIntegrationVLANs(t *testing.T) {
	needKind(t, "vlan")
	checkFileChanges(t, vlanChanges)
}

// What somebody does to a VLAN the next up takes back as far as the file speaks
// of it, and with Prune the rest. A VLAN of somebody else's with the same id is
// in the way.
func TestIntegrationVLANByHand(t *testing.T) {
	needKind(t, "vlan")
	const file = "name: t\nnodes:\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10, gvrp: on, egress_qos_map: {1: 2}}}}\n  b: {}" + linked
	checkByHand(t, "a", file, []string{
		"ip link del v; ip link add v link eth0 type vlan id 11 protocol 802.1ad",
		"ip link set v type vlan gvrp off egress-qos-map 1:3",
	}, "ip link set v type vlan mvrp on ingress-qos-map 3:4 egress-qos-map 5:6; ip link add w link v type vlan id 3")
	testenv.Run(t, "ip", "netns", "exec", "t-a", "sh", "-ec", "ip link del v; ip link add other link eth0 type vlan id 10")
	if _, err := Up(bg, parse(t, file), nil, UpOptions{}); err == nil || !strings.Contains(err.Error(), `"other" is on "eth0" too, and both cannot be: both have the id 10 of 802.1Q; delete it first`) {
		t.Errorf("got %v", err)
	}
}

// The plan says why a VLAN is made anew, and what goes along.
func TestIntegrationVLANPlan(t *testing.T) {
	needKind(t, "vlan")
	file := func(id string) string {
		return "name: t\nnodes:\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: " + id + ", protocol: 802.1ad}, w: {kind: vlan, link: v, id: 3}}}\n  b: {}" + linked
	}
	up(t, nil, file("10"))
	p, err := PlanUp(bg, parse(t, file("11")), nil, UpOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `- interface w in a; "v", which it is on, goes
- interface v in a; it has id 10, not id 11
+ interface v in a
+ interface w in a
`
	got := ""
	for i := range p.Steps {
		s := &p.Steps[i]
		got += s.Verb.Sign() + " " + s.Object + " " + plan.What(s) + "\n"
	}
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var script strings.Builder
	if err := p.WriteScript(&script); err != nil || !strings.Contains(script.String(), "type vlan id 11 protocol 802.1ad") {
		t.Errorf("%v\n%s", err, script.String())
	}
}

// On a kernel without VLANs the error names what the kernel needs, and nothing
// is left.
func TestIntegrationVLANNotSupported(t *testing.T) {
	checkNotSupported(t, "vlan", "\n  a: {interfaces: {v: {kind: vlan, link: eth0, id: 10}}}\n  b: {}"+linked, "CONFIG_VLAN_8021Q")
}

// The hosts of examples/vlans.yaml reach each other within a VLAN and through
// the router.
func TestIntegrationVLANsExample(t *testing.T) {
	testenv.NeedTool(t, "ip", "ping")
	needKind(t, "vlan")
	file := readExample(t, "vlans.yaml")
	up(t, nil, file)
	for _, to := range []string{"10.0.10.2", "10.0.20.1"} {
		testenv.Run(t, "ip", "netns", "exec", "vlans-h10", "ping", "-c", "1", "-W", "5", to)
	}
	upAgain(t, file)
}
