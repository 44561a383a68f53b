package topology

import (
	"fmt"
	"strings"
	"testing"
)

// A part of a topology has the nodes that differ, the links that differ, and
// the nodes at both ends of these links. For everything else it gives the
// answers of the whole.
func TestDiff(t *testing.T) {
	const before = `
name: t
nodes:
  sw: {kind: bridge}
  h: {count: 3}
  r: {kind: router}
links:
  - {endpoints: ["h*:eth0", sw], subnet: 10.0.0.0/24}
  - {endpoints: ["r:e", "h1:f"], subnet: "fd00::/64"}
`
	names := func(top *Topology) string {
		if top == nil {
			return "all"
		}
		var all []string
		for i := range top.Nodes {
			all = append(all, top.Nodes[i].Name)
		}
		for i := range top.Links {
			all = append(all, fmt.Sprintf("%s:%s", top.Nodes[top.Links[i].Ends[0].Node].Name, top.Links[i].Ends[0].Iface))
		}
		return strings.Join(all, " ")
	}
	for _, tc := range []struct{ from, to, old, now string }{
		{"name: t", "name: t", "", ""},
		{"name: t", "# a comment above\nname: t", "", ""},
		{"r: {kind: router}", "r: {}", "r", "r"},
		{"h: {count: 3}", "h: {count: 2}", "sw h3 h3:eth0", "sw"},
		{"  - {endpoints: [\"r:e\"", "  - {mtu: 1400, endpoints: [\"r:e\"", "h1 r r:e", "h1 r r:e"},
		{"[\"r:e\", \"h1:f\"]", "[\"r:e\", \"h2:f\"]", "h1 h2 r r:e", "h1 h2 r r:e"},
		{"name: t", "name: t\nprefix: x-", "all", "all"},
		{"name: t", "name: t\nhosts: false", "all", "all"},
	} {
		old, now := Diff(mustParse(t, before), mustParse(t, strings.Replace(before, tc.from, tc.to, 1)))
		if names(old) != tc.old || names(now) != tc.now {
			t.Errorf("%q becomes %q: %q and %q, want %q and %q", tc.from, tc.to, names(old), names(now), tc.old, tc.now)
		}
	}
	whole := mustParse(t, strings.Replace(before, "r: {kind: router}", "r: {}", 1))
	_, part := Diff(mustParse(t, before), whole)
	r := part.NodeIndex("r")
	if part.Whole() != whole || whole.Whole() != whole || !part.HasInterface(r, "e") || part.IPv6Of(r, "e") != IPv6On || part.HasInterface(r, "f") {
		t.Error("the part does not say of r what the whole says")
	}
	if len(part.Interfaces(r)) != 0 || len(whole.Interfaces(whole.NodeIndex("r"))) != 1 {
		t.Errorf("the part has %v of r", part.Interfaces(r))
	}
}

// A topology does not differ from itself.
func TestDiffItself(t *testing.T) {
	top := mustParse(t, full)
	was, now := Diff(top, top)
	if was == nil || now == nil || len(was.Nodes)+len(now.Nodes)+len(was.Links)+len(now.Links) > 0 || now.Whole() != top {
		t.Errorf("got %+v and %+v", was, now)
	}
}

// Nodes share their programs if they say the same, and only then: what one of
// a count waits for is its own.
func TestProgramsShared(t *testing.T) {
	top := mustParse(t, `
name: t
nodes:
  plain: {}
  none: {routes: ["192.0.2.${INDEX}/32 via 10.0.0.1"]}
  same: {count: 2, env: {A: b}}
  own: {count: 2, env: {A: "${INDEX}"}}
  wait: {count: 2, wait-for: ["plain*"]}
links: [{endpoints: ["none:e", "plain:e"], subnet: 10.0.0.0/24}]
`)
	of := func(name string) *Programs { return top.Node(name).Programs }
	if of("plain") != of("none") || of("same1") != of("same2") {
		t.Error("programs that are the same are not shared")
	}
	if of("own1") == of("own2") || of("wait1") == of("wait2") || of("plain") == of("wait1") {
		t.Error("programs that differ are shared")
	}
	if len(of("plain").WaitFor) != 0 || len(of("wait2").WaitFor) != 1 {
		t.Errorf("plain waits for %v, wait2 for %v", of("plain").WaitFor, of("wait2").WaitFor)
	}
}
