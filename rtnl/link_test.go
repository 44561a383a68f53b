package rtnl

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/jsimonetti/rtnetlink/v2/driver"
	"golang.org/x/sys/unix"
)

func getLink(t testing.TB, c *Conn, ref LinkRef) Link {
	t.Helper()
	l, err := c.Link(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func absent(t testing.TB, c *Conn, names ...string) {
	t.Helper()
	for _, name := range names {
		if l, err := c.Link(t.Context(), LinkName(name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is there: index %d, kind %q, %v", name, l.Index, l.Kind, err)
		}
	}
}

// Each attribute, set alone on a link that is there, is what the kernel
// reports, to this package and to ip.
func TestIntegrationLinkSet(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	do(t, c, &LinkAdd{Kind: &Bridge{}, Name: "br", Index: 50}, pair("s", "peer"))
	for _, tt := range []struct {
		name string
		set  LinkAttrs
		got  func(l Link) any
		want any
	}{
		{"address", LinkAttrs{Address: mac("02:00:00:00:00:99")}, func(l Link) any { return l.Address.String() }, "02:00:00:00:00:99"},
		{"broadcast", LinkAttrs{Broadcast: mac("ff:ff:ff:00:00:ff")}, func(l Link) any { return l.Broadcast.String() }, "ff:ff:ff:00:00:ff"},
		{"mtu", LinkAttrs{MTU: 68}, func(l Link) any { return l.MTU }, uint32(68)},
		{"mtu again", LinkAttrs{MTU: 65535}, func(l Link) any { return l.MTU }, uint32(65535)},
		{"queue length", LinkAttrs{TxQueueLen: Some(uint32(0))}, func(l Link) any { return l.TxQueueLen }, uint32(0)},
		{"group", LinkAttrs{Group: Some(uint32(1<<31 - 1))}, func(l Link) any { return l.Group }, uint32(1<<31 - 1)},
		{"group away", LinkAttrs{Group: Some(uint32(0))}, func(l Link) any { return l.Group }, uint32(0)},
		{"alias", LinkAttrs{Alias: Some("so – und\tso")}, func(l Link) any { return l.Alias }, "so – und\tso"},
		{"longest alias", LinkAttrs{Alias: Some(strings.Repeat("x", 255))}, func(l Link) any { return l.Alias }, strings.Repeat("x", 255)},
		{"alias away", LinkAttrs{Alias: Some("")}, func(l Link) any { return l.Alias }, ""},
		{"master", LinkAttrs{Master: Some(LinkIndex(50))}, func(l Link) any { return [2]any{l.Master, l.PortKind} }, [2]any{uint32(50), "bridge"}},
		{"master away", LinkAttrs{Master: Some(LinkRef{})}, func(l Link) any { return [2]any{l.Master, l.PortKind} }, [2]any{uint32(0), ""}},
		{"link mode", LinkAttrs{LinkMode: Some(uint8(1))}, func(l Link) any { return l.LinkMode }, uint8(1)},
		{"GSO size", LinkAttrs{GSOMaxSize: Some(uint32(50001))}, func(l Link) any { return l.GSOMaxSize }, uint32(50001)},
		{"GSO segments", LinkAttrs{GSOMaxSegs: Some(uint32(11))}, func(l Link) any { return l.GSOMaxSegs }, uint32(11)},
		{"GRO size", LinkAttrs{GROMaxSize: Some(uint32(50002))}, func(l Link) any { return l.GROMaxSize.Or(0) }, uint32(50002)},
		{"address generation", LinkAttrs{AddrGenMode: Some(addrGenNone)}, func(l Link) any { m, _ := l.AddrGenMode(); return m }, addrGenNone},
		{"address generation back", LinkAttrs{AddrGenMode: Some(uint8(0))}, func(l Link) any { m, ok := l.AddrGenMode(); return [2]any{m, ok} }, [2]any{uint8(0), true}},
		{"flags", LinkAttrs{Flags: unix.IFF_NOARP | unix.IFF_DEBUG, Change: unix.IFF_NOARP | unix.IFF_MULTICAST},
			func(l Link) any { return l.Flags & (unix.IFF_NOARP | unix.IFF_DEBUG | unix.IFF_MULTICAST) }, uint32(unix.IFF_NOARP)},
		{"flags back", LinkAttrs{Flags: unix.IFF_MULTICAST, Change: unix.IFF_NOARP | unix.IFF_MULTICAST},
			func(l Link) any { return l.Flags & (unix.IFF_NOARP | unix.IFF_MULTICAST) }, uint32(unix.IFF_MULTICAST)},
		{"up with address generation", LinkAttrs{Flags: unix.IFF_UP, Change: unix.IFF_UP, AddrGenMode: Some(addrGenNone)},
			func(l Link) any { m, _ := l.AddrGenMode(); return [2]any{l.Up(), m} }, [2]any{true, addrGenNone}},
		{"down", down(), func(l Link) any { return l.Up() }, false},
	} {
		if _, older := olderLinux(t, 5, 19); older && tt.name == "GRO size" {
			continue
		}
		do(t, c, &LinkSet{Link: LinkName("s"), LinkAttrs: tt.set})
		if got := tt.got(getLink(t, c, LinkName("s"))); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
		if !strings.Contains(tt.name, "alias") { // ip prints a tab as it is, which no JSON reader takes
			agreeWithIP(t, c)
		}
	}
	// What a veth end cannot be given, and other links can.
	for _, a := range []LinkAttrs{{Carrier: Some(uint8(1))}, {ProtoDown: Some(uint8(1))}} {
		if err := c.Do(t.Context(), &LinkSet{Link: LinkName("s"), LinkAttrs: a}); !errors.Is(err, ErrNotSupported) {
			t.Errorf("carrier or protocol down of a veth end: got %v", err)
		}
	}
	do(t, c, &LinkAdd{Kind: Driver(&driver.Macvlan{}), Name: "mv", LinkAttrs: LinkAttrs{Link: LinkIndex(getLink(t, c, LinkName("s")).Index)}},
		&LinkSet{Link: LinkName("mv"), LinkAttrs: LinkAttrs{ProtoDown: Some(uint8(1))}})
	agreeWithIP(t, c)
	if l := getLink(t, c, LinkName("mv")); l.ProtoDown != 1 || l.Kind != "macvlan" {
		t.Errorf("protocol down of a macvlan: %+v", l)
	}
	do(t, c, &LinkSet{Link: LinkName("mv"), LinkAttrs: LinkAttrs{ProtoDown: Some(uint8(0))}})
	if l := getLink(t, c, LinkName("mv")); l.ProtoDown != 0 {
		t.Errorf("protocol down of a macvlan, taken away: %+v", l)
	}
	do(t, c, &LinkDel{Link: LinkName("mv")})
	// IF_OPER_DORMANT (5), which user space may say of a link whose driver says
	// nothing.
	there := dial(t, &Config{NetNS: NetNSFD(otherNetNS(t))})
	do(t, there, &LinkSet{Link: LinkName("lo"), LinkAttrs: up()}, &LinkSet{Link: LinkName("lo"), LinkAttrs: LinkAttrs{OperState: Some(uint8(5))}})
	if l := getLink(t, there, LinkName("lo")); l.OperState != 5 {
		t.Errorf("oper state %d, want 5", l.OperState)
	}
	// Renaming, and the name that is given with the index.
	s := getLink(t, c, LinkName("s"))
	do(t, c, &LinkSet{Link: LinkIndex(s.Index), NewName: "renamed"})
	absent(t, c, "s")
	if l := getLink(t, c, LinkName("renamed")); l.Index != s.Index {
		t.Errorf("renamed has index %d, was %d", l.Index, s.Index)
	}
	if err := c.Do(t.Context(), &LinkSet{Link: LinkIndex(s.Index), NewName: "peer"}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a name that is taken: got %v", err)
	}
	// An option of the port that it becomes.
	do(t, c, &LinkSet{Link: LinkIndex(s.Index), LinkAttrs: LinkAttrs{Master: Some(LinkIndex(50))}},
		&LinkSet{Link: LinkIndex(s.Index), Port: bridgePort{cost: 77}})
	r := NewAttrReader(getLink(t, c, LinkIndex(s.Index)).PortData)
	cost := uint32(0)
	for r.Next() {
		if r.Type() == unix.IFLA_BRPORT_COST {
			cost = r.Uint32()
		}
	}
	if cost != 77 || r.Err() != nil {
		t.Errorf("port cost %d, %v, want 77", cost, r.Err())
	}
}

func TestIntegrationLinkGroup(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	const group = 4242
	for i := range 5 {
		add := pair(fmt.Sprintf("g%d", i), fmt.Sprintf("h%d", i))
		add.Group = Some(uint32(group))
		do(t, c, add)
	}
	do(t, c, &LinkSet{InGroup: Some(uint32(group)), LinkAttrs: LinkAttrs{Flags: unix.IFF_UP, Change: unix.IFF_UP, MTU: 1444, Alias: Some("all")}})
	links, err := c.Links(t.Context(), LinkDump{Kind: "veth"})
	if err != nil || len(links) != 10 {
		t.Fatalf("%d links, %v", len(links), err)
	}
	for _, l := range links {
		in := l.Group == group
		if in != strings.HasPrefix(l.Name, "g") || in != l.Up() || in != (l.MTU == 1444) || in != (l.Alias == "all") {
			t.Errorf("%s: group %d, up %v, MTU %d, alias %q", l.Name, l.Group, l.Up(), l.MTU, l.Alias)
		}
	}
	do(t, c, &LinkDel{InGroup: Some(uint32(group))})
	if links, err = c.Links(t.Context(), LinkDump{Kind: "veth"}); err != nil || len(links) != 0 {
		t.Errorf("%d links are left, %v", len(links), err)
	}
	err = c.Do(t.Context(), &LinkDel{InGroup: Some(uint32(group))})
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "delete link group 4242: no such link") {
		t.Errorf("an empty group: got %v", err)
	}
}

func TestIntegrationAltNames(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	do(t, c, &LinkAdd{Kind: &Bridge{}, Name: "b", Index: 300})
	long, longest := "a name of 16 byt", strings.Repeat("l", 127)
	do(t, c, &AltNameAdd{Link: LinkIndex(300), Names: []string{"short", long}},
		&AltNameAdd{Link: LinkName("short"), Names: []string{longest}})
	agreeWithIP(t, c)
	for _, name := range []string{"b", "short", long, longest} {
		if l := getLink(t, c, LinkName(name)); l.Index != 300 || !slices.Equal(l.AltNames, []string{"short", long, longest}) {
			t.Errorf("by %q: index %d, alternative names %q", name, l.Index, l.AltNames)
		}
		if i, err := c.LinkIndex(t.Context(), name); err != nil || i != 300 {
			t.Errorf("by %q: index %d, %v", name, i, err)
		}
		// A change finds the link by any of its names, and renames it by none.
		if _, older := olderLinux(t, 6, 1); older && len(name) > 15 {
			continue // Linux 5.10 does not look at IFLA_ALT_IFNAME there
		}
		do(t, c, &LinkSet{Link: LinkName(name), LinkAttrs: LinkAttrs{Alias: Some(name)}})
		if l := getLink(t, c, LinkIndex(300)); l.Alias != name || l.Name != "b" {
			t.Errorf("by %q: alias %q, name %q", name, l.Alias, l.Name)
		}
	}
	err := c.Do(t.Context(), &LinkAdd{Kind: &Bridge{}, Name: "short"})
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("a link with the alternative name of another: got %v", err)
	}
	err = c.Do(t.Context(), &AltNameAdd{Link: LinkName("b"), Names: []string{"short"}})
	if !errors.Is(err, fs.ErrExist) || !strings.HasPrefix(err.Error(), `add alternative name "short" of "b": `) {
		t.Errorf("an alternative name twice: got %v", err)
	}
	do(t, c, &AltNameDel{Link: LinkName(long), Names: []string{"short", longest}})
	absent(t, c, "short", longest)
	err = c.Do(t.Context(), &AltNameDel{Link: LinkIndex(300), Names: []string{"short"}})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an alternative name that is not there: got %v", err)
	}
	do(t, c, &LinkDel{Link: LinkName(long)})
	absent(t, c, "b")
	if _, err := c.LinkIndex(t.Context(), longest); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// Names and indices of the kernel's choice come back with NLM_F_ECHO, where the
// kernel echoes links (Linux 6.2).
func TestIntegrationKernelChosenNames(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	m, err := c.Echo(t.Context(), &LinkAdd{Kind: &Veth{}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for msg := range m.All() {
		l, err := DecodeLink(msg)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, l.Name)
		if got := getLink(t, c, LinkIndex(l.Index)); got.Name != l.Name {
			t.Errorf("index %d is %q, the echo said %q", l.Index, got.Name, l.Name)
		}
	}
	if m.Len() > 0 && !slices.Contains(names, "veth0") && !slices.Contains(names, "veth1") {
		t.Errorf("echoed %q, want a veth0 or veth1", names)
	}
	for _, name := range []string{"veth0", "veth1"} {
		getLink(t, c, LinkName(name))
	}
	do(t, c, &LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "t%d"}}, Name: "t%d"}, &LinkAdd{Kind: &Bridge{}, Name: "t%d"})
	for _, name := range []string{"t0", "t1", "t2"} {
		getLink(t, c, LinkName(name))
	}
	for _, bad := range []string{"a/b", "a b", ".", "..", "a:b", "t%d%d", "%x"} {
		if err := c.Do(t.Context(), &LinkAdd{Kind: &Bridge{}, Name: bad}); !errors.Is(err, unix.EINVAL) {
			t.Errorf("name %q: got %v", bad, err)
		}
	}
	links, err := c.Links(t.Context(), LinkDump{})
	if err != nil || len(links) != 6 {
		t.Errorf("%d links, %v", len(links), err)
	}
}

