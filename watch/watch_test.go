package watch

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A notification says how a route came, and who asked for it.
func TestIntegrationRoutes(t *testing.T) {
	h, c := namespace(t, "watch-r")
	index := pair(t, c, "w0", "w1")
	do(t, c, &rtnl.AddrAdd{Address: rtnl.Address{Link: rtnl.LinkIndex(index), Prefix: prefix("10.1.0.1/24")}})
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
	// The kernel sends no notification for IPv4 routes that go with their link.
	do(t, c, linkDown("w0"))
	e := until(t, events, "the route's end", func(e *Event) bool { return e.Name == "10.9.0.0/16" })
	if got, want := e.String(), "watch-r: route 10.9.0.0/16 via 10.1.0.3 dev w0 removed (silent)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The kernel reports a new bridge after the bridge's entry in its own FDB.
// watch knows the bridge's name nevertheless, whether or not it tells of links.
func TestIntegrationNewBridge(t *testing.T) {
	_, c := namespace(t, "watch-b")
	for i, kinds := range []Kinds{0, 1 << FDB} {
		events := start(t, Config{Kinds: kinds})
		name := fmt.Sprintf("br%d", i)
		do(t, c, &rtnl.LinkAdd{Name: name, Kind: &rtnl.Bridge{}})
		l, err := c.Link(t.Context(), rtnl.LinkName(name))
		if err != nil {
			t.Fatal(err)
		}
		e := until(t, events, "an entry", func(e *Event) bool { return e.Kind == FDB })
		want := fmt.Sprintf("watch-b: fdb %s dev %s master %s permanent added [kernel]", l.Address, name, name)
		if got := e.String(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

// An error of the reader of the events ends Run.
func TestIntegrationEventFails(t *testing.T) {
	_, c := namespace(t, "watch-f")
	failed := errors.New("enough")
	changed := make(chan error, 1)
	err := Run(t.Context(), Config{Event: func(e *Event) error {
		if e.Action == Ready {
			go func() { changed <- c.Do(t.Context(), linkUp("lo")) }()
			return nil
		}
		return failed
	}})
	if !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	must(t, <-changed)
}

// echoed is a request whose notification is also sent to the requester
// (NLM_F_ECHO).
type echoed struct{ rtnl.Request }

func (r echoed) Encode(e *rtnl.Encoder) {
	b, err := rtnl.Encode(r.Request)
	if err != nil {
		e.Fail("%v", err)
	}
	e.Begin(binary.NativeEndian.Uint16(b[4:]), binary.NativeEndian.Uint16(b[6:])|unix.NLM_F_ECHO)
	e.Header(b[unix.NLMSG_HDRLEN:]...)
}

// Requests with NLM_F_ECHO are reported too, although the kernel leaves out
// every socket with the requester's port number: the first socket of each
// process in a namespace has its process id.
func TestIntegrationEcho(t *testing.T) {
	_, c := namespace(t, "watch-e")
	if c.PortID() != uint32(os.Getpid()) {
		t.Fatalf("port %d", c.PortID())
	}
	events := start(t, Config{})
	do(t, c, echoed{&rtnl.RuleAdd{Rule: rtnl.Rule{Priority: rtnl.Some(uint32(77)), Table: 9}}})
	sentence(t, events, "watch-e: rule 77: from all lookup 9 added")
}
