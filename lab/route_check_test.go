package lab

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// checkedRoutes are the routes of a node, the last of which the kernel takes,
// or refuses for what Plan should know. Node a has 10.0.0.1/24 and fd00::1/64
// on e0, 10.1.0.0/31 on e1, IPv6 without an address on e2, and 10.3.0.1/24 and
// fd03::1/128 on lo.
var checkedRoutes = []struct {
	routes, want string
}{
	{"default via 10.0.0.2", ""},
	{"default via 10.9.9.9", "no address in the network of the gateway 10.9.9.9"},
	{"default via 10.9.9.9 dev e0", `the gateway 10.9.9.9 on "e0"`},
	{"default via 10.9.9.9 dev e0 onlink", ""},
	{"default via 10.0.0.2 dev e1", `the gateway 10.0.0.2 on "e1"`},
	{"default via 10.0.0.2 table 100", ""},
	{"default via 10.0.0.1", ""},
	{"default via 10.0.0.255", "10.0.0.255 is the broadcast address of 10.0.0.0/24"},
	{"default via 10.1.0.1", ""},
	{"default via 10.1.0.2", "no address in the network"},
	{"default via 10.3.0.9", ""},
	{"default via 127.0.0.1", ""},
	{"default via 224.0.0.1", "is a multicast address"},
	{"10.8.0.0/16 dev e0; default via 10.8.0.1", ""},
	{"default via 10.8.0.1; 10.8.0.0/16 dev e0", "no address in the network"},
	{"10.8.0.0/16 via 10.0.0.2; default via 10.8.0.1", "no address in the network"},
	{"10.8.0.0/16 dev e0; default via 10.8.0.1 dev e1", `on "e1"`},
	{"10.8.0.0/16 dev e0 table 7; default via 10.8.0.1", "no address in the network"},
	{"10.8.0.0/16 dev e0 table 7; default via 10.8.0.1 table 7", ""},
	{"local 10.8.0.0/16 dev lo; default via 10.8.0.1", ""},
	{"default dev e0; 10.8.0.0/16 via 10.9.9.9", ""},
	{"blackhole 10.8.0.0/16; default via 10.8.0.1", "no address in the network"},
	{"10.8.0.0/16 nexthop via 10.0.0.2 nexthop via 10.1.0.1", ""},
	{"10.8.0.0/16 nexthop via 10.0.0.2 nexthop via 10.9.0.1", "the gateway 10.9.0.1"},
	{"10.8.0.0/16 via inet6 fd00::2", ""},
	{"10.8.0.0/16 via inet6 fd09::2", "the gateway fd09::2"},
	{"10.8.0.0/16 via inet6 fe80::2", "write dev"},
	{"10.8.0.5/16 via 10.0.0.2", "10.8.0.5/16 has bits set beyond its prefix length; did you mean 10.8.0.0/16?"},
	{"10.0.0.5/24 dev e0", "has bits set"},
	{"fd08::5/64 via fd00::2", ""},
	{"10.0.0.0/24 dev e0", "another"},
	{"10.0.0.0/24 via 10.0.0.2", `the same as the one that address 10.0.0.1/24 on "e0" creates; give it another metric`},
	{"10.0.0.0/24 via 10.0.0.2 metric 5", ""},
	{"10.0.0.0/24 via 10.0.0.2 table 100", ""},
	{"blackhole 10.0.0.0/24", "10.0.0.1/24"},
	{"local 10.0.0.1 dev lo", "10.0.0.1/24"},
	{"local 10.0.0.7 dev lo", ""},
	{"10.8.0.0/16 via 10.0.0.2; 10.8.0.0/16 via 10.0.0.3", "the same as another route, 10.8.0.0/16 via 10.0.0.2"},
	{"10.8.0.0/16 via 10.0.0.2; blackhole 10.8.0.0/16", "another route"},
	{"10.8.0.0/16 via 10.0.0.2; 10.8.0.0/16 via 10.0.0.3 metric 5", ""},
	{"10.8.0.0/16 via 10.0.0.2; 10.8.0.0/16 via 10.0.0.3 tos 0x10", ""},
	{"default via 10.0.0.2; default via 10.0.0.3", "another route, default via 10.0.0.2"},
	{"default via 10.0.0.2 src 10.1.0.0", ""},
	{"default via 10.0.0.2 src 10.9.9.9", "the source 10.9.9.9 is not an address of the node"},
	{"local 10.9.0.0/16 dev lo; default via 10.0.0.2 src 10.9.9.9", ""},
	{"default via 10.0.0.2 src 127.0.0.9", ""},
	{"default via fd00::2", ""},
	{"default via fd09::1", "the gateway fd09::1"},
	{"default via fd09::1 dev e0", `the gateway fd09::1 on "e0"`},
	{"default via fd09::1 dev e0 onlink", ""},
	{"default via fd00::1", `fd00::1 is the node's own, on "e0"`},
	{"default via fd03::1", `fd03::1 is the node's own, on "lo"`},
	{"default via fd00::2 dev e2", `on "e2"`},
	{"default via fe80::1", "link-local: write dev"},
	{"default via fe80::1 dev e2", ""},
	{"default via ff02::1 dev e0", "multicast"},
	{"fd08::/64 dev e0; default via fd08::1", ""},
	{"fd08::/64 via fd00::2; default via fd08::1", "the gateway fd08::1"},
	{"fd08::/64 nexthop via fd00::2 nexthop via fd09::1", "the gateway fd09::1"},
	{"fd00::/64 via fd00::2", ""},
	{"fd00::/64 via fd00::2 metric 256", "the same as the one that address fd00::1/64"},
	{"fd08::/64 via fd00::2; fd08::/64 via fd00::3", "another route, fd08::/64 via fd00::2"},
	{"fd08::/64 via fd00::2; fd08::/64 via fd00::3 metric 5", ""},
	{"default via fd00::2 src fd03::1", ""},
	{"default via fd00::2 src fd00::9", "the source fd00::9 is not an address"},
}

