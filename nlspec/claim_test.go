package nlspec

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// checkClaims checks that each byte of m is claimed once, and returns the
// claims.
func checkClaims(t *testing.T, c Context, m []byte) (list []Claim) {
	t.Helper()
	at := 0
	c.Claims(m, func(claim Claim) bool {
		if claim.Offset != at || claim.Len <= 0 || claim.Of.String() == "unknown" {
			t.Fatalf("protocol %d: byte %d comes next, the claim is %+v, of\n% x", c.Protocol, at, claim, m)
		}
		at += claim.Len
		list = append(list, claim)
		return true
	})
	if at != len(m) {
		t.Fatalf("protocol %d: %d of %d bytes are claimed, of\n% x", c.Protocol, at, len(m), m)
	}
	// A walk ends when it is stopped.
	n := 0
	c.Claims(m, func(Claim) bool { n++; return n < len(list)/2 })
	if want := max(len(list)/2, min(len(list), 1)); n != want {
		t.Fatalf("stopped at claim %d, got %d", want, n)
	}
	return list
}

func TestClaims(t *testing.T) {
	route := []byte{unix.AF_INET, 24, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0}
	hop := append(append(u16(18), 0, 0), append(u32(3), append(attr(unix.RTA_GATEWAY, []byte{10, 0, 0, 1}), 9, 9)...)...)
	for _, tt := range []struct {
		name string
		msg  []byte
		want string
	}{
		{"no header", []byte{1, 2, 3}, "rest 3"},
		{"a header alone", msg(unix.RTM_GETLINK, 5), "header 16"},
		{"a short header", msg(unix.RTM_GETLINK, 5, []byte{7, 0, 0}), "header 16, value 1, padding 1, rest 1"},
		{"bytes after the message", append(msg(unix.RTM_GETNSID, 5, []byte{0}), 0, 0, 0), "header 16, value 1, rest 3"},
		{"a padded header", msg(unix.RTM_GETNSID, 5, []byte{0, 0, 0, 0}, attr(unix.NETNSA_PID, u32(1))),
			"header 16, value 1, padding 3, header 4, value 4"},
		{"an unknown type", msg(23, 5, []byte{1, 2, 3}), "header 16, rest 3"},
		{"an odd name", msg(unix.RTM_SETLINK, 5, ifinfo(0, 1), attr(unix.IFLA_IFNAME, text("ab")), []byte{1, 2}),
			"header 16, value 1, padding 1, value 2, value 4, value 4, value 4, header 4, value 3, padding 1, rest 2"},
		{"next hops", msg(unix.RTM_NEWROUTE, 5, route, attr(unix.RTA_MULTIPATH, hop, []byte{0, 0}, []byte{1, 0, 0, 0, 0, 0, 0, 0})),
			"header 16, value 1 1 1 1 1 1 1 1 4, header 4, value 2 1 1 4, header 4, value 4, rest 2, padding 2, rest 8"},
		{"an attribute that aligns", msg(unix.RTM_NEWROUTE, 5, route, attr(unix.RTA_PAD), attr(unix.RTA_PAD, u32(0))),
			"header 16, value 1 1 1 1 1 1 1 1 4, header 4, header 4, padding 4"},
		{"an error", msg(unix.NLMSG_ERROR, 0x200, u32(0xffffffef), msg(unix.RTM_GETNSID, 5, []byte{0}), []byte{0, 0, 0}, attr(unix.NLMSGERR_ATTR_MSG, text("no"))),
			"header 16, value 4, header 16, value 1, padding 3, header 4, value 3, padding 1"},
		{"an error about an error", msg(unix.NLMSG_ERROR, 0, u32(0xffffffef), msg(unix.NLMSG_ERROR, 5, u32(0), make([]byte, 16))),
			"header 16, value 4, header 16, value 4, rest 16"},
	} {
		var got strings.Builder
		last := ClaimOf(0)
		for _, c := range checkClaims(t, Context{Protocol: unix.NETLINK_ROUTE}, tt.msg) {
			if c.Of == last && c.Of == ValueClaim && strings.Contains(tt.want, "1 1") {
				fmt.Fprintf(&got, " %d", c.Len)
				continue
			}
			if last != 0 {
				got.WriteString(", ")
			}
			fmt.Fprintf(&got, "%s %d", c.Of, c.Len)
			last = c.Of
		}
		if got.String() != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, &got, tt.want)
		}
	}
}

// grower makes random messages from the grammar, and now and then breaks one of
// its rules.
type grower struct {
	*rand.Rand
	family    uint8
	direction Direction
}

func (g *grower) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.Uint32() & g.Uint32())
	}
	return b
}

