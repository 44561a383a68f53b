package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"time"

	jsimonetti "github.com/jsimonetti/rtnetlink/v2"
	mdlayher "github.com/mdlayher/netlink"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/rtnl"
	vishvananda "github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// An impl is one library's way to do what a benchmark measures. Open is called
// outside the timer. It prepares what a program would also keep, above all the
// socket, and returns the operation.
type impl[F any] struct {
	name string
	open func(testing.TB) F
}

// run measures each implementation in its own sub-benchmark.
func run[F any](b *testing.B, impls []impl[F], bench func(*testing.B, F)) {
	for _, i := range impls {
		b.Run("Impl="+i.name, func(b *testing.B) { bench(b, i.open(b)) })
	}
}

func dialNslab(t testing.TB) *rtnl.Conn {
	t.Helper()
	c, err := rtnl.Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func dialVishvananda(t testing.TB) *vishvananda.Handle {
	t.Helper()
	h, err := vishvananda.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// jsimonettiImpls are the two ways to use jsimonetti/rtnetlink: as it is, where
// each receive first looks at the datagram's size, and with a buffer of the
// size that the other two libraries use.
func jsimonettiImpls[F any](open func(*jsimonetti.Conn) F) []impl[F] {
	dial := func(cfg *mdlayher.Config) func(testing.TB) F {
		return func(t testing.TB) F {
			t.Helper()
			c, err := jsimonetti.Dial(cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			})
			return open(c)
		}
	}
	return []impl[F]{
		{"jsimonetti", dial(nil)},
		{"jsimonetti+buffer", dial(&mdlayher.Config{MessageBufferSize: 64 << 10})},
	}
}

// A meter adds up the process's CPU time over the parts of a benchmark that are
// timed: getrusage(2) of all threads, including the garbage collector's. The
// benchmark's timer is stopped before the first start.
//
// The kernel knows the sum of user and system time exactly. Without
// CONFIG_VIRT_CPU_ACCOUNTING_GEN it splits the sum by sampling at timer ticks.
// The split is only exact after some seconds of work, and if timed parts are
// much longer than a tick (4 ms at 250 Hz).
type meter struct {
	b                  *testing.B
	user, system       time.Duration
	userFrom, systemAt time.Duration
}

func newMeter(b *testing.B) *meter {
	b.ReportAllocs()
	b.StopTimer()
	b.ResetTimer()
	return &meter{b: b}
}

func (m *meter) start() {
	m.b.StartTimer()
	m.userFrom, m.systemAt = m.usage()
}

func (m *meter) stop() {
	user, system := m.usage()
	m.b.StopTimer()
	m.user += user - m.userFrom
	m.system += system - m.systemAt
}

func (m *meter) usage() (user, system time.Duration) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		m.b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano()), time.Duration(u.Stime.Nano())
}

// report adds the CPU time of one operation to the benchmark's line.
func (m *meter) report() {
	n := float64(m.b.N)
	m.b.ReportMetric(float64(m.user)/n, "user-ns/op")
	m.b.ReportMetric(float64(m.system)/n, "sys-ns/op")
}

// A pair is a veth pair by its names and the index of its first end.
type pair struct {
	name, peer string
	index      uint32
}

// firstIndex is the first chosen index, far above those that the kernel
// chooses.
const firstIndex = 1 << 24

func pairs(n int) []pair {
	p := make([]pair, n)
	for i := range p {
		p[i] = pair{fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i), uint32(firstIndex + i)}
	}
	return p
}

// group is the device group of pairs, which allows deleting them all at once:
// one by one, each waits for RCU.
const group = 77

// makePairs creates pairs with one queue per end, and deletes them when the
// benchmark ends.
func makePairs(t testing.TB, c *rtnl.Conn, ps []pair) {
	t.Helper()
	var batch rtnl.Batch
	attrs := rtnl.LinkAttrs{TxQueues: 1, RxQueues: 1}
	for _, p := range ps {
		add(t, &batch, &rtnl.LinkAdd{Name: p.name, Index: p.index, LinkAttrs: attrs,
			Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: p.peer, LinkAttrs: attrs}}})
	}
	if err := c.Run(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { deletePairs(t, c, ps) })
}

