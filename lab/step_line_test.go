package lab

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nslab/nslab/plan"
)

// Each step that makes something knows the line that asks for it.
func TestStepLines(t *testing.T) {
	top := parse(t, `name: t
defaults:
  sysctls:
    net.ipv4.tcp_ecn: 1
nodes:
  a:
    addresses: [192.0.2.1/32]
    routes:
      - default via 10.0.0.2
      - blackhole 10.9.0.0/16
    sysctls: {net.ipv4.conf.e0.rp_filter: 2}
    exec:
      - "true"
      - echo ${NODE}
  h:
    count: 2
    routes: ["10.8.0.0/16 dev e0"]
  sw: {kind: bridge}
links:
  - endpoints: ["a:e0", "h1:e0"]
    ipv4: [10.0.0.1/24, 10.0.0.2/24]
  - endpoints: ["h2:e0", sw]
`)
	p, err := PlanOffline(top, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]int)
	for i := range p.Steps {
		got[p.Steps[i].String()] = plan.Line(top, &p.Steps[i])
	}
	for step, line := range map[string]int{
		"create namespace t-a":                                 6,
		"create namespace t-h2":                                15,
		"create bridge br0 in sw":                              18,
		"create route default via 10.0.0.2 in a":               9,
		"create route blackhole 10.9.0.0/16 in a":              10,
		"create route 10.8.0.0/16 dev e0 in h2":                17,
		"update sysctl net.ipv4.tcp_ecn in h1:  -> 1":          4,
		"update sysctl net.ipv4.conf.e0.rp_filter in a:  -> 2": 11,
		"create exec 1 true in a":                              13,
		"create exec 2 echo a in a":                            14,
		"create address e0 10.0.0.2/24 in h1":                  20,
		"create address lo 192.0.2.1/32 in a":                  6,
		"update link lo in a: down -> up":                      6,
	} {
		if got[step] != line {
			t.Errorf("%s: line %d, want %d", step, got[step], line)
		}
	}
	for step, line := range got {
		if line == 0 || strings.HasPrefix(step, "create link") && line != 20 && line != 22 {
			t.Errorf("%s: line %d", step, line)
		}
	}
	if t.Failed() {
		t.Log(strings.ReplaceAll(fmt.Sprint(got), " create", "\ncreate"))
	}
}
