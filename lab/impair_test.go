package lab

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/rtnl"
)

// needNetem skips the test on a kernel without netem.
func needNetem(t *testing.T) {
	t.Helper()
	testenv.NeedTool(t, "ip", "tc")
	p, err := PlanUp(bg, parse(t, "name: probe\nnodes:"+impairedLab("impair: {delay: 1ms}")), nil, UpOptions{})
	if errors.Is(err, rtnl.ErrNotSupported) {
		t.Skip(err)
	}
	if err != nil || len(p.Steps) == 0 {
		t.Fatal(err)
	}
}

// impairedLab is a lab with one link, with keys of it.
func impairedLab(keys string) string {
	if keys != "" {
		keys = ", " + keys
	}
	return "\n  a: {}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"]" + keys + "}\n"
}

// full is an impairment with every option that netem takes together.
const fullImpairment = "{delay: 30ms, jitter: 5ms, correlation: 25%, distribution: normal, loss: 0.1% 25%, duplicate: 1%, corrupt: 1% 5%, " +
	"reorder: 5% 50%, gap: 3, rate: 50mbit 20 100 5, queue: 500, slot: 800us 1ms packets 32, ecn: on}"

func TestIntegrationImpairments(t *testing.T) {
	needNetem(t)
	checkFileChanges(t, []fileChange{
		{"it comes", impairedLab(""), impairedLab("impair: " + fullImpairment)},
		{"it goes", impairedLab("impair: " + fullImpairment), impairedLab("")},
		{"one end's goes", impairedLab("impair: {delay: 10ms}"), impairedLab(`impair: [{delay: 10ms}, ""]`)},
		{"it changes", impairedLab("impair: {delay: 30ms, jitter: 5ms, loss: 1% 25%, rate: 5mbit}"), impairedLab("impair: {delay: 40ms, corrupt: 1%}")},
		{"what no change takes away goes", impairedLab("impair: " + fullImpairment), impairedLab("impair: {delay: 10ms}")},
		{"the distribution alone changes", impairedLab("impair: {delay: 30ms, jitter: 5ms, distribution: normal}"), impairedLab("impair: {delay: 30ms, jitter: 5ms, distribution: pareto}")},
		{"bursts", impairedLab(`impair: [{loss: gemodel 1% 10%}, {loss: state 1% 90% 20% 3% 4%}]`), impairedLab(`impair: [{loss: state 1%}, {loss: gemodel 2% 10% 70% 0.1%}]`)},
		{"the link is made anew", impairedLab("impair: {delay: 30ms}"), strings.Replace(impairedLab("impair: {delay: 30ms}"), `"b:eth0"`, `"b:eth1"`, 1)},
	})
}

