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
	if p := up(t, nil, file("hello_time: 3s, ")); !p.Empty() {
		t.Errorf("up of an unchanged file does\n%s", words(p))
	}
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
// set.
func TestIntegrationAgeingWhileTopologyChanges(t *testing.T) {
	file := func(options string) string {
		return `
name: t
nodes:
  a: {kind: host}
  b: {kind: bridge, bridge: {stp: true, forward_delay: 2s` + options + `}}
links:
  - {endpoints: ["a:eth0", b]}
`
	}
	up(t, nil, file(", ageing_time: 100s"))
	read := bridgeReader(t, "b")
	// The port has to listen and to learn first, for 2 s each.
	for end, b := time.Now().Add(answerTime), read(); b.TopologyChange == 0 || b.AgeingTime.Or(0) != 4*time.Second; b = read() {
		if time.Now().After(end) {
			t.Fatalf("the topology does not change: %+v", b)
		}
		runtime.Gosched()
	}
	if p := up(t, nil, file(", ageing_time: 100s")); !p.Empty() {
		t.Errorf("up of an unchanged file does\n%s", words(p))
	}
	if got, want := words(up(t, nil, file(", ageing_time: 50s"))), "~ bridge br0 in b: ageing_time 1m40s -> ageing_time 50s"; strings.TrimSpace(got) != want {
		t.Errorf("up with another ageing time does\n%s\nwant\n%s", got, want)
	}
}

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
