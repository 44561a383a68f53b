package lab

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// lostFile is a lab, of which d can go.
const lostFile = `
name: t
nodes:
  a: {}
  d: {}
  sw: {kind: bridge}
links:
  - {endpoints: ["a:eth0", "sw:p1"], ipv4: [10.0.0.1/24, ""]}
`

// Links that undoing cannot make again are told in the plan and in the error of
// an `up` that fails, and everything else is as it was.
func TestIntegrationLost(t *testing.T) {
	testenv.NeedTool(t, "ip")
	testenv.Run(t, "ip", "netns", "add", "lost") // another one than the lab's
	t.Cleanup(func() { testenv.Run(t, "ip", "netns", "delete", "lost") })
	for i, c := range []struct {
		name, node, hand string
		lost             []string
		// file is the replacement in lostFile, without --prune, if any.
		file []string
		// stays is a line for sh that shows what is there again.
		stays string
	}{
		{name: "a device", hand: "ip link add x0 type ifb; ip address add 10.7.0.1/24 dev x0; ip link set x0 up; ip route add 10.8.0.0/16 via 10.0.0.9 src 10.7.0.1",
			lost: []string{"x0 in a (ifb)"}},
		{name: "one on top of another", hand: "ip link add x0 type veth peer name x1; ip link add link x0 name y0 type macvtap; ip link add link y0 name z0 type macvtap",
			lost: []string{"y0 in a (macvtap)", "z0 in a (macvtap)"}, stays: "ip -o link show type veth | sed 's/.*: \\(x[^:]*\\):.*/\\1/;t;d'"},
		{name: "one on top of an interface that is made anew", hand: "ip link add link eth0 name m0 type macvtap",
			file: []string{`ipv4: [10`, `queues: 2, ipv4: [10`}, lost: []string{"m0 in a (macvtap)"}},
		{name: "a port of a bridge that is before it", node: "sw", hand: "ip link add x0 type bridge; ip link add y0 type ifb; ip link set y0 master x0",
			lost: []string{"y0 in sw (ifb)"}, stays: "ip -o link show dev x0 | wc -l"},
		{name: "a port of a bridge of the lab", node: "sw", hand: "ip link add x0 type ifb; ip link set x0 master br0", lost: []string{"x0 in sw (ifb)"}},
		{name: "a pair whose other end is elsewhere", hand: "ip link add x0 type veth peer name x1 netns lost", lost: []string{"x0 in a (veth)"}},
		{name: "in a node that goes", node: "d", hand: "ip link add x0 type ifb; ip link add x1 type bridge", file: []string{"  d: {}\n", ""},
			lost: []string{"x0 in d (ifb)"}, stays: "ip -o link show dev x1 | wc -l"},
	} {
		if !testenv.Row(i) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			p := &property{node: c.node}
			up(t, nil, lostFile)
			p.sh(t, c.hand)
			var before string
			if c.stays != "" {
				before = p.sh(t, c.stays)
			}
			opts := UpOptions{PlanOptions: PlanOptions{Prune: c.file == nil}}
			file := strings.NewReplacer(c.file...).Replace(lostFile)
			plan, err := PlanUp(bg, parse(t, file), nil, opts)
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			if err := plan.WriteText(&text, Plain); err != nil {
				t.Fatal(err)
			}
			if want := "cannot be restored: " + strings.Join(c.lost, ", ") + "\n"; !strings.Contains(text.String(), want) {
				t.Errorf("the plan has no %q:\n%s", want, text.String())
			}
			b, err := json.Marshal(plan)
			if err != nil {
				t.Fatal(err)
			}
			var data struct{ Changes []struct{ Lost []string } }
			if err := json.Unmarshal(b, &data); err != nil {
				t.Fatal(err)
			}
			var lost []string
			for _, c := range data.Changes {
				lost = append(lost, c.Lost...)
			}
			if !slices.Equal(lost, c.lost) {
				t.Errorf("the plan's JSON has %q, want %q", lost, c.lost)
			}

			re := undone(t, file, opts)
			slices.Sort(re.Lost)
			slices.Sort(c.lost)
			if !slices.Equal(re.Lost, c.lost) || !strings.Contains(re.Error(), "cannot be restored: "+strings.Join(c.lost, ", ")) {
				t.Errorf("the error has %q, want %q: %v", re.Lost, c.lost, re)
			}
			if c.stays != "" {
				if got := p.sh(t, c.stays); got != before {
					t.Errorf("there is\n%s\nwant\n%s", got, before)
				}
			}
			settled(t, nil, lostFile)
			if _, err := Up(bg, parse(t, file), nil, opts); err != nil {
				t.Error(err)
			}
			settled(t, nil, file)
		})
	}
}

// An end whose other end is in no node goes when the file says it no more, and
// so does what the file asks for through it: its namespace may be on its way
// out.
func TestIntegrationStrayEnd(t *testing.T) {
	testenv.NeedTool(t, "ip")
	testenv.Run(t, "ip", "netns", "add", "lost")
	t.Cleanup(func() { testenv.Run(t, "ip", "netns", "delete", "lost") })
	file := func(iface string) string {
		return "name: t\nnodes:\n  a: {routes: [10.9.0.0/16 via 10.0.0.2]}\n  b: {}\nlinks:\n  - {endpoints: [\"a:" + iface + "\", \"b:eth0\"], ipv4: [10.0.0.1/24, 10.0.0.2/24]}\n"
	}
	for _, stray := range []struct{ node, iface string }{{"b", "eth0"}, {"a", "eth0"}} {
		up(t, nil, file("eth0"))
		testenv.Run(t, "ip", "-n", "t-"+stray.node, "link", "set", stray.iface, "netns", "lost")
		up(t, nil, file("n0"))
		p := &property{}
		if got, want := p.sh(t, "ip -o link show type veth | wc -l; ip route show 10.9.0.0/16"), "1\n10.9.0.0/16 via 10.0.0.2 dev n0"; got != want {
			t.Errorf("there is\n%s\nwant\n%s", got, want)
		}
		settled(t, nil, file("n0"))
		if err := Down(bg, "t", nil, DownOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}
