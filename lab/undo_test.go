package lab

import (
	"errors"
	"strings"
	"testing"
)

// undone changes a lab from one file to another with a node whose command fails,
// and holds what is there then against the first.
func undone(t *testing.T, from, to string) {
	t.Helper()
	cfg := &Config{}
	up(t, cfg, from)
	bad := strings.Replace(to, "nodes:\n", "nodes:\n  fails: {exec: [\"false\"]}\n", 1)
	var re *RunError
	if _, err := Up(bg, parse(t, bad), cfg, UpOptions{}); !errors.As(err, &re) || re.Undo != nil {
		t.Fatalf("got %v", err)
	}
	if p := up(t, cfg, from); !p.Empty() {
		t.Errorf("after the rollback there is still\n%s", words(p))
	}
}

// A bridge that a failing change has removed is made again with its options, its
// ports and its addresses.
func TestIntegrationRemovedBridgeComesBack(t *testing.T) {
	const from = `name: t
nodes:
  a:
    kind: bridge
    bridges: {x: {}, y: {stp: true, priority: 4096, addresses: ["10.3.0.1/24"]}}
  b: {}
links:
  - endpoints: ["b:eth0", "a/y:p1"]
`
	const to = `name: t
nodes:
  a:
    kind: bridge
    bridges: {x: {}}
  b: {}
links:
  - endpoints: ["b:eth0", "a/x:p1"]
`
	undone(t, from, to)
}
