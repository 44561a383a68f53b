package topology

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/rtnl"
)

func TestVRFMistakes(t *testing.T) {
	for _, tc := range []struct{ interfaces, want string }{
		{"v: {kind: vrf}", `lab.yaml:4:20: interface "v" of kind vrf has no table; write table: and the number of its routing table`},
		{"v: {kind: vrf, table: 0}", `lab.yaml:4:42: table is "0"; use a number from 1 to 4294967295`},
		{"v: {kind: vrf, table: main}", `lab.yaml:4:42: table is "main"; use a number from 1 to 4294967295`},
		{"v: {kind: vrf, table: 254}", `lab.yaml:4:42: table 254 is the table main of the node itself; use another number`},
		{"v: {kind: vrf, table: 1, mtu: 1000}", `lab.yaml:4:20: interface "v" has an MTU of 1000; one of kind vrf has at least 1280`},
		{"v: {kind: vrf, table: 1, members: [f]}", `lab.yaml:4:55: node "b" has no interface "f"`},
		{"v: {kind: vrf, table: 1, members: [lo]}", `lab.yaml:4:55: "lo" cannot be a member of "v": the kernel refuses that`},
		{"v: {kind: vrf, table: 1, members: [v]}", `lab.yaml:4:55: "v" cannot be a member of "v": it is the same interface`},
		{"v: {kind: vrf, table: 1, members: [e, e]}", `lab.yaml:4:58: member "e" occurs twice`},
		{"v: {kind: vrf, table: 1, members: [e]}, w: {kind: vrf, table: 2, members: [e]}", `lab.yaml:4:95: "e" cannot be a member of "w": it is one of "v" already`},
		{"v: {kind: vrf, table: 1}, w: {kind: vrf, table: 2, members: [v]}", `lab.yaml:4:81: "v" cannot be a member of "w": it is a VRF itself`},
		{"v: {kind: vrf, table: 1}, w: {kind: vlan, id: 2, link: v}", `lab.yaml:4:75: interface "w" cannot be on "v": nothing can be on a VRF`},
		{"v: {kind: dummy, members: [e]}", `lab.yaml:4:37: unknown key "members"; an interface of kind dummy has none, only of kind vrf`},
		{"v: {kind: vrf, table: 1, members: [e]}, d: {kind: dummy, addresses: [10.0.0.1/24]}, f: {kind: dummy, addresses: [10.0.0.1/24]}", `lab.yaml:4:1: address 10.0.0.1 is on node "b" twice: on "d" and on "f"`},
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
	for line, want := range map[string]string{
		"kind: bridge, interfaces: {v: {kind: vrf, table: 1, members: [p]}}":   `"p" cannot be a member of "v": it is a port of bridge "br0"`,
		"kind: bridge, interfaces: {v: {kind: vrf, table: 1, members: [br0]}}": `"br0" cannot be a member of "v": a lab file cannot say that of a bridge yet; make a VLAN of the bridge a member`,
	} {
		_, err := Parse("lab.yaml", []byte("name: x\nnodes:\n  a: {}\n  b: {"+line+"}\nlinks:\n  - endpoints: [\"a:e\", \"b:p\"]\n"), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

// A route may name a VRF of its node instead of the table.
func TestVRFRoutes(t *testing.T) {
	lab := func(routes string) string {
		return "name: x\nnodes:\n  b:\n    interfaces:\n      vrf: {kind: vrf, table: 7}\n      blue: {kind: vrf, table: 4294967295}\n      d: {kind: dummy, addresses: [10.0.0.1/24]}\n" +
			"    routes: [" + routes + "]\n"
	}
	top := mustParse(t, lab("unreachable default vrf blue, 10.1.0.0/16 dev vrf vrf vrf metric 5, 10.2.0.0/16 dev d"))
	want := [][]string{
		{"unreachable", "default", "table", "4294967295"}, {"10.1.0.0/16", "dev", "vrf", "table", "7", "metric", "5"}, {"10.2.0.0/16", "dev", "d"},
	}
	if d := cmp.Diff(want, top.Nodes[0].Routes); d != "" {
		t.Error(d)
	}
	for route, want := range map[string]string{
		"default via 10.0.0.2 vrf red":          `the node has no VRF "red" among its interfaces`,
		"default via 10.0.0.2 vrf d":            `the node has no VRF "d" among its interfaces`,
		"default via 10.0.0.2 vr blue":          `write "vrf" in full`,
		"default via 10.0.0.2 vrf blue table 5": `expected one "vrf", or a "table"; a VRF has a table of its own, not "table"`,
	} {
		if _, err := Parse("lab.yaml", []byte(lab(route)), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", route, err, want)
		}
	}
}

// A VRF comes before its members, and two VRFs may have the same addresses.
func TestVRFMembers(t *testing.T) {
	top := mustParse(t, `name: x
nodes:
  a: {}
  b:
    interfaces:
      d: {kind: dummy, addresses: [10.0.0.1/24]}
      e.7: {kind: vlan, link: e, id: 7, addresses: [10.0.0.1/24]}
      blue: {kind: vrf, table: 10, members: [d]}
      red: {kind: vrf, table: 20, members: [e.7]}
links:
  - endpoints: ["a:e", "b:e"]
`)
	b := top.Node("b")
	var names []string
	for _, in := range b.Interfaces {
		names = append(names, in.Name)
	}
	if got := strings.Join(names, " "); got != "blue red d e.7" {
		t.Errorf("the order is %s", got)
	}
	if m := b.Master("e.7"); m == nil || m.Name != "red" || b.Master("e") != nil {
		t.Errorf("e.7 is a member of %+v", m)
	}
	if mtu := top.MTU(top.NodeIndex("b"), "red"); mtu != 65575 {
		t.Errorf("red has an MTU of %d", mtu)
	}
}

// A Builder says what a file says.
func TestVRFBuilder(t *testing.T) {
	b := New("x")
	b.Node("a", NodeConfig{Interfaces: []InterfaceConfig{{Name: "d", Kind: "dummy"}, {Name: "v", Options: &rtnl.VRF{Table: rtnl.Some[uint32](7)}, Members: []string{"d"}}}})
	top, err := b.Topology()
	if err != nil {
		t.Fatal(err)
	}
	if m := top.Node("a").Master("d"); m == nil || m.Name != "v" || m.Options.(*rtnl.VRF).Table != rtnl.Some[uint32](7) {
		t.Errorf("d is a member of %+v", m)
	}
}
