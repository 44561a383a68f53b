package watch

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// message makes a notification from a request, because most have the same form.
func message(t testing.TB, flags uint16, r rtnl.Request) rtnl.Message {
	t.Helper()
	b, err := rtnl.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return rtnl.Message{Type: binary.NativeEndian.Uint16(b[4:]), Flags: flags, Data: b[unix.NLMSG_HDRLEN:]}
}

func routeTo(dst, via string, metric uint32) rtnl.Route {
	r := rtnl.Route{Dst: netip.MustParsePrefix(dst), Priority: metric, OIF: rtnl.LinkIndex(7)}
	if via != "" {
		r.Gateway = netip.MustParseAddr(via)
	}
	return r
}

func added(r rtnl.Route) rtnl.Request { return &rtnl.RouteAdd{Route: r} }

// removed is a notification about a removed route, which has the whole route.
type removed rtnl.Route

func (r removed) Encode(e *rtnl.Encoder) {
	e.Begin(unix.RTM_DELROUTE, 0)
	b, err := rtnl.Encode(added(rtnl.Route(r)))
	if err != nil {
		e.Fail("%v", err)
	}
	e.Header(b[unix.NLMSG_HDRLEN:]...)
}

// The routes of one destination and metric, as notifications leave them.
func TestRoutesOfOneKey(t *testing.T) {
	a, b, c := routeTo("10.0.0.0/8", "10.1.0.1", 5), routeTo("10.0.0.0/8", "10.1.0.2", 5), routeTo("10.0.0.0/8", "10.1.0.3", 5)
	six, six2 := routeTo("fd00::/64", "fd01::1", 5), routeTo("fd00::/64", "fd01::2", 5)
	both := rtnl.Route{Dst: six.Dst, Priority: 5, Nexthops: []rtnl.Nexthop{{Gateway: six.Gateway, OIF: rtnl.LinkIndex(7)}, {Gateway: six2.Gateway, OIF: rtnl.LinkIndex(7)}}}
	const create, replace, appended = unix.NLM_F_CREATE, unix.NLM_F_REPLACE, unix.NLM_F_APPEND | unix.NLM_F_CREATE
	type step struct {
		flags uint16
		req   rtnl.Request
		want  Action
	}
	for name, tt := range map[string]struct {
		steps []step
		want  []string // gateways in order
		dirty bool
	}{
		"append":             {[]step{{create, added(a), Added}, {appended, added(b), Appended}}, []string{"10.1.0.1", "10.1.0.2"}, false},
		"prepend":            {[]step{{create, added(a), Added}, {create, added(b), Added}}, []string{"10.1.0.2", "10.1.0.1"}, false},
		"replace":            {[]step{{create, added(a), Added}, {replace, added(b), Replaced}}, []string{"10.1.0.2"}, false},
		"replace the first":  {[]step{{create, added(a), Added}, {appended, added(b), Appended}, {replace, added(c), Replaced}}, []string{"10.1.0.3", "10.1.0.2"}, true},
		"replace unknown":    {[]step{{replace, added(a), Added}}, []string{"10.1.0.1"}, false},
		"replace by itself":  {[]step{{create, added(a), Added}, {replace, added(a), Repeated}}, []string{"10.1.0.1"}, false},
		"told twice":         {[]step{{create, added(a), Added}, {create, added(a), Repeated}}, []string{"10.1.0.1"}, false},
		"older than known":   {[]step{{create, added(b), Added}, {create, added(a), Added}, {replace, added(b), Replaced}}, []string{"10.1.0.2"}, true},
		"remove":             {[]step{{create, added(a), Added}, {appended, added(b), Appended}, {0, removed(a), Removed}}, []string{"10.1.0.2"}, false},
		"remove unknown":     {[]step{{0, removed(a), Repeated}}, nil, false},
		"remove another":     {[]step{{create, added(a), Added}, {0, removed(b), Removed}}, []string{"10.1.0.1"}, true},
		"joined of IPv6":     {[]step{{create, added(six), Added}, {appended, added(both), Appended}}, []string{"via fd01::1 dev if7+via fd01::2 dev if7"}, false},
		"one of joined gone": {[]step{{create, added(both), Added}, {0, removed(six), Removed}}, []string{"via fd01::1 dev if7+via fd01::2 dev if7"}, true},
	} {
		s := newState()
		var last object
		for i, one := range tt.steps {
			d, err := s.apply(message(t, one.flags, one.req))
			if err != nil || d == nil {
				t.Fatalf("%s: step %d: %v, %v", name, i, d, err)
			}
			if d.action != one.want {
				t.Errorf("%s: step %d: %v, want %v", name, i, d.action, one.want)
			}
			last = d.object
		}
		var got []string
		for _, o := range s.objects[last.key] {
			var ways []string
			o.facts.each(func(name, value string) {
				if name == "via" || name == "nexthop" {
					ways = append(ways, s.names.in(value))
				}
			})
			got = append(got, strings.Join(ways, "+"))
		}
		if !slices.Equal(got, tt.want) || s.dirty != tt.dirty {
			t.Errorf("%s: got %q, dirty %v; want %q, %v", name, got, s.dirty, tt.want, tt.dirty)
		}
	}
}

