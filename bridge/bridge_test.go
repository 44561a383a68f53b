package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func dial(t *testing.T) *rtnl.Conn {
	t.Helper()
	c, err := rtnl.Dial(&rtnl.Config{Name: "sw"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		links, err := c.Links(context.Background(), rtnl.LinkDump{})
		if err != nil {
			t.Error(err)
		}
		for _, l := range links {
			if l.Kind != "" {
				// The other end of the pair may already be gone.
				_ = c.Do(context.Background(), &rtnl.LinkDel{Link: rtnl.LinkIndex(l.Index)})
			}
		}
		c.Close()
	})
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, c *rtnl.Conn, name, peer string) {
	t.Helper()
	must(t, c.Do(t.Context(), &rtnl.LinkAdd{Name: name, Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: peer}}}))
}

// state returns what a peer program reports about the ports, by name.
func state(t *testing.T) map[string]string {
	t.Helper()
	var ports []struct {
		IfName, Master, State string
	}
	if err := json.Unmarshal([]byte(testenv.Run(t, "bridge", "-j", "link", "show")), &ports); err != nil {
		t.Fatal(err)
	}
	m := make(map[string]string)
	for _, p := range ports {
		m[p.IfName] = p.Master + " " + p.State
	}
	return m
}

// The kernel's errors name the bridge and the link, and not only their indices.
func TestIntegrationErrorsName(t *testing.T) {
	c := dial(t)
	ctx := t.Context()
	must(t, Add(ctx, c, "br", rtnl.Bridge{}))
	err := AddPort(ctx, c, "br", "lo")
	if !errors.Is(err, unix.EINVAL) || !strings.HasPrefix(err.Error(), `add to bridge "br" port "lo": set link `) {
		t.Errorf("got %v", err)
	}
	link(t, c, "p1", "q1")
	must(t, AddPort(ctx, c, "br", "p1"))
	err = SetPort(ctx, c, "br", "p1", PortOptions{Priority: rtnl.Some(uint16(64))})
	if !errors.Is(err, unix.ERANGE) || !strings.HasPrefix(err.Error(), `set options on bridge "br" port "p1": set link `) {
		t.Errorf("got %v", err)
	}
}

func TestIntegrationPorts(t *testing.T) {
	testenv.NeedTool(t, "bridge", "brctl")
	c := dial(t)
	ctx := t.Context()
	must(t, Add(ctx, c, "br", rtnl.Bridge{}))
	link(t, c, "p1", "q1")
	link(t, c, "p2", "q2")
	must(t, AddPort(ctx, c, "br", "p1"))
	must(t, AddPort(ctx, c, "br", "p2"))
	if got := state(t); got["p1"] != "br disabled" || got["p2"] != "br disabled" || len(got) != 2 {
		t.Errorf("bridge link show says %v", got)
	}
	bridges, err := List(ctx, c)
	must(t, err)
	if len(bridges) != 1 || bridges[0].Link.Name != "br" || len(bridges[0].Ports) != 2 {
		t.Fatalf("got %+v", bridges)
	}
	for i, p := range bridges[0].Ports {
		if p.Link.Name != []string{"p1", "p2"}[i] || p.Number != uint16(i+1) || p.State.Or(9) != Disabled || p.PathCost.Or(0) != 2 || p.Priority.Or(0) != 32 {
			t.Errorf("port %d: %q number %d %v cost %d priority %d", i, p.Link.Name, p.Number, p.State.Or(9), p.PathCost.Or(0), p.Priority.Or(0))
		}
	}
	one, err := Get(ctx, c, "br")
	must(t, err)
	if len(one.Ports) != 2 || one.Link.Index != bridges[0].Link.Index || one.Info.STPState.Or(9) != 0 {
		t.Errorf("got %+v", one)
	}
	must(t, RemovePort(ctx, c, "br", "p1"))
	if got := state(t); got["p1"] != "" || got["p2"] != "br disabled" {
		t.Errorf("bridge link show says %v", got)
	}
	must(t, Delete(ctx, c, "br"))
	if _, err := Get(ctx, c, "br"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Delete: %v", err)
	}
	if l, err := c.Link(ctx, rtnl.LinkName("p2")); err != nil || l.Master != 0 {
		t.Errorf("the port that was left: master %d, %v", l.Master, err)
	}
}

// A bridge created by this package and one created by brctl have the same
// options.
func TestIntegrationSameAsBrctl(t *testing.T) {
	testenv.NeedTool(t, "ip", "brctl")
	c := dial(t)
	must(t, Add(t.Context(), c, "ours", rtnl.Bridge{}))
	testenv.Run(t, "brctl", "addbr", "theirs")
	options := func(name string) string {
		var l []struct {
			LinkInfo struct {
				Data map[string]any `json:"info_data"`
			} `json:"linkinfo"`
		}
		must(t, json.Unmarshal([]byte(testenv.Run(t, "ip", "-j", "-d", "link", "show", name)), &l))
		d := l[0].LinkInfo.Data
		if len(d) < 30 {
			t.Fatalf("%s: only %d options: %v", name, len(d), d)
		}
		for _, k := range []string{"root_id", "bridge_id", "gc_timer"} {
			delete(d, k)
		}
		b, err := json.Marshal(d)
		must(t, err)
		return string(b)
	}
	if a, b := options("ours"), options("theirs"); a != b {
		t.Errorf("ours   %s\ntheirs %s", a, b)
	}
	// brctl sees the bridge and its ports, and can remove them.
	link(t, c, "p1", "q1")
	must(t, AddPort(t.Context(), c, "ours", "p1"))
	if out := testenv.Run(t, "brctl", "show", "ours"); !strings.Contains(out, "p1") {
		t.Errorf("brctl show ours:\n%s", out)
	}
	testenv.Run(t, "brctl", "delif", "ours", "p1")
	if b, err := Get(t.Context(), c, "ours"); err != nil || len(b.Ports) != 0 {
		t.Errorf("got %+v, %v", b, err)
	}
}

