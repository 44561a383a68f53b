package bridge

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/rtnl/rtnltest"
	"golang.org/x/sys/unix"
)

func addr(last byte) net.HardwareAddr { return net.HardwareAddr{2, 0, 0, 0, 1, last} }

// entries returns the entries of br that the test made, in bridge(8)'s words.
func entries(t *testing.T, filter ...string) []string {
	t.Helper()
	var lines []string
	for l := range strings.Lines(testenv.Run(t, "bridge", append([]string{"fdb", "show", "br", "br"}, filter...)...)) {
		if strings.HasPrefix(l, "02:00:00:00:01:") {
			lines = append(lines, strings.TrimSpace(l))
		}
	}
	slices.Sort(lines)
	return lines
}

// listed returns the same list from this package.
func listed(t *testing.T, c *rtnl.Conn, f FDBFilter) []string {
	t.Helper()
	got, err := FDB(t.Context(), c, f)
	must(t, err)
	var macs []string
	for _, n := range got {
		if n.LLAddr[4] == 1 && n.LLAddr[0] == 2 {
			macs = append(macs, fmt.Sprintf("%v dev %d state %#x flags %#x", n.LLAddr, n.Link.Index, n.State, n.Flags))
		}
	}
	slices.Sort(macs)
	return macs
}

