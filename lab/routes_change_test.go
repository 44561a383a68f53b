package lab

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// routesLab is a lab of one link in which node a has routes.
func routesLab(routes ...string) string {
	quoted := ""
	for _, r := range routes {
		quoted += `"` + r + `", `
	}
	return `
name: t
nodes:
  a: {routes: [` + strings.TrimSuffix(quoted, ", ") + `]}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv4: ["10.0.0.1/24", "10.0.0.2/24"], ipv6: ["fd00::1/64", "fd00::2/64"]}
`
}

// theRoutes are all routes of a namespace as ip(8) shows them, sorted.
func theRoutes(t *testing.T, ns string) string {
	t.Helper()
	var lines []string
	for _, family := range []string{"-4", "-6"} {
		out, err := exec.Command("ip", "-n", ns, family, "route", "show", "table", "all").CombinedOutput()
		if err != nil {
			t.Fatalf("ip route: %v: %s", err, out)
		}
		for line := range strings.Lines(string(out)) {
			if !strings.Contains(line, "fe80:") && !strings.Contains(line, "multicast ff00") {
				lines = append(lines, strings.TrimSpace(strings.ReplaceAll(line, " linkdown", "")))
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// settled checks that a lab agrees with its file.
func settled(t *testing.T, cfg *Config, text string) {
	t.Helper()
	p, err := PlanUp(bg, parse(t, text), cfg, UpOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !p.Empty() {
		t.Errorf("the plan is not empty after up:\n%s", words(p))
	}
}

// A lab whose routes change has those that a new one of the same file has.
func TestIntegrationRouteChanges(t *testing.T) {
	testenv.NeedTool(t, "ip")
	cases := []struct{ name, a, b string }{
		{"a local route", "local 10.99.0.0/16 dev lo table 100", "local 10.99.0.0/16 dev lo"},
		{"no broadcast route more", "broadcast 10.0.9.255 dev eth0", "10.5.0.0/16 dev eth0"},
		{"an IPv6 local route", "fd09::/64 via fd00::2", "local fd09::/64 dev lo"},
		{"one nexthop of two", "10.9.0.0/16 nexthop dev eth0 nexthop via 10.0.0.3 dev eth0", "10.9.0.0/16 nexthop via 10.0.0.3 dev eth0"},
		{"another nexthop", "10.9.0.0/16 nexthop via 10.0.0.3 weight 5", "10.9.0.0/16 nexthop via 10.0.0.2 weight 5"},
		{"an IPv6 nexthop", "fd09::/64 nexthop via fd00::3", "fd09::/64 nexthop via fd00::2"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cfg := &Config{}
			a, b := routesLab(c.a), routesLab(c.b)
			up(t, cfg, b)
			want := theRoutes(t, "t-a")
			settled(t, cfg, b)
			if err := Down(bg, "t", cfg, DownOptions{}); err != nil {
				t.Fatal(err)
			}
			up(t, cfg, a)
			settled(t, cfg, a)
			up(t, cfg, b)
			settled(t, cfg, b)
			if got := theRoutes(t, "t-a"); got != want {
				t.Errorf("routes\n%s\nof a new lab:\n%s", got, want)
			}
		})
	}
}
