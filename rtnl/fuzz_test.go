package rtnl

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

// seedMessages adds the messages of the golden requests, and cut ones.
func seedMessages(f *testing.F) {
	for _, g := range linkGoldens() {
		var e Encoder
		if _, err := e.message(g.req); err != nil {
			f.Fatal(err)
		}
		f.Add(e.buf)
		f.Add(e.buf[:len(e.buf)-3])
	}
}

// seedLinks adds what this machine's kernel says of its links.
func seedLinks(f *testing.F, add func(m Message)) {
	c := dial(f, nil)
	linkVariety(f, c)
	for _, req := range []*LinkDump{{}, {Family: unix.AF_BRIDGE}} {
		got, err := c.Dump(f.Context(), req)
		if err != nil {
			f.Fatal(err)
		}
		for m := range got.All() {
			add(m)
		}
	}
}

func FuzzMessages(f *testing.F) {
	seedMessages(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		want, total := 0, 0
		for rest := b; len(rest) > 0; {
			m, next, err := nextMessage(rest)
			if err != nil {
				if !errors.Is(err, ErrMalformed) {
					t.Errorf("%v does not match ErrMalformed", err)
				}
				break
			}
			if len(next) >= len(rest) {
				t.Fatal("no progress")
			}
			if _, err := m.errno(); err != nil && !errors.Is(err, ErrMalformed) {
				t.Errorf("errno: %v", err)
			}
			want++
			total += len(m.Data)
			rest = next
		}
		// Messages stops where nextMessage fails, and yields the same.
		msgs := Messages{slabs: [][]byte{b}}
		n, sum := 0, 0
		var copied Messages
		for m := range msgs.All() {
			n++
			sum += len(m.Data)
			copied.add(m)
		}
		if n != want || sum != total || copied.Len() != want {
			t.Errorf("%d messages of %d bytes, want %d of %d", n, sum, want, total)
		}
		for m := range copied.All() {
			n--
			sum -= len(m.Data)
		}
		if n != 0 || sum != 0 {
			t.Errorf("a copy differs by %d messages and %d bytes", n, sum)
		}
	})
}

func FuzzAttrReader(f *testing.F) {
	for _, g := range linkGoldens() {
		var e Encoder
		if _, err := e.message(g.req); err != nil {
			f.Fatal(err)
		}
		f.Add(e.buf[nlmsgHdrLen+unix.SizeofIfInfomsg:])
	}
	accessors := []func(r *AttrReader) bool{ // each says whether the value is zero
		func(r *AttrReader) bool { return r.Uint8() == 0 },
		func(r *AttrReader) bool { return r.Uint16() == 0 },
		func(r *AttrReader) bool { return r.Uint16BE() == 0 },
		func(r *AttrReader) bool { return r.Uint32() == 0 },
		func(r *AttrReader) bool { return r.Int32() == 0 },
		func(r *AttrReader) bool { return r.Uint64() == 0 },
		func(r *AttrReader) bool { return r.Uint64BE() == 0 },
		func(r *AttrReader) bool { return r.Addr() == netip.Addr{} },
		func(r *AttrReader) bool { return len(r.HardwareAddr()) == 0 },
		func(r *AttrReader) bool { return r.String() == "" },
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		var walk func(r *AttrReader, depth int) int
		walk = func(r *AttrReader, depth int) (n int) {
			for r.Next() {
				n++
				if r.Type()&(unix.NLA_F_NESTED|unix.NLA_F_NET_BYTEORDER) != 0 {
					t.Errorf("type %#x has flag bits", r.Type())
				}
				for i, zero := range accessors {
					one := *r // an accessor's error ends the walk of its own copy only
					if z := zero(&one); one.Err() != nil && (!z || !errors.Is(one.Err(), ErrMalformed) || one.Next()) {
						t.Errorf("accessor %d of %x: zero %v, %v", i, r.Bytes(), z, one.Err())
					}
				}
				if depth < 4 {
					inner := r.Nested()
					walk(&inner, depth+1)
				}
			}
			if r.Err() != nil && !errors.Is(r.Err(), ErrMalformed) {
				t.Errorf("%v does not match ErrMalformed", r.Err())
			}
			return n
		}
		r := NewAttrReader(b)
		if n := walk(r, 0); n > len(b)/nlaHdrLen {
			t.Errorf("%d attributes in %d bytes", n, len(b))
		}
		if !bytes.Equal(b, before) {
			t.Error("the buffer was written to")
		}
	})
}

func FuzzDecodeLink(f *testing.F) {
	seedLinks(f, func(m Message) { f.Add(m.Type, m.Data) })
	f.Fuzz(func(t *testing.T, typ uint16, b []byte) {
		before := bytes.Clone(b)
		l, err := DecodeLink(Message{Type: typ, Data: b})
		if err != nil {
			if !errors.Is(err, ErrMalformed) || l.Name != "" || !printableLine(err.Error()) {
				t.Errorf("%q, %+v", err, l)
			}
			return
		}
		l.Stats()
		l.AddrGenMode()
		l.Up()
		if bytes.IndexByte([]byte(l.Name+l.Alias+l.Kind+l.PortKind+l.Qdisc+strings.Join(l.AltNames, "")), 0) >= 0 {
			t.Errorf("a text holds a NUL: %+v", l)
		}
		if !bytes.Equal(b, before) {
			t.Error("the message was written to")
		}
	})
}

