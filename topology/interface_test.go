package topology

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/rtnl"
)

// oneInterface returns a lab file of a node with one interface with these keys.
func oneInterface(name, keys string) string {
	return "name: x\nnodes:\n  a: {addresses: [192.0.2.9/32]}\n  b: {interfaces: {" + name + ": {" + keys + "}}}\nlinks:\n  - endpoints: [\"a:e\", \"b:e\"]\n"
}

// interfaceMistakes are mistakes in interfaces that are not ends of links.
var interfaceMistakes = []mistakeCase{
	{"no kind", oneInterface("d0", "mtu: 1400"), `
lab.yaml:4:20: interface "d0" has no kind; write kind: ` + orWords(interfaceWords()) + `
      b: {interfaces: {d0: {mtu: 1400}}}
                       ^`},
	{"no such kind", oneInterface("d0", "kind: dumy"), `
lab.yaml:4:31: kind is "dumy"; did you mean "dummy"?
      b: {interfaces: {d0: {kind: dumy}}}
                                  ^`},
	{"a name that is none", oneInterface("lo", "kind: dummy"), `
lab.yaml:4:20: interface name "lo" is reserved
      b: {interfaces: {lo: {kind: dummy}}}
                       ^`},
	{"an end of a link has its name", oneInterface("e", "kind: dummy"), `
lab.yaml:6:24: node "b" already has an interface "e", on line 4
      - endpoints: ["a:e", "b:e"]
                           ^`},
	{"too small for IPv6", oneInterface("d0", "kind: dummy, mtu: 1000, ipv6: on"), `
lab.yaml:4:20: interface "d0" has an MTU of 1000, and IPv6, which needs 1280
      b: {interfaces: {d0: {kind: dummy, mtu: 1000, ipv6: on}}}
                       ^`},
	{"an IPv6 address without IPv6", oneInterface("d0", `kind: dummy, addresses: ["fd00::1/64"], ipv6: off`), `
lab.yaml:4:50: address fd00::1/64, but ipv6 is off here; leave the address out, or write ipv6: auto
      b: {interfaces: {d0: {kind: dummy, addresses: ["fd00::1/64"], ipv6: off}}}
                                                     ^`},
}

// A value with a variable differs from node to node of a count. A node's own
// entry replaces the inherited one of that name.
func TestInterfacesInherited(t *testing.T) {
	top := mustParse(t, `name: x
groups:
  g: {interfaces: {id: {kind: dummy, addresses: ["192.0.2.${INDEX}/32"]}, svc: {kind: dummy}}}
nodes:
  a: {group: g, count: 2}
  b: {group: g, interfaces: {id: {kind: dummy, mtu: 9000}}}
`)
	for _, want := range []struct {
		node, iface, address string
		mtu                  uint32
	}{{"a1", "id", "192.0.2.1/32", 0}, {"a2", "id", "192.0.2.2/32", 0}, {"b", "id", "", 9000}, {"b", "svc", "", 0}} {
		in := top.Node(want.node).Interface(want.iface)
		if in == nil {
			t.Errorf("%s has no %s", want.node, want.iface)
			continue
		}
		address := ""
		if len(in.Addresses) > 0 {
			address = in.Addresses[0].String()
		}
		if address != want.address || in.MTU != want.mtu || !top.HasInterface(top.NodeIndex(want.node), want.iface) {
			t.Errorf("%s: %+v, want %+v", want.node, in, want)
		}
	}
}

// A change of an interface makes its node differ; a change of its line does
// not.
func TestInterfaceDiff(t *testing.T) {
	file := func(above, keys string) *Topology {
		return mustParse(t, "name: x\n"+above+"nodes:\n  a: {}\n  b: {interfaces: {d0: {kind: dummy"+keys+"}}}\n")
	}
	if old, now := Diff(file("", ""), file("\n", "")); len(old.Nodes)+len(now.Nodes) > 0 {
		t.Errorf("files that say the same differ: %v, %v", old.Nodes, now.Nodes)
	}
	if _, now := Diff(file("", ""), file("", ", mtu: 1400")); len(now.Nodes) != 1 || now.Nodes[0].Name != "b" {
		t.Errorf("changed: %v", now.Nodes)
	}
	changed := file("", "")
	changed.Nodes[1].Interfaces[0].MTU = 1400
	if err := changed.Check(); err == nil {
		t.Error("a Topology that was changed is taken for what Parse made")
	}
}

// A Builder refuses options of another type that call themselves a kind.
func TestForeignOptions(t *testing.T) {
	for _, kind := range interfaceKinds {
		b := New("x")
		b.Node("a", NodeConfig{Interfaces: []InterfaceConfig{{Name: "v", Options: rtnl.PlainKind(kind.name)}}})
		if _, err := b.File(); err == nil || !strings.Contains(err.Error(), `interface "v" has options that a lab file has no keys for`) {
			t.Errorf("%s: %v", kind.name, err)
		}
	}
}