func checkedLab(routes []string, keys string) string {
	for i := range routes {
		routes[i] = `"` + routes[i] + `"`
	}
	return `name: t
nodes:
  a: {addresses: [10.3.0.1/24, "fd03::1/128"], routes: [` + strings.Join(routes, ", ") + `]` + keys + `}
  b: {}
links:
  - {endpoints: ["a:e0", "b:e0"], ipv4: [10.0.0.1/24, 10.0.0.2/24], ipv6: ["fd00::1/64", "fd00::2/64"]}
  - {endpoints: ["a:e1", "b:e1"], ipv4: [10.1.0.0/31, 10.1.0.1/31]}
  - {endpoints: ["a:e2", "b:e2"], ipv6: on}
`
}

// A plan refuses a route where the kernel does, and says what is wrong and
// where.
func TestPlanChecksRoutes(t *testing.T) {
	for _, tc := range checkedRoutes {
		routes := strings.Split(tc.routes, "; ")
		if tc.want == "another" {
			continue // a file may name what the kernel makes
		}
		_, err := PlanOffline(parse(t, checkedLab(routes, "")), nil)
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%s:\n%v", tc.routes, err)
		case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "lab.yaml:3:")):
			t.Errorf("%s: got %v", tc.routes, err)
		}
	}
}

// Where exec lines may have made what a route wants, a plan warns.
func TestPlanWarnsOfRoutes(t *testing.T) {
	exec := `, exec: ["true"]`
	for routes, want := range map[string]string{
		"default via 10.9.9.9":              "the gateway 10.9.9.9",
		"default via 10.0.0.2 src 10.9.9.9": "the source 10.9.9.9",
	} {
		p, err := PlanOffline(parse(t, checkedLab([]string{routes}, exec)), nil)
		if err != nil {
			t.Errorf("%s: %v", routes, err)
			continue
		}
		if len(p.Warnings) != 1 || !strings.Contains(p.Warnings.Error(), want) {
			t.Errorf("%s: %v", routes, p.Warnings)
		}
	}
	if _, err := PlanOffline(parse(t, checkedLab([]string{"10.0.0.5/24 dev e0"}, exec)), nil); err == nil {
		t.Error("exec lines cannot have made that right")
	}
}

// The kernel refuses what a plan refuses, and takes what it does not.
func TestIntegrationCheckedRoutes(t *testing.T) {
	testenv.NeedTool(t, "ip")
	up(t, nil, checkedLab(nil, ""))
	for _, tc := range checkedRoutes {
		routes := strings.Split(tc.routes, "; ")
		done := 0
		var err error
		for _, r := range routes {
			args := append([]string{"-n", "t-a", "route", "add"}, strings.Fields(r)...)
			var out []byte
			if out, err = exec.Command("ip", args...).CombinedOutput(); err != nil {
				err = errors.New(string(out))
				break
			}
			done++
		}
		if (err != nil) != (tc.want != "") {
			t.Errorf("%s: the kernel says %v", tc.routes, err)
		}
		for _, r := range slices.Backward(routes[:done]) {
			args := append([]string{"-n", "t-a", "route", "del"}, strings.Fields(r)...)
			if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
	}
}