// What fails leaves nothing half done.
func TestIntegrationLinkNotSupported(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	do(t, c, &LinkAdd{Kind: &Bridge{}, Name: "lower", Index: 40})
	before, err := c.Links(t.Context(), LinkDump{})
	if err != nil {
		t.Fatal(err)
	}
	lacking := 0
	for _, k := range []Kind{
		PlainKind("dummy"), Driver(&driver.Vlan{ID: ptr(uint16(5))}), Driver(&driver.Bond{}), PlainKind("no-such-kind"),
	} {
		err := c.Do(t.Context(), &LinkAdd{Kind: k, Name: "x", LinkAttrs: LinkAttrs{Link: LinkIndex(40)}})
		if err == nil { // this kernel has it
			do(t, c, &LinkDel{Link: LinkName("x")})
			continue
		}
		lacking++
		if !errors.Is(err, ErrNotSupported) || !strings.Contains(err.Error(), `create link "x": Unknown device type (EOPNOTSUPP`) {
			t.Errorf("%s: got %v", k.Kind(), err)
		}
	}
	if lacking == 0 {
		t.Error("even no-such-kind was created")
	}
	// The kernel takes address generation once the link has IPv6, not before.
	err = c.Do(t.Context(), &LinkAdd{Kind: &Veth{}, Name: "x", LinkAttrs: LinkAttrs{AddrGenMode: Some(addrGenNone)}})
	if _, older := olderLinux(t, 6, 1); older && err == nil {
		do(t, c, &LinkDel{Link: LinkName("x")}) // Linux 5.10 passes over it
	} else if !errors.Is(err, ErrNotSupported) || !errors.Is(err, unix.EAFNOSUPPORT) {
		t.Errorf("address generation in a create: got %v", err)
	}
	bad := []*LinkAdd{
		{Kind: &Veth{Peer: &VethPeer{Name: "lower"}}, Name: "x"},
		{Kind: &Veth{Peer: &VethPeer{Name: "y"}}, Name: "x", LinkAttrs: LinkAttrs{Master: Some(LinkIndex(9999))}},
		{Kind: &Veth{Peer: &VethPeer{Name: "y", LinkAttrs: LinkAttrs{Address: net.HardwareAddr{1, 2, 3}}}}, Name: "x"},
		{Kind: &Veth{Peer: &VethPeer{Name: "y", LinkAttrs: LinkAttrs{MTU: 67}}}, Name: "x"},
		{Kind: &Veth{Peer: &VethPeer{Name: "y", LinkAttrs: LinkAttrs{NetNS: NetNSFD(9999)}}}, Name: "x"},
		{Kind: &Bridge{Priority: Some(uint16(1)), GroupAddr: mac("02:00:00:00:00:00")}, Name: "x"},
	}
	if _, older := olderLinux(t, 6, 1); !older {
		bad = append(bad, &LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "y", LinkAttrs: LinkAttrs{AddrGenMode: Some(addrGenNone)}}}, Name: "x"})
	}
	for _, bad := range bad {
		if err := c.Do(t.Context(), bad); err == nil {
			t.Errorf("%+v was created", bad)
		}
	}
	after, err := c.Links(t.Context(), LinkDump{})
	if err != nil || len(after) != len(before) {
		t.Errorf("%d links, were %d, %v", len(after), len(before), err)
	}
}

// An index says which link is meant, whatever else the reference holds.
func TestLinkRefPrecedence(t *testing.T) {
	want := encode(t, &LinkDel{Link: LinkIndex(5)})
	if got := encode(t, &LinkDel{Link: LinkRef{Index: 5, Name: "x"}}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
