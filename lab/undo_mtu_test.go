package lab

import (
	"errors"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// What a change has taken away and its undoing makes again has the MTU, the
// queues and the IPv6 that it had, whoever has set them, and keeps them when
// ports come and go.
func TestIntegrationUndoMTUs(t *testing.T) {
	testenv.NeedTool(t, "ip")
	const port = "links:\n  - {endpoints: [\"h:eth0\", \"sw:p0\"], mtu: 1400}\n"
	file := func(bridge string) string {
		return "name: t\nnodes:\n  sw: {kind: bridge, bridge: " + bridge + "}\n  h: {}\n" + port
	}
	gone := "name: t\nnodes:\n  sw: {kind: bridge, bridge: {name: y}}\n  h: {}\n" + port
	noNode := "name: t\nnodes:\n  h: {}\n"
	for i, c := range []struct{ name, from, hand, to string }{
		{"larger, by file", file("{name: x, mtu: 9000}"), "", gone},
		{"larger, by hand", file("{name: x}"), "ip -n t-sw link set x mtu 5000", gone},
		{"smaller, by hand", file("{name: x}"), "ip -n t-sw link set x mtu 1300", gone},
		{"of its port", file("{name: x}"), "", gone},
		{"of its port, by file", file("{name: x, mtu: 1400}"), "", gone},
		{"with IPv6 at a port without", file("{name: x, mtu: 1500, addresses: [\"fd00::1/64\"]}"), "ip -n t-sw link set p0 mtu 600", gone},
		{"without IPv6 at a port with it", file("{name: x}"), "ip -n t-sw link set x mtu 600", gone},
		{"of a node that goes", file("{name: x, mtu: 9000}"), "", noNode},
		{"of a node that goes, by hand", file("{name: x}"), "ip -n t-sw link set x mtu 5000", noNode},
		{"ends that differ", file("{name: x}"), "ip -n t-h link set eth0 mtu 1200", noNode},
		{"queues", file("{name: x}"), "ip -n t-sw link add z numtxqueues 3 numrxqueues 2 type veth peer name y numtxqueues 1 numrxqueues 4 netns t-h", noNode},
	} {
		if testing.Short() && !testenv.Row(i) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			cfg := &Config{}
			up(t, cfg, c.from)
			sw := property{node: "sw"}
			sw.sh(t, c.hand)
			before := atRest(t)
			failing := strings.Replace(c.to, "nodes:\n", "nodes:\n  zz: {exec: [\"false\"]}\n", 1)
			var re *RunError
			if _, err := Up(bg, parse(t, failing), cfg, UpOptions{}); !errors.As(err, &re) || re.Undo != nil {
				t.Fatalf("got %v", err)
			}
			if d := differs(t, before); d != "" {
				t.Errorf("(-before +after):\n%s", d)
			}
			// Only a later port tells whose the MTU is.
			const later = "ip link add later0 mtu 1290 type veth peer name later1 && ip link set later0 master x && ip -o link show x"
			owned := c.hand != "" && strings.Contains(c.hand, "set x ") || strings.Contains(c.from, "mtu: 9000") || strings.Contains(c.from, "name: x, mtu")
			if kept := !strings.Contains(sw.sh(t, later), " mtu 1290 "); kept != owned {
				t.Errorf("a later port changes the MTU: %t", !kept)
			}
		})
	}
}
