package main

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// In examples/bird.yaml birdc of each router talks to the router's own BIRD,
// and a PC reaches another one as soon as the lab is up.
func TestIntegrationExampleBIRD(t *testing.T) {
	testenv.NeedTool(t, "birdc", "ping", "ip")
	nslab(t, "up", "../../examples/bird.yaml")
	defer nslab(t, "down", "bird")
	for node, id := range map[string]string{"r1": "10.0.1.1", "r2": "10.0.2.1", "r3": "10.0.3.1"} {
		out := nslab(t, "exec", "bird/"+node, "--", "birdc", "show", "status")
		if !strings.Contains(out, "Router ID is "+id+"\n") {
			t.Errorf("%s:\n%s", node, out)
		}
		if out = nslab(t, "exec", "bird/"+node, "--", "birdc", "show", "ospf", "neighbors"); strings.Count(out, "Full/") != 2 {
			t.Errorf("%s:\n%s", node, out)
		}
	}
	if out := nslab(t, "exec", "bird/pc1", "--", "ping", "-c", "1", "-w", "60", "10.0.3.2"); !strings.Contains(out, " 1 received") {
		t.Error(out)
	}
	if out := testenv.Run(t, "ip", "-n", "bird-r1", "route", "show", "10.0.3.0/24", "proto", "bird"); !strings.Contains(out, "via 10.1.31.1") {
		t.Error(out)
	}
}

// In examples/fabric.yaml each leaf has its two peers, and the way to a server
// leads over both spines, as soon as the lab is up.
func TestIntegrationExampleFabric(t *testing.T) {
	testenv.NeedTool(t, "vtysh", "ping", "ip")
	for node, program := range map[string]string{
		"leaf3":   "vtysh -c 'show bgp summary' | grep -c '^up[12] .* 6500' ; ip route show 10.0.8.0/24 | grep -c 'nexthop via inet6 fe80'",
		"spine2":  "ip route show proto bgp | grep -c '^10.0.[1-8].0/24 .*via inet6 fe80' ; vtysh -c 'show bgp summary' | grep -c ^down[1-8]",
		"server1": "ping -c 1 -w 60 10.0.8.2 >/dev/null && echo 1; ping -c 1 -w 60 10.0.2.2 >/dev/null && echo 1",
	} {
		want := map[string]string{"leaf3": "2\n2\n", "spine2": "8\n8\n", "server1": "1\n1\n"}[node]
		if got := inExample(t, "fabric.yaml", node, "sh", "-c", program); got != want {
			t.Errorf("%s: %q, want %q", node, got, want)
		}
	}
}