// What brctl refuses is refused with the same errno.
func TestIntegrationRefused(t *testing.T) {
	testenv.NeedTool(t, "brctl")
	c := dial(t)
	ctx := t.Context()
	for _, name := range []string{"br", "br2"} {
		must(t, Add(ctx, c, name, rtnl.Bridge{}))
	}
	link(t, c, "p1", "q1")
	link(t, c, "p2", "q2")
	must(t, AddPort(ctx, c, "br2", "p1"))
	up := rtnl.LinkSet{Link: rtnl.LinkName("br")}
	up.Up()
	must(t, c.Do(ctx, &up))
	for _, tt := range []struct {
		args  []string
		err   error
		want  error
		text  string
		brctl bool // whether brctl, given the same words, fails too
	}{
		{[]string{"addbr", "br"}, Add(ctx, c, "br", rtnl.Bridge{}), fs.ErrExist, "", true},
		{[]string{"addbr", ""}, Add(ctx, c, "", rtnl.Bridge{}), rtnl.ErrInvalid, "create bridge: invalid request: no name given", true},
		{[]string{"delbr", "br"}, Delete(ctx, c, "br"), unix.EBUSY, `delete bridge "br" in "sw": the bridge is up; take it down first`, true},
		{[]string{"delbr", "none"}, Delete(ctx, c, "none"), fs.ErrNotExist, "", true},
		{[]string{"delbr", "p2"}, Delete(ctx, c, "p2"), ErrNotBridge, `delete bridge "p2" in "sw": not a bridge`, true},
		{[]string{"addif", "br", "p1"}, AddPort(ctx, c, "br", "p1"), unix.EBUSY, `add to bridge "br" port "p1" in "sw": already a port (of "br2")`, true},
		{[]string{"addif", "br", "none"}, AddPort(ctx, c, "br", "none"), fs.ErrNotExist, "", true},
		{[]string{"addif", "p2", "p1"}, AddPort(ctx, c, "p2", "p1"), ErrNotBridge, "", true},
		{[]string{"addif", "br", "lo"}, AddPort(ctx, c, "br", "lo"), unix.EINVAL, "", true},
		{[]string{"addif", "br", "br2"}, AddPort(ctx, c, "br", "br2"), unix.ELOOP, "", true},
		{[]string{"delif", "br", "p1"}, RemovePort(ctx, c, "br", "p1"), unix.EINVAL, `remove from bridge "br" port "p1" in "sw": not a port of the bridge`, true},
		{[]string{"delif", "br", "none"}, RemovePort(ctx, c, "br", "none"), fs.ErrNotExist, "", true},
	} {
		name := strings.Join(tt.args, " ")
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: got %v, want %v", name, tt.err, tt.want)
		}
		if tt.text != "" && (tt.err == nil || tt.err.Error() != tt.text) {
			t.Errorf("%s:\ngot  %v\nwant %s", name, tt.err, tt.text)
		}
		out, err := exec.Command("brctl", tt.args...).CombinedOutput()
		t.Logf("%-16s nslab: %v\n%40s brctl: %s", name, tt.err, "", out)
		if (err != nil) != tt.brctl {
			t.Errorf("brctl %s: %v, %s", name, err, out)
		}
	}
	// None of this changed anything.
	b, err := List(ctx, c)
	must(t, err)
	var names []string
	for _, b := range b {
		for _, p := range b.Ports {
			names = append(names, b.Link.Name+"/"+p.Link.Name)
		}
	}
	if want := []string{"br2/p1"}; !slices.Equal(names, want) {
		t.Errorf("ports are %v, want %v", names, want)
	}
}

func TestState(t *testing.T) {
	if got := Forwarding.String() + " " + State(9).String(); got != "forwarding state 9" {
		t.Error(got)
	}
}

func FuzzDecodePort(f *testing.F) {
	f.Add([]byte{5, 0, 1, 0, 3, 0, 0, 0, 6, 0, 2, 0, 32, 0, 0, 0})
	f.Add([]byte{8, 0, 3, 0})
	f.Add([]byte{3})
	f.Add([]byte{12, 0, 13, 0, 0x80, 0, 2, 0, 0, 0, 0, 1})
	f.Add([]byte{8, 0, 14, 0, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := DecodePort(b); err != nil && !errors.Is(err, rtnl.ErrMalformed) {
			t.Error(err)
		}
	})
}
