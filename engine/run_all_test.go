package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"testing"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"golang.org/x/sys/unix"
)

// note is an early action that records where it was carried out.
type note struct {
	inode uint64
	err   error
}

func (n *note) Do(ctx context.Context, e *Engine, netns string) error {
	return n.DoEarly(ctx, e, netns)
}

func (n *note) DoEarly(_ context.Context, _ *Engine, _ string) error {
	var thread unix.Stat_t
	if err := unix.Stat("/proc/thread-self/ns/net", &thread); err != nil {
		return err
	}
	n.inode = thread.Ino // belongs to the namespace as long as it is bound
	return n.err
}

// star returns n namespaces around a bridge, as a list of operations for each.
func star(n int) [][]Op {
	bridge := &Request{Req: &rtnl.LinkAdd{Name: "br", Kind: &rtnl.Bridge{}}}
	lists := [][]Op{{add("hub"), {NetNS: "hub", Action: bridge}, up("hub", "br")}}
	for i := range n {
		name := fmt.Sprintf("h%d", i)
		lists = append(lists, []Op{
			add(name), {NetNS: name, Action: &SysctlSet{Key: "net.ipv4.ip_forward", Value: "1"}},
			veth("hub", "p"+name, name, "eth0"), up(name, "eth0"), up("hub", "p"+name),
		})
	}
	return lists
}

func runAll(ctx context.Context, e *Engine, lists [][]Op, done func(int)) Progress {
	return e.RunAll(ctx, Work{N: len(lists), Ops: func(i int) []Op { return lists[i] }, Done: done})
}

func TestIntegrationRunAll(t *testing.T) {
	e := newEngine(t)
	const n = MaxSockets + 50
	lists := star(n)
	early := &note{}
	lists[5] = slices.Insert(lists[5], 1, Op{NetNS: "h4", Action: early})
	var done []int
	p := runAll(bg, e, lists, func(i int) { done = append(done, i) })
	if p.Err != nil || p.Done != len(lists) {
		t.Fatalf("%+v", p)
	}
	for i, d := range done {
		if i != d {
			t.Fatalf("told in the order %v", done)
		}
	}
	if len(done) != len(lists) || !p.Begun(0) || !p.Begun(n) {
		t.Errorf("told of %d lists of %d", len(done), len(lists))
	}
	c, err := e.Conn("hub")
	if err != nil {
		t.Fatal(err)
	}
	ports, err := c.Links(bg, rtnl.LinkDump{})
	if err != nil || len(ports) != n+2 {
		t.Errorf("%d links in the hub, %v", len(ports), err)
	}
	for i := range n {
		name := fmt.Sprintf("h%d", i)
		c, err := e.Conn(name)
		if err != nil {
			t.Fatal(err)
		}
		if l, err := c.Link(bg, rtnl.LinkName("eth0")); err != nil || !l.Up() {
			t.Fatalf("%s: %+v, %v", name, l, err)
		}
		h, err := e.Dir.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		values, err := sysctl.Read(h, []string{"net.ipv4.ip_forward"})
		h.Close()
		if err != nil || values[0] != "1" {
			t.Fatalf("%s: %q, %v", name, values, err)
		}
		if err := e.Trim(MaxSockets); err != nil {
			t.Fatal(err)
		}
	}
	h, err := e.Dir.Open("h4")
	if err != nil {
		t.Fatal(err)
	}
	var bound unix.Stat_t
	if err := unix.Fstat(h.FD(), &bound); err != nil || bound.Ino != early.inode {
		t.Errorf("the early action was carried out in %d, not %d; %v", early.inode, bound.Ino, err)
	}
	h.Close()
	// Only the sockets stay open, and only a few of them.
	if n := len(e.sockets); n > MaxSockets {
		t.Errorf("%d sockets are open", n)
	}
	for name, p := range e.sockets {
		if p.handle != nil {
			t.Errorf("the handle of %s is open", name)
		}
	}
}

