package watch

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// model is what a reader of the events knows: the words of each object.
type model map[string][]string

func (m model) add(k, words string) { m[k] = append(m[k], words) }

func (m model) remove(k, words string) {
	if i := slices.Index(m[k], words); i >= 0 {
		m[k] = slices.Delete(m[k], i, i+1)
	}
	if len(m[k]) == 0 {
		delete(m, k)
	}
}

func (m model) event(e *Event) {
	k := e.Kind.String() + " " + e.Name
	switch e.Action {
	case Added, Appended:
		m.add(k, e.Words)
	case Removed:
		m.remove(k, e.Words)
	case Changed, Replaced:
		m.remove(k, e.Was)
		m.add(k, e.Words)
	}
}

// dumped returns the model of a namespace from fresh dumps.
func dumped(t *testing.T, h *nsfs.Handle) model {
	t.Helper()
	again, err := nsfs.OpenPath(fmt.Sprintf("/proc/self/fd/%d", h.FD()))
	if err != nil {
		t.Fatal(err)
	}
	now, err := readState(t.Context(), again, "", 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := make(model)
	for _, objects := range now.objects {
		for _, o := range objects {
			d := delta{action: Added, object: o}
			e := d.event(now.names)
			m.event(&e)
		}
	}
	return m.sorted()
}

func (m model) sorted() model {
	for _, words := range m {
		slices.Sort(words)
	}
	return m
}

// changes makes n changes of all kinds in a namespace with the pair w0, w1.
func changes(t *testing.T, c *rtnl.Conn, index uint32, n int) {
	t.Helper()
	var b rtnl.Batch
	add := func(r rtnl.Request) {
		if err := b.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		a := netip.AddrFrom4([4]byte{10, 20, byte(i / 200), byte(i%200 + 1)})
		six := netip.MustParseAddr(fmt.Sprintf("fd00:1::%x", i+1))
		to := netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 16 + byte(i%7), byte(i % 50), 0}), 24)
		lladdr := net.HardwareAddr{2, 0, 0, 1, byte(i >> 8), byte(i)}
		switch i % 10 {
		case 0:
			add(&rtnl.AddrAdd{Address: rtnl.Address{Link: rtnl.LinkIndex(index), Prefix: netip.PrefixFrom(a, 16)}})
		case 1:
			add(&rtnl.AddrAdd{Address: rtnl.Address{Link: rtnl.LinkIndex(index), Prefix: netip.PrefixFrom(six, 64), Flags: unix.IFA_F_NODAD}})
		case 2:
			add(&rtnl.RouteAdd{Route: rtnl.Route{Dst: to, OIF: rtnl.LinkIndex(index), Priority: uint32(i % 3)}, Mode: rtnl.ModeReplace})
		case 3:
			add(&rtnl.RouteAdd{Route: rtnl.Route{Dst: to, OIF: rtnl.LinkIndex(index), Priority: uint32(i % 3), Protocol: uint8(20 + i%5)}, Mode: rtnl.ModeAppend})
		case 4:
			add(&rtnl.RouteDel{Route: rtnl.Route{Dst: to, OIF: rtnl.LinkIndex(index)}})
		case 5:
			add(&rtnl.NeighAdd{Neigh: rtnl.Neigh{Link: rtnl.LinkIndex(index), Dst: a, LLAddr: lladdr}, Mode: rtnl.ModeReplace})
		case 6:
			add(&rtnl.RuleAdd{Rule: rtnl.Rule{Priority: rtnl.Some(uint32(100 + i)), Table: 77}})
		case 7:
			// Half of the rules are deleted again.
			add(&rtnl.RuleDel{Rule: rtnl.Rule{Priority: rtnl.Some(uint32(100 + i/2/10*10 + 6)), Table: 77}})
		case 8:
			s := &rtnl.LinkSet{Link: rtnl.LinkIndex(index)}
			s.MTU = 1300 + uint32(i%100)
			add(s)
		case 9:
			if i%500 == 9 {
				add(linkDown("w0"))
				add(linkUp("w0"))
			} else {
				add(&rtnl.AddrDel{Address: rtnl.Address{Link: rtnl.LinkIndex(index), Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 20, byte((i - 9) / 2 / 10 * 10 / 200), byte((i-9)/2/10*10%200 + 1)}), 16)}})
			}
		}
	}
	// The kernel refuses what exists already or no longer; that is not a
	// change.
	var refused *rtnl.Error
	if err := c.Run(t.Context(), &b); err != nil && !errors.As(err, &refused) {
		t.Fatal(err)
	}
}

// A reader who follows the events from the beginning knows the final state,
// although the receive buffer is small and overruns.
func TestIntegrationOverrun(t *testing.T) {
	names := []string{"watch-over-1", "watch-over-2", "watch-over-3"}
	handles, conns := make(map[string]*nsfs.Handle), make(map[string]*rtnl.Conn)
	index, known, want := make(map[string]uint32), make(map[string]model), make(map[string]model)
	quiet := func() {
		t.Helper()
		for _, name := range names {
			if err := settle.Namespace(t.Context(), handles[name]); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range names {
		handles[name], conns[name] = namespace(t, name)
		index[name] = pair(t, conns[name], "w0", "w1")
	}
	quiet()
	for _, name := range names {
		known[name] = dumped(t, handles[name])
	}
	sent := make(chan struct{})
	events := start(t, Config{Buffer: 4096, Event: func(e *Event) error {
		if e.Kind != NetNS {
			<-sent // the first half is sent while nobody reads
		}
		return nil
	}})
	for i, name := range names {
		changes(t, conns[name], index[name], 1700)
		if i == 0 {
			close(sent)
		}
	}
	quiet()
	for _, name := range names {
		do(t, conns[name], &rtnl.RuleAdd{Rule: rtnl.Rule{Priority: rtnl.Some(uint32(31999)), Table: 99}})
		want[name] = dumped(t, handles[name])
	}
	lost, told, missed := 0, 0, 0
	behind := false
	late := time.After(patience)
	for {
		select {
		case e := <-events:
			if e.Kind != NetNS {
				known[e.Space.NetNS].event(&e)
			}
			switch {
			case e.Action == Lost:
				if behind {
					t.Error("told of a loss while reading after another")
				}
				lost++
				behind = true
			case e.Action == Reread:
				told += e.Count
				behind = false
			case e.Source == Missed && e.Kind != NetNS:
				missed++
			case e.Action == Problem:
				t.Fatal(e.Err)
			}
		case <-late:
			t.Fatalf("behind: %v; known and read (-read +known):\n%s", behind, cmp.Diff(want, known))
		}
		if len(events) > 0 || behind {
			continue
		}
		for _, m := range known {
			m.sorted()
		}
		if cmp.Equal(want, known) {
			break
		}
	}
	t.Logf("%d losses, %d changes told afterwards", lost, missed)
	if lost == 0 || missed == 0 || told != missed {
		t.Errorf("%d losses, %d changes missed, said to be %d", lost, missed, told)
	}
}
