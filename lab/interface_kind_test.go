package lab

import (
	"errors"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/plan"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// kindKeys are the keys that kinds of interfaces need besides kind.
var kindKeys = map[string]string{}

// kernelHas reports whether the kernel has a kind of link. It tries in a
// namespace of its own, and without what some kinds need: the kernel refuses
// these then, but knows them.
func kernelHas(t *testing.T, kind rtnl.Kind) bool {
	t.Helper()
	h, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD())})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Do(bg, &rtnl.LinkAdd{Kind: kind, Name: "x"})
	if err != nil && !errors.Is(err, rtnl.ErrNotSupported) && !errors.Is(err, unix.EINVAL) {
		t.Fatal(err)
	}
	return !errors.Is(err, rtnl.ErrNotSupported)
}

// needKind skips a test on a kernel without a kind of interface.
func needKind(t *testing.T, word string) {
	t.Helper()
	if !kernelHas(t, plan.InterfaceKinds[word].Kind) {
		t.Skip("the kernel has no " + word)
	}
}

// checkNotSupported checks that on a kernel without a kind of interface the
// error of a lab of such nodes names what the kernel needs, and that nothing is
// left.
func checkNotSupported(t *testing.T, word, nodes, config string) {
	t.Helper()
	if kernelHas(t, plan.InterfaceKinds[word].Kind) {
		t.Skip("this kernel has " + word)
	}
	_, err := Up(bg, parse(t, "name: t\nnodes:"+nodes), nil, UpOptions{})
	if !errors.Is(err, rtnl.ErrNotSupported) || !strings.Contains(err.Error(), config) {
		t.Errorf("got %v, want an error that names %s", err, config)
	}
	nothingLeft(t, nil, "t")
}

// checkByHand checks that the next up takes back what somebody does by hand in
// a node of a new lab t, one shell line after the other, as far as the file
// speaks of it: what the lines undo. Of what the line more does the file does
// not speak: only an up with Prune takes that back, and leaves it if it fails.
func checkByHand(t *testing.T, node, file string, undo []string, more string) {
	t.Helper()
	testenv.NeedTool(t, "ip")
	up(t, nil, file)
	fresh := state(t)
	hand := func(line string) {
		t.Helper()
		testenv.Run(t, "ip", "netns", "exec", "t-"+node, "sh", "-ec", line)
	}
	for _, line := range undo {
		hand(line)
		up(t, nil, file)
		settled(t, nil, file)
		if d := gocmp.Diff(fresh, state(t)); d != "" {
			t.Errorf("%s: up (-new +again):\n%s", line, d)
		}
	}
	hand(more)
	settled(t, nil, file)
	before := state(t)
	opts := UpOptions{PlanOptions: PlanOptions{Prune: true}}
	undone(t, file, opts)
	if d := gocmp.Diff(before, state(t)); d != "" {
		t.Errorf("%s: up --prune that is undone (-before +after):\n%s", more, d)
	}
	if _, err := Up(bg, parse(t, file), nil, opts); err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(fresh, state(t)); d != "" {
		t.Errorf("%s: up --prune (-new +again):\n%s", more, d)
	}
	if p, err := PlanUp(bg, parse(t, file), nil, opts); err != nil || !p.Empty() {
		t.Errorf("%s: to prune there is still to do (%v):\n%s", more, err, words(p))
	}
}