// RunAll stops at the first error, and knows what it may have done.
func TestIntegrationRunAllFails(t *testing.T) {
	oops := errors.New("oops")
	for _, tt := range []struct {
		name   string
		change func(lists [][]Op)
		err    error
		failed int
	}{
		{"a request", func(l [][]Op) { l[3] = append(l[3], up("h2", "nothere"), up("h2", "lo")) }, fs.ErrNotExist, 3},
		{"a request in a batch", func(l [][]Op) {
			l[3] = append(l[3], Op{NetNS: "h2", Action: &Request{Req: &rtnl.LinkDel{Link: rtnl.LinkIndex(99)}}})
		}, unix.ENODEV, 3},
		{"a namespace", func(l [][]Op) { l[4][0] = add("h0") }, fs.ErrExist, 4},
		{"an early operation", func(l [][]Op) { l[4] = slices.Insert(l[4], 1, Op{NetNS: "h3", Action: &note{err: oops}}) }, oops, 4},
		{"an operation that is none", func(l [][]Op) { l[2] = append(l[2], Op{NetNS: "h1"}) }, rtnl.ErrInvalid, 2},
		{"no such namespace", func(l [][]Op) { l[2] = append(l[2], up("nothere", "x")) }, fs.ErrNotExist, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newEngine(t)
			lists := star(300)
			tt.change(lists)
			var done []int
			p := runAll(bg, e, lists, func(i int) { done = append(done, i) })
			if !errors.Is(p.Err, tt.err) || p.Failed != tt.failed || p.Done != len(done) || p.Done > tt.failed {
				t.Fatalf("%+v, told of %v; want list %d and %v", p, done, tt.failed, tt.err)
			}
			for i := range lists {
				_, err := e.Dir.Open(lists[i][0].Action.(*NetNSAdd).Name)
				if there := err == nil; there && !p.Begun(i) || i < p.Done && !there {
					t.Errorf("list %d: the namespace is there: %v, begun: %v", i, there, p.Begun(i))
				}
			}
			if p.Begun(299) {
				t.Errorf("it went on to the end")
			}
			for i := range lists {
				for k, op := range lists[i] {
					if want, known := did(t, e, lists, op); known && p.Outcome(i, k) != want {
						t.Errorf("list %d, operation %d is %v, want %v", i, k, p.Outcome(i, k), want)
					}
				}
			}
		})
	}
}

// did looks up whether an operation of a star was done: Done or NotSent. It
// does not know operations that the test added.
func did(t *testing.T, e *Engine, lists [][]Op, op Op) (status rtnl.Status, known bool) {
	t.Helper()
	switch a := op.Action.(type) {
	case *NetNSAdd:
		if twice := slices.ContainsFunc(lists, func(l []Op) bool { return l[0].Action != op.Action && l[0].Action.(*NetNSAdd).Name == a.Name }); twice {
			return 0, false
		}
		h, err := e.Dir.Open(a.Name)
		if err != nil {
			return rtnl.NotSent, true
		}
		h.Close()
		return rtnl.Done, true
	case *Request:
		add, ok := a.Req.(*rtnl.LinkAdd)
		if !ok {
			return 0, false
		}
		c, err := e.Conn(op.NetNS)
		if err != nil {
			return rtnl.NotSent, true
		}
		if _, err := c.Link(bg, rtnl.LinkName(add.Name)); err != nil {
			return rtnl.NotSent, true
		}
		return rtnl.Done, true
	}
	return 0, false
}

// What is refused is distinguished from what is done and what is not sent, in a
// batch too.
func TestIntegrationRunAllOutcomes(t *testing.T) {
	e := newEngine(t)
	run(t, e, add("a"))
	bridge := func(name string, settles bool) Op {
		return Op{NetNS: "a", Action: &Request{Settles: settles, Req: &rtnl.LinkAdd{Name: name, Kind: &rtnl.Bridge{}}}}
	}
	for _, tt := range []struct {
		ops  []Op
		want []rtnl.Status
	}{
		{[]Op{bridge("b1", false), bridge("b1", false), bridge("b2", false)}, []rtnl.Status{rtnl.Done, rtnl.Failed, rtnl.Done}},
		{[]Op{bridge("b3", false), bridge("b3", true), bridge("b4", false)}, []rtnl.Status{rtnl.Done, rtnl.Failed, rtnl.NotSent}},
		{[]Op{bridge("b5", false), {NetNS: "nothere", Action: bridge("b6", false).Action}, bridge("b7", false)}, []rtnl.Status{rtnl.Done, rtnl.NotSent, rtnl.NotSent}},
		{[]Op{add("a"), bridge("b8", false)}, []rtnl.Status{rtnl.Failed, rtnl.NotSent}},
		{[]Op{{NetNS: "a", Action: &SysctlSet{Key: "net.ipv4.nothere", Value: "1"}}, bridge("b9", false)}, []rtnl.Status{rtnl.Failed, rtnl.NotSent}},
		{[]Op{{NetNS: "a", Action: &SysctlSet{Key: "net.ipv4.ip_forward", Value: "x"}}, bridge("b9", false)}, []rtnl.Status{rtnl.Failed, rtnl.NotSent}},
		{[]Op{{NetNS: "a", Action: &note{err: unix.EIO}}, bridge("b9", false)}, []rtnl.Status{rtnl.Unknown, rtnl.NotSent}},
	} {
		p := runAll(bg, e, [][]Op{tt.ops}, nil)
		var got []rtnl.Status
		for k := range tt.ops {
			got = append(got, p.Outcome(0, k))
		}
		if p.Err == nil || !slices.Equal(got, tt.want) {
			t.Errorf("%v: got %v, want %v", p.Err, got, tt.want)
		}
	}
}

