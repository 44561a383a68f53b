package rtnl

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// sent is a request's message as a program sends it.
func sent(t testing.TB, r Request) Message {
	t.Helper()
	b, err := Encode(r)
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	m, _, err := nextMessage(b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Every request whose message has golden bytes is read back as one that makes
// the same message, or said not to be known.
func TestDecodeRequest(t *testing.T) {
	read := map[uint16]int{}
	for _, g := range linkGoldens() {
		m := sent(t, g.req)
		r, err := DecodeRequest(m)
		if err != nil {
			// Those that only ask, and those with options of other packages.
			known := true
			switch r := g.req.(type) {
			case *LinkGet, *LinkDump:
				known = false
			case *LinkAdd:
				_, driver := r.Kind.(driverKind)
				known = !driver
			case *LinkSet:
				known = r.Port == nil
			}
			if known {
				t.Errorf("%+v: %v", g.req, err)
			}
			if !errors.Is(err, ErrNotSupported) {
				t.Errorf("%+v: %v, want ErrNotSupported", g.req, err)
			}
			continue
		}
		read[m.Type]++
		if again := sent(t, r); again.Type != m.Type || again.Flags != m.Flags || !slices.Equal(again.Data, m.Data) {
			t.Errorf("%+v is read as %+v", g.req, r)
		}
	}
	if read[unix.RTM_NEWLINK] < 5 || read[unix.RTM_DELLINK] == 0 {
		t.Errorf("read: %v", read)
	}
	for _, r := range []Request{
		&AddrAdd{Address: Address{Link: LinkIndex(3), Prefix: netip.MustParsePrefix("10.0.0.1/24"), Label: "x"}},
		&AddrDel{Address: Address{Link: LinkIndex(3), Prefix: netip.MustParsePrefix("10.0.0.1/24")}, AnyLength: true},
		&RouteAdd{Route: Route{Dst: netip.MustParsePrefix("10.0.0.0/8"), OIF: LinkIndex(3)}, Mode: ModeAppend},
		&RouteDel{Route{Dst: netip.MustParsePrefix("fd00::/8"), Table: 70000}},
		&NeighAdd{Neigh: Neigh{Link: LinkIndex(3), Dst: netip.MustParseAddr("10.0.0.2"), LLAddr: []byte{2, 0, 0, 0, 0, 1}}, Mode: ModeReplace},
		&NeighDel{Neigh{Link: LinkIndex(3), Dst: netip.MustParseAddr("10.0.0.2"), State: NeighStateNone}},
		&RuleAdd{Rule{Src: netip.MustParsePrefix("10.0.0.0/8"), Table: 7, FwMark: 5}},
		&RuleDel{Rule{Goto: 9, Priority: Some[uint32](0)}},
		&NSIDSet{NetNS: NetNSPID(77), ID: 5},
	} {
		m := sent(t, r)
		got, err := DecodeRequest(m)
		if err != nil {
			t.Errorf("%+v: %v", r, err)
			continue
		}
		if again := sent(t, got); again.Type != m.Type || again.Flags != m.Flags || !slices.Equal(again.Data, m.Data) {
			t.Errorf("%+v is read as %+v", r, got)
		}
	}
}

// attrOf is an attribute, padded.
func attrOf(typ uint16, payload ...byte) []byte {
	b := append([]byte{byte(4 + len(payload)), 0, byte(typ), byte(typ >> 8)}, payload...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// What says the same in another way is the same request, and what says more is
// none.
func TestSameRequest(t *testing.T) {
	header := make([]byte, unix.SizeofIfInfomsg)
	kind := attrOf(unix.IFLA_INFO_KIND, []byte("veth")...) // iproute2 sends no NUL, and does not mark the nest
	peer := attrOf(vethInfoPeer, slices.Concat(header, attrOf(unix.IFLA_ADDRESS, 2, 0, 0, 0, 0, 1), attrOf(unix.IFLA_IFNAME, 'b', 0))...)
	info := attrOf(unix.IFLA_LINKINFO, slices.Concat(kind, attrOf(unix.IFLA_INFO_DATA, peer...))...)
	add := &LinkAdd{Name: "a", Kind: &Veth{Peer: &VethPeer{Name: "b", LinkAttrs: LinkAttrs{Address: []byte{2, 0, 0, 0, 0, 1}}}}}
	m := Message{
		Type: unix.RTM_NEWLINK, Flags: unix.NLM_F_REQUEST | unix.NLM_F_CREATE | unix.NLM_F_EXCL,
		Data: slices.Concat(header, info, attrOf(unix.IFLA_IFNAME, 'a', 0)),
	}
	if !SameRequest(m, add) {
		t.Error("the order of attributes tells them apart")
	}
	for name, change := range map[string]func(m *Message){
		"another flag":         func(m *Message) { m.Flags &^= unix.NLM_F_EXCL },
		"another type":         func(m *Message) { m.Type = unix.RTM_SETLINK },
		"another header":       func(m *Message) { m.Data = slices.Clone(m.Data); m.Data[4] = 9 },
		"one attribute more":   func(m *Message) { m.Data = append(slices.Clip(m.Data), attrOf(0x77, 1)...) },
		"an attribute twice":   func(m *Message) { m.Data = append(slices.Clip(m.Data), attrOf(unix.IFLA_IFNAME, 'a', 0)...) },
		"one attribute less":   func(m *Message) { m.Data = m.Data[:len(m.Data)-8] },
		"another value inside": func(m *Message) { m.Data = slices.Replace(slices.Clone(m.Data), 24, 25, 'w') },
		"cut off":              func(m *Message) { m.Data = m.Data[:len(m.Data)-3] },
		"nothing":              func(m *Message) { m.Data = nil },
	} {
		n := m
		change(&n)
		if SameRequest(n, add) {
			t.Errorf("%s makes no difference", name)
		}
		if r, err := DecodeRequest(n); err == nil && name != "one attribute less" && name != "another header" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if SameRequest(m, &LinkAdd{Name: "a"}) {
		t.Error("a request that cannot be encoded is the same")
	}
	set := &LinkSet{Link: LinkIndex(3), LinkAttrs: LinkAttrs{Master: Some(LinkIndex(9))}}
	n := sent(t, set)
	n.Type = unix.RTM_SETLINK
	if !SameRequest(n, set) {
		t.Error("RTM_SETLINK is another request")
	}
}

func FuzzDecodeRequest(f *testing.F) {
	seedMessages(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, _, err := nextMessage(b)
		if err != nil {
			return
		}
		r, err := DecodeRequest(m)
		if err == nil && !SameRequest(m, r) {
			t.Errorf("%+v is another request", r)
		}
	})
}
