package rtnl

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// The encoder's attributes are those of mdlayher/netlink's encoder, byte by
// byte.
func TestEncoderAsMdlayher(t *testing.T) {
	var e Encoder
	ae := netlink.NewAttributeEncoder()
	be := func(b ...byte) []byte { return b }
	e.Uint8(1, 0xab)
	ae.Uint8(1, 0xab)
	e.Uint16(2, 0xabcd)
	ae.Uint16(2, 0xabcd)
	e.Uint32(3, 0xabcdef01)
	ae.Uint32(3, 0xabcdef01)
	e.Uint64(4, 0xabcdef0123456789)
	ae.Uint64(4, 0xabcdef0123456789)
	e.Int32(5, -2)
	ae.Int32(5, -2)
	e.String(6, "abcd")
	ae.String(6, "abcd")
	e.String(7, "")
	ae.String(7, "")
	e.Bytes(8, []byte{1, 2, 3, 4, 5})
	ae.Bytes(8, []byte{1, 2, 3, 4, 5})
	e.Bytes(9, nil)
	ae.Bytes(9, nil)
	e.Flag(10)
	ae.Flag(10, true)
	e.Uint16BE(11, 0x1234)
	ae.Bytes(11, be(0x12, 0x34))
	e.Uint64BE(12, 0x0102030405060708)
	ae.Bytes(12, be(1, 2, 3, 4, 5, 6, 7, 8))
	e.Addr(13, netip.MustParseAddr("192.0.2.1"))
	ae.Bytes(13, be(192, 0, 2, 1))
	e.Addr(14, netip.MustParseAddr("::ffff:192.0.2.1"))
	ae.Bytes(14, append(make([]byte, 10), 0xff, 0xff, 192, 0, 2, 1))
	e.HardwareAddr(15, mac("02:00:00:00:00:01"))
	ae.Bytes(15, be(2, 0, 0, 0, 0, 1))
	e.text(16, "abc")
	ae.Bytes(16, []byte("abc"))
	outer := e.Nest(17)
	inner := e.Nest(18)
	e.String(19, "deep")
	e.EndNest(inner)
	e.Uint8(20, 1)
	e.EndNest(outer)
	ae.Nested(17, func(ae *netlink.AttributeEncoder) error {
		ae.Nested(18, func(ae *netlink.AttributeEncoder) error {
			ae.String(19, "deep")
			return nil
		})
		ae.Uint8(20, 1)
		return nil
	})
	plain := e.NestPlain(21)
	e.Flag(22)
	e.EndNest(plain)
	ae.Bytes(21, be(4, 0, 22, 0))
	want, err := ae.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if e.err != nil || !bytes.Equal(e.buf, want) {
		t.Errorf("got  %s\nwant %s\n%v", groups(e.buf), groups(want), e.err)
	}
}

func TestEncoderMessage(t *testing.T) {
	var e Encoder
	// A message whose length is no multiple of 4 is padded, outside its length,
	// wherever in the buffer it starts.
	odd := encodeFunc(func(e *Encoder) {
		e.Begin(unix.RTM_NEWNSID, unix.NLM_F_CREATE)
		e.Header(1, 2, 3, 4)
		e.Header(5)
	})
	for range 2 {
		at, err := e.message(odd)
		if err != nil || at%4 != 0 {
			t.Fatalf("at %d, %v", at, err)
		}
	}
	m, rest, err := nextMessage(e.buf)
	if err != nil || m.Type != unix.RTM_NEWNSID || m.Flags != unix.NLM_F_CREATE || !bytes.Equal(m.Data, []byte{1, 2, 3, 4, 5}) || len(rest) != 24 {
		t.Errorf("%+v, %d bytes follow, %v", m, len(rest), err)
	}
	// A failure leaves what was there, and does not stick to the next.
	before := slices.Clone(e.buf)
	for _, tt := range []struct {
		want string
		fill func(e *Encoder)
	}{
		{"attribute 7: 65532 bytes, at most 65531 fit", func(e *Encoder) { e.Bytes(7, make([]byte, 65532)) }},
		{"attribute 7: 65532 bytes", func(e *Encoder) { e.String(7, strings.Repeat("x", 65531)) }},
		{"attribute 7: 65532 bytes", func(e *Encoder) { e.text(7, strings.Repeat("x", 65532)) }},
		{`"a\x00b" contains a NUL byte`, func(e *Encoder) { e.String(7, "a\x00b") }},
		{"attribute 7: no address given", func(e *Encoder) { e.Addr(7, netip.Addr{}) }},
		{"nested attributes of 65536 bytes", func(e *Encoder) {
			mark := e.Nest(7)
			e.Bytes(1, make([]byte, 65528-4))
			e.Flag(2)
			e.EndNest(mark)
		}},
		{"first", func(e *Encoder) { e.Fail("first"); e.Fail("second") }},
	} {
		_, err := e.message(encodeFunc(func(e *Encoder) { e.Begin(unix.RTM_NEWLINK, 0); tt.fill(e) }))
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "second") {
			t.Errorf("got %v, want %q", err, tt.want)
		}
		if !bytes.Equal(e.buf, before) {
			t.Fatalf("%q left %d bytes behind", tt.want, len(e.buf)-len(before))
		}
	}
	if _, err := e.message(odd); err != nil {
		t.Errorf("after a failure: %v", err)
	}
	// The largest that fit.
	if _, err := e.message(encodeFunc(func(e *Encoder) {
		e.Begin(unix.RTM_NEWLINK, 0)
		e.Bytes(7, make([]byte, maxAttr))
		mark := e.Nest(8)
		e.Bytes(1, make([]byte, 65528-4))
		e.EndNest(mark)
	})); err != nil {
		t.Error(err)
	}
}