func TestIntegrationRunAllContext(t *testing.T) {
	e := newEngine(t)
	ctx, cancel := context.WithCancelCause(bg)
	why := errors.New("why")
	p := runAll(ctx, e, star(500), func(i int) {
		if i == 3 {
			cancel(why)
		}
	})
	if !errors.Is(p.Err, why) || p.Begun(500) {
		t.Errorf("%+v", p)
	}
	p = runAll(ctx, e, star(1), nil)
	if !errors.Is(p.Err, why) {
		t.Errorf("%+v", p)
	}
}

// With Failed, RunAll goes on, and reports every error in the order of the
// operations.
func TestIntegrationRunAllGoesOn(t *testing.T) {
	e := newEngine(t)
	nothing := Op{NetNS: "h1", Action: &Request{Req: &rtnl.LinkDel{Link: rtnl.LinkIndex(99)}}}
	lists := [][]Op{
		{add("h1")}, {nothing}, {add("h1")}, {add("h2")}, {nothing}, {up("nothere", "lo")}, {up("h2", "lo")}, {add("h3")}, {up("h3", "nothere")}, {up("h3", "lo")},
	}
	var failed []int
	p := e.RunAll(bg, Work{N: len(lists), Ops: func(i int) []Op { return lists[i] }, Failed: func(i int, err error) {
		failed = append(failed, i)
		want := map[int]error{1: unix.ENODEV, 2: fs.ErrExist, 4: unix.ENODEV, 5: fs.ErrNotExist, 8: fs.ErrNotExist}[i]
		if want == nil || !errors.Is(err, want) {
			t.Errorf("list %d: %v, want %v", i, err, want)
		}
	}})
	if p.Err != nil || !slices.Equal(failed, []int{1, 2, 4, 5, 8}) {
		t.Errorf("%+v, failed: %v", p, failed)
	}
	for _, name := range []string{"h2", "h3"} {
		c, err := e.Conn(name)
		if err != nil {
			t.Fatal(err)
		}
		if l, err := c.Link(bg, rtnl.LinkName("lo")); err != nil || !l.Up() {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
}

// If no namespace can be created, each gets the error, and the rest is carried
// out if asked to.
func TestIntegrationRunAllWithoutDir(t *testing.T) {
	file := t.TempDir() + "/netns"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	lists := [][]Op{{add("a")}, {up("", "lo")}, {add("b")}}
	for _, goOn := range []bool{false, true} {
		e := &Engine{Dir: nsfs.Dir{Path: file}}
		var failed []int
		w := Work{N: len(lists), Ops: func(i int) []Op { return lists[i] }}
		if goOn {
			w.Failed = func(i int, err error) {
				if failed = append(failed, i); !errors.Is(err, unix.ENOTDIR) && !errors.Is(err, unix.EEXIST) {
					t.Errorf("%d: %v", i, err)
				}
			}
		}
		p := e.RunAll(bg, w)
		if goOn && (p.Err != nil || !slices.Equal(failed, []int{0, 2})) || !goOn && (p.Err == nil || p.Failed != 0) {
			t.Errorf("going on %v: %+v, failed %v", goOn, p, failed)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
