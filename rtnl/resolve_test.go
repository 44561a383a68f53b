package rtnl

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// addrOn is a request that adds an address to a link.
func addrOn(l LinkRef, addr string) *AddrAdd {
	return &AddrAdd{Address: Address{Link: l, Prefix: prefix(addr)}}
}

// wantNoDevice checks an error that says that there is no such link.
func wantNoDevice(t *testing.T, err error, name string) {
	t.Helper()
	var none *NoDeviceError
	if !errors.As(err, &none) || none.Name != name || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that there is no link %q", err, name)
	}
}

// Each reference to a link may be a name, which the message has as an index.
func TestIntegrationLinkNames(t *testing.T) {
	c := dial(t, &Config{Name: "sw"})
	clearLinks(t, c)
	do(t, c, &LinkAdd{Kind: PlainKind("bridge"), Name: "br"}, pair("v0", "v1"),
		&LinkSet{Link: LinkName("v0"), LinkAttrs: LinkAttrs{Master: Some(LinkName("br")), Flags: unix.IFF_UP, Change: unix.IFF_UP}},
		&LinkSet{Link: LinkName("v1"), LinkAttrs: LinkAttrs{Flags: unix.IFF_UP, Change: unix.IFF_UP}},
		&AltNameAdd{Link: LinkRef{Name: "v1", ByIndex: true}, Names: []string{"an alternative name"}})
	br, v0, v1 := linkOf(t, c, "br"), linkOf(t, c, "v0"), linkOf(t, c, "v1")
	if v0.Master != br.Index {
		t.Errorf("the master of v0 is %d, want %d", v0.Master, br.Index)
	}
	do(t, c, addrOn(LinkName("an alternative name"), "10.0.1.1/24"),
		addrOn(LinkName(fmt.Sprintf("if%d", v1.Index)), "10.0.1.2/24"),
		&NeighAdd{Neigh: Neigh{Link: LinkName("v1"), Dst: ip("10.0.1.9"), LLAddr: mac("02:00:00:00:00:09")}},
		&RouteAdd{Route: Route{Dst: prefix("10.9.0.0/16"), OIF: LinkName("v1")}},
		&RouteAdd{Route: Route{Dst: prefix("10.8.0.0/16"), Nexthops: []Nexthop{
			{OIF: LinkName("v1"), Gateway: ip("10.0.1.3")}, {OIF: LinkName("v1"), Gateway: ip("10.0.1.4")}}}})
	addrs, err := c.Addrs(t.Context(), AddrDump{Family: unix.AF_INET, Index: v1.Index})
	if err != nil || len(addrs) != 2 {
		t.Errorf("addresses %v, %v", addrs, err)
	}
	routes, err := c.Routes(t.Context(), RouteDump{Family: unix.AF_INET, OIF: v1.Index, Protocol: unix.RTPROT_BOOT})
	if err != nil || len(routes) != 2 {
		t.Fatalf("routes %v, %v", routes, err)
	}
	for i := range routes {
		for l := range routes[i].Links() {
			if *l != LinkIndex(v1.Index) {
				t.Errorf("a route through %v, want %d", *l, v1.Index)
			}
		}
	}
	do(t, c, &LinkSet{Link: LinkName("v1"), LinkAttrs: LinkAttrs{Change: unix.IFF_UP}}, &LinkSet{Link: LinkName("v1"), NewName: "w"})
	if l := linkOf(t, c, "w"); l.Index != v1.Index {
		t.Errorf("w has the index %d, want that of v1, %d", l.Index, v1.Index)
	}
	wantNoDevice(t, c.Do(t.Context(), addrOn(LinkName("v1"), "10.0.1.5/24")), "v1")
	err = c.Do(t.Context(), &LinkSet{Link: LinkRef{Name: "gone", ByIndex: true}, LinkAttrs: LinkAttrs{Master: Some(LinkName("also gone"))}})
	wantNoDevice(t, err, "also gone")
	if want := `Cannot find device "also gone" in namespace "sw"`; err.Error() != want {
		t.Errorf("says %q, want %q", err, want)
	}
	// What the kernel refuses is told with the name.
	for _, link := range []LinkRef{LinkName("w"), {Index: v1.Index, Name: "w"}} {
		err := c.Do(t.Context(), &AddrDel{Address: Address{Link: link, Prefix: prefix("192.0.2.1/24")}})
		if want := `delete address 192.0.2.1/24 on "w" in "sw": `; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s...", err, want)
		}
	}
}

