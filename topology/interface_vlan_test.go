package topology

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/rtnl"
)

// vlans returns a lab file of a node with these interfaces and a link, e.
func vlans(interfaces string) string {
	return "name: x\nnodes:\n  a: {}\n  b: {interfaces: {" + interfaces + "}}\nlinks:\n  - endpoints: [\"a:e\", \"b:e\"]\n"
}

func TestVLANMistakes(t *testing.T) {
	for _, tc := range []struct{ interfaces, want string }{
		{"v: {kind: vlan, id: 10}", `lab.yaml:4:20: interface "v" is not on another one, which kind vlan needs; write link: and an interface of the node`},
		{"v: {kind: vlan, link: e}", `lab.yaml:4:20: interface "v" of kind vlan has no id; write id: and the VLAN's number`},
		{"v: {kind: vlan, link: e, id: 4095}", `lab.yaml:4:49: id is "4095"; use a number from 0 to 4094`},
		{"v: {kind: vlan, link: e, id: -1}", `lab.yaml:4:49: id is "-1"; use a number from 0 to 4094`},
		{"v: {kind: vlan, link: e, id: 1, protocol: 802.1x}", `lab.yaml:4:62: protocol is "802.1x"; did you mean "802.1Q"?`},
		{"v: {kind: vlan, link: f, id: 1}", `lab.yaml:4:42: node "b" has no interface "f"`},
		{"v: {kind: vlan, link: lo, id: 1}", `lab.yaml:4:42: interface "v" cannot be on "lo"`},
		{"v: {kind: vlan, link: v, id: 1}", `lab.yaml:4:42: interface "v" is on itself`},
		{"v: {kind: vlan, link: w, id: 1}, w: {kind: vlan, link: v, id: 2}", `lab.yaml:4:42: interface "v" is on itself`},
		{"v: {kind: vlan, link: e, id: 1}, w: {kind: vlan, link: e, id: 1, protocol: 802.1Q}", `lab.yaml:4:53: interfaces "v", on line 4, and "w" cannot both be on "e": both have the id 1 of 802.1Q`},
		{"v: {kind: vlan, link: e, id: 1, mtu: 1501}", `lab.yaml:4:20: interface "v" has an MTU of 1501, and "e", which it is on, only 1500`},
		{"v: {kind: vlan, link: w, id: 1, ipv6: on}, w: {kind: vlan, link: e, id: 1, mtu: 1000}", `lab.yaml:4:20: interface "v" has an MTU of 1000, and IPv6, which needs 1280`},
		{"v: {kind: vlan, link: e, id: 1, ingress_qos_map: {8: 1}}", `lab.yaml:4:70: priority is "8"; use a number from 0 to 7`},
		{"v: {kind: vlan, link: e, id: 1, egress_qos_map: {8: x}}", `lab.yaml:4:72: priority is "x"; use a number from 0 to 7`},
		{"v: {kind: vlan, link: e, id: 1, egress_qos_map: {8: 1, 08: 2}}", `lab.yaml:4:75: priority 8 occurs twice`},
		{"v: {kind: dummy, id: 1}", `lab.yaml:4:37: unknown key "id"; an interface of kind dummy has none, only of kind vlan or vxlan`},
		{"v: {kind: dummy, link: e}", `lab.yaml:4:37: unknown key "link"; an interface of kind dummy has none, only of kind vlan or macvlan`},
		{"v: {kind: dummy, lin: e}", `lab.yaml:4:37: unknown key "lin"; the keys of an interface of kind dummy are kind, mac, mtu, addresses, ipv6`},
	} {
		_, err := Parse("lab.yaml", []byte(vlans(tc.interfaces)), nil)
		if err == nil {
			t.Errorf("%s: no error", tc.interfaces)
			continue
		}
		if got, _, _ := strings.Cut(err.Error(), "\n"); got != tc.want {
			t.Errorf("%s\ngot  %s\nwant %s", tc.interfaces, got, tc.want)
		}
	}
}

// The one below comes first, whatever the order of the file, and gives its MAC
// address and its MTU.
func TestVLANOrder(t *testing.T) {
	top := mustParse(t, `name: x
nodes:
  a: {}
  b: {interfaces: {w: {kind: vlan, link: v, id: 0}, v: {kind: vlan, link: e, id: 7, protocol: 802.1ad, mac: "02:00:00:00:00:07"}, u: {kind: vlan, link: e, id: 7}}}
  s: {kind: bridge, interfaces: {x: {kind: vlan, link: br0, id: 1}}}
links:
  - {endpoints: ["a:e", "b:e"], mtu: 1400}
  - {endpoints: ["a:f", "s"], mtu: 1300}
`)
	b := top.Node("b")
	var names []string
	for _, in := range b.Interfaces {
		names = append(names, in.Name)
	}
	if got := strings.Join(names, " "); got != "v w u" {
		t.Errorf("the order is %s", got)
	}
	end, _ := top.Endpoint(top.NodeIndex("b"), "e")
	if u := b.Interface("u"); u.MAC.String() != end.MAC.String() {
		t.Errorf("%s has MAC address %s, its link %s", u.Name, u.MAC, end.MAC)
	}
	if w := b.Interface("w"); w.MAC.String() != "02:00:00:00:00:07" || top.MTU(top.NodeIndex("b"), "w") != 1400 {
		t.Errorf("w has MAC address %s and MTU %d", w.MAC, top.MTU(top.NodeIndex("b"), "w"))
	}
	s := top.NodeIndex("s")
	if x := top.Node("s").Interface("x"); x.MAC.String() != top.Nodes[s].Bridges[0].MAC.String() || top.MTU(s, "x") != 1300 {
		t.Errorf("x has MAC address %s and MTU %d", x.MAC, top.MTU(s, "x"))
	}
}

// What a file cannot say a Builder refuses.
func TestVLANBuilder(t *testing.T) {
	for _, options := range []rtnl.Kind{&rtnl.VLAN{ID: rtnl.Some[uint16](1), Protocol: rtnl.Some[uint16](0x9100)}, &rtnl.Bridge{}} {
		b := New("x")
		b.Node("a", NodeConfig{Interfaces: []InterfaceConfig{{Name: "v", Kind: "vlan", Link: "e", Options: options}}})
		if _, err := b.File(); err == nil || !strings.Contains(err.Error(), `interface "v" has options that a lab file has no keys for`) {
			t.Errorf("%+v: %v", options, err)
		}
	}
}
