package lab

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/settle"
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
  a: {sysctls: {` + unchecked + `}, routes: [` + strings.TrimSuffix(quoted, ", ") + `]}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv4: ["10.0.0.1/24", "10.0.0.2/24"], ipv6: ["fd00::1/64", "fd00::2/64"]}
`
}

// theRoutes are all routes of a namespace as ip(8) shows them, sorted.
func theRoutes(t *testing.T, ns string) string {
	t.Helper()
	settle.Wait(t, ns)
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
		{"no MTU more", "10.9.0.0/16 via 10.0.0.2 mtu 1400", "10.9.0.0/16 via 10.0.0.2"},
		{"an MTU", "10.9.0.0/16 via 10.0.0.2", "10.9.0.0/16 via 10.0.0.2 mtu 1400"},
		{"no lock more", "10.9.0.0/16 via 10.0.0.2 mtu lock 1400", "10.9.0.0/16 via 10.0.0.2 mtu 1400"},
		{"another MSS", "10.9.0.0/16 via 10.0.0.2 advmss 1000", "10.9.0.0/16 via 10.0.0.2 advmss 1200"},
		{"no window more", "10.9.0.0/16 via 10.0.0.2 initcwnd 20", "10.9.0.0/16 via 10.0.0.2"},
		{"another protocol", "10.9.0.0/16 via 10.0.0.2 proto static", "10.9.0.0/16 via 10.0.0.2"},
		{"no source more", "10.9.0.0/16 via 10.0.0.2 src 10.0.0.1", "10.9.0.0/16 via 10.0.0.2"},
		{"another scope", "10.9.0.0/16 dev eth0", "10.9.0.0/16 dev eth0 scope global"},
		{"no realm more", "10.9.0.0/16 via 10.0.0.2 realms 5", "10.9.0.0/16 via 10.0.0.2"},
		{"a realm", "10.9.0.0/16 via 10.0.0.2", "10.9.0.0/16 via 10.0.0.2 realms 5"},
		{"on the link", "10.9.0.0/16 via 10.0.0.2", "10.9.0.0/16 via 10.0.0.2 dev eth0 onlink"},
		{"another congestion control", "10.9.0.0/16 via 10.0.0.2 congctl reno", "10.9.0.0/16 via 10.0.0.2"},
		{"no preference more", "fd09::/64 via fd00::2 pref high", "fd09::/64 via fd00::2"},
		{"no hop limit more", "fd09::/64 via fd00::2 hoplimit 5", "fd09::/64 via fd00::2"},
		{"no IPv6 source more", "fd09::/64 via fd00::2 src fd00::1", "fd09::/64 via fd00::2"},
		{"a time", "fd09::/64 via fd00::2 expires 1000", "fd09::/64 via fd00::2"},
		{"IPv6 on the link", "fd09::/64 via fd00::2", "fd09::/64 via fd00::2 dev eth0 onlink"},
		{"a route from", "fd09::/64 via fd00::2", "fd09::/64 from fd08::/64 via fd00::2"},
		{"another weight", "10.9.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.0.3", "10.9.0.0/16 nexthop via 10.0.0.2 weight 5 nexthop via 10.0.0.3"},
		{"a nexthop with a realm", "10.9.0.0/16 nexthop via 10.0.0.2 realms 3", "10.9.0.0/16 nexthop via 10.0.0.2"},
	}
	for i, c := range cases {
		if !testenv.Row(i) {
			continue
		}
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

// Right after up there is nothing more to do, whatever the kernel makes of a
// route.
func TestIntegrationRoutesAsKept(t *testing.T) {
	for _, route := range []string{
		"blackhole 10.9.0.0/16", "unreachable 10.9.0.0/16", "prohibit 10.9.0.0/16", "throw 10.9.0.0/16",
		"blackhole fd09::/64", "unreachable fd09::/64 dev eth0", "prohibit fd09::/64", "throw fd09::/64",
		"multicast 224.0.0.0/4 dev eth0", "fd09::/64 dev lo", "10.9.0.0/16 dev lo", "local 10.9.0.1 dev eth0 src 10.0.0.1",
		"anycast fd09::1 dev eth0", "10.9.0.0/16 dev eth0 proto kernel", "default dev eth0", "default via fd00::2",
		"10.9.0.0/16 via 10.0.0.2 mtu 65535 advmss 65535 hoplimit 255 tos 0x10 metric 7 table 1000",
		"fd09::/64 via fd00::2 mtu 65535 advmss 65535", "10.9.0.0/16 via inet6 fd00::2",
		"10.9.0.0/16 via 10.0.0.2 rtt 5s rto_min 10 quickack 1 features ecn", "fd09::/64 dev eth0 scope link",
		"10.9.0.0/16 nexthop via 10.0.0.2 dev eth0 onlink",
		"fd09::/64 nexthop via fd00::2 weight 2 nexthop via fd00::3 onlink dev eth0",
		"10.9.0.0/16 nexthop dev eth0 weight 3 nexthop via 10.0.0.2 onlink dev eth0 realms 4",
	} {
		t.Run(route, func(t *testing.T) {
			cfg := &Config{}
			text := routesLab(route)
			up(t, cfg, text)
			settled(t, cfg, text)
		})
	}
}

// A change that fails leaves the routes that were there, whatever they need to
// be added again.
func TestIntegrationRoutesUndone(t *testing.T) {
	testenv.NeedTool(t, "ip")
	chain := routesLab("10.8.0.0/16 dev eth0", "10.9.0.0/16 via 10.8.0.1", "fd08::/64 dev eth0", "fd09::/64 via fd08::1")
	behind := routesLab("10.9.0.0/16 dev eth0", "10.8.0.0/16 via 10.9.0.1", "fd09::/64 dev eth0", "fd08::/64 via fd09::1",
		"local 10.99.0.0/16 dev lo", "10.98.0.0/16 dev eth0 src 10.99.0.7")
	two := `
