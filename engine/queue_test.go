package engine

import (
	"testing"

	"github.com/nslab/nslab/rtnl"
)

// Requests that have a namespace in common keep their order, even if they are
// sent to different namespaces. Others share batches.
func TestIntegrationQueueOrder(t *testing.T) {
	e := newEngine(t)
	run(t, e, add("a"), add("b"), add("c"))
	q := queue{engine: e}
	rename := &rtnl.LinkSet{Link: rtnl.LinkRef{Index: 2, Name: "y"}, NewName: "z"}
	var told []int
	for i, op := range []Op{
		veth("a", "x1", "b", "y"),
		{NetNS: "b", Action: &Request{Req: rename}},
		veth("a", "x2", "b", "y"), // only after y has another name
		veth("a", "x3", "c", "y"),
		veth("c", "w", "", "v"),
	} {
		q.add(bg, op, func(_ rtnl.Status, err error) {
			if told = append(told, i); err != nil {
				t.Errorf("operation %d: %v", i, err)
			}
		})
	}
	if len(q.waiting) != 5 || q.used != 4 {
		t.Errorf("%d operations wait in %d batches, want 5 in 4", len(q.waiting), q.used)
	}
	q.flush(bg)
	for i, n := range told {
		if i != n {
			t.Fatalf("told in the order %v", told)
		}
	}
	// The other end of a pair disappears with it, before the next request
	// there.
	del := &rtnl.LinkDel{Link: rtnl.LinkName("x3")}
	for _, op := range []Op{
		{NetNS: "c", Action: &Request{Req: &rtnl.AltNameAdd{Link: rtnl.LinkName("y"), Names: []string{"other"}}}},
		{NetNS: "a", Action: &Request{Req: del, Touches: []string{"c"}}},
		veth("c", "y", "b", "u"),
	} {
		q.add(bg, op, func(_ rtnl.Status, err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}
	q.flush(bg)
	for ns, names := range map[string][]string{"a": {"x1", "x2"}, "b": {"y", "z"}, "c": {"y", "w"}} {
		c, err := e.Conn(ns)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if _, err := c.Link(bg, rtnl.LinkName(name)); err != nil {
				t.Errorf("%s: %v", ns, err)
			}
		}
	}
}
