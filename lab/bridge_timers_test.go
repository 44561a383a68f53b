package lab

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/rtnl"
)

// A bridge that is not the root reports the root's timers. Its own are what
// they were last set to: another up has nothing to do.
func TestIntegrationTimersBesideRoot(t *testing.T) {
	file := func(hello string) string {
		return `
name: t
nodes:
  a: {kind: bridge, bridge: {stp: true, priority: 4096, hello_time: 4s, max_age: 12s}}
  b: {kind: bridge, bridge: {stp: true, ` + hello + `max_age: 9s}}
links:
  - {endpoints: [a, b]}
`
	}
	up(t, nil, file("hello_time: 3s, "))
	read := bridgeReader(t, "b")
	// Nothing tells of the root but the bridge itself.
	for end, b := time.Now().Add(answerTime), read(); b.RootID == b.BridgeID; b = read() {
		if time.Now().After(end) {
			t.Fatal("b has not found its root")
		}
		runtime.Gosched()
	}
	if b := read(); b.HelloTime.Or(0) != 4*time.Second {
		t.Errorf("b says hello_time %v; the test wants the root's", b.HelloTime)
	}
	upAgain(t, file("hello_time: 3s, "))
	for _, change := range []string{"hello_time: 5s, ", ""} {
		if got, want := words(up(t, nil, file(change))), "~ bridge"; !strings.HasPrefix(got, want) || strings.Contains(got, "\n") {
			t.Errorf("up with %q does\n%s", change, got)
		}
		if p := up(t, nil, file(change)); !p.Empty() {
			t.Errorf("another up with %q does\n%s", change, words(p))
		}
	}
}

// While its topology changes, a bridge reports an ageing time that nobody has
// set, and keeps it where STP is turned off meanwhile.
func TestIntegrationAgeingWhileTopologyChanges(t *testing.T) {
	file := func(b, c string) string {
		return `
name: t
nodes:
  a: {kind: host, count: 2}
  b: {kind: bridge, bridge: {` + b + `}}
  c: {kind: bridge, bridge: {` + c + `}}
links:
  - {endpoints: ["a1:eth0", b]}
  - {endpoints: ["a2:eth0", c]}
`
	}
	const stp = "stp: true, forward_delay: 2s, "
	up(t, nil, file(stp+"ageing_time: 100s", stp))
	// The port has to listen and to learn first, for 2 s each.
	for _, node := range []string{"b", "c"} {
		read := bridgeReader(t, node)
		for end, b := time.Now().Add(answerTime), read(); b.TopologyChange == 0 || b.AgeingTime.Or(0) != 4*time.Second; b = read() {
			if time.Now().After(end) {
				t.Fatalf("the topology does not change: %+v", b)
			}
			runtime.Gosched()
		}
	}
	upAgain(t, file(stp+"ageing_time: 100s", stp))
	if got, want := words(up(t, nil, file(stp+"ageing_time: 50s", stp))), "~ bridge br0 in b: ageing_time 1m40s -> ageing_time 50s"; strings.TrimSpace(got) != want {
		t.Errorf("up with another ageing time does\n%s\nwant\n%s", got, want)
	}
	for _, c := range []string{"", "ageing_time: 60s"} {
		want := time.Minute
		if c == "" {
			want = ageingDefault
		}
		up(t, nil, file(stp+"ageing_time: 50s", c))
		if got := bridgeReader(t, "c")().AgeingTime.Or(0); got != want {
			t.Errorf("ageing time with %q and no STP is %v, want %v", c, got, want)
		}
		if p := up(t, nil, file(stp+"ageing_time: 50s", c)); !p.Empty() {
			t.Errorf("another up with %q and no STP does\n%s", c, words(p))
		}
	}
}

// ageingDefault is the ageing time of a new bridge (br_dev_setup in
// net/bridge/br_device.c).
const ageingDefault = 5 * time.Minute

// bridgeReader returns what reads the bridge of a node of the lab t.
func bridgeReader(t *testing.T, node string) func() *rtnl.BridgeInfo {
	t.Helper()
	n, err := openLab(t, "t").Node(node)
	if err != nil {
		t.Fatal(err)
	}
	c, err := n.Conn()
	if err != nil {
		t.Fatal(err)
	}
	return func() *rtnl.BridgeInfo {
		link, err := c.Link(bg, rtnl.LinkName("br0"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := rtnl.DecodeBridge(link.Data)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}
