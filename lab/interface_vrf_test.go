package lab

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/plan"
)

func init() { kindKeys["vrf"] = ", table: 10" }

// The node a with a VRF, and with others around it.
const (
	vrfA    = "\n  a: {interfaces: {blue: {kind: vrf, table: 10, members: [eth0]}}, routes: [10.9.0.0/16 via 192.0.2.9 table 10, \"fd09::/64 via fd00::9 table 10\"]}\n  b: {}" + vrfLink
	unbound = "\n  a: {routes: [10.9.0.0/16 via 192.0.2.9, \"fd09::/64 via fd00::9\"]}\n  b: {}" + vrfLink

	vrfLink = "\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], ipv4: [192.0.2.1/24, 192.0.2.2/24], ipv6: [\"fd00::1/64\", \"fd00::2/64\"]}\n"
)

var vrfChanges = []fileChange{
	{"it comes", unbound, vrfA},
	{"it goes", vrfA, unbound},
	{"it comes with a node", "\n  b: {}\n  c: {}\nlinks:\n  - {endpoints: [\"b:eth0\", \"c:eth0\"]}\n", vrfA},
	{"its table changes", vrfA, strings.NewReplacer("table: 10", "table: 20", "table 10", "table 20").Replace(vrfA)},
	{"its name changes", vrfA, strings.Replace(vrfA, "blue", "red", 1)},
	{"another member, with a VLAN of it", vrfA, strings.Replace(vrfA, "members: [eth0]}", "members: [eth0, d]}, d: {kind: dummy, addresses: [198.51.100.1/24, \"fd02::1/64\"]}", 1)},
	{"a member less", strings.Replace(vrfA, "members: [eth0]}", "members: [d, eth0]}, d: {kind: dummy, addresses: [198.51.100.1/24, \"fd02::1/64\"]}", 1), strings.Replace(vrfA, "members: [eth0]}", "members: [eth0]}, d: {kind: dummy, addresses: [198.51.100.1/24, \"fd02::1/64\"]}", 1)},
	{"a member changes sides", strings.Replace(vrfA, "members: [eth0]}", "members: [eth0]}, red: {kind: vrf, table: 20}", 1), strings.NewReplacer("members: [eth0]}", "members: []}, red: {kind: vrf, table: 20, members: [eth0]}", "table 10", "table 20").Replace(vrfA)},
	{"it has addresses, and an MTU", strings.Replace(vrfA, "table: 10,", "table: 10, addresses: [127.0.0.1/8, 203.0.113.1/32], mtu: 9000, ipv6: on,", 1), strings.Replace(vrfA, "table: 10,", "table: 10, addresses: [203.0.113.2/32, \"fd03::1/128\"],", 1)},
	{"with the same addresses as others", "\n  a: {interfaces: {blue: {kind: vrf, table: 10, members: [d]}, red: {kind: vrf, table: 20, members: [e]}, d: {kind: dummy, addresses: [192.0.2.1/24, \"fd00::1/64\"]}, e: {kind: dummy, addresses: [192.0.2.1/24, \"fd00::1/64\"]}}}\n  b: {}" + vrfLink,
		"\n  a: {interfaces: {blue: {kind: vrf, table: 20, members: [d]}, red: {kind: vrf, table: 10, members: [e]}, d: {kind: dummy, addresses: [192.0.2.3/24, \"fd00::1/64\"]}, e: {kind: dummy, addresses: [192.0.2.3/24]}}}\n  b: {}" + vrfLink},
	{"a member is made anew", vrfA, strings.Replace(vrfA, "b:eth0", "b:eth1", 1)},
	{"a member becomes a port", vrfA, "\n  a: {kind: bridge}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"]}\n"},
	{"a port becomes a member", "\n  a: {kind: bridge}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"]}\n", vrfA},
}

func TestIntegrationVRFs(t *testing.T) {
	needKind(t, "vrf")
	checkFileChanges(t, vrfChanges)
}

// What somebody does to a VRF and its members the next up takes back, as far as
// the file speaks of it, and with Prune the rest.
func TestIntegrationVRFByHand(t *testing.T) {
	needKind(t, "vrf")
	checkByHand(t, "a", "name: t\nnodes:"+vrfA, []string{
		"ip link set eth0 nomaster", "ip link del blue", "ip link set blue down", "ip link add red type vrf table 20; ip link set eth0 master red; ip link del red",
		"ip route del 192.0.2.0/24 dev eth0 table 10; ip link del blue; ip link add blue type vrf table 11; ip link set eth0 master blue",
		"ip route del 10.9.0.0/16 table 10", "ip address del 192.0.2.1/24 dev eth0", "ip link add mine type bridge; ip link set eth0 master mine; ip link del mine",
	}, "ip link add red type vrf table 30; ip link add dd type dummy; ip link set dd master red up; ip address add 192.0.2.77/24 dev dd")
}

// The plan says why a member is made anew, and its lines are ip's.
func TestIntegrationVRFPlan(t *testing.T) {
	needKind(t, "vrf")
	up(t, nil, "name: t\nnodes:"+unbound)
	p, err := PlanUp(bg, parse(t, "name: t\nnodes:"+vrfA), nil, UpOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `it becomes a member of "blue"`
	why := ""
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Verb == plan.Delete && s.Object == "link" {
			why = plan.What(s)
		}
	}
	var script strings.Builder
	if err := p.WriteScript(&script); err != nil || !strings.Contains(why, want) || !strings.Contains(script.String(), "type vrf table 10") {
		t.Errorf("%v\n%s\n%s", err, why, script.String())
	}
}

// On a kernel without VRFs the error names what the kernel needs, and nothing is
// left.
func TestIntegrationVRFNotSupported(t *testing.T) {
	checkNotSupported(t, "vrf", vrfA, "CONFIG_NET_VRF")
}

// The tenants of examples/vrf.yaml have the same addresses, and each reaches its
// own hosts only.
func TestIntegrationVRFExample(t *testing.T) {
	testenv.NeedTool(t, "ip", "ping")
	needKind(t, "vrf")
	file := readExample(t, "vrf.yaml")
	up(t, nil, file)
	for _, from := range []string{"blue1", "red1"} {
		testenv.Run(t, "ip", "netns", "exec", "vrf-"+from, "ping", "-c", "1", "-W", "5", "10.0.2.1")
	}
	testenv.Run(t, "ip", "netns", "exec", "vrf-pe", "ping", "-I", "blue", "-c", "1", "-W", "5", "10.0.1.1")
	upAgain(t, file)
}
