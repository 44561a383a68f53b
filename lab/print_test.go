package lab

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/peerstate"
	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/plan"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
)

func samplePlan() *Plan {
	return &Plan{Topology: &topology.Topology{Name: "t", Prefix: "t-"}, Steps: []Step{
		{Verb: Create, Object: "namespace", Node: "a", Name: "t-a"},
		{Verb: Create, Object: "link", Node: "a", Name: "a:eth0 sw:p1"},
		{Verb: Delete, Object: "link", Node: "a", Name: "we\x1b[31mird"},
		{Verb: Update, Object: "sysctl", Node: "a", Name: "net.ipv4.ip_forward", Old: "0", New: "1"},
		{Verb: Update, Object: "sysctl", Node: "a", Name: "net.core.somaxconn", New: "128"},
		{Verb: Delete, Object: "address", Node: "a", Name: "eth0 10.0.0.1/24"},
	}}
}

func TestPlanText(t *testing.T) {
	var b strings.Builder
	if err := samplePlan().WriteText(&b, Plain); err != nil {
		t.Fatal(err)
	}
	want := `  + namespace t-a
  + link      a:eth0 -- sw:p1
  - link      we\x1b[31mird in a
  ~ sysctl    net.ipv4.ip_forward in a: 0 -> 1
  ~ sysctl    net.core.somaxconn in a: (none) -> 128
  - address   eth0 10.0.0.1/24 in a

Plan for lab "t": 2 to create, 2 to change, 2 to delete.
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("plan (-want +got):\n%s", d)
	}
	b.Reset()
	if err := samplePlan().WriteText(&b, Coloured); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"  \x1b[32m+ namespace t-a\x1b[0m\n", "  \x1b[31m- address   eth0 10.0.0.1/24 in a\x1b[0m\n",
		"  \x1b[33m~ sysctl    net.ipv4.ip_forward in a: 0 -> 1\x1b[0m\n",
	} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("no %q in the coloured plan", line)
		}
	}
	b.Reset()
	empty := &Plan{Topology: &topology.Topology{Name: "t"}}
	if err := empty.WriteText(&b, Plain); err != nil || !strings.Contains(b.String(), "nothing to do") {
		t.Errorf("got %q, %v", b.String(), err)
	}
}

func TestPlanJSON(t *testing.T) {
	b, err := json.Marshal(samplePlan())
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Version int
		Lab     string
		Changes []map[string]string
		Summary map[string]int
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if got.Version != 1 || got.Lab != "t" || len(got.Changes) != 6 {
		t.Errorf("got %s", b)
	}
	if d := cmp.Diff(map[string]int{"create": 2, "update": 2, "delete": 2}, got.Summary); d != "" {
		t.Errorf("summary (-want +got):\n%s", d)
	}
	want := map[string]string{"action": "update", "object": "sysctl", "node": "a", "name": "net.ipv4.ip_forward", "old": "0", "new": "1"}
	if d := cmp.Diff(want, got.Changes[3]); d != "" {
		t.Errorf("change (-want +got):\n%s", d)
	}
}

// A step that iproute2 has no words for is a comment, and an error.
func TestPlanScriptNoWords(t *testing.T) {
	p := samplePlan()
	p.Steps = p.Steps[:1]
	p.Steps[0] = plan.StepOf(p.Steps[0], []engine.Op{{NetNS: "a", Action: &engine.Request{Req: unspeakable{}}}}, nil)
	var b strings.Builder
	err := p.WriteScript(&b)
	if !errors.Is(err, ErrNoWords) || b.String() != "# create namespace t-a: iproute2 has no words for it\n" {
		t.Errorf("got %q, %v", b.String(), err)
	}
}

type unspeakable struct{}

func (unspeakable) Encode(*rtnl.Encoder) {}

// The printed script, run by bash, makes what Up makes.
func TestIntegrationPlanScript(t *testing.T) {
	testenv.NeedTool(t, "bash", "ip", "bridge", "sysctl")
	for i, text := range []string{scriptLab, readExample(t, "bridge.yaml")} {
		if !testenv.Row(i) {
			continue
		}
		top := parse(t, text)
		t.Run(top.Name, func(t *testing.T) {
			var names []string
			for i := range top.Nodes {
				names = append(names, top.NetNSName(i))
			}
			p, err := PlanOffline(top, nil)
			if err != nil {
				t.Fatal(err)
			}
			var script strings.Builder
			if err := p.WriteScript(&script); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				for _, n := range names {
					if err := (nsfs.Dir{}).Delete(bg, n); err != nil && !errors.Is(err, os.ErrNotExist) {
						t.Error(err)
					}
				}
			})
			file := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			testenv.Run(t, "bash", "-e", file)
			settle.Wait(t, names...)
			theirs, theirSysctls := peerstate.Read(t, names...), forwarding(t, names)
			for _, n := range names {
				testenv.Run(t, "ip", "netns", "delete", n)
			}
			up(t, nil, text)
			settle.Wait(t, names...)
			ours, ourSysctls := peerstate.Read(t, names...), forwarding(t, names)
			if ours.Count(names[0], "link") < 2 {
				t.Errorf("node %s has %d links", names[0], ours.Count(names[0], "link"))
			}
			if d := peerstate.Diff(theirs, ours); d != "" {
				t.Errorf("bash (-) and nslab (+) differ:\n%s\nscript:\n%s", d, script.String())
			}
			if d := cmp.Diff(theirSysctls, ourSysctls); d != "" {
				t.Errorf("sysctls of bash (-) and nslab (+):\n%s", d)
			}
			if err := Down(bg, top.Name, nil, DownOptions{}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// scriptLab has one of everything that a script has words for.
const scriptLab = `
name: scripted
nodes:
  a:
    addresses: ["192.0.2.1/32"]
    routes: ["default via 10.1.0.1", "198.51.100.0/24 via 10.1.0.1 metric 7"]
    sysctls: {net.ipv4.conf.all.rp_filter: 2, ` + unchecked + `}
    env: {GREETING: "it's me"}
    exec: ["test \"$GREETING\" = \"it's me\" && ip link add extra type veth peer name other"]
  r: {kind: router, sysctls: {` + unchecked + `}}
  b: {sysctls: {` + unchecked + `}, routes: ["10.1.0.0/24 via inet6 fd00::1 dev eth0"]}
  sw:
    kind: bridge
    sysctls: {` + unchecked + `}
    bridge: {name: br0, stp: false, ageing_time: 60s, addresses: ["10.2.0.254/24"]}
links:
  - {endpoints: ["a:eth0", "r:eth0"], ipv4: ["10.1.0.2/24", "10.1.0.1/24"], mtu: 1400}
  - {endpoints: ["r:eth1", "sw"], ipv4: ["10.2.0.1/24", ""], ipv6: ["fd00::1/64", ""], queues: 2}
  - {endpoints: ["b:eth0", "sw"], ipv6: ["fd00::2/64", ""]}
`

func readExample(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// forwarding reads sysctls that labs set, by namespace.
func forwarding(t *testing.T, names []string) map[string][]string {
	t.Helper()
	got := make(map[string][]string)
	for _, n := range names {
		h, err := nsfs.Dir{}.Open(n)
		if err != nil {
			t.Fatal(err)
		}
		got[n], err = sysctl.Read(h, []string{"net.ipv4.conf.all.rp_filter", sysctl.IPForward, sysctl.IPv6Forwarding})
		if err != nil {
			t.Fatal(err)
		}
		h.Close()
	}
	return got
}