// TestBecome compares a reading with the known state, except for keys that
// notifications touched.
func TestBecome(t *testing.T) {
	was, now := newState(), newState()
	apply := func(s *state, r rtnl.Request) *delta {
		d, err := s.apply(message(t, unix.NLM_F_CREATE, r))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, r := range []string{"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"} {
		apply(was, added(routeTo(r, "", 0)))
	}
	touched := map[key]bool{apply(was, added(routeTo("10.4.0.0/16", "", 0))).key: true}
	apply(now, added(routeTo("10.1.0.0/16", "", 0)))
	apply(now, added(routeTo("10.2.0.0/16", "10.9.0.1", 0)))
	apply(now, added(routeTo("10.5.0.0/16", "", 0)))
	var got []string
	for _, d := range was.become(now, touched) {
		e := d.event(was.names)
		got = append(got, e.String())
	}
	want := []string{
		"route 10.3.0.0/16 dev if7 removed",
		"route 10.2.0.0/16 via 10.9.0.1 dev if7 changed: via 10.9.0.1 added, scope link removed",
		"route 10.5.0.0/16 dev if7 added",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if !was.dirty || len(was.objects) != 4 {
		t.Errorf("dirty %v, %d objects", was.dirty, len(was.objects))
	}
}

// A link's sentences.
func TestLinkSentences(t *testing.T) {
	names := linkNames{3: "br0"}
	link := func(fill func(*factWriter)) facts {
		var w factWriter
		fill(&w)
		return w.facts()
	}
	old := link(func(w *factWriter) {
		w.text("name", "eth0")
		w.flag("up", true)
		w.flag("carrier", true)
		w.number("mtu", 1500)
	})
	for want, now := range map[string]func(*factWriter){
		"link eth0 went down, lost its carrier": func(w *factWriter) { w.text("name", "eth0"); w.number("mtu", 1500) },
		"link eth0 is called x now": func(w *factWriter) {
			w.text("name", "x")
			w.flag("up", true)
			w.flag("carrier", true)
			w.number("mtu", 1500)
		},
		"link eth0 became a port of br0, mtu 1500 became 1400": func(w *factWriter) {
			w.text("name", "eth0")
			w.flag("up", true)
			w.flag("carrier", true)
			w.link("master", 3)
			w.number("mtu", 1400)
		},
		`link eth0 alias a\x1bb added`: func(w *factWriter) {
			w.text("name", "eth0")
			w.flag("up", true)
			w.flag("carrier", true)
			w.number("mtu", 1500)
			w.text("alias", "a\x1bb")
		},
	} {
		d := delta{action: Changed, object: object{key: key{Link, 2, ""}, name: "eth0", facts: link(now)}, old: old, renamed: "eth0"}
		e := d.event(names)
		if got := e.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A removed object is reported with its known properties, whatever the deletion
// says.
func TestRemovedAsKnown(t *testing.T) {
	s := newState()
	address := func(flags uint32) rtnl.Message {
		return message(t, 0, &rtnl.AddrAdd{Address: rtnl.Address{Link: rtnl.LinkIndex(2), Prefix: netip.MustParsePrefix("fe80::1/64"), Flags: flags}})
	}
	was, err := s.apply(address(0))
	if err != nil {
		t.Fatal(err)
	}
	gone := address(unix.IFA_F_TENTATIVE)
	gone.Type = unix.RTM_DELADDR
	d, err := s.apply(gone)
	if err != nil || d.action != Removed || d.facts != was.facts {
		t.Errorf("removed %q, known %q; %v", d.facts, was.facts, err)
	}
}

func TestParseKinds(t *testing.T) {
	got, err := ParseKinds("route,link")
	if err != nil || got != 1<<Route|1<<Link {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "link,", "links", "netns"} {
		if _, err := ParseKinds(bad); err == nil || !strings.Contains(err.Error(), "expected names from link,address,route,neigh,fdb,rule,qdisc") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestFindSocket(t *testing.T) {
	const table = `sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
0000000000000000 0   0          00000000 0        0        0     2        0        4
0000000000000000 4   77         00000000 0        0        0     2        0        565
0000000000000000 0   77         00000440 0        0        0     2        0        601
0000000000000000 0   4294967295 00000440 0        0        0     2        0        602
short
`
	for port, want := range map[uint32]uint64{77: 601, 1<<32 - 1: 602, 78: 0} {
		if got, err := findSocket(strings.NewReader(table), port); got != want || err != nil {
			t.Errorf("port %d: inode %d, %v; want %d", port, got, err, want)
		}
	}
}

// No message breaks the state, and all sentences are printable.
func FuzzApply(f *testing.F) {
	up := rtnl.LinkAttrs{}
	up.Up()
	for _, r := range []rtnl.Request{
		added(routeTo("10.0.0.0/8", "10.1.0.1", 5)), removed(routeTo("fd00::/8", "fd01::1", 5)),
		&rtnl.LinkAdd{Name: "x\x1b", LinkAttrs: up, Kind: &rtnl.Veth{}},
		&rtnl.AddrAdd{Address: rtnl.Address{Link: rtnl.LinkIndex(3), Prefix: netip.MustParsePrefix("10.0.0.1/24")}},
		&rtnl.NeighAdd{Neigh: rtnl.Neigh{Link: rtnl.LinkIndex(3), Family: unix.AF_BRIDGE, LLAddr: []byte{2, 0, 0, 0, 0, 1}, VLAN: 4}},
		&rtnl.RuleAdd{Rule: rtnl.Rule{IIFName: "a", FwMark: 3}},
	} {
		m := message(f, unix.NLM_F_CREATE, r)
		f.Add(m.Type, m.Flags, m.Data, m.Data)
	}
	f.Add(uint16(unix.RTM_NEWQDISC), uint16(0), append(make([]byte, 8), 0, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 8, 0, 1, 0, 't', 'b', 'f', 0), []byte{})
	f.Fuzz(func(t *testing.T, typ, flags uint16, first, second []byte) {
		s := newState()
		for i, data := range [][]byte{first, second, first} {
			m := rtnl.Message{Type: typ ^ uint16(i&1), Flags: flags, Data: data}
			d, err := s.apply(m)
			if err != nil && !errors.Is(err, rtnl.ErrMalformed) {
				t.Fatal(err)
			}
			if d == nil {
				continue
			}
			e := d.event(s.names)
			e.message = &m
			line := e.String()
			b, err := e.JSON()
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range line + string(b) {
				if r < ' ' || r >= 0x7f && r < 0xa0 {
					t.Fatalf("%q\n%q", line, b)
				}
			}
		}
		was := newState()
		was.become(s, nil)
		if len(was.become(s, nil)) != 0 {
			t.Fatal("a state differs from itself")
		}
	})
}
