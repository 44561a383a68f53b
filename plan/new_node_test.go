package plan

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// planNew plans two nodes with a link where nothing of them is there, and
// returns the requests.
func planNew(t *testing.T, fresh *live.NewNode) []rtnl.Request {
	t.Helper()
	const file = `name: two
nodes: {a: {}, b: {}}
links:
- {endpoints: ["a:eth0", "b:eth0"], ipv4: [10.0.0.1/24, 10.0.0.2/24]}
`
	top, err := topology.Parse("lab.yaml", []byte(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Make(&Input{Topology: top, World: live.NewWorld(top), Fresh: fresh, Options: Options{Prune: true}})
	if err != nil {
		t.Fatal(err)
	}
	var all []rtnl.Request
	for i := range p.Steps {
		if p.Steps[i].Verb == Delete {
			t.Errorf("a new lab has the step %q", p.Steps[i].String())
		}
		for _, op := range p.Steps[i].Ops() {
			if r, ok := op.Action.(*engine.Request); ok {
				all = append(all, r.Req)
			}
		}
	}
	return all
}

// Where new namespaces have devices of the kernel's own, links take the indexes
// behind theirs, and nothing removes them.
func TestPlanNewNodeDevices(t *testing.T) {
	fresh := &live.NewNode{Devices: []*rtnl.Link{{Name: "tunl0", Kind: "ipip", Index: 2}, {Name: "gre0", Kind: "gre", Index: 3}}}
	adds := 0
	for _, r := range planNew(t, fresh) {
		add, ok := r.(*rtnl.LinkAdd)
		if !ok {
			continue
		}
		adds++
		if peer := add.Kind.(*rtnl.Veth).Peer; add.Index != 4 || peer.Index != 4 {
			t.Errorf("indexes %d and %d, want 4", add.Index, peer.Index)
		}
	}
	if adds != 1 {
		t.Errorf("%d links, want 1", adds)
	}
}

// A kernel without IPv6 refuses whatever has to do with it.
func TestPlanWithoutIPv6(t *testing.T) {
	for _, no := range []bool{false, true} {
		modes := 0
		for _, r := range planNew(t, &live.NewNode{NoIPv6: no}) {
			if set, ok := r.(*rtnl.LinkSet); ok && set.AddrGenMode.IsSet() {
				modes++
			}
		}
		if want := map[bool]int{false: 2, true: 0}[no]; modes != want {
			t.Errorf("without IPv6 %v: %d address generation modes are set, want %d", no, modes, want)
		}
	}
}

// A new link has the MTU that the kernel gives it: nothing sets that again,
// whether it has IPv6, which takes at least 1280 bytes, or the lab is to have
// nothing else.
func TestPlanNewLinkMTU(t *testing.T) {
	const file = `name: two
ipv6: on
nodes: {a: {}, b: {}, s: {kind: bridge}}
links:
- {endpoints: ["a:eth0", "b:eth0"]}
- {endpoints: ["a:eth1", "s"]}
`
	top, err := topology.Parse("lab.yaml", []byte(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{{}, {Prune: true}} {
		p, err := Make(&Input{Topology: top, World: live.NewWorld(top), Fresh: &live.NewNode{}, Options: o})
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Steps {
			if s := p.Steps[i].String(); strings.Contains(s, "mtu") {
				t.Errorf("%+v: a new lab has the step %q", o, s)
			}
		}
	}
}