func linkOf(t *testing.T, c *Conn, name string) Link {
	t.Helper()
	l, err := c.Link(t.Context(), LinkName(name))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A batch looks a name up when its turn comes: a request before it may make
// that link, or take its name away.
func TestIntegrationBatchNames(t *testing.T) {
	seen := new(record)
	c := dial(t, &Config{Observer: seen})
	clearLinks(t, c)
	var b Batch
	add(t, &b, pair("v0", "v1"), addrOn(LinkName("v0"), "10.0.0.1/24"),
		addrOn(LinkName("gone"), "10.0.0.2/24"), addrOn(LinkName("v1"), "10.0.0.3/24"),
		&LinkSet{Link: LinkName("v0"), NewName: "w"}, pair("v0", "x"), addrOn(LinkName("v0"), "10.0.0.4/24"),
		addrOn(LinkName("w"), "10.0.0.1/24")) // which is there already
	for range 2 { // a batch can be run again, and its names are looked up again
		var partial *BatchError
		if err := c.Run(t.Context(), &b); !errors.As(err, &partial) || partial.Done != 6 || partial.NotSent != 1 || partial.Failed != 1 {
			t.Fatalf("got %v", err)
		}
		status, err := b.Result(2)
		if status != NotSent {
			t.Errorf("the request without a link is %v", status)
		}
		wantNoDevice(t, err, "gone")
		if _, err := b.Result(7); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), `on "w"`) {
			t.Errorf("got %v, want that the address of w exists", err)
		}
		for name, want := range map[string]string{"w": "10.0.0.1/24", "v1": "10.0.0.3/24", "v0": "10.0.0.4/24"} {
			addrs, err := c.Addrs(t.Context(), AddrDump{Family: unix.AF_INET, Index: linkOf(t, c, name).Index})
			if err != nil || len(addrs) != 1 || addrs[0].Prefix != prefix(want) {
				t.Errorf("%s has %v, %v; want %s", name, addrs, err, want)
			}
		}
		do(t, c, &LinkDel{Link: LinkName("w")}, &LinkDel{Link: LinkName("v0")})
	}
	// Where nothing changes names, all is one datagram but for the look-ups.
	do(t, c, pair("v0", "v1"))
	b.Reset()
	for i := range 10 {
		add(t, &b, addrOn(LinkName("v0"), fmt.Sprintf("10.0.1.%d/24", i+1)))
	}
	seen.sent = nil
	if err := c.Run(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if len(seen.sent) != 11 {
		t.Errorf("%d datagrams, want 10 that look up and 1", len(seen.sent))
	}
}

// A namespace may be given by name, for a Conn and in a request. It is open
// while the request is sent, and no longer.
func TestIntegrationNetNSNames(t *testing.T) {
	fd := otherNetNS(t)
	opened, open := 0, 0
	cfg := &Config{OpenNetNS: func(n NetNS) (int, func(), error) {
		if n.Name() != "far" {
			return 0, nil, fmt.Errorf("%q: %w", n.Name(), fs.ErrNotExist)
		}
		opened, open = opened+1, open+1
		return fd, func() { open-- }, nil
	}}
	c := dial(t, cfg)
	clearLinks(t, c)
	cfg.NetNS = NetNSName("far")
	far := dial(t, cfg)
	if far.Name() != "far" {
		t.Errorf("the Conn's name is %q", far.Name())
	}
	veth := func(name, netns string) *LinkAdd {
		return &LinkAdd{Name: name, Kind: &Veth{Peer: &VethPeer{Name: name, LinkAttrs: LinkAttrs{NetNS: NetNSName(netns)}}}}
	}
	do(t, c, &NSIDSet{NetNS: NetNSName("far"), ID: 12}, veth("one", "far"))
	if id, err := c.NSID(t.Context(), NSIDGet{NetNS: NetNSName("far")}); err != nil || id != 12 {
		t.Errorf("the id is %d, %v", id, err)
	}
	if err := c.Do(t.Context(), veth("two", "gone")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	var b Batch
	add(t, &b, veth("three", "far"), veth("four", "gone"), veth("five", "far"))
	if err := c.Run(t.Context(), &b); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if got := statuses(&b); got[Done] != 2 || got[NotSent] != 1 {
		t.Errorf("got %v", got)
	}
	for _, name := range []string{"one", "three", "five"} {
		linkOf(t, far, name)
	}
	if opened != 6 || open != 0 {
		t.Errorf("opened %d times, %d are open; want 6 and 0", opened, open)
	}
}

// Without Config.OpenNetNS a name with a "/" is a path, and a number perhaps a
// process.
func TestIntegrationNetNSPaths(t *testing.T) {
	fd := otherNetNS(t)
	// Another test may have taken the main thread elsewhere.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	here := fmt.Sprint(unix.Gettid())
	before := testenv.Snapshot(t)
	c := dial(t, nil)
	there := dial(t, &Config{NetNS: NetNSName(fmt.Sprintf("/proc/self/fd/%d", fd))})
	do(t, c, &LinkAdd{Name: "near", Kind: &Veth{Peer: &VethPeer{Name: "far",
		LinkAttrs: LinkAttrs{NetNS: NetNSName(fmt.Sprintf("/proc/self/fd/%d", fd))}}}})
	linkOf(t, there, "far")
	do(t, there, &LinkSet{Link: LinkName("far"), LinkAttrs: LinkAttrs{NetNS: NetNSNameOrPID(here)}})
	linkOf(t, c, "far")
	do(t, c, &LinkDel{Link: LinkName("far")})
	for _, n := range []NetNS{NetNSName(here), NetNSName("no such"), NetNSNameOrPID("99999999")} {
		if err := c.Do(t.Context(), &LinkSet{Link: LinkName("lo"), LinkAttrs: LinkAttrs{NetNS: n}}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: got %v", n.Name(), err)
		}
		if _, err := Dial(&Config{NetNS: n}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), n.Name()) {
			t.Errorf("%q: got %v", n.Name(), err)
		}
	}
	if err := errors.Join(c.Close(), there.Close()); err != nil {
		t.Fatal(err)
	}
	before.Check(t)
}