// body grows attributes of s. Those that selectors depend on come first, with a
// value of one of their cases.
func (g *grower) body(s Set, depth int) (b []byte) {
	for i := range s {
		for sel := s[i].By; sel != nil; sel = sel.Else {
			if sel.What != BySibling || sel.Up > 0 || len(sel.Cases) == 0 || g.IntN(2) == 0 {
				continue
			}
			c := sel.Cases[g.IntN(len(sel.Cases))]
			value := text(c.Name)
			if c.Name == "" {
				value = u32(uint32(c.Number))[:max(1, s.Attr(sel.Sibling).Kind.Size())&7]
			}
			b = append(b, attr(sel.Sibling, value)...)
			a := s[i]
			g.choose(&a, c)
			b = append(b, g.attr(uint16(i), a, depth)...)
		}
	}
	for range g.IntN(4) {
		if typ := g.IntN(len(s) + 2); typ < len(s) {
			b = append(b, g.attr(uint16(typ), s[typ], depth)...)
		} else {
			b = append(b, attr(uint16(typ), g.bytes(g.IntN(20)))...)
		}
	}
	return b
}

func (g *grower) choose(a *Attr, c Case) {
	if *a = (Attr{Kind: Nested, Nest: c.Set}); c.Set == nil && c.Attr != nil {
		*a = *c.Attr
	}
}

func (g *grower) attr(typ uint16, a Attr, depth int) []byte {
	if g.IntN(4) == 0 {
		typ |= unix.NLA_F_NESTED
	}
	return attr(typ, g.payload(a, depth))
}

func (g *grower) payload(a Attr, depth int) (b []byte) {
	if s := a.By; s != nil && len(s.Cases) > 0 && s.What != BySibling && g.IntN(2) == 0 {
		g.choose(&a, s.Cases[g.IntN(len(s.Cases))])
	}
	switch {
	case g.IntN(16) == 0 || depth > 6:
		return g.bytes(g.IntN(24))
	case a.Kind == Struct:
		return g.bytes(max(0, a.Struct.Size()+g.IntN(8)-3))
	case a.Kind == Nested && a.Struct != nil:
		b = g.bytes(align(a.Struct.Size()))
		fallthrough
	case a.Kind == Nested:
		return append(b, g.body(a.Nest, depth+1)...)
	case a.Kind == List && a.Elem != nil:
		for i := range g.IntN(3) {
			b = append(b, g.attr(uint16(i), *a.Elem, depth+1)...)
		}
		return b
	case a.Kind == MessageBody:
		m := message(unix.NETLINK_ROUTE, a.Message)
		return append(g.bytes(m.Header.Size()), g.body(m.Attrs, depth+1)...)
	case a.Kind == Array && a.Elem != nil:
		return g.bytes(a.Elem.Size() * g.IntN(5))
	case a.Kind.Size() > 0:
		return g.bytes(a.Kind.Size())
	}
	return g.bytes(g.IntN(20))
}

// message grows a message of type typ.
func (g *grower) message(typ uint16) []byte {
	m := message(unix.NETLINK_ROUTE, typ)
	var head []byte
	if m.Header != nil {
		head = g.bytes(align(m.Header.Size()))
		head[0] = g.family
	}
	flags := uint16(0)
	if g.direction == Sent {
		flags = unix.NLM_F_REQUEST
	}
	b := msg(typ, flags, head, g.body(m.Attrs, 0))
	if g.IntN(4) == 0 {
		b = b[:g.IntN(len(b)+1)]
	}
	return b
}

// TestClaimsOfGrownMessages grows messages of each type in each family and
// direction.
func TestClaimsOfGrownMessages(t *testing.T) {
	rest, all := 0, 0
	for i, m := range routeMessages {
		if m.Name == "" {
			continue
		}
		for _, family := range []uint8{0, unix.AF_INET, unix.AF_INET6, unix.AF_BRIDGE, unix.AF_MPLS, unix.AF_PHONET, unix.AF_MCTP, rtnlFamilyIPMR} {
			for _, direction := range []Direction{Sent, Received} {
				g := grower{rand.New(rand.NewPCG(uint64(i), uint64(family))), family, direction}
				for range 20 {
					grown := g.message(unix.RTM_BASE + uint16(i))
					for _, c := range checkClaims(t, Context{Protocol: unix.NETLINK_ROUTE}, grown) {
						if all += c.Len; c.Of == RestClaim {
							rest += c.Len
						}
					}
				}
			}
		}
	}
	if rest*2 > all {
		t.Errorf("%d of %d bytes are rest: the messages are not those of the grammar", rest, all)
	}
}

// FuzzClaims claims any bytes.
func FuzzClaims(f *testing.F) {
	for _, m := range samples() {
		f.Add(unix.NETLINK_ROUTE, uint8(0), m)
	}
	for i := range routeMessages {
		g := grower{rand.New(rand.NewPCG(1, uint64(i))), unix.AF_INET, Sent}
		f.Add(unix.NETLINK_ROUTE, uint8(i%3), g.message(unix.RTM_BASE+uint16(i)))
	}
	f.Add(unix.NETLINK_NETFILTER, uint8(1), msg(unix.NFNL_SUBSYS_NFTABLES<<8, 5, make([]byte, 4), attr(1, text("t"))))
	f.Add(unix.NETLINK_GENERIC, uint8(2), msg(16, 5, make([]byte, 4)))
	f.Fuzz(func(t *testing.T, protocol int, direction uint8, m []byte) {
		before := bytes.Clone(m)
		checkClaims(t, Context{Protocol: protocol, Direction: Direction(direction % 3), Families: &Families{}}, m)
		if !bytes.Equal(before, m) {
			t.Error("the message was changed")
		}
	})
}
