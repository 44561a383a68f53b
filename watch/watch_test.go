package watch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// patience bounds how long a test waits. It only delays a failure.
const patience = 2 * time.Minute

// start runs Run until the test ends, and returns its events once it is ready.
func start(t *testing.T, cfg Config) <-chan Event {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	events := make(chan Event, 1<<16)
	also := cfg.Event
	cfg.Event = func(e *Event) error {
		events <- *e
		if also != nil {
			return also(e)
		}
		return nil
	}
	done := make(chan error)
	go func() { done <- Run(ctx, cfg) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	until(t, events, "Ready", func(e *Event) bool { return e.Action == Ready })
	return events
}

// until returns the first event that is what is waited for.
func until(t *testing.T, events <-chan Event, what string, is func(*Event) bool) Event {
	t.Helper()
	late := time.After(patience)
	var seen []string
	for {
		select {
		case e := <-events:
			if is(&e) {
				return e
			}
			seen = append(seen, e.String())
		case <-late:
			t.Fatalf("no event %s; got\n%s", what, strings.Join(seen, "\n"))
		}
	}
}

// sentence waits for an event by what its sentence begins with.
func sentence(t *testing.T, events <-chan Event, begin string) Event {
	t.Helper()
	return until(t, events, begin, func(e *Event) bool { return strings.HasPrefix(e.String(), begin) })
}

// namespace makes a named namespace and opens a Conn in it.
func namespace(t *testing.T, name string) (*nsfs.Handle, *rtnl.Conn) {
	t.Helper()
	h, err := nsfs.Dir{}.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.Close()
		err := nsfs.Dir{}.Delete(context.WithoutCancel(t.Context()), name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	})
	c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD()), Name: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return h, c
}

func do(t *testing.T, c *rtnl.Conn, reqs ...rtnl.Request) {
	t.Helper()
	for _, r := range reqs {
		if err := c.Do(t.Context(), r); err != nil {
			t.Fatalf("%T: %v", r, err)
		}
	}
}

// pair makes a veth pair that is up, and returns the index of its first end.
func pair(t *testing.T, c *rtnl.Conn, a, b string) uint32 {
	t.Helper()
	do(t, c, &rtnl.LinkAdd{Name: a, Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: b}}})
	for _, name := range []string{a, b} {
		do(t, c, linkUp(name))
	}
	index, err := c.LinkIndex(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func linkUp(name string) *rtnl.LinkSet {
	s := &rtnl.LinkSet{Link: rtnl.LinkName(name)}
	s.Up()
	return s
}

func linkDown(name string) *rtnl.LinkSet {
	s := &rtnl.LinkSet{Link: rtnl.LinkName(name)}
	s.Down()
	return s
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// model is what somebody knows who reads the events alone: the words of each object.
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

// dumped is the model of a namespace, read freshly.
func dumped(t *testing.T, h *nsfs.Handle) model {
	t.Helper()
	c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD())})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := &space{w: &watcher{}}
	now, err := s.readState(t.Context(), c)
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
			add(&rtnl.AddrAdd{Address: rtnl.Address{Index: index, Prefix: netip.PrefixFrom(a, 16)}})
		case 1:
			add(&rtnl.AddrAdd{Address: rtnl.Address{Index: index, Prefix: netip.PrefixFrom(six, 64), Flags: unix.IFA_F_NODAD}})
		case 2:
			add(&rtnl.RouteAdd{Route: rtnl.Route{Dst: to, OIF: index, Priority: uint32(i % 3)}, Mode: rtnl.ModeReplace})
		case 3:
			add(&rtnl.RouteAdd{Route: rtnl.Route{Dst: to, OIF: index, Priority: uint32(i % 3), Protocol: uint8(20 + i%5)}, Mode: rtnl.ModeAppend})
		case 4:
			add(&rtnl.RouteDel{Route: rtnl.Route{Dst: to, OIF: index}})
		case 5:
			add(&rtnl.NeighAdd{Neigh: rtnl.Neigh{Index: index, Dst: a, LLAddr: lladdr}, Mode: rtnl.ModeReplace})
		case 6:
			add(&rtnl.RuleAdd{Rule: rtnl.Rule{Priority: rtnl.Some(uint32(100 + i)), Table: 77}})
		case 7:
			// Half of the rules go again.
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
				add(&rtnl.AddrDel{Address: rtnl.Address{Index: index, Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 20, byte((i - 9) / 2 / 10 * 10 / 200), byte((i-9)/2/10*10%200 + 1)}), 16)}})
			}
		}
	}
	// What is there already, or not any more, is refused, and is no change.
	var refused *rtnl.Error
	if err := c.Run(t.Context(), &b); err != nil && !errors.As(err, &refused) {
		t.Fatal(err)
	}
}