func FuzzDecodeBridge(f *testing.F) {
	seedLinks(f, func(m Message) {
		if l, err := DecodeLink(m); err == nil && l.Kind == "bridge" {
			f.Add(l.Data)
		}
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := DecodeBridge(b)
		if err != nil {
			if k != nil || !errors.Is(err, ErrMalformed) {
				t.Errorf("%+v, %v", k, err)
			}
			return
		}
		// What was decoded can be encoded, and then says the same again.
		var e Encoder
		k.EncodeData(&e)
		if e.err != nil {
			t.Fatal(e.err)
		}
		again, err := DecodeBridge(e.buf)
		if err != nil {
			t.Fatal(err)
		}
		if k.MultiBoolMask == 0 {
			again.MultiBool = k.MultiBool // bits without a mask say nothing
		}
		var e2 Encoder
		again.EncodeData(&e2)
		if !bytes.Equal(e.buf, e2.buf) {
			t.Errorf("encoded %x, then %x", e.buf, e2.buf)
		}
	})
}

func FuzzExtAck(f *testing.F) {
	var e Encoder
	if _, err := e.message(&LinkAdd{Kind: fullBridge(), Name: "b"}); err != nil {
		f.Fatal(err)
	}
	request := e.buf
	for _, capped := range []bool{true, false} {
		m := reply(unix.EINVAL, request, capped, func(e *Encoder) {
			e.String(unix.NLMSGERR_ATTR_MSG, "no \x1b[1m")
			e.Uint32(unix.NLMSGERR_ATTR_OFFS, 40)
			p := e.Nest(nlspec.NLMSGERR_ATTR_POLICY)
			e.Uint32(unix.NL_POLICY_TYPE_ATTR_TYPE, 3)
			e.Uint64(unix.NL_POLICY_TYPE_ATTR_MIN_VALUE_S, 1<<63)
			e.Uint64(unix.NL_POLICY_TYPE_ATTR_MAX_VALUE_U, 9)
			e.Uint32(unix.NL_POLICY_TYPE_ATTR_MIN_LENGTH, 9)
			e.Uint64(unix.NL_POLICY_TYPE_ATTR_MASK, 9)
			e.EndNest(p)
			e.Bytes(unix.NLMSGERR_ATTR_COOKIE, []byte{1, 2})
			e.Uint32(nlspec.NLMSGERR_ATTR_MISS_TYPE, 1)
			e.Uint32(nlspec.NLMSGERR_ATTR_MISS_NEST, 40)
		})
		f.Add(m.Type, m.Flags, m.Data, request)
		m.Type = unix.NLMSG_DONE
		f.Add(m.Type, m.Flags, append(m.Data[:4:4], m.Data[nlmsgerrHeaderSize:]...), request[:30])
	}
	c := &Conn{socket: socket{name: "ns"}}
	f.Fuzz(func(t *testing.T, typ, flags uint16, data, request []byte) {
		m := Message{Type: typ, Flags: flags, Data: data}
		ack := parseExtAck(m)
		errno, err := m.errno()
		if err != nil || errno == 0 {
			return
		}
		e := c.newError(encoded{b: request}, errno, ack, nil)
		if text := e.Error(); text == "" || !printableLine(text) || !errors.Is(e, errno) {
			t.Errorf("%q", text)
		}
	})
}

// printableLine reports whether a text is safe to print on a terminal.
func printableLine(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 })
}

func FuzzDescribe(f *testing.F) {
	seedMessages(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		op, object, deletes := describe(encoded{b: b})
		if op == "" || !printableLine(op+object) || deletes != strings.HasPrefix(op, "delete") {
			t.Errorf("%q %q %v", op, object, deletes)
		}
	})
}

// Names, whatever they hold, come through a LinkAdd as they are or are refused.
func FuzzLinkAddNames(f *testing.F) {
	for _, s := range []string{"", "eth0", "über", "a\x00b", strings.Repeat("x", 15), strings.Repeat("x", 16), "\xff", "%d"} {
		f.Add(s, s+"p", s)
	}
	f.Fuzz(func(t *testing.T, name, peer, kind string) {
		veth := Veth{Peer: &VethPeer{Name: peer}}
		var e Encoder
		_, err := e.message(&LinkAdd{Kind: raws{kind, veth.EncodeData}, Name: name})
		valid := func(s string) bool { return len(s) < unix.IFNAMSIZ && !strings.Contains(s, "\x00") }
		ok := valid(name) && valid(peer) && !strings.Contains(kind, "\x00") && len(kind) < 1<<15
		if err != nil {
			if !errors.Is(err, ErrInvalid) || ok || len(e.buf) != 0 || !printableLine(err.Error()) {
				t.Errorf("%q, %q, %q: %v", name, peer, kind, err)
			}
			return
		}
		if !valid(name) || !valid(peer) || len(e.buf)%4 != 0 || int(binary.NativeEndian.Uint32(e.buf)) > len(e.buf) {
			t.Fatalf("%q, %q: encoded %x", name, peer, e.buf)
		}
		m, rest, err := nextMessage(e.buf)
		if err != nil || len(rest) != 0 {
			t.Fatalf("%d bytes follow, %v", len(rest), err)
		}
		l, err := DecodeLink(m)
		if err != nil || l.Name != name || l.Kind != kind {
			t.Errorf("%q of kind %q came back as %q of %q, %v", name, kind, l.Name, l.Kind, err)
		}
		got := ""
		for r := (AttrReader{rest: l.Data}); r.Next(); {
			for p := (AttrReader{rest: r.Bytes()[unix.SizeofIfInfomsg:]}); p.Next(); {
				got = p.String()
			}
		}
		if got != peer {
			t.Errorf("peer %q came back as %q", peer, got)
		}
	})
}