func deletePairs(t testing.TB, c *rtnl.Conn, ps []pair) {
	t.Helper()
	// A cleanup runs after t's own context is done.
	ctx := context.Background()
	var batch rtnl.Batch
	for _, p := range ps {
		add(t, &batch, &rtnl.LinkSet{Link: rtnl.LinkIndex(p.index), LinkAttrs: rtnl.LinkAttrs{Group: rtnl.Some(uint32(group))}})
	}
	if err := c.Run(ctx, &batch); err != nil {
		// After a failure there may be fewer than expected.
		for i := range batch.Len() {
			if _, err := batch.Result(i); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		}
	}
	if err := c.Do(ctx, &rtnl.LinkDel{InGroup: rtnl.Some[uint32](group)}); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

func add(t testing.TB, batch *rtnl.Batch, r rtnl.Request) {
	t.Helper()
	if err := batch.Add(r); err != nil {
		t.Fatal(err)
	}
}

// checkPairs reads all links back: besides the loopback interface there must be
// exactly ps, each with the number of queues that was asked for.
func checkPairs(t testing.TB, c *rtnl.Conn, ps []pair, queues uint32) {
	t.Helper()
	links, err := c.Links(t.Context(), rtnl.LinkDump{})
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]rtnl.Link)
	for _, l := range links {
		if l.Kind == "veth" {
			byName[l.Name] = l
		}
	}
	if len(byName) != 2*len(ps) {
		t.Fatalf("%d veth ends, want %d", len(byName), 2*len(ps))
	}
	for _, p := range ps {
		a, b := byName[p.name], byName[p.peer]
		if a.Index != p.index || a.Link.Or(0) != b.Index || b.Link.Or(0) != a.Index {
			t.Fatalf("%s has index %d, peer %d; %s has index %d, peer %d", a.Name, a.Index, a.Link.Or(0), b.Name, b.Index, b.Link.Or(0))
		}
		for _, l := range []rtnl.Link{a, b} {
			if l.TxQueues != queues || l.RxQueues != queues || l.Up() || l.MTU != 1500 || l.Group != 0 {
				t.Fatalf("%s: %d and %d queues, up %v, MTU %d, group %d; want %d queues, down, 1500, 0",
					l.Name, l.TxQueues, l.RxQueues, l.Up(), l.MTU, l.Group, queues)
			}
		}
	}
}

// defaultQueues returns the default number of queues of a veth end: the number
// of CPUs that the machine may have, up to a limit that depends on the kernel.
func defaultQueues(t testing.TB, c *rtnl.Conn) uint32 {
	t.Helper()
	p := pair{"probe0", "probe1", firstIndex}
	if err := c.Do(t.Context(), &rtnl.LinkAdd{Name: p.name, Index: p.index, Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: p.peer}}}); err != nil {
		t.Fatal(err)
	}
	l, err := c.Link(t.Context(), rtnl.LinkIndex(p.index))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), &rtnl.LinkDel{Link: rtnl.LinkIndex(p.index)}); err != nil {
		t.Fatal(err)
	}
	return l.TxQueues
}

// checkAddrs reads all addresses back and compares them with want.
func checkAddrs(t testing.TB, c *rtnl.Conn, want []rtnl.Address) {
	t.Helper()
	got, err := c.Addrs(t.Context(), rtnl.AddrDump{Family: unix.AF_INET})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d addresses, want %d", len(got), len(want))
	}
	slices.SortFunc(got, func(x, y rtnl.Address) int { return cmp.Compare(x.Link.Index, y.Link.Index) })
	for i := range got {
		g, w := got[i], want[i]
		if g.Link.Index != w.Link.Index || g.Prefix != w.Prefix || g.Broadcast.IsValid() || g.Scope != w.Scope || g.Flags != unix.IFA_F_PERMANENT {
			t.Fatalf("address %d is %+v, want %+v", i, g, w)
		}
	}
}
