package nlspec

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// show writes items as name:kind=payload, with their contents.
func show(b *Body) string {
	var s strings.Builder
	var item func(it *Item) bool
	body := func(b *Body) {
		if b.Header != nil {
			b.Fields(item)
			s.WriteString("| ")
		}
		if rest := b.Items(item); len(rest) > 0 {
			fmt.Fprintf(&s, "rest=%x ", rest)
		}
	}
	item = func(it *Item) bool {
		fmt.Fprintf(&s, "%s:%s", it.Attr.Name, it.Attr.Kind)
		if it.Guess {
			s.WriteByte('?')
		}
		inner := it.Child()
		switch {
		case inner != nil:
			s.WriteString("{ ")
			body(inner)
			s.WriteByte('}')
		case it.HasParts():
			s.WriteString("( ")
			if rest := it.Parts(item); len(rest) > 0 {
				fmt.Fprintf(&s, "rest=%x ", rest)
			}
			s.WriteByte(')')
		default:
			fmt.Fprintf(&s, "=%x", it.Payload)
		}
		s.WriteByte(' ')
		return true
	}
	body(b)
	return strings.TrimSpace(s.String())
}

func TestSelectors(t *testing.T) {
	inner := Set{
		1: {Name: "FLAGS", Kind: U32, By: &Selector{Sibling: 1, Up: 1, Cases: []Case{{Name: "b", Attr: elemU16}}}},
		2: {Name: "DEEP", Kind: Nested, Nest: Set{1: {Name: "TWO_UP", By: &Selector{Sibling: 1, Up: 2, Cases: []Case{{Name: "a", Attr: elemU8}}}}}},
	}
	headed := &CStruct{Name: "headed", Fields: []Field{{Name: "kind", Kind: U16}, {Name: "n", Kind: U8}}}
	tail := &CStruct{Name: "tail", Fields: []Field{
		{Name: "addr", Kind: Bytes, Len: 16, By: &Selector{What: ByField, Field: "proto", Cases: []Case{
			{Number: 4, Attr: &Attr{Kind: IP}, Len: 4}, {Number: 6, Attr: &Attr{Kind: IP}},
		}}},
		{Name: "proto", Kind: BE16},
		{Len: 2},
		{Name: "data", By: &Selector{What: ByField, Field: "proto", Cases: []Case{{Number: 4, Set: inner}, {Number: 6, Attr: &Attr{Kind: Array, Elem: elemU16}}}}},
	}}
	set := Set{
		1: {Name: "KIND", Kind: String},
		2: {Name: "DATA", By: &Selector{Sibling: 1, Cases: []Case{
			{Name: "a", Set: inner}, {Name: "b", Set: inner}, {Name: "s", Attr: &Attr{Kind: Nested, Struct: headed, Nest: inner}},
		}, Else: &Selector{Sibling: 3, Cases: []Case{{Number: 0x102, Attr: &Attr{Kind: Struct, Struct: headed}}}}}},
		3: {Name: "NUMBER", Kind: BE16},
		4: {Name: "CHAIN", Kind: U32, By: &Selector{What: ByDirection, Cases: []Case{{Number: uint64(Sent), Attr: &Attr{
			Kind: Flag, By: &Selector{What: ByFamily, Cases: []Case{{Number: 7, Attr: &Attr{Name: "RENAMED", Kind: U8}}}}}}}}},
		5: {Name: "TAIL", Kind: Struct, Struct: tail},
		6: {Name: "HEADED", Kind: Nested, Struct: headed, Nest: Set{1: {Name: "IN", By: &Selector{What: ByField, Field: "n", Cases: []Case{{Number: 9, Attr: elemU8}}}}}},
		7: {Name: "WORDS", Kind: Array, Elem: elemU16, Nest: Set{1: {Name: "FIRST"}, 2: {Name: "SECOND"}}},
		8: {Name: "LIST", Kind: List, Elem: &Attr{Kind: Nested, Nest: inner}},
		9: {Name: "BITS", Kind: Bitfield32},
	}
	a, b := attr(1, text("a")), attr(1, text("b"))
	head := []byte{0, 0, 9}
	copy(head, u16(4))
	addr := append([]byte{192, 0, 2, 1}, make([]byte, 12)...)
	v6 := append([]byte{0x20, 1}, make([]byte, 14)...)
	for _, tt := range []struct {
		name      string
		family    uint8
		direction Direction
		attrs     [][]byte
		want      string
	}{
		{"a sibling, one level up", 0, 0, [][]byte{b, attr(2, attr(1, u16(1)))}, "KIND:string=6200 DATA:attributes{ FLAGS:u16=0100 }"},
		{"the sibling may follow", 0, 0, [][]byte{attr(2, attr(1, u32(1))), a}, "DATA:attributes{ FLAGS:u32=01000000 } KIND:string=6100"},
		{"the last sibling counts", 0, 0, [][]byte{b, attr(2, attr(1, u16(1))), a}, "KIND:string=6200 DATA:attributes{ FLAGS:u32=0100 } KIND:string=6100"},
		{"two levels up", 0, 0, [][]byte{a, attr(2, attr(2, attr(1, u8(1))))}, "KIND:string=6100 DATA:attributes{ DEEP:attributes{ TWO_UP:u8=01 } }"},
		{"no sibling", 0, 0, [][]byte{attr(2, attr(1, u16(1)))}, "DATA:bytes=06000100010000" + "00"},
		{"a structure and attributes", 0, 0, [][]byte{attr(1, text("s")), attr(2, head, []byte{0}, attr(1, u32(7)))},
			"KIND:string=7300 DATA:attributes{ kind:u16=0400 n:u8=09 | FLAGS:u32=07000000 }"},
		{"a structure that ends early", 0, 0, [][]byte{attr(1, text("s")), attr(2, head[:2])}, "KIND:string=7300 DATA:attributes{ kind:u16=0400 | }"},
		{"else, by a number in network byte order", 0, 0, [][]byte{attr(3, []byte{1, 2}), attr(2, head, []byte{1, 2})},
			"NUMBER:be16=0102 DATA:struct( kind:u16=0400 n:u8=09 rest=0102 )"},
		{"direction, then family", 7, Sent, [][]byte{attr(4, u8(1))}, "RENAMED:u8=01"},
		{"direction alone", 0, Sent, [][]byte{attr(4)}, "CHAIN:flag="},
		{"the other direction", 7, Received, [][]byte{attr(4, u32(1))}, "CHAIN:u32=01000000"},
		{"fields by a field that follows", 0, 0, [][]byte{attr(5, addr, []byte{0, 4, 0, 0}, attr(2, attr(1, u8(1))))},
			"TAIL:struct( addr:IP address=c0000201 proto:be16=0004 :bytes=0000 data:attributes{ DEEP:attributes{ TWO_UP:bytes=01 } } )"},
		{"the same, longer", 0, 0, [][]byte{attr(5, v6, []byte{0, 6, 0, 0}, u16(1), u16(2), u8(3))},
			"TAIL:struct( addr:IP address=20010000000000000000000000000000 proto:be16=0006 :bytes=0000 data:array( 0:u16=0100 1:u16=0200 rest=03 ) )"},
		{"the same, unknown", 0, 0, [][]byte{attr(5, v6, []byte{0, 5, 0, 0}, u16(1))},
			"TAIL:struct( addr:bytes=20010000000000000000000000000000 proto:be16=0005 :bytes=0000 data:bytes=0100 )"},
		{"by a field of the structure before", 0, 0, [][]byte{attr(6, head, []byte{0}, attr(1, u8(5)))},
			"HEADED:attributes{ kind:u16=0400 n:u8=09 | IN:u8=05 }"},
		{"an array with names", 0, 0, [][]byte{attr(7, u16(1), u16(2), u16(3), u8(4))},
			"WORDS:array( FIRST:u16=0100 SECOND:u16=0200 3:u16=0300 rest=04 )"},
		{"a list", 0, 0, [][]byte{attr(8, attr(5, attr(1, u32(1))))}, "LIST:list{ 5:attributes{ FLAGS:u32=01000000 } }"},
		{"bits", 0, 0, [][]byte{attr(9, u32(1), u32(3)), attr(9, u32(1))}, "BITS:bitfield32( value:u32=01000000 selector:u32=03000000 ) BITS:bitfield32=01000000"},
		{"network byte order by its flag", 0, 0, [][]byte{attr(4|unix.NLA_F_NET_BYTEORDER, u32(1))}, "CHAIN:be32=01000000"},
		{"unknown ones", 0, 0, [][]byte{attr(90|unix.NLA_F_NESTED, []byte{1}), attr(91, attr(1, u32(1))), attr(92, attr(0, u32(1)))},
			"90:attributes{ rest=01 } 91:attributes?{ 1:bytes=01000000 } 92:bytes=0800000001000000"},
	} {
		body := Body{Known: true, set: set, family: tt.family, direction: tt.direction}
		for _, a := range tt.attrs {
			body.Attrs = append(body.Attrs, a...)
		}
		if got := show(&body); u16(1)[0] == 1 && got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestLenBy reads a header whose last field's length is in another field, and
// attributes after it.
func TestLenBy(t *testing.T) {
	header := &CStruct{Name: "h", Fields: []Field{
		{Name: "len", Kind: U16}, {Len: 2}, {Name: "opts", Kind: Bytes, LenBy: "len"},
	}}
	for _, tt := range []struct{ name, bytes, want string }{
		{"short", "\x05\x00\x00\x00abcdepad\x05\x00\x01\x00z", "len:u16=0500 :bytes=0000 opts:bytes=6162636465 | ONE:u8=7a"},
		{"none", "\x00\x00\x00\x00\x05\x00\x01\x00z", "len:u16=0000 :bytes=0000 opts:bytes= | ONE:u8=7a"},
		{"longer than the message", "\xff\xff\x00\x00abcd", "len:u16=ffff :bytes=0000 |"},
		{"cut off", "\x05", "|"},
	} {
		body := Body{Known: true, set: Set{1: {Name: "ONE", Kind: U8}}}
		body.split(header, []byte(tt.bytes), 0)
		if got := show(&body); u16(1)[0] == 1 && got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestNumber(t *testing.T) {
	for _, tt := range []struct {
		kind Kind
		b    []byte
		want uint64
		ok   bool
		fits bool
	}{
		{U32, u32(7), 7, true, true}, {U32, u16(7), 7, true, false}, {U32, u8(7), 7, true, false}, {U32, nil, 0, false, false},
		{U32, []byte{1, 2, 3}, 0, false, false}, {BE32, []byte{1, 2}, 0x102, true, false}, {BE16, []byte{1, 2}, 0x102, true, true},
		{S8, []byte{0xff}, ^uint64(0), true, true}, {S16, u16(0xfffe), ^uint64(1), true, true}, {S32, u16(0xffff), ^uint64(0), true, false},
		{S64, []byte{1, 0, 0, 0, 0, 0, 0, 0}, binaryOne, true, true}, {Uint, u32(9), 9, true, true}, {Uint, u16(9), 9, true, false},
		{Sint, u32(0xffffffff), ^uint64(0), true, true}, {Flag, nil, 0, false, true}, {Flag, u8(1), 1, true, false},
		{MPLSLabel, []byte{0, 6, 0x41, 0}, 0x64100, true, true}, {String, u32(1), 0, false, true}, {IP, u16(1), 0, false, false},
	} {
		if n, ok := tt.kind.Number(tt.b); n != tt.want || ok != tt.ok {
			t.Errorf("%s of % x: %d, %v; want %d, %v", tt.kind, tt.b, n, ok, tt.want, tt.ok)
		}
		if got := tt.kind.Fits(len(tt.b)); got != tt.fits {
			t.Errorf("%s fits %d bytes: %v", tt.kind, len(tt.b), got)
		}
	}
}

// binaryOne is the number that this host reads from the byte 1 followed by
// seven zeros.
var binaryOne, _ = U64.Number([]byte{1, 0, 0, 0, 0, 0, 0, 0})

func TestNames(t *testing.T) {
	numbered := &Values{Bits: true, Numbered: true, From: 1, Consts: []Const{{0, "UNSPEC"}, {1, "ONE"}, {3, "THREE"}, {65, "NONE"}}}
	signed := &Values{Consts: []Const{{^uint64(0), "ALL"}}}
	masks := &Values{Bits: true, Consts: []Const{{0, "NOTHING"}, {3, "BOTH"}, {1, "LOW"}}}
	for _, tt := range []struct {
		v    *Values
		n    uint64
		want string
		rest uint64
	}{
		{numbered, 0b101, "ONE THREE", 0}, {numbered, 0b1010, "", 0b1010}, {numbered, 0, "", 0},
		{signed, ^uint64(0), "ALL", 0}, {signed, 5, "", 5}, {masks, 0, "NOTHING", 0}, {masks, 7, "BOTH", 4}, {masks, 1, "LOW", 0}, {nil, 1, "", 1},
	} {
		names, rest := tt.v.Names(tt.n)
		if got := strings.Join(names, " "); got != tt.want || rest != tt.rest {
			t.Errorf("names of %#x: %q, rest %#x; want %q, %#x", tt.n, got, rest, tt.want, tt.rest)
		}
	}
}
