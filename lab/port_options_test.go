package lab

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// switched is a lab with a switch, with options of its two ports.
func switched(a, b string) string {
	return "\n  s: {kind: bridge, bridges: {x: {}, y: {}}}\n  a: {}\n  b: {}\nlinks:\n" +
		"  - {endpoints: [\"a:eth0\", \"s/x:pa\"]" + a + "}\n  - {endpoints: [\"b:eth0\", \"s/x:pb\"]" + b + "}\n"
}

var portChanges = []fileChange{
	{"they come", switched("", ""), switched(`, port: ["", {isolated: on, cost: 77, priority: 3}]`, `, port: ["", {hairpin: on, learning: off, flood: off, mcast_flood: off, bcast_flood: off}]`)},
	{"they go", switched(`, port: ["", {isolated: on, cost: 77, mcast_router: 2, group_fwd_mask: 16384}]`, `, port: ["", {guard: on, root_block: on, fastleave: on, neigh_suppress: on}]`), switched("", "")},
	{"they change", switched(`, port: ["", {isolated: on, cost: 77}]`, `, port: ["", {learning: off}]`), switched(`, port: ["", {isolated: off, priority: 9}]`, `, port: ["", {learning: on, proxy_arp: on}]`)},
	{"a port changes its bridge", switched(`, port: ["", {isolated: on, cost: 77}]`, ""), strings.ReplaceAll(switched(`, port: ["", {isolated: on}]`, ""), "s/x:pa", "s/y:pa")},
	{"a link with them comes and one goes", switched(`, port: ["", {isolated: on}]`, "")[:strings.Index(switched(`, port: ["", {isolated: on}]`, ""), "  - {endpoints: [\"b:")],
		switched("", `, port: ["", {learning: off}]`)},
	{"the bridge goes", switched(`, port: ["", {isolated: on, learning: off}]`, ""),
		"\n  s: {interfaces: {z: {kind: bridge, ports: [pa]}}}\n  a: {}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"s:pa\"], port: [\"\", {learning: off}]}\n"},
}

func TestIntegrationPortOptions(t *testing.T) {
	checkFileChanges(t, portChanges)
}

// bridge(8) shows what the file says, and isolated ports do not reach each
// other. What somebody does to a port the next up takes back as far as the file
// speaks of it, and with Prune the rest.
func TestIntegrationPortOptionsByHand(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge", "ping")
	const file = `name: t
nodes:
  s: {kind: bridge}
  h: {count: 3}
links:
  - {endpoints: ["h[12]:eth0", "s:p${INDEX}"], port: ["", {isolated: on, learning: off, cost: 77}], subnet: 10.0.0.0/24}
  - {endpoints: ["h3:eth0", {node: s, interface: p3, port: {hairpin: on}}], subnet: 10.0.0.0/24}
`
	up(t, nil, file)
	in := func(node, command string) string {
		return testenv.Run(t, "ip", "netns", "exec", "t-"+node, "sh", "-ec", command)
	}
	show := func() string {
		var ports []struct {
			Ifname, Master                        string
			Cost                                  int
			Isolated, Learning, Hairpin, Flooding bool `json:",omitempty"`
			Flood                                 bool
		}
		if err := json.Unmarshal([]byte(in("s", "bridge -d -j link")), &ports); err != nil {
			t.Fatal(err)
		}
		all := ""
		for _, p := range ports {
			all += fmt.Sprintf("%s cost %d isolated %v learning %v hairpin %v flood %v\n", p.Ifname, p.Cost, p.Isolated, p.Learning, p.Hairpin, p.Flood)
		}
		return all
	}
	const want = "p1 cost 77 isolated true learning false hairpin false flood true\n" +
		"p2 cost 77 isolated true learning false hairpin false flood true\n" +
		"p3 cost 2 isolated false learning true hairpin true flood true\n"
	if got := show(); got != want {
		t.Errorf("ports:\n%swant:\n%s", got, want)
	}
	if out := in("h1", "ping -c 1 -w 30 10.0.0.3; ping -c 1 -W 0.3 10.0.0.2 || :"); !strings.Contains(out, " 1 received") || !strings.Contains(out, " 0 received") {
		t.Errorf("pings: %s", out)
	}
	settled(t, nil, file)
	in("s", "bridge link set dev p1 isolated off; bridge link set dev p2 flood off cost 5; bridge link set dev p3 learning off")
	up(t, nil, file)
	settled(t, nil, file)
	changed := strings.NewReplacer("p2 cost 77 isolated true learning false hairpin false flood true", "p2 cost 77 isolated true learning false hairpin false flood false",
		"p3 cost 2 isolated false learning true", "p3 cost 2 isolated false learning false").Replace(want)
	if got := show(); got != changed {
		t.Errorf("ports after up:\n%swant:\n%s", got, changed)
	}
	opts := UpOptions{PlanOptions: PlanOptions{Prune: true}}
	undone(t, file, opts)
	if _, err := Up(bg, parse(t, file), nil, opts); err != nil {
		t.Fatal(err)
	}
	if got := show(); got != want {
		t.Errorf("ports after up --prune:\n%swant:\n%s", got, want)
	}
}