// tcQdiscs returns what tc shows of an interface, without counters and handles.
func tcQdiscs(t *testing.T, node, iface string) string {
	t.Helper()
	var all []map[string]any
	out := testenv.Run(t, "ip", "netns", "exec", "t-"+node, "tc", "-j", "qdisc", "show", "dev", iface)
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, q := range all {
		delete(q, "handle")
		delete(q, "refcnt")
		if o, ok := q["options"].(map[string]any); ok {
			delete(o, "seed")
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What up makes is what tc makes of the words of the plan, a second up has
// nothing to do, and what somebody changes is changed back.
func TestIntegrationImpairmentsTC(t *testing.T) {
	needNetem(t)
	file := "name: t\nnodes:" + impairedLab("impair: "+fullImpairment)
	p, err := PlanUp(bg, parse(t, file), nil, UpOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	if err := p.WriteScript(&script); err != nil {
		t.Fatal(err)
	}
	var line string
	for l := range strings.Lines(script.String()) {
		if strings.Contains(l, "-n t-a qdisc add dev eth0 root") {
			line = l
		}
	}
	if line == "" {
		t.Fatalf("no line of tc in\n%s", script.String())
	}
	up(t, nil, file)
	settled(t, nil, file)
	ours := tcQdiscs(t, "a", "eth0")
	testenv.Run(t, "ip", "netns", "exec", "t-a", "tc", "qdisc", "del", "dev", "eth0", "root")
	up(t, nil, file)
	if got := tcQdiscs(t, "a", "eth0"); got != ours {
		t.Errorf("it is not made again:\n%s\nwas\n%s", got, ours)
	}
	testenv.Run(t, "ip", "netns", "exec", "t-a", "tc", "qdisc", "del", "dev", "eth0", "root")
	testenv.Run(t, "sh", "-ec", line)
	if got := tcQdiscs(t, "a", "eth0"); got != ours {
		t.Errorf("tc makes of %s\n%s\nup made\n%s", line, got, ours)
	}
	settled(t, nil, file)
	testenv.Run(t, "ip", "netns", "exec", "t-a", "tc", "qdisc", "change", "dev", "eth0", "root", "netem", "delay", "1ms")
	up(t, nil, file)
	if got := tcQdiscs(t, "a", "eth0"); got != ours {
		t.Errorf("it is not changed back:\n%s\nwas\n%s", got, ours)
	}
}

// What somebody has made stays where the file says nothing, is not replaced by
// what the file says, and goes with Prune.
func TestIntegrationImpairmentByHand(t *testing.T) {
	testenv.NeedTool(t, "ip", "tc")

	plain, rate := "name: t\nnodes:"+impairedLab(""), "name: t\nnodes:"+impairedLab("impair: {rate: 5mbit}")
	up(t, nil, plain)
	testenv.Run(t, "ip", "netns", "exec", "t-a", "sh", "-ec", "tc qdisc add dev eth0 root handle 9: pfifo limit 5")
	settled(t, nil, plain)
	_, err := Up(bg, parse(t, rate), nil, UpOptions{})
	if err == nil || !strings.Contains(err.Error(), `node "a": interface "eth0" has the qdisc pfifo, which somebody has made`) {
		t.Errorf("got %v", err)
	}
	if _, err := Up(bg, parse(t, plain), nil, UpOptions{PlanOptions: PlanOptions{Prune: true}}); err != nil {
		t.Fatal(err)
	}
	if got := tcQdiscs(t, "a", "eth0"); !strings.Contains(got, "noqueue") {
		t.Errorf("with prune: %s", got)
	}
	up(t, nil, rate)
	settled(t, nil, rate)
	got := tcQdiscs(t, "a", "eth0")
	if !strings.Contains(got, `"kind":"netem"`) && !strings.Contains(got, `"kind":"tbf"`) || !strings.Contains(got, "625000") {
		t.Errorf("a rate alone: %s", got)
	}
	up(t, nil, plain)
	if got := tcQdiscs(t, "a", "eth0"); !strings.Contains(got, "noqueue") {
		t.Errorf("without the rate: %s", got)
	}
}

// A tbf in the place of a netem sends the largest frames of its link, and is the
// same when it is read again; a rate that it cannot have is an error.
func TestIntegrationImpairmentTBF(t *testing.T) {
	testenv.NeedTool(t, "ip", "tc")
	link := func(impair string) string {
		return "name: t\nnodes: {a: {}, b: {}}\nlinks:\n  - {endpoints: [a:eth0, b:eth0], mtu: 9000, impair: " + impair + "}\n"
	}
	up(t, nil, link("{rate: 50mbit}"))
	if got := tcQdiscs(t, "a", "eth0"); strings.Contains(got, `"kind":"netem"`) {
		t.Skip("this kernel has netem")
	}
	for _, impair := range []string{"{rate: 4kbit}", "{rate: 3tbit}", "{rate: 1mbit, queue: 1}", "{rate: 50mbit}"} {
		up(t, nil, link(impair))
		settled(t, nil, link(impair))
		if got := tcQdiscs(t, "a", "eth0"); !strings.Contains(got, `"kind":"tbf"`) {
			t.Errorf("%s: %s", impair, got)
		}
	}
	before := tcQdiscs(t, "a", "eth0")
	for impair, want := range map[string]string{
		"{rate: 8bit}":   "the rate is 8bit; this kernel has no netem, and tbf sends frames of 9014 bytes at 2632bit to 3tbit",
		"{rate: 4tbit}":  "the rate is 4tbit",
		"{loss: 0%}":     "CONFIG_NET_SCH_NETEM",
		"{queue: 50}":    "CONFIG_NET_SCH_NETEM",
		"{delay: 0s}":    "CONFIG_NET_SCH_NETEM",
		"{ecn: \"off\"}": "CONFIG_NET_SCH_NETEM",
	} {
		_, err := Up(bg, parse(t, link(impair)), nil, UpOptions{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "undone") {
			t.Errorf("%s: %v", impair, err)
		}
	}
	if got := tcQdiscs(t, "a", "eth0"); got != before {
		t.Errorf("it was\n%s\nand is\n%s", before, got)
	}
}

// On a kernel without netem the error names what it needs, and nothing is left.
func TestIntegrationImpairmentNotSupported(t *testing.T) {
	_, err := Up(bg, parse(t, "name: t\nnodes:"+impairedLab("impair: {delay: 1ms}")), nil, UpOptions{})
	if err == nil {
		if err := Down(bg, "t", nil, DownOptions{}); err != nil {
			t.Fatal(err)
		}
		t.Skip("this kernel has netem")
	}
	if !errors.Is(err, rtnl.ErrNotSupported) || !strings.Contains(err.Error(), "CONFIG_NET_SCH_NETEM, the kernel's module sch_netem") {
		t.Error(err)
	}
}
