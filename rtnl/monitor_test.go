package rtnl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

// listen opens a Monitor in the test's own namespace.
func listen(t testing.TB, cfg *MonitorConfig) *Monitor {
	t.Helper()
	m, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// until receives until a notification is what was waited for.
func until(t testing.TB, m *Monitor, what string, is func(Notification) bool) Notification {
	t.Helper()
	for {
		n, err := m.Receive(t.Context())
		if err != nil {
			t.Fatalf("waiting for %s: %v", what, err)
		}
		if is(n) {
			return n
		}
	}
}

// ruleAt reports whether a message is about the rule of a priority.
func ruleAt(typ uint16, priority uint32) func(Notification) bool {
	return func(n Notification) bool {
		if n.Type != typ {
			return false
		}
		r, err := DecodeRule(n.Message)
		return err == nil && r.Priority.Or(0) == priority
	}
}

func TestIntegrationMonitor(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	seen := new(record)
	m := listen(t, &MonitorConfig{Name: "here", Observer: seen, Groups: []uint32{unix.RTNLGRP_LINK, unix.RTNLGRP_NEIGH}})
	if m.Name() != "here" || m.PortID() == 0 {
		t.Errorf("name %q, port %d", m.Name(), m.PortID())
	}
	do(t, c, pair("m0", "m1"))
	index, err := c.LinkIndex(t.Context(), "m0")
	if err != nil {
		t.Fatal(err)
	}
	link := func(typ uint16) func(Notification) bool {
		return func(n Notification) bool {
			if n.Type != typ {
				return false
			}
			l, err := DecodeLink(n.Message)
			return err == nil && l.Index == index && l.Name == "m0"
		}
	}
	if n := until(t, m, "the link", link(unix.RTM_NEWLINK)); n.NSID.IsSet() {
		t.Errorf("nsid %v in the monitor's own namespace", n.NSID)
	}
	// A rule is not in the groups before Join.
	do(t, c, &RuleAdd{Rule{Priority: prio(4000)}}, &RuleDel{Rule{Priority: prio(4000)}})
	if err := m.Join(unix.RTNLGRP_IPV4_RULE); err != nil {
		t.Fatal(err)
	}
	neigh := Neigh{Link: LinkIndex(index), Dst: ip("10.0.1.9"), LLAddr: mac("02:00:00:00:00:09")}
	do(t, c, &NeighAdd{Neigh: neigh}, &RuleAdd{Rule{Priority: prio(4001)}}, &RuleDel{Rule{Priority: prio(4001)}})
	until(t, m, "the neighbour", func(n Notification) bool {
		if n.Type != unix.RTM_NEWNEIGH {
			return false
		}
		got, err := DecodeNeigh(n.Message)
		return err == nil && got.Dst == neigh.Dst && got.Link.Index == index && got.LLAddr.String() == neigh.LLAddr.String()
	})
	until(t, m, "the rule", func(n Notification) bool {
		if ruleAt(unix.RTM_NEWRULE, 4000)(n) {
			t.Error("told of a rule before its group was joined")
		}
		return ruleAt(unix.RTM_NEWRULE, 4001)(n)
	})
	until(t, m, "the rule's end", ruleAt(unix.RTM_DELRULE, 4001))
	do(t, c, &LinkDel{Link: LinkName("m0")})
	until(t, m, "the link's end", link(unix.RTM_DELLINK))
	if len(seen.got) == 0 || len(seen.sent) != 0 {
		t.Errorf("the observer saw %d datagrams received and %d sent", len(seen.got), len(seen.sent))
	}
}

func TestIntegrationMonitorAllNSIDs(t *testing.T) {
	testenv.NeedTool(t, "ip")
	c := dial(t, nil)
	ipLines(t, "ip netns add rtnl-m")
	t.Cleanup(func() { ipLines(t, "ip netns del rtnl-m") })
	f, err := os.Open("/run/netns/rtnl-m")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	do(t, c, &NSIDSet{NetNS: NetNSFD(int(f.Fd())), ID: 31})
	far := dial(t, &Config{NetNS: NetNSFD(int(f.Fd())), Name: "rtnl-m"})
	labels := map[string]int{}
	all := listen(t, &MonitorConfig{
		AllNSIDs: true, Groups: []uint32{unix.RTNLGRP_IPV4_RULE}, PortID: 1 << 30, Name: "near",
		NSIDName: func(id int32) string { return fmt.Sprint("far ", id) },
		Observer: &record{then: func(d nlspec.Datagram) { labels[d.NetNS]++ }},
	})
	if all.PortID() != 1<<30 {
		t.Errorf("port %d", all.PortID())
	}
	own := listen(t, &MonitorConfig{Groups: []uint32{unix.RTNLGRP_IPV4_RULE}})
	inside := listen(t, &MonitorConfig{NetNS: NetNSFD(int(f.Fd())), Groups: []uint32{unix.RTNLGRP_IPV4_RULE}})

	do(t, far, &RuleAdd{Rule{Priority: prio(4002)}})
	do(t, c, &RuleAdd{Rule{Priority: prio(4003)}}, &RuleDel{Rule{Priority: prio(4003)}})
	if n := until(t, all, "the far rule", ruleAt(unix.RTM_NEWRULE, 4002)); n.NSID.Or(-1) != 31 {
		t.Errorf("the far rule is from nsid %v, want 31", n.NSID)
	}
	if n := until(t, all, "the near rule", ruleAt(unix.RTM_NEWRULE, 4003)); n.NSID.IsSet() {
		t.Errorf("the near rule is from nsid %v, want none", n.NSID)
	}
	if labels["near"] != 1 || labels["far 31"] != 1 || len(labels) != 2 {
		t.Errorf("the observer saw datagrams of %v", labels)
	}
	until(t, own, "the near rule", func(n Notification) bool {
		if ruleAt(unix.RTM_NEWRULE, 4002)(n) {
			t.Error("told of another namespace's rule")
		}
		return ruleAt(unix.RTM_NEWRULE, 4003)(n)
	})
	if n := until(t, inside, "the far rule, from inside", ruleAt(unix.RTM_NEWRULE, 4002)); n.NSID.IsSet() {
		t.Errorf("its own rule is from nsid %v", n.NSID)
	}
}

// TestIntegrationMonitorLost fills a small receive buffer: the loss is told,
// what was queued before it comes still, and so does what is new after that.
func TestIntegrationMonitorLost(t *testing.T) {
	c := dial(t, nil)
	m := listen(t, &MonitorConfig{Name: "small", ReceiveBuffer: 1, Groups: []uint32{unix.RTNLGRP_IPV4_RULE}})
	for range 100 {
		do(t, c, &RuleAdd{Rule{Priority: prio(4004)}}, &RuleDel{Rule{Priority: prio(4004)}})
	}
	_, err := m.Receive(t.Context())
	if !errors.Is(err, ErrLost) || !errors.Is(err, unix.ENOBUFS) {
		t.Fatalf("first: %v", err)
	}
	if want := `monitor in "small": notifications were lost: the receive buffer overran (no buffer space available)`; err.Error() != want {
		t.Errorf("says %q, want %q", err, want)
	}
	until(t, m, "what was queued", ruleAt(unix.RTM_NEWRULE, 4004))
	queued := 1
	for ; waiting(t, m) > 0; queued++ {
		if _, err := m.Receive(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if queued >= 200 {
		t.Errorf("%d of 200 notifications came, after one was said to be lost", queued)
	}
	do(t, c, &RuleAdd{Rule{Priority: prio(4005)}}, &RuleDel{Rule{Priority: prio(4005)}})
	until(t, m, "what is new", ruleAt(unix.RTM_DELRULE, 4005))
}

// waiting returns the length of the next datagram in the queue, 0 if there is
// none.
func waiting(t *testing.T, m *Monitor) (n int) {
	t.Helper()
	rc, err := m.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := rc.Control(func(fd uintptr) {
		n, _, err = unix.Recvfrom(int(fd), nil, unix.MSG_PEEK|unix.MSG_TRUNC|unix.MSG_DONTWAIT)
	}); err != nil {
		t.Fatal(err)
	}
	if err != nil && !errors.Is(err, unix.EAGAIN) {
		t.Fatal(err)
	}
	return n
}

func TestIntegrationMonitorEnds(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	m := listen(t, &MonitorConfig{Groups: []uint32{unix.RTNLGRP_IPV4_RULE}})
	got := make(chan error)
	go func() {
		_, err := m.Receive(ctx)
		got <- err
	}()
	cancel(cause)
	if err := <-got; !errors.Is(err, cause) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := m.Receive(ctx); !errors.Is(err, cause) {
		t.Errorf("with a context that is over: %v", err)
	}
	// The Monitor goes on with another context.
	c := dial(t, nil)
	do(t, c, &RuleAdd{Rule{Priority: prio(4006)}}, &RuleDel{Rule{Priority: prio(4006)}})
	until(t, m, "the rule", ruleAt(unix.RTM_DELRULE, 4006))
	go func() {
		_, err := m.Receive(t.Context())
		got <- err
	}()
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestIntegrationMonitorBadGroup(t *testing.T) {
	_, err := Listen(&MonitorConfig{Name: "x", Groups: []uint32{unix.RTNLGRP_LINK, 4000}})
	if !errors.Is(err, unix.EINVAL) {
		t.Fatalf("joined group 4000: %v", err)
	}
	if _, err := Listen(&MonitorConfig{NetNS: NetNSFD(1 << 20)}); err == nil {
		t.Error("listens in a namespace that is none")
	}
}

func TestControlNSID(t *testing.T) {
	message := func(level, typ int32, data ...byte) []byte {
		b := make([]byte, unix.CmsgSpace(len(data)))
		n := uint64(unix.CmsgLen(len(data)))
		for i := range 8 {
			b[i] = byte(n >> (8 * i))
		}
		b[8], b[9], b[12] = byte(level), byte(level>>8), byte(typ)
		copy(b[unix.CmsgLen(0):], data)
		return b
	}
	for name, tt := range map[string]struct {
		control []byte
		want    int32
		bad     bool
	}{
		"none":          {nil, -1, false},
		"an id":         {message(unix.SOL_NETLINK, unix.NETLINK_LISTEN_ALL_NSID, 7, 0, 0, 0), 7, false},
		"not assigned":  {message(unix.SOL_NETLINK, unix.NETLINK_LISTEN_ALL_NSID, 255, 255, 255, 255), -1, false},
		"short":         {message(unix.SOL_NETLINK, unix.NETLINK_LISTEN_ALL_NSID, 7), -1, false},
		"another":       {message(unix.SOL_NETLINK, unix.NETLINK_PKTINFO, 7, 0, 0, 0), -1, false},
		"another level": {message(unix.SOL_SOCKET, unix.NETLINK_LISTEN_ALL_NSID, 7, 0, 0, 0), -1, false},
		"cut":           {make([]byte, unix.CmsgLen(0)), -1, true},
	} {
		got, err := controlNSID(tt.control)
		if got.Or(-1) != tt.want || errors.Is(err, ErrMalformed) != tt.bad {
			t.Errorf("%s: %d, %v", name, got.Or(-1), err)
		}
	}
}

// TryReceive does not wait, and returns what Receive would.
func TestIntegrationMonitorTryReceive(t *testing.T) {
	c := dial(t, nil)
	m := listen(t, &MonitorConfig{Groups: []uint32{unix.RTNLGRP_IPV4_RULE}})
	if n, ok, err := m.TryReceive(); ok || err != nil {
		t.Fatalf("got %v, %v, %v before anything happened", n, ok, err)
	}
	do(t, c, &RuleAdd{Rule{Priority: prio(4010)}}, &RuleDel{Rule{Priority: prio(4010)}})
	for _, typ := range []uint16{unix.RTM_NEWRULE, unix.RTM_DELRULE} {
		if n, ok, err := m.TryReceive(); !ok || err != nil || !ruleAt(typ, 4010)(n) {
			t.Errorf("got %v, %v, %v", n, ok, err)
		}
	}
	if _, ok, err := m.TryReceive(); ok || err != nil {
		t.Errorf("got %v, %v at the end", ok, err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.TryReceive(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v after Close", err)
	}
}