func TestAttrReader(t *testing.T) {
	var e Encoder
	e.Uint8(1, 0xab)
	e.Uint16(2, 0xabcd)
	e.Uint16BE(3, 0xabcd)
	e.Uint32(4, 0xabcdef01)
	e.Int32(5, -2)
	e.Uint64(6, 1<<63)
	e.Uint64BE(7, 7)
	e.String(8, "text")
	e.Bytes(9, []byte("no NUL"))
	e.Addr(10, netip.MustParseAddr("2001:db8::1"))
	e.HardwareAddr(11, mac("02:00:00:00:00:01"))
	mark := e.Nest(12)
	e.Uint8(1, 1)
	e.EndNest(mark)
	e.Flag(13 | unix.NLA_F_NET_BYTEORDER)
	e.buf = append(e.buf, 6, 0, 14, 0, 1, 2) // the last one needs no padding
	seen := 0
	for r := NewAttrReader(e.buf); ; {
		if !r.Next() {
			if r.Err() != nil || r.Next() {
				t.Error(r.Err())
			}
			break
		}
		seen++
		var got, want any
		switch r.Type() {
		case 1:
			got, want = r.Uint8(), uint8(0xab)
		case 2:
			got, want = r.Uint16(), uint16(0xabcd)
		case 3:
			got, want = r.Uint16BE(), uint16(0xabcd)
		case 4:
			got, want = r.Uint32(), uint32(0xabcdef01)
		case 5:
			got, want = r.Int32(), int32(-2)
		case 6:
			got, want = r.Uint64(), uint64(1<<63)
		case 7:
			got, want = r.Uint64BE(), uint64(7)
		case 8:
			got, want = r.String(), "text"
		case 9:
			got, want = r.String(), "no NUL"
		case 10:
			got, want = r.Addr(), netip.MustParseAddr("2001:db8::1")
		case 11:
			a := r.HardwareAddr()
			a[0] = 4 // a copy
			got, want = [2]any{a.String(), r.Bytes()[0]}, [2]any{"04:00:00:00:00:01", byte(2)}
		case 12:
			n := r.Nested()
			n.Next()
			got, want = [2]any{n.Type(), n.Uint8()}, [2]any{uint16(1), uint8(1)}
		case 13:
			got, want = len(r.Bytes()), 0
		case 14:
			got, want = string(r.Bytes()), "\x01\x02"
		}
		if got != want {
			t.Errorf("attribute %d: got %v, want %v", r.Type(), got, want)
		}
	}
	if seen != 14 {
		t.Errorf("%d attributes, want 14", seen)
	}
}