func TestIntegrationFDB(t *testing.T) {
	testenv.NeedTool(t, "bridge")
	c := dial(t)
	ports(t, c)
	ctx := t.Context()
	master := func(last byte, state uint16, flags uint8) rtnl.Neigh {
		return rtnl.Neigh{Link: rtnl.LinkIndex(p1Index), LLAddr: addr(last), State: state, Flags: flags | unix.NTF_MASTER}
	}
	must(t, AddFDB(ctx, c, rtnl.ModeAdd, master(1, Static, 0)))
	must(t, AddFDB(ctx, c, rtnl.ModeAdd, master(2, Permanent, 0)))
	must(t, AddFDB(ctx, c, rtnl.ModeAdd, master(3, Static, NTFSticky)))
	must(t, AddFDB(ctx, c, rtnl.ModeAppend, master(4, Dynamic, unix.NTF_EXT_LEARNED)))
	must(t, AddFDB(ctx, c, rtnl.ModeReplace, rtnl.Neigh{Link: rtnl.LinkIndex(p2Index), LLAddr: addr(1), State: Static, Flags: unix.NTF_MASTER}))
	must(t, AddFDB(ctx, c, rtnl.ModeAdd, rtnl.Neigh{Link: rtnl.LinkIndex(p1Index), LLAddr: addr(5), State: Permanent, Flags: unix.NTF_SELF}))
	want := []string{
		"02:00:00:00:01:01 dev p2 master br static",
		"02:00:00:00:01:02 dev p1 master br permanent",
		"02:00:00:00:01:03 dev p1 sticky master br static",
		"02:00:00:00:01:04 dev p1 extern_learn master br",
		"02:00:00:00:01:05 dev p1 self permanent",
	}
	if got := entries(t); !slices.Equal(got, want) {
		t.Errorf("bridge fdb show: got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, tt := range []struct {
		f    FDBFilter
		want string
	}{
		{FDBFilter{Bridge: brIndex}, "1 2 3 4 5"},
		{FDBFilter{}, "1 2 3 4 5"},
		{FDBFilter{Port: p1Index}, "2 3 4 5"},
		{FDBFilter{Bridge: brIndex, Port: p2Index}, "1"},
		{FDBFilter{Aging: true}, "1 3 4"},
		{FDBFilter{States: unix.NUD_PERMANENT}, "2 5"},
		{FDBFilter{States: unix.NUD_NOARP}, "1 3"},
		{FDBFilter{VLAN: 7}, ""},
	} {
		var last []string
		for _, l := range listed(t, c, tt.f) {
			last = append(last, string(l[16]))
		}
		if got := strings.Join(last, " "); got != tt.want {
			t.Errorf("%+v lists %s, want %s", tt.f, got, tt.want)
		}
	}
	n, err := GetFDB(ctx, c, rtnl.NeighGet{Master: brIndex, LLAddr: addr(3)})
	if err != nil || n.Link.Index != p1Index || n.State != unix.NUD_NOARP || n.Flags != NTFSticky || n.Master != brIndex {
		t.Errorf("got %+v, %v", n, err)
	}
	for _, err := range []error{
		AddFDB(ctx, c, rtnl.ModeAdd, master(2, Permanent, 0)),
	} {
		if !errors.Is(err, fs.ErrExist) {
			t.Errorf("got %v", err)
		}
	}
	_, err = GetFDB(ctx, c, rtnl.NeighGet{Master: brIndex, LLAddr: addr(0x99)})
	if want := `get FDB entry 02:00:00:00:01:99 of bridge index 20 in "sw": Fdb entry not found (ENOENT)`; !errors.Is(err, fs.ErrNotExist) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	err = DeleteFDB(ctx, c, master(0x99, 0, 0))
	if want := `delete FDB entry 02:00:00:00:01:99 on index 10 in "sw": no such FDB entry (ENOENT)`; !errors.Is(err, fs.ErrNotExist) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	must(t, DeleteFDB(ctx, c, master(2, 0, 0)))
	must(t, DeleteFDB(ctx, c, rtnl.Neigh{Link: rtnl.LinkIndex(p1Index), LLAddr: addr(5), Flags: unix.NTF_SELF}))
	if got := len(entries(t)); got != 3 {
		t.Errorf("%d are left of 3", got)
	}
}

func TestIntegrationFlush(t *testing.T) {
	testenv.NeedTool(t, "bridge")
	c := dial(t)
	ports(t, c)
	ctx := t.Context()
	fill := func() {
		for i, port := range []uint32{p1Index, p2Index} {
			for j, n := range []rtnl.Neigh{{State: Static}, {State: Permanent}, {State: Dynamic}, {State: Static, Flags: NTFSticky}, {State: Dynamic, Flags: unix.NTF_EXT_LEARNED}} {
				n.Link.Index, n.LLAddr = port, addr(byte(16*(i+1)+j+1))
				n.Flags |= unix.NTF_MASTER
				must(t, AddFDB(ctx, c, rtnl.ModeReplace, n))
			}
		}
	}
	left := func() string {
		var s []string
		for _, l := range entries(t) {
			s = append(s, l[15:17])
		}
		return strings.Join(s, " ")
	}
	const all = "11 12 13 14 15 21 22 23 24 25"
	fill()
	if got := left(); got != all {
		t.Fatalf("filled %s", got)
	}
	for _, tt := range []struct {
		req  FDBFlush
		left string
	}{
		{FDBFlush{Link: rtnl.LinkIndex(brIndex), State: unix.NUD_NOARP, StateMask: unix.NUD_NOARP | unix.NUD_PERMANENT}, "12 13 15 22 23 25"},
		{FDBFlush{Link: rtnl.LinkIndex(brIndex), State: unix.NUD_PERMANENT, StateMask: unix.NUD_PERMANENT}, "11 13 14 15 21 23 24 25"},
		{FDBFlush{Link: rtnl.LinkIndex(brIndex), StateMask: unix.NUD_NOARP | unix.NUD_PERMANENT}, "11 12 14 21 22 24"},
		{FDBFlush{Link: rtnl.LinkIndex(brIndex), Flags: NTFSticky, FlagsMask: NTFSticky}, "11 12 13 15 21 22 23 25"},
		{FDBFlush{Link: rtnl.LinkIndex(brIndex), FlagsMask: unix.NTF_EXT_LEARNED, StateMask: unix.NUD_NOARP | unix.NUD_PERMANENT}, "11 12 14 15 21 22 24 25"},
		{FDBFlush{Link: rtnl.LinkIndex(brIndex), Port: rtnl.LinkIndex(p2Index), StateMask: unix.NUD_PERMANENT}, "11 12 13 14 15 22"},
		{FDBFlush{Link: rtnl.LinkIndex(p1Index), Flags: unix.NTF_MASTER, StateMask: unix.NUD_NOARP | unix.NUD_PERMANENT}, "11 12 14 21 22 23 24 25"},
		{FDBFlush{Link: rtnl.LinkIndex(brIndex), VLAN: on(uint16(5))}, all},
		{FDBFlush{Link: rtnl.LinkIndex(brIndex)}, ""},
	} {
		err := FlushFDB(ctx, c, tt.req)
		if errors.Is(err, rtnl.ErrNotSupported) {
			t.Skip(err)
		}
		must(t, err)
		if got := left(); got != tt.left {
			t.Errorf("%+v leaves %s, want %s", tt.req, got, tt.left)
		}
		fill()
	}
	// This works on older kernels.
	must(t, SetPort(ctx, c, "br", "p1", PortOptions{FDBFlush: true}))
	if got, want := left(), "11 12 14 15 21 22 23 24 25"; got != want {
		t.Errorf("a port's flush leaves %s, want %s", got, want)
	}
	must(t, Set(ctx, c, "br", rtnl.Bridge{FDBFlush: true}))
	if got, want := left(), "11 12 14 21 22 24"; got != want && got != "11 12 14 15 21 22 24 25" {
		t.Errorf("a bridge's flush leaves %s, want %s", got, want)
	}
	// A veth's own FDB cannot be flushed this way.
	err := FlushFDB(ctx, c, FDBFlush{Link: rtnl.LinkIndex(p1Index)})
	if want := `flush FDB entries on index 10 in "sw": operation not supported (EOPNOTSUPP)`; !errors.Is(err, rtnl.ErrNotSupported) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// A kernel before 5.19 complains that the address is missing.
func TestFlushError(t *testing.T) {
	c := rtnltest.Dial(t, func(a *rtnltest.Answer, _ rtnl.Message) {
		a.Error(unix.EINVAL, &rtnltest.ExtAck{Message: "invalid address"})
	})
	err := FlushFDB(t.Context(), c, FDBFlush{Link: rtnl.LinkIndex(3)})
	const want = "flush FDB: unsupported operation; selecting the entries to flush needs Linux 5.19 or later: flush FDB entries on index 3: invalid address (EINVAL)"
	if !errors.Is(err, rtnl.ErrNotSupported) || !errors.Is(err, unix.EINVAL) || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if FlushError(nil) != nil {
		t.Error("an error from none")
	}
	other := &rtnl.Error{Errno: unix.EPERM}
	if FlushError(other) != error(other) {
		t.Error("another error was changed")
	}
}

func TestFlushGolden(t *testing.T) {
	testenv.NeedTool(t, "bridge", "strace")
	c := dial(t)
	ports(t, c)
	for _, tt := range []struct {
		words string
		req   FDBFlush
	}{
		{"dev br", FDBFlush{Link: rtnl.LinkIndex(brIndex)}},
		{"dev p1 master", FDBFlush{Link: rtnl.LinkIndex(p1Index), Flags: unix.NTF_MASTER}},
		{"dev br brport p2 vlan 3 static", FDBFlush{Link: rtnl.LinkIndex(brIndex), Port: rtnl.LinkIndex(p2Index), VLAN: on(uint16(3)),
			State: unix.NUD_NOARP, StateMask: unix.NUD_NOARP | unix.NUD_PERMANENT}},
		{"dev br nopermanent nosticky extern_learn", FDBFlush{Link: rtnl.LinkIndex(brIndex), StateMask: unix.NUD_PERMANENT,
			Flags: unix.NTF_EXT_LEARNED, FlagsMask: unix.NTF_EXT_LEARNED | NTFSticky}},
	} {
		msgs := traced(t, "bridge fdb flush "+tt.words)
		if len(msgs) == 0 {
			t.Fatal("bridge sent nothing")
		}
		if a, b := plain(msgs[len(msgs)-1]), plain(sent(t, &tt.req)); a != b {
			t.Errorf("%s:\nbridge %s\nours   %s", tt.words, a, b)
		}
	}
	if err := c.Do(t.Context(), &FDBFlush{}); !errors.Is(err, rtnl.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}
