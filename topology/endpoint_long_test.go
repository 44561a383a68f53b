package topology

import (
	"strings"
	"testing"
)

// Endpoints in the long form mean the same as in the short form.
func TestLongEndpoints(t *testing.T) {
	const head = "name: x\nnodes: {a: {}, b: {}, h: {count: 3}, sw: {kind: bridge, bridges: {p: {}, q: {}}}}\nlinks:\n"
	for _, tc := range []struct{ long, short string }{
		{"- {type: veth, endpoints: [{node: a, interface: e}, {node: b, interface: e}]}", `- endpoints: ["a:e", "b:e"]`},
		{`- {endpoints: [{node: a, interface: e}, "b:e"], mtu: 1400}`, `- {endpoints: ["a:e", "b:e"], mtu: 1400}`},
		{`- endpoints: [{node: a, interface: e, mac: "02:00:00:00:00:01", ipv4: 10.0.0.1/24, ipv6: ["fd00::1/64", "fd01::1/64"]}, {node: b, interface: e, ipv4: [10.0.0.2/24]}]`,
			`- {endpoints: ["a:e", "b:e"], mac: ["02:00:00:00:00:01", ""], ipv4: [10.0.0.1/24, 10.0.0.2/24], ipv6: [["fd00::1/64", "fd01::1/64"], ""]}`},
		{`- endpoints: [{node: "h*", interface: "e${INDEX}"}, {node: sw/p}]`, `- endpoints: ["h*:e${INDEX}", sw/p]`},
		{"- endpoints:\n    - &e {node: sw/q, interface: x}\n    - {node: a, interface: e}\n- endpoints: [{<<: *e, interface: y}, {node: b, interface: e}]", `- endpoints: ["sw/q:x", "a:e"]` + "\n" + `- endpoints: ["sw/q:y", "b:e"]`},
	} {
		long, short := mustParse(t, head+tc.long+"\n"), mustParse(t, head+tc.short+"\n")
		for i := range long.Links {
			long.Links[i].Line, short.Links[i].Line = 0, 0
		}
		if a, b := dump(long), dump(short); a != b {
			t.Errorf("%s\n%s\nin short:\n%s", tc.long, a, b)
		}
	}
	// Reading an alias does not change the value that it stands for.
	text := head + "- endpoints: &e [{node: a, interface: e}, {node: b, interface: e}]\n- endpoints: *e\n"
	if _, err := Parse("lab.yaml", []byte(text), nil); err == nil || !strings.Contains(err.Error(), `already has an interface "e"`) {
		t.Errorf("got %v", err)
	}
}
