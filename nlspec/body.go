package nlspec

import (
	"encoding/binary"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxDepth is how deep nests are followed. The kernel's own nests are at most
// some 10 levels deep; its NLA_POLICY recursion limit is of the same order
// (lib/nlattr.c, MAX_POLICY_RECURSION_DEPTH).
const maxDepth = 16

// nlaTypeMask masks NLA_F_NESTED and NLA_F_NET_BYTEORDER out of nla_type
// (include/uapi/linux/netlink.h).
const nlaTypeMask = ^uint16(unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)

// Message is the grammar of one message type: its name, the fixed header after
// the nlmsghdr, and the attributes after that. Of a Message without a Header,
// only the name is known.
type Message struct {
	Name   string
	Header *CStruct
	Attrs  Set
}

// Layout is a parsed message.
type Layout struct {
	Message Message // its grammar
	Body    Body    // its fixed header and its attributes

	// Request is the request that an NLMSG_ERROR answers: the nlmsghdr and,
	// unless the kernel left it out, the rest. It is nil in other messages.
	Request       []byte
	RequestOffset int
}

// Clone returns a Layout of the same message that can be walked at the same
// time as l.
func (l *Layout) Clone() *Layout {
	clone := *l
	clone.Body.item, clone.Body.child = Item{}, nil
	return &clone
}

// Body is a fixed header, which may be absent, and the attributes after it. It
// must not be copied.
type Body struct {
	Header      *CStruct // the header's fields; nil if there is no header
	Head        []byte   // the header's bytes; fewer than Header has if the message ends early
	HeadOffset  int      // offset of Head from the start of the nlmsghdr
	Attrs       []byte   // the attributes, and the bytes after the last well-formed one
	AttrsOffset int      // offset of Attrs from the start of the nlmsghdr
	Known       bool     // the grammar is known; if not, Attrs may not be attributes

	family    uint8 // the address family, direction and enclosing attributes, for selectors
	direction Direction
	depth     int
	set       Set   // the attributes that may occur here
	elem      *Attr // the grammar of each element of a List
	parent    *Body
	siblings  siblingCache

	item  Item  // storage for the items of this body
	child *Body // storage for the contents of one of them, nil before the first
}

// reset makes b an empty body inside parent, which may be nil.
func (b *Body) reset(parent *Body) {
	b.Header, b.Head, b.HeadOffset, b.Attrs, b.AttrsOffset, b.Known = nil, nil, 0, nil, 0, false
	b.set, b.elem, b.parent, b.siblings.n = nil, nil, parent, 0
	b.family, b.direction, b.depth = 0, 0, 0
	if parent != nil {
		b.Known, b.family, b.direction, b.depth = true, parent.family, parent.direction, parent.depth+1
	}
}

// Form is the form of an Item.
type Form uint8

// The forms of an Item.
const (
	AttrForm    Form = iota // an attribute, which begins with an nlattr
	FieldForm               // a field of a structure; padding if it has no name
	ElementForm             // an element of an array
)

// Item is one attribute, field or element in its place. A walk yields pointers
// to the same Item again and again. A copy of an Item, and what it points to,
// is valid until the walk goes on.
type Item struct {
	Attr    *Attr // its grammar, after all selectors have decided
	Form    Form
	Known   bool   // it is in the tables; if not, an attribute's name is its number
	Guess   bool   // this is an unknown attribute, read as a nest because it looks like one, although NLA_F_NESTED is not set
	Type    uint16 // an attribute's nla_type, with its flag bits
	Offset  int    // offset from the start of the nlmsghdr; that of the nlattr for an attribute
	Payload []byte
	Pad     []byte // the bytes after Payload that belong to it: alignment, or a field's unused bytes

	body    *Body
	part    *Item // storage for what Parts yields, nil before the first
	scratch Attr  // the target of Attr if it is in no table
}

// set makes it a field or an element from the tables.
func (it *Item) set(a *Attr, form Form, in *Body, off int, payload []byte) {
	it.Attr, it.Form, it.Known, it.Guess, it.Type = a, form, true, false, 0
	it.Offset, it.Payload, it.Pad, it.body = off, payload, nil, in
}

// PayloadOffset returns the offset of Payload from the start of the nlmsghdr.
func (it *Item) PayloadOffset() int {
	if it.Form == AttrForm {
		return it.Offset + unix.NLA_HDRLEN
	}
	return it.Offset
}

// Attr returns the grammar of attribute typ in b, before selectors have
// decided.
func (b *Body) Attr(typ uint16) Attr {
	if b.elem != nil {
		a := *b.elem
		a.Name = strconv.Itoa(int(typ & nlaTypeMask))
		return a
	}
	return b.set.Attr(typ & nlaTypeMask)
}

// Fields calls yield for each field of b's header in turn until yield returns
// false. It returns the bytes after the last complete field. Padding is a field
// without a name.
func (b *Body) Fields(yield func(*Item) bool) (rest []byte) {
	if b.Header == nil {
		return b.Head
	}
	return b.Header.parts(b, b.Head, b.HeadOffset, &b.item, yield)
}

// Items calls yield for each attribute of b in turn until yield returns false.
// It returns the bytes after the last well-formed attribute: none, or some that
// are not an attribute. It does not read the attributes of a body that is not
// Known. A body allows one walk at a time.
func (b *Body) Items(yield func(*Item) bool) (rest []byte) {
	if !b.Known {
		return b.Attrs
	}
	it := &b.item
	it.body, it.Form = b, AttrForm
	rest = b.Attrs
	for len(rest) > 0 {
		typ, n, ok := nextAttr(rest)
		if !ok {
			return rest
		}
		next := min(align(n), len(rest))
		it.Type, it.Offset = typ, b.AttrsOffset+len(b.Attrs)-len(rest)
		it.Payload, it.Pad = rest[unix.NLA_HDRLEN:n], rest[n:next]
		it.Known, it.Guess = true, false
		number := typ & nlaTypeMask
		switch {
		case b.elem != nil:
			it.scratch = *b.elem
			it.scratch.Name = strconv.Itoa(int(number))
			it.Attr = &it.scratch
		case int(number) < len(b.set) && b.set[number].Name != "":
			it.Attr = &b.set[number]
		default:
			it.unknown(number)
		}
		if it.Attr.By != nil {
			b.resolve(it, structAt{}, len(it.Payload))
		}
		if typ&unix.NLA_F_NET_BYTEORDER != 0 && it.Attr.Kind.networkOrder() != it.Attr.Kind {
			it.scratch = *it.Attr
			it.scratch.Kind = it.Attr.Kind.networkOrder()
			it.Attr = &it.scratch
		}
		if !yield(it) {
			return nil
		}
		rest = rest[next:]
	}
	return nil
}

// structBefore returns the structure before the attributes of b, or of the
// nearest enclosing body that has one.
func (b *Body) structBefore() structAt {
	for ; b != nil; b = b.parent {
		if b.Header != nil {
			return structAt{b.Header, b.Head}
		}
	}
	return structAt{}
}

// unknown makes it an attribute that is not in the tables. It becomes a nest of
// unknown attributes if NLA_F_NESTED is set or if it looks like a nest: it
// consists only of attributes, none of type 0, which few sets have, and none
// empty, because an integer may look like that.
func (it *Item) unknown(number uint16) {
	it.scratch = Attr{Name: strconv.Itoa(int(number))}
	it.Attr, it.Known = &it.scratch, false
	if it.Type&unix.NLA_F_NESTED != 0 {
		it.scratch.Kind = Nested
		return
	}
	for b := it.Payload; len(b) > 0; {
		typ, n, ok := nextAttr(b)
		if !ok || typ&nlaTypeMask == 0 || n == unix.NLA_HDRLEN {
			return
		}
		b = b[min(align(n), len(b)):]
	}
	if len(it.Payload) > 0 {
		it.scratch.Kind, it.Guess = Nested, true
	}
}

// Child returns the body inside it, for a nest, a list or a message. The body
// is valid until Child or Hops is called for another item of the same body.
// Child returns nil for an item that holds a plain value, Parts or Hops, whose
// contents are not known, or which is nested too deep.
func (it *Item) Child() *Body {
	a := it.Attr
	var header *CStruct
	var m Message
	switch {
	case !it.mayHaveChild():
		return nil
	case a.Kind == Nested:
		header = a.Struct
	case a.Kind == List && a.Elem != nil:
	case a.Kind == MessageBody:
		if m = message(unix.NETLINK_ROUTE, a.Message); m.Header == nil {
			return nil
		}
		header = m.Header
	default:
		return nil
	}
	inner := it.inner()
	inner.split(header, it.Payload, it.PayloadOffset())
	switch a.Kind {
	case Nested:
		inner.set = a.Nest
	case List:
		inner.elem = a.Elem
	case MessageBody:
		inner.set = m.Attrs
		if len(it.Payload) > 0 && header.beginsWithFamily() {
			inner.family = it.Payload[0]
		}
	}
	return inner
}

func (it *Item) mayHaveChild() bool { return it.body != nil && it.body.depth < maxDepth }

// inner returns the storage for the contents of it, empty.
func (it *Item) inner() *Body {
	if it.body.child == nil {
		it.body.child = &Body{}
	}
	it.body.child.reset(it.body)
	return it.body.child
}

// split divides payload, which starts at offset off, into a header and
// attributes.
func (b *Body) split(header *CStruct, payload []byte, off int) {
	b.Header, b.HeadOffset = header, off
	var n int
	if header != nil {
		n = min(header.length(payload), len(payload))
	}
	b.Head = payload[:n:n]
	n = min(align(n), len(payload))
	b.Attrs, b.AttrsOffset = payload[n:], off+n
}

// Hops calls yield for each next hop of an array of struct rtnexthop in turn
// until yield returns false. It returns the bytes after the last well-formed
// one. The body is valid during the call.
func (it *Item) Hops(yield func(*Body) bool) (rest []byte) {
	rest = it.Payload
	if it.Attr.Kind != NextHops || !it.mayHaveChild() {
		return rest
	}
	size, set := rtnexthop.Size(), message(unix.NETLINK_ROUTE, unix.RTM_NEWROUTE).Attrs
	for len(rest) >= size {
		n := int(binary.NativeEndian.Uint16(rest))
		if n < size || n > len(rest) {
			break
		}
		hop := it.inner()
		hop.set = set
		hop.split(rtnexthop, rest[:n], it.PayloadOffset()+len(it.Payload)-len(rest))
		if !yield(hop) {
			return nil
		}
		rest = rest[min(align(n), len(rest)):]
	}
	return rest
}

// HasParts reports whether it is a structure or an array, so that Parts yields
// its fields or elements.
func (it *Item) HasParts() bool {
	switch it.Attr.Kind {
	case Struct:
		return it.Attr.Struct != nil
	case Array:
		return it.Attr.Elem != nil && it.Attr.Elem.Size() > 0
	case Bitfield32:
		return len(it.Payload) == Bitfield32.Size()
	}
	return false
}

// bitfieldNames are the fields of struct nla_bitfield32.
var bitfieldNames = [...]string{"value", "selector"}

// Parts calls yield for each field of a structure, or element of an array, in
// turn until yield returns false. It returns the bytes after the last complete
// one. Padding is a field without a name.
func (it *Item) Parts(yield func(*Item) bool) (rest []byte) {
	if !it.HasParts() {
		return it.Payload
	}
	if it.part == nil {
		it.part = &Item{}
	}
	part, off := it.part, it.PayloadOffset()
	switch it.Attr.Kind {
	case Struct:
		return it.Attr.Struct.parts(it.body, it.Payload, off, part, yield)
	case Bitfield32:
		for i, name := range bitfieldNames {
			part.scratch = Attr{Name: name, Kind: U32, Values: it.Attr.Values}
			part.set(&part.scratch, FieldForm, it.body, off+4*i, it.Payload[4*i:4*i+4])
			if !yield(part) {
				break
			}
		}
		return nil
	}
	elem := it.Attr.Elem
	size := elem.Size()
	rest = it.Payload
	part.scratch = *elem
	for i := 0; len(rest) >= size; i++ {
		part.set(&part.scratch, ElementForm, it.body, off+i*size, rest[:size])
		if elem.By != nil {
			part.Attr = elem
			it.body.resolve(part, structAt{}, size)
			part.scratch = *part.Attr
			part.Attr = &part.scratch
		}
		part.scratch.Name = it.Attr.Element(i)
		if !yield(part) {
			return nil
		}
		rest = rest[size:]
	}
	return rest
}

// nextAttr reads the nlattr at the start of b: its type and its length with the
// header and without padding.
func nextAttr(b []byte) (typ uint16, n int, ok bool) {
	if len(b) < unix.NLA_HDRLEN {
		return 0, 0, false
	}
	n = int(binary.NativeEndian.Uint16(b))
	return binary.NativeEndian.Uint16(b[2:]), n, n >= unix.NLA_HDRLEN && n <= len(b)
}

// align rounds n up to the 4 bytes that messages and attributes are aligned to
// (NLMSG_ALIGNTO, NLA_ALIGNTO).
func align(n int) int { return (n + unix.NLMSG_ALIGNTO - 1) &^ (unix.NLMSG_ALIGNTO - 1) }