// Whoever follows the events from the beginning knows at the end what a fresh reading
// shows, although the receive buffer is small and overruns.
func TestIntegrationOverrun(t *testing.T) {
	h, c := namespace(t, "watch-overrun")
	index := pair(t, c, "w0", "w1")
	if err := settle.Namespace(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	known := dumped(t, h)
	sent := make(chan struct{})
	events := start(t, Config{Buffer: 4096, Event: func(e *Event) error {
		if e.Kind != NetNS {
			<-sent // the first half is sent while nobody reads
		}
		return nil
	}})
	changes(t, c, index, 2500)
	close(sent)
	changes(t, c, index, 2500)
	if err := settle.Namespace(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	do(t, c, &rtnl.RuleAdd{Rule: rtnl.Rule{Priority: rtnl.Some(uint32(31999)), Table: 99}})
	want := dumped(t, h)
	lost, missed, last := 0, 0, false
	late := time.After(patience)
	for {
		select {
		case e := <-events:
			known.event(&e)
			switch {
			case e.Action == Lost:
				lost++
			case e.Source == Missed && e.Kind != NetNS:
				missed++
			case e.Action == Problem:
				t.Fatal(e.Err)
			}
			last = last || e.Kind == Rule && strings.HasPrefix(e.Name, "31999:")
		case <-late:
			t.Fatalf("known and read (-read +known):\n%s", cmp.Diff(want, known.sorted()))
		}
		if last && len(events) == 0 && cmp.Equal(want, known.sorted()) {
			break
		}
	}
	t.Logf("%d overruns, %d changes told afterwards, %d objects", lost, missed, len(want))
	if lost == 0 || missed == 0 {
		t.Errorf("%d overruns, %d changes missed: the buffer is not too small", lost, missed)
	}
}

// Namespaces come and go while others are watched; one that is deleted does not stay.
func TestIntegrationComeAndGo(t *testing.T) {
	events := start(t, Config{})
	const n = 20
	for round := range 2 {
		var all []*nsfs.Handle
		for i := range n {
			name := fmt.Sprintf("watch-%d", i)
			h, err := nsfs.Dir{}.Create(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, h)
			sentence(t, events, name+": namespace appeared")
			c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD())})
			if err != nil {
				t.Fatal(err)
			}
			do(t, c, linkUp("lo"))
			c.Close()
			sentence(t, events, name+": link lo went up")
		}
		for i, h := range all {
			name := fmt.Sprintf("watch-%d", i)
			h.Close()
			if err := (nsfs.Dir{}).Delete(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			sentence(t, events, name+": namespace is gone")
		}
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
}

// A name that leads to a namespace which is watched already is one more of its names.
func TestIntegrationSecondName(t *testing.T) {
	h, c := namespace(t, "watch-one")
	events := start(t, Config{})
	if err := (nsfs.Dir{}).Bind(t.Context(), "watch-two", h); err != nil {
		t.Fatal(err)
	}
	if err := (nsfs.Dir{}).Delete(t.Context(), "watch-one"); err != nil {
		t.Fatal(err)
	}
	do(t, c, linkUp("lo"))
	until(t, events, "lo", func(e *Event) bool {
		if e.Kind == NetNS {
			t.Errorf("got %q", e.String())
		}
		return e.Kind == Link && e.String() == "watch-one: link lo went up, has a carrier [kernel]"
	})
	if err := (nsfs.Dir{}).Delete(t.Context(), "watch-two"); err != nil {
		t.Fatal(err)
	}
	sentence(t, events, "watch-one: namespace is gone")
}

// What a notification says of how a route came, and who asked for it.
func TestIntegrationRoutes(t *testing.T) {
	h, c := namespace(t, "watch-r")
	index := pair(t, c, "w0", "w1")
	do(t, c, &rtnl.AddrAdd{Address: rtnl.Address{Index: index, Prefix: prefix("10.1.0.1/24")}})
	if err := settle.Namespace(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	events := start(t, Config{Kinds: 1 << Route})
	route := func(via string, mode rtnl.Mode) {
		t.Helper()
		do(t, c, &rtnl.RouteAdd{Mode: mode, Route: rtnl.Route{Dst: prefix("10.9.0.0/16"), Gateway: netip.MustParseAddr(via), Protocol: unix.RTPROT_STATIC}})
	}
	route("10.1.0.2", rtnl.ModeAdd)
	route("10.1.0.3", rtnl.ModeReplace)
	route("10.1.0.4", rtnl.ModeAppend)
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	by := fmt.Sprintf(" [%s %d]", strings.TrimSpace(string(comm)), os.Getpid())
	for _, want := range []struct {
		text string
		flag string
	}{
		{"watch-r: route 10.9.0.0/16 via 10.1.0.2 dev w0 proto static added" + by, "NLM_F_CREATE"},
		{"watch-r: route 10.9.0.0/16 via 10.1.0.3 dev w0 proto static replaced via 10.1.0.2 dev w0 proto static" + by, "NLM_F_REPLACE"},
		{"watch-r: route 10.9.0.0/16 via 10.1.0.4 dev w0 proto static appended" + by, "NLM_F_APPEND"},
	} {
		e := until(t, events, want.text, func(e *Event) bool { return e.Kind == Route })
		if got := e.String(); got != want.text {
			t.Errorf("got  %q\nwant %q", got, want.text)
		}
		b, err := e.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var j struct {
			Version int
			NetNS   string
			Process struct{ PID int }
			Message struct {
				Type       string
				Flags      []string
				Attributes []struct{ Name, Value any }
			}
		}
		if err := json.Unmarshal(b, &j); err != nil {
			t.Fatal(err)
		}
		if j.Version != 1 || j.NetNS != "watch-r" || j.Process.PID != os.Getpid() || j.Message.Type != "RTM_NEWROUTE" ||
			!slices.Contains(j.Message.Flags, want.flag) || len(j.Message.Attributes) < 3 {
			t.Errorf("JSON %s", b)
		}
	}
	// The kernel says nothing of IPv4's routes that go with their link.
	do(t, c, linkDown("w0"))
	e := until(t, events, "the route's end", func(e *Event) bool { return e.Name == "10.9.0.0/16" })
	if got, want := e.String(), "watch-r: route 10.9.0.0/16 via 10.1.0.3 dev w0 removed (silent)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// An error of who reads the events ends Run.
func TestIntegrationEventFails(t *testing.T) {
	_, c := namespace(t, "watch-f")
	failed := errors.New("enough")
	ready := make(chan struct{})
	go func() {
		<-ready
		do(t, c, linkUp("lo"))
	}()
	err := Run(t.Context(), Config{Event: func(e *Event) error {
		if e.Action == Ready {
			close(ready)
			return nil
		}
		return failed
	}})
	if !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
}