name: t
nodes:
  a: {sysctls: {` + unchecked + `}, routes: ["fd55::/64 via fd00::9", "10.55.0.0/16 via 10.0.0.9"]}
  b: {}
links:
  - {endpoints: ["a:x", "b:x"], ipv6: ["fd00::1/64", ""], ipv4: [["10.9.0.1/24", "10.0.0.1/24"], ""]}
  - {endpoints: ["a:y", "b:y"], ipv4: ["10.8.0.1/24", ""], ipv6: on}
`
	moved := strings.NewReplacer(`ipv6: ["fd00::1/64", ""], ipv4: [["10.9.0.1/24", "10.0.0.1/24"], ""]`, `ipv4: ["10.9.0.1/24", ""]`,
		`ipv4: ["10.8.0.1/24", ""], ipv6: on`, `ipv4: [["10.8.0.1/24", "10.0.0.1/24"], ""], ipv6: ["fd00::1/64", ""]`).Replace(two)
	noLink := "name: t\nnodes:\n  a: {sysctls: {" + unchecked + "}}\n  b: {}\n"
	for i, c := range []struct{ name, a, b string }{
		{"what a gateway is reached through goes", chain, routesLab("10.9.0.0/16 via 10.0.0.2", "fd09::/64 via fd00::2")},
		{"in the other order", behind, routesLab()},
		{"with the link", chain, noLink},
		{"with the link, in the other order", behind, noLink},
		{"with the last address", behind, strings.Replace(routesLab(), "10.0.0.1/24", "", 1)},
		{"an address moves and its gateways with it", two, moved},
	} {
		if testing.Short() && !testenv.Row(i) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			cfg := &Config{}
			up(t, cfg, c.a)
			want := theRoutes(t, "t-a")
			bad := strings.Replace(c.b, "  b: {}\n", "  b: {}\n  zz: {exec: [\"false\"]}\n", 1)
			var re *RunError
			if _, err := Up(bg, parse(t, bad), cfg, UpOptions{}); !errors.As(err, &re) || re.Undo != nil {
				t.Errorf("got %v", err)
			}
			if got := theRoutes(t, "t-a"); got != want {
				t.Errorf("routes\n%s\nwere\n%s", got, want)
			}
			settled(t, cfg, c.a)
		})
	}
}

// A route of the file that somebody has changed is what the file says after up;
// one that is in nobody's way stays. If the change fails, theirs is there
// again.
func TestIntegrationRoutesByHand(t *testing.T) {
	testenv.NeedTool(t, "ip")
	cfg := &Config{}
	text := routesLab("default via 10.0.0.2", "10.9.0.0/16 via 10.0.0.2 metric 5", "fd09::/64 via fd00::2")
	up(t, cfg, text)
	want := theRoutes(t, "t-a")
	for _, byHand := range []string{
		"replace default via 10.0.0.77",
		"replace default via 10.0.0.2 mtu 1300",
		"change default via 10.0.0.2 proto static src 10.0.0.1",
		"replace blackhole default",
		"change 10.9.0.0/16 dev eth0 metric 5",
		"replace fd09::/64 via fd00::77",
		"replace fd09::/64 via fd00::2 hoplimit 7",
		"replace unreachable fd09::/64",
	} {
		t.Run(byHand, func(t *testing.T) {
			args := append([]string{"-n", "t-a", "route"}, strings.Fields(byHand)...)
			if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			changed := theRoutes(t, "t-a")
			bad := strings.Replace(text, "  b: {}\n", "  b: {}\n  zz: {exec: [\"false\"]}\n", 1)
			var re *RunError
			if _, err := Up(bg, parse(t, bad), cfg, UpOptions{}); !errors.As(err, &re) || re.Undo != nil {
				t.Errorf("got %v", err)
			}
			if got := theRoutes(t, "t-a"); got != changed {
				t.Errorf("undone, routes\n%s\nwere\n%s", got, changed)
			}
			if _, err := Up(bg, parse(t, text), cfg, UpOptions{}); err != nil {
				t.Error(err)
			}
			settled(t, cfg, text)
			if got := theRoutes(t, "t-a"); got != want {
				t.Errorf("routes\n%s\nwere\n%s", got, want)
			}
		})
	}
	for _, beside := range []string{"append default via 10.0.0.77", "add 10.9.0.0/16 via 10.0.0.77 metric 6", "add fd09::/64 via fd00::77 metric 7"} {
		args := append([]string{"-n", "t-a", "route"}, strings.Fields(beside)...)
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		settled(t, cfg, text)
	}
}
