package lab

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// parse reads a lab's file that must be right.
func parse(t testing.TB, text string) *topology.Topology {
	t.Helper()
	top, err := topology.Parse("lab.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return top
}

// up makes a lab, and takes it down after the test if it is still there.
func up(t testing.TB, cfg *Config, text string) *Plan {
	t.Helper()
	top := parse(t, text)
	t.Cleanup(func() {
		if err := Down(bg, top.Name, cfg, DownOptions{Kill: true}); err != nil && !errors.Is(err, ErrNoLab) {
			t.Error(err)
		}
	})
	p, err := Up(bg, top, cfg, UpOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// upAgain makes a lab that is as its file says once more, which does nothing.
func upAgain(t testing.TB, text string) {
	t.Helper()
	if p := up(t, nil, text); !p.Empty() {
		t.Errorf("another up does\n%s", words(p))
	}
}

// words are the steps of a plan, one a line.
func words(p *Plan) string {
	var lines []string
	for i := range p.Steps {
		lines = append(lines, p.Steps[i].Verb.Sign()+" "+strings.SplitN(p.Steps[i].String(), " ", 2)[1])
	}
	return strings.Join(lines, "\n")
}

// changes records every change that is sent to the kernel, by namespace.
type changes struct {
	mu   sync.Mutex
	seen []string
}

func (c *changes) Observe(d nlspec.Datagram) {
	if d.Direction != nlspec.Sent {
		return
	}
	for b := d.Data; len(b) >= unix.SizeofNlMsghdr; {
		h, _ := nlspec.ParseHeader(b)
		if h.Type&3 != unix.RTM_GETLINK&3 {
			c.mu.Lock()
			c.seen = append(c.seen, d.NetNS+" "+nlspec.MessageName(d.Protocol, h.Type))
			c.mu.Unlock()
		}
		n := int(h.Len+3) &^ 3
		if n < unix.SizeofNlMsghdr || n > len(b) {
			break
		}
		b = b[n:]
	}
}

const base = `
name: t
nodes:
  a: {}
  r: {kind: router}
  b: {routes: ["10.1.0.0/24 via 10.2.0.1"]}
  sw:
    kind: bridge
links:
  - {endpoints: ["a:eth0", "r:eth0"], ipv4: ["10.1.0.2/24", "10.1.0.1/24"]}
  - {endpoints: ["r:eth1", "sw"], ipv4: ["10.2.0.1/24", ""]}
  - {endpoints: ["b:eth0", "sw"], ipv4: ["10.2.0.2/24", ""]}
`

func TestIntegrationUpDown(t *testing.T) {
	before := testenv.Snapshot(t)
	var seen changes
	cfg := &Config{Observer: &seen}
	p := up(t, cfg, base)
	if p.Empty() {
		t.Fatal("nothing was done")
	}
	// What was asked for is there.
	l, err := Open("t", cfg)
	if err != nil {
		t.Fatal(err)
	}
	for node, want := range map[string]string{"a": "10.1.0.2/24", "r": "10.1.0.1/24", "b": "10.2.0.2/24"} {
		n, err := l.Node(node)
		if err != nil {
			t.Fatal(err)
		}
		c, err := n.Conn()
		if err != nil {
			t.Fatal(err)
		}
		addrs, err := c.Addrs(bg, rtnl.AddrDump{Family: unix.AF_INET})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, a := range addrs {
			found = found || a.Prefix.String() == want
		}
		if !found {
			t.Errorf("node %s has %v, want %s", node, addrs, want)
		}
		cmd, err := n.Command(bg, "cat", "/proc/sys/net/ipv4/ip_forward")
		if err != nil {
			t.Fatal(err)
		}
		forward := "0\n"
		if node == "r" {
			forward = "1\n"
		}
		if out, err := cmd.Output(); err != nil || string(out) != forward {
			t.Errorf("node %s: ip_forward %q, %v", node, out, err)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	// Unchanged: not one change is sent.
	seen.seen = nil
	if p := up(t, cfg, base); !p.Empty() || len(seen.seen) != 0 {
		t.Errorf("up of an unchanged file does\n%s\nand sends %v", words(p), seen.seen)
	}
	labs, err := List(cfg)
	if err != nil || len(labs) != 1 || labs[0].Phase != PhaseUp || labs[0].Nodes != 4 || labs[0].Links != 3 {
		t.Errorf("got %+v, %v", labs, err)
	}
	if err := Down(bg, "t", cfg, DownOptions{Wait: true}); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, cfg, "t")
	if err := Down(bg, "t", cfg, DownOptions{}); !errors.Is(err, ErrNoLab) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a second down: %v", err)
	}
	before.Check(t)
}

// nothingLeft checks that a lab has left no trace.
func nothingLeft(t testing.TB, cfg *Config, name string) {
	t.Helper()
	cfg = cfg.orDefault()
	if _, err := os.Lstat(cfg.dir(name)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", cfg.dir(name), err)
	}
	left, err := Leftovers(cfg)
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %+v, %v", left, err)
	}
	entries, err := os.ReadDir(cfg.netns())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for _, e := range entries {
		t.Errorf("%s is still in %s", e.Name(), cfg.netns())
	}
	mounts, err := labMounts()
	if err != nil || len(mounts) != 0 {
		t.Errorf("mounts left: %v, %v", mounts, err)
	}
}

func TestIntegrationChange(t *testing.T) {
	for _, tt := range []struct {
		name string
		old  [2]string // replaced by
		want string
	}{
		{"a node more", [2]string{"links:\n", "  c: {}\nlinks:\n  - {endpoints: [\"c:eth0\", \"sw\"], ipv4: [\"10.2.0.3/24\", \"\"]}\n"},
			`+ namespace t-c
+ link c:eth0 sw:c-eth0 in c
+ address eth0 10.2.0.3/24 in c
~ link lo in c: down -> up`},
		{"a node less", [2]string{"  b: {routes: [\"10.1.0.0/24 via 10.2.0.1\"]}\n", ""}, "?"},
		{"another address", [2]string{"10.2.0.2/24", "10.2.0.9/24"},
			// The kernel drops the route with the last address of its gateway's
			// network.
			`- address eth0 10.2.0.2/24 in b
+ address eth0 10.2.0.9/24 in b
+ route 10.1.0.0/24 via 10.2.0.1 in b`},
		{"an MTU", [2]string{`ipv4: ["10.1.0.2/24", "10.1.0.1/24"]`, `mtu: 1400, ipv4: ["10.1.0.2/24", "10.1.0.1/24"]`},
			`~ link eth0 in a: mtu 1500 -> mtu 1400
~ link eth0 in r: mtu 1500 -> mtu 1400`},
		{"a router no more", [2]string{"r: {kind: router}", "r: {}"},
			`~ sysctl net.ipv4.ip_forward in r: 1 -> 0
~ sysctl net.ipv6.conf.all.forwarding in r: 1 -> 0`},
		{"a sysctl", [2]string{"  a: {}", "  a: {sysctls: {net.ipv4.ip_default_ttl: 77}}"},
			`~ sysctl net.ipv4.ip_default_ttl in a: 64 -> 77`},
		{"a route more", [2]string{`"10.1.0.0/24 via 10.2.0.1"`, `"10.1.0.0/24 via 10.2.0.1", "default via 10.2.0.1"`},
			`+ route default via 10.2.0.1 in b`},
		{"a route less", [2]string{`routes: ["10.1.0.0/24 via 10.2.0.1"]`, ""},
			`- route 10.1.0.0/24 via 10.2.0.1 dev eth0 in b`},
		{"another gateway", [2]string{"10.1.0.0/24 via 10.2.0.1", "10.1.0.0/24 via 10.2.0.7 metric 5"},
			`~ route 10.1.0.0/24 in b: via 10.2.0.1 dev eth0 -> via 10.2.0.7 metric 5`},
		{"a bridge option", [2]string{"kind: bridge", "kind: bridge\n    bridge: {ageing_time: 10s}"},
			`~ bridge br0 in sw: ageing_time 5m0s -> ageing_time 10s`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var seen changes
			cfg := &Config{Observer: &seen}
			up(t, cfg, base)
			next := strings.Replace(base, tt.old[0], tt.old[1], 1)
			if tt.name == "a node less" {
				next = strings.Replace(next, "  - {endpoints: [\"b:eth0\", \"sw\"], ipv4: [\"10.2.0.2/24\", \"\"]}\n", "", 1)
				tt.want = "- link b:eth0 sw:b-eth0 in b\n- name /run/netns/t-b\n- namespace b"
			}
			if next == base {
				t.Fatal("the file did not change")
			}
			seen.seen = nil
			p := up(t, cfg, next)
			if got := words(p); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			// Nothing is sent to a node that no step names.
			for _, sent := range seen.take() {
				node, _, _ := strings.Cut(sent, " ")
				if !strings.Contains(tt.want+"\n", " in "+node+"\n") && !strings.Contains(tt.want, " "+node+":") {
					t.Errorf("sent in %s", sent)
				}
			}
			// And back: the same kernel as before.
			if p := up(t, cfg, base); p.Empty() {
				t.Error("the way back is empty")
			}
			if p := up(t, cfg, base); !p.Empty() {
				t.Errorf("after the way back there is still\n%s", words(p))
			}
		})
	}
}

func TestIntegrationDrift(t *testing.T) {
	cfg := &Config{}
	up(t, cfg, base)
	e := &engine.Engine{}
	defer e.Close()
	del := func(ns, name string) {
		c, err := e.Conn(ns)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Do(bg, &rtnl.LinkDel{Link: rtnl.LinkName(name)}); err != nil {
			t.Fatal(err)
		}
	}
	del("t-b", "eth0")
	p := up(t, cfg, base)
	want := `+ link b:eth0 sw:b-eth0 in b
+ address eth0 10.2.0.2/24 in b
+ route 10.1.0.0/24 via 10.2.0.1 in b`
	if got := words(p); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// What the file does not speak of stays, unless it is pruned.
	c, err := e.Conn("t-a")
	if err != nil {
		t.Fatal(err)
	}
	l, err := c.LinkIndex(bg, "eth0")
	if err != nil {
		t.Fatal(err)
	}
	extra := rtnl.Address{Link: rtnl.LinkIndex(l), Prefix: prefix("10.9.9.9/32")}
	if err := c.Do(bg, &rtnl.AddrAdd{Address: extra}); err != nil {
		t.Fatal(err)
	}
	if err := c.Do(bg, &rtnl.LinkAdd{Kind: rtnl.PlainKind("bridge"), Name: "mine"}); err != nil {
		t.Fatal(err)
	}
	if p := up(t, cfg, base); !p.Empty() {
		t.Errorf("got\n%s", words(p))
	}
	p, err = Up(bg, parse(t, base), cfg, UpOptions{PlanOptions: PlanOptions{Prune: true}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := words(p), "- address eth0 10.9.9.9/32 in a\n- bridge mine in a"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// A namespace that is gone is made again.
	e.Close()
	if err := e.Dir.Delete(bg, "t-a"); err != nil {
		t.Fatal(err)
	}
	if p := up(t, cfg, base); p.Empty() {
		t.Error("nothing was done about a namespace that is gone")
	}
	if p := up(t, cfg, base); !p.Empty() {
		t.Errorf("still\n%s", words(p))
	}
}

// A bridge that has an MTU of its own has IPv6 whatever its ports have.
func TestIntegrationBridgeMTU(t *testing.T) {
	cfg := &Config{}
	const text = `
name: t
nodes:
  sw: {kind: bridge, bridge: {mtu: 1500, addresses: ["fd00::1/64"]}}
  a: {}
links:
  - {endpoints: ["a:eth0", "sw"], mtu: 1000, ipv4: ["10.0.0.1/24", ""]}
`
	up(t, cfg, text)
	again, err := PlanUp(bg, parse(t, text), cfg, UpOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !again.Empty() {
		t.Errorf("a second time there is something to do:\n%s", words(again))
	}
}

// A name that is somebody else's is an error before anything is done.
func TestIntegrationForeignName(t *testing.T) {
	cfg := &Config{}
	e := &engine.Engine{}
	defer e.Close()
	h, err := e.Dir.Create(bg, "t-b")
	if err != nil {
		t.Fatal(err)
	}
	h.Close()
	defer e.Dir.Delete(bg, "t-b")
	_, err = Up(bg, parse(t, base), cfg, UpOptions{})
	if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), `node "b": its name is taken (file already exists): /run/netns/t-b was not made by nslab: choose another prefix:`) {
		t.Errorf("got %v", err)
	}
	// A plan says the same, whether the lab is not there or has other nodes.
	if _, perr := PlanUp(bg, parse(t, base), cfg, UpOptions{}); perr == nil || perr.Error() != err.Error() || !errors.Is(perr, fs.ErrExist) {
		t.Errorf("planned: %v", perr)
	}
	if _, err := os.Lstat(cfg.orDefault().dir("t")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the lab's directory was made: %v", err)
	}
	smaller := "name: t\nnodes: {a: {}}\n"
	up(t, cfg, smaller)
	if _, perr := PlanUp(bg, parse(t, base), cfg, UpOptions{}); perr == nil || perr.Error() != err.Error() {
		t.Errorf("planned as a change: %v", perr)
	}
	if err := Down(bg, "t", cfg, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	if names, err := e.Dir.List(); err != nil || len(names) != 1 {
		t.Errorf("namespaces %v, %v", names, err)
	}
}

// A lab that fails midway is undone.
func TestIntegrationRollback(t *testing.T) {
	cfg := &Config{}
	bad := strings.Replace(base, "  a: {}", "  a: {exec: [\"echo out of luck; exit 3\"]}", 1)
	_, err := Up(bg, parse(t, bad), cfg, UpOptions{})
	var re *RunError
	if !errors.As(err, &re) || re.Undo != nil || !strings.Contains(err.Error(), "out of luck") {
		t.Fatalf("got %v", err)
	}
	nothingLeft(t, cfg, "t")
	// A change that fails leaves the lab as it was.
	up(t, cfg, base)
	bad = strings.Replace(base, "links:\n", "  c: {exec: [\"false\"]}\nlinks:\n  - {endpoints: [\"c:eth0\", \"sw\"], ipv4: [\"10.2.0.3/24\", \"\"]}\n", 1)
	bad = strings.Replace(bad, "10.2.0.2/24", "10.2.0.8/24", 1)
	if _, err := Up(bg, parse(t, bad), cfg, UpOptions{}); !errors.As(err, &re) || re.Undo != nil {
		t.Fatalf("got %v", err)
	}
	labs, err := List(cfg)
	if err != nil || len(labs) != 1 || labs[0].Phase != PhaseUp {
		t.Errorf("got %+v, %v", labs, err)
	}
	if p := up(t, cfg, base); !p.Empty() {
		t.Errorf("after the rollback there is still\n%s", words(p))
	}
}
