package engine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"golang.org/x/sys/unix"
)

func add(name string) Op { return Op{Action: &NetNSAdd{Name: name}} }

// veth returns a pair whose ends are in two namespaces.
func veth(in, name, peerIn, peer string) Op {
	p := &rtnl.VethPeer{Name: peer}
	if peerIn != "" {
		p.NetNS = rtnl.NetNSName(peerIn)
	}
	return Op{NetNS: in, Action: &Request{Req: &rtnl.LinkAdd{Name: name, Kind: &rtnl.Veth{Peer: p}}}}
}

func up(in, name string) Op {
	s := &rtnl.LinkSet{Link: rtnl.LinkRef{Name: name, ByIndex: true}}
	s.Up()
	return Send(in, s)
}

func TestIntegrationDo(t *testing.T) {
	e := newEngine(t)
	run(t, e, add("a"), add("b"), veth("a", "x", "b", "y"), up("a", "x"), up("b", "y"))
	for ns, name := range map[string]string{"a": "x", "b": "y"} {
		c, err := e.Conn(ns)
		if err != nil {
			t.Fatal(err)
		}
		if l, err := c.Link(bg, rtnl.LinkName(name)); err != nil || !l.Up() {
			t.Errorf("%s in %s: %+v, %v", name, ns, l, err)
		}
	}
	if err := e.Do(bg, add("a")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
}

func TestIntegrationNames(t *testing.T) {
	e := newEngine(t)
	run(t, e, add("a"), veth("a", "x", "", "y"))
	err := e.Do(bg, up("a", "nothere"))
	var nd *rtnl.NoDeviceError
	if !errors.As(err, &nd) || !errors.Is(err, fs.ErrNotExist) || err.Error() != `Cannot find device "nothere" in namespace "a"` {
		t.Errorf("got %v", err)
	}
	if err := e.Do(bg, up("nothere", "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := e.Do(bg, veth("a", "z", "nothere", "")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	// "ifN" is the link with that index, as in iproute2.
	c, err := e.Conn("a")
	if err != nil {
		t.Fatal(err)
	}
	index, err := c.LinkIndex(bg, "x")
	if err != nil {
		t.Fatal(err)
	}
	run(t, e, up("a", "if"+string(rune('0'+index))))
	// A process id counts if no namespace has that name.
	set := &rtnl.NSIDSet{NetNS: rtnl.NetNSName(pid()), ID: 9}
	if err := e.Do(bg, Send("a", set)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a process in place of a name: got %v", err)
	}
	set.NetNS = rtnl.NetNSNameOrPID(pid())
	run(t, e, Send("a", set))
	h, err := nsfs.OpenPID(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if id, err := c.NSID(bg, rtnl.NSIDGet{NetNS: rtnl.NetNSFD(h.FD())}); err != nil || id != 9 {
		t.Errorf("got %d, %v", id, err)
	}
}

func pid() string {
	n := os.Getpid()
	var b []byte
	for ; n > 0; n /= 10 {
		b = append([]byte{byte('0' + n%10)}, b...)
	}
	return string(b)
}

func TestIntegrationContext(t *testing.T) {
	e := newEngine(t)
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if err := e.Do(ctx, add("a")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := e.Do(bg, Op{}); !errors.Is(err, rtnl.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestIntegrationDescriptors(t *testing.T) {
	e := &Engine{}
	run(t, e, add("a"), add("b"))
	before := testenv.Snapshot(t)
	for range 20 {
		run(t, e, veth("a", "x", "b", "y"), Op{NetNS: "a", Action: &Request{Req: &rtnl.LinkDel{Link: rtnl.LinkName("x")}}})
		if err := e.Do(bg, veth("a", "x", "nothere", "y")); err == nil {
			t.Fatal("no error")
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	before.Check(t)
	run(t, e, Op{Action: &NetNSDel{Name: "a"}}, Op{Action: &NetNSDel{Name: "b"}})
}

func TestIntegrationSysctl(t *testing.T) {
	e := newEngine(t)
	run(t, e, add("a"), Op{NetNS: "a", Action: &SysctlSet{"net.ipv4.ip_forward", "1"}})
	h, err := e.Dir.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if got, err := sysctl.Read(h, []string{"net.ipv4.ip_forward"}); err != nil || got[0] != "1" {
		t.Errorf("got %q, %v", got, err)
	}
	err = e.Do(bg, Op{NetNS: "a", Action: &SysctlSet{"net.ipv4.nothere", "1"}})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := e.Do(bg, Op{NetNS: "a", Action: &SysctlSet{"net.ipv4.ip_forward", "x"}}); !errors.Is(err, unix.EINVAL) || statusOf(err) != rtnl.Failed {
		t.Errorf("got %v, %v", err, statusOf(err))
	}
}

// counter counts the datagrams that were sent.
type counter int

func (c *counter) Observe(d nlspec.Datagram) {
	if d.Direction == nlspec.Sent {
		*c++
	}
}

func TestIntegrationQueue(t *testing.T) {
	e := newEngine(t)
	var sent counter
	e.Observer = &sent
	run(t, e, add("a"), add("b"))
	var ops []Op
	const n = 50
	for i := range n {
		ops = append(ops, veth("a", name("x", i), "b", name("y", i)))
	}
	ops = append(ops, add("a"))                        // fails: it exists
	ops = append(ops, veth("a", name("x", 0), "", "")) // fails: it exists
	ops = append(ops, up("a", name("x", 1)), up("a", name("x", 2)), up("a", "nothere"), up("b", name("y", 3)))
	var failed, told []int
	sent = 0
	q := queue{engine: e}
	for i, op := range ops {
		q.add(bg, op, func(status rtnl.Status, err error) {
			told = append(told, i)
			if err != nil {
				failed = append(failed, i)
			}
			want := rtnl.Done
			switch i {
			case n, n + 1:
				want = rtnl.Failed
			case n + 4:
				want = rtnl.NotSent
			}
			if status != want {
				t.Errorf("operation %d is %v, want %v: %v", i, status, want, err)
			}
		})
	}
	q.flush(bg)
	if len(told) != len(ops) {
		t.Fatalf("told of %d operations, want %d", len(told), len(ops))
	}
	for i, k := range told {
		if i != k {
			t.Fatalf("told of %d in place of %d", k, i)
		}
	}
	if len(failed) != 3 || failed[0] != n || failed[1] != n+1 || failed[2] != n+4 {
		t.Errorf("failed: %v", failed)
	}
	if sent > 16 {
		t.Errorf("%d datagrams for %d requests", sent, n)
	}
	c, err := e.Conn("b")
	if err != nil {
		t.Fatal(err)
	}
	if l, err := c.Link(bg, rtnl.LinkName(name("y", 3))); err != nil || !l.Up() {
		t.Errorf("got %+v, %v", l, err)
	}
}

func name(s string, i int) string { return s + string(rune('A'+i/26)) + string(rune('a'+i%26)) }