func TestAttrReaderMalformed(t *testing.T) {
	for _, tt := range []struct {
		b    []byte
		want string
	}{
		{[]byte{1, 2, 3}, "3 bytes where an attribute header"},
		{[]byte{3, 0, 1, 0}, "attribute of length 3 in 4 bytes"},
		{[]byte{0, 0, 1, 0}, "attribute of length 0 in 4 bytes"},
		{[]byte{9, 0, 1, 0, 1, 2, 3, 4}, "attribute of length 9 in 8 bytes"},
	} {
		r := NewAttrReader(tt.b)
		if r.Next() || !errors.Is(r.Err(), ErrMalformed) || !strings.Contains(r.Err().Error(), tt.want) {
			t.Errorf("%x: got %v, want %q", tt.b, r.Err(), tt.want)
		}
	}
	// Each accessor of a payload that is too short: zero, and an error that
	// sticks.
	three := []byte{7, 0, 1, 0, 1, 2, 3, 0, 5, 0, 2, 0, 1, 0, 0, 0}
	for name, read := range map[string]func(r *AttrReader) bool{
		"Uint32":   func(r *AttrReader) bool { return r.Uint32() == 0 },
		"Int32":    func(r *AttrReader) bool { return r.Int32() == 0 },
		"Uint64":   func(r *AttrReader) bool { return r.Uint64() == 0 },
		"Uint64BE": func(r *AttrReader) bool { return r.Uint64BE() == 0 },
		"Addr":     func(r *AttrReader) bool { return r.Addr() == netip.Addr{} },
		"Nested":   func(r *AttrReader) bool { n := r.Nested(); ok := !n.Next(); r.Adopt(&n); return ok },
	} {
		r := NewAttrReader(three)
		if !r.Next() || !read(r) || !errors.Is(r.Err(), ErrMalformed) || r.Next() {
			t.Errorf("%s of 3 bytes: %v", name, r.Err())
		}
	}
	r := NewAttrReader([]byte{4, 0, 1, 0})
	if !r.Next() || r.Uint8() != 0 || r.Err() == nil {
		t.Error("Uint8 of nothing")
	}
	for _, read := range []func(r *AttrReader) uint16{(*AttrReader).Uint16, (*AttrReader).Uint16BE} {
		r = NewAttrReader([]byte{5, 0, 1, 0, 9})
		if !r.Next() || read(r) != 0 || r.Err() == nil {
			t.Error("16 bits of 8")
		}
	}
}

func TestNextMessage(t *testing.T) {
	header := func(n uint32) []byte {
		b := make([]byte, 20)
		binary.NativeEndian.PutUint32(b, n)
		return b
	}
	for _, tt := range []struct {
		b    []byte
		want string
	}{
		{nil, "0 bytes where a header"},
		{make([]byte, 15), "15 bytes where a header"},
		{header(0), "length 0 in 20"},
		{header(15), "length 15 in 20"},
		{header(21), "length 21 in 20"},
		{header(1<<32 - 1), "length 4294967295 in 20"},
	} {
		if _, _, err := nextMessage(tt.b); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%x: got %v, want %q", tt.b, err, tt.want)
		}
	}
	// The last message may end without its padding.
	if m, rest, err := nextMessage(header(18)); err != nil || len(m.Data) != 2 || cap(m.Data) != 2 || len(rest) != 0 {
		t.Errorf("%+v, %d bytes follow, %v", m, len(rest), err)
	}
}

func TestMessagesAll(t *testing.T) {
	var m Messages
	for i := range 3 {
		m.add(Message{Type: uint16(20 + i), Seq: 9, PortID: 8, Flags: 7, Data: make([]byte, i)})
	}
	var types []uint16
	for msg := range m.All() {
		types = append(types, msg.Type)
		if len(msg.Data) != int(msg.Type)-20 || msg.Seq != 9 || msg.PortID != 8 || msg.Flags != 7 {
			t.Errorf("got %+v", msg)
		}
	}
	if m.Len() != 3 || !slices.Equal(types, []uint16{20, 21, 22}) {
		t.Errorf("%d messages of types %v", m.Len(), types)
	}
	for range m.All() {
		break // ends the walk
	}
}

func TestMessageErrno(t *testing.T) {
	word := func(v int32) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(v)) }
	for _, tt := range []struct {
		m    Message
		want unix.Errno
		bad  bool
	}{
		{Message{Type: unix.NLMSG_ERROR, Data: word(0)}, 0, false},
		{Message{Type: unix.NLMSG_ERROR, Data: word(-17)}, unix.EEXIST, false},
		{Message{Type: unix.NLMSG_ERROR, Data: []byte{1, 2, 3}}, 0, true},
		{Message{Type: unix.NLMSG_DONE}, 0, false},
		{Message{Type: unix.NLMSG_DONE, Data: word(40)}, 0, false},
		{Message{Type: unix.NLMSG_DONE, Data: word(-4)}, unix.EINTR, false},
	} {
		got, err := tt.m.errno()
		if got != tt.want || (err != nil) != tt.bad || err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("%+v: %v, %v", tt.m, got, err)
		}
	}
	// The most negative number has no positive one. It is an error all the
	// same.
	if got, err := (Message{Type: unix.NLMSG_ERROR, Data: word(-1 << 31)}).errno(); err != nil || got == 0 || got.Error() == "" {
		t.Errorf("got %v, %v", got, err)
	}
}
