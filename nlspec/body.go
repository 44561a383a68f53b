package nlspec

import (
	"encoding/binary"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxDepth is how deep attributes are followed. The kernel's own nests are at most 10 deep or so; its NLA_POLICY
// recursion limit is of the same order (lib/nlattr.c, MAX_POLICY_RECURSION_DEPTH).
const maxDepth = 16

// nlaTypeMask leaves the type of an nlattr's nla_type without NLA_F_NESTED and NLA_F_NET_BYTEORDER
// (include/uapi/linux/netlink.h).
const nlaTypeMask = ^uint16(unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)

// Message is the grammar of one message type: its name, the fixed header that follows the nlmsghdr, and the attributes
// that follow that. One without a Header is known by name only.
type Message struct {
	Name   string
	Header *CStruct
	Attrs  Set
}

// Layout is one message taken apart.
type Layout struct {
	Message Message // its grammar
	Body    Body    // its fixed header and its attributes

	// Request is the request that an NLMSG_ERROR answers: the nlmsghdr, and unless the kernel left it out, what
	// follows. It is nil in other messages.
	Request       []byte
	RequestOffset int
}

// Body is a fixed header, which may be absent, and the attributes that follow it.
type Body struct {
	Header      *CStruct // the header's fields; nil when there is none
	Head        []byte   // the header's bytes; fewer than Header says when the message ends early
	HeadOffset  int      // where Head starts, from the start of the nlmsghdr
	Attrs       []byte   // the attributes, and whatever stands after the last well-formed one
	AttrsOffset int      // where Attrs starts, from the start of the nlmsghdr
	Known       bool     // the grammar is known; if not, Attrs is not necessarily attributes
	set         Set      // what may stand here
	elem        *Attr    // what each element of a List is
	family      uint8    // the address family, direction and enclosing attributes that selectors go by
	direction   Direction
	parent      *Body
	siblings    *siblingCache
	depth       int
}

// Form says what an Item is.
type Form uint8

// What an Item may be.
const (
	AttrForm    Form = iota // an attribute, which begins with an nlattr
	FieldForm               // a field of a structure; padding when it has no name
	ElementForm             // an element of an array
)

// Item is one attribute, field or element in its place.
type Item struct {
	Attr    Attr // what it is, once all selectors have decided
	Form    Form
	Type    uint16 // an attribute's nla_type as it stands, with its flag bits
	Offset  int    // where it starts, from the start of the nlmsghdr: an attribute with its nlattr
	Payload []byte
	Pad     []byte // what stands between Payload and what comes next, if anything can: alignment, or a field's unused bytes
	Known   bool   // the tables have it; if not, an attribute's name is its number
	Guess   bool   // an unknown attribute is read as a nest because it looks like one, not for NLA_F_NESTED
	body    *Body
}

// PayloadOffset is where Payload starts, from the start of the nlmsghdr.
func (it *Item) PayloadOffset() int {
	if it.Form == AttrForm {
		return it.Offset + unix.NLA_HDRLEN
	}
	return it.Offset
}

// Attr returns the grammar of attribute typ as it would stand in b. Selectors have not decided yet.
func (b Body) Attr(typ uint16) Attr {
	a, _ := b.grammar(typ & nlaTypeMask)
	return a
}

// grammar returns the grammar of attribute typ, and whether the tables have it.
func (b *Body) grammar(typ uint16) (a Attr, known bool) {
	switch {
	case b.elem != nil:
		a, known = *b.elem, true
		a.Name = strconv.Itoa(int(typ))
	case int(typ) < len(b.set) && b.set[typ].Name != "":
		a, known = b.set[typ], true
	default:
		a.Name = strconv.Itoa(int(typ))
	}
	return a, known
}

// Fields calls yield for each field of b's header in turn until it returns false, and returns what follows the last
// whole one. Padding is a field without a name.
func (b Body) Fields(yield func(Item) bool) (rest []byte) {
	if b.Header == nil {
		return b.Head
	}
	return b.Header.parts(&b, b.Head, b.HeadOffset, yield)
}

// Items calls yield for each attribute of b in turn until it returns false, and returns what follows the last
// well-formed one: nothing, or bytes that are not an attribute. The attributes of a body that is not Known are not read.
func (b Body) Items(yield func(Item) bool) (rest []byte) {
	if !b.Known {
		return b.Attrs
	}
	here := b.structBefore()
	rest = b.Attrs
	for len(rest) > 0 {
		typ, n, ok := nextAttr(rest)
		if !ok {
			return rest
		}
		next := min(align(n), len(rest))
		it := Item{
			Type:    typ,
			Offset:  b.AttrsOffset + len(b.Attrs) - len(rest),
			Payload: rest[unix.NLA_HDRLEN:n],
			Pad:     rest[n:next],
			body:    &b,
		}
		it.Attr, it.Known = b.grammar(typ & nlaTypeMask)
		if it.Attr.By != nil {
			it.Attr, _ = b.resolve(it.Attr, here, len(it.Payload))
		}
		if typ&unix.NLA_F_NET_BYTEORDER != 0 {
			it.Attr.Kind = it.Attr.Kind.networkOrder()
		}
		if !it.Known {
			it.guess()
		}
		if !yield(it) {
			return nil
		}
		rest = rest[next:]
	}
	return nil
}

// structBefore returns the structure before the attributes of b, or of the nearest body around it that has one.
func (b *Body) structBefore() structAt {
	for ; b != nil; b = b.parent {
		if b.Header != nil {
			return structAt{b.Header, b.Head}
		}
	}
	return structAt{}
}

// guess makes an unknown attribute a nest of unknown attributes if it says that it is one, or looks like one: attributes
// and nothing else, none of type 0, which few sets have, and none empty, for an integer may look like that.
func (it *Item) guess() {
	if it.Type&unix.NLA_F_NESTED != 0 {
		it.Attr.Kind = Nested
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
		it.Attr.Kind, it.Guess = Nested, true
	}
}

// Children returns the bodies inside it: one for a nest or a list, one a next hop, none for what holds a plain value or
// Parts, whose inside is not known, or which stands too deep. Next hops end at the first malformed one, and rest is what
// follows the last.
func (it Item) Children() (bodies []Body, rest []byte) {
	if it.body == nil || it.body.depth >= maxDepth {
		return nil, nil
	}
	switch it.Attr.Kind {
	case Nested:
		inner := it.inner(it.Attr.Struct, it.Payload)
		inner.set = it.Attr.Nest
		return []Body{inner}, nil
	case List:
		if it.Attr.Elem == nil {
			return nil, nil
		}
		inner := it.inner(nil, it.Payload)
		inner.elem = it.Attr.Elem
		return []Body{inner}, nil
	case MessageBody:
		m := message(unix.NETLINK_ROUTE, it.Attr.Message)
		if m.Header == nil {
			return nil, nil
		}
		inner := it.inner(m.Header, it.Payload)
		inner.set = m.Attrs
		if len(it.Payload) > 0 && m.Header.beginsWithFamily() {
			inner.family = it.Payload[0]
		}
		return []Body{inner}, nil
	case NextHops:
		return it.nextHops()
	}
	return nil, nil
}

// inner is the body of payload b of it: a structure, unless it is nil, and attributes.
func (it *Item) inner(header *CStruct, b []byte) Body {
	inner := Body{
		Known: true, family: it.body.family, direction: it.body.direction, parent: it.body, depth: it.body.depth + 1,
	}
	inner.split(header, b, it.PayloadOffset())
	return inner
}

// split divides b, which starts at offset off, into a header and attributes.
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

// nextHops splits an array of struct rtnexthop.
func (it Item) nextHops() (bodies []Body, rest []byte) {
	size, set := rtnexthop.Size(), message(unix.NETLINK_ROUTE, unix.RTM_NEWROUTE).Attrs
	rest = it.Payload
	for len(rest) >= size {
		n := int(binary.NativeEndian.Uint16(rest))
		if n < size || n > len(rest) {
			break
		}
		hop := it.inner(nil, nil)
		hop.set = set
		hop.split(rtnexthop, rest[:n], it.PayloadOffset()+len(it.Payload)-len(rest))
		bodies = append(bodies, hop)
		rest = rest[min(align(n), len(rest)):]
	}
	return bodies, rest
}

// HasParts reports whether it is a structure or an array, whose fields or elements Parts yields.
func (it *Item) HasParts() bool {
	switch it.Attr.Kind {
	case Struct:
		return it.Attr.Struct != nil
	case Array:
		return it.Attr.Elem != nil && it.Attr.Elem.size() > 0
	case Bitfield32:
		return len(it.Payload) == Bitfield32.Size()
	}
	return false
}

// Parts calls yield for each field of a structure, or element of an array, in turn until it returns false, and returns
// what follows the last whole one. A field's padding is one without a name.
func (it Item) Parts(yield func(Item) bool) (rest []byte) {
	off := it.PayloadOffset()
	switch {
	case !it.HasParts():
		return it.Payload
	case it.Attr.Kind == Struct:
		return it.Attr.Struct.parts(it.body, it.Payload, off, yield)
	case it.Attr.Kind == Bitfield32:
		for i, name := range [...]string{"value", "selector"} {
			f := Item{
				Attr: Attr{Name: name, Kind: U32, Values: it.Attr.Values}, Form: FieldForm, Offset: off + 4*i,
				Payload: it.Payload[4*i : 4*i+4], Known: true, body: it.body,
			}
			if !yield(f) {
				break
			}
		}
		return nil
	}
	size := it.Attr.Elem.size()
	rest = it.Payload
	for i := 0; len(rest) >= size; i++ {
		e := Item{
			Attr: *it.Attr.Elem, Form: ElementForm, Offset: off + i*size, Payload: rest[:size], Known: true, body: it.body,
		}
		if e.Attr.By != nil {
			e.Attr, _ = it.body.resolve(e.Attr, structAt{}, size)
		}
		e.Attr.Name = it.Attr.Element(i)
		if !yield(e) {
			return nil
		}
		rest = rest[size:]
	}
	return rest
}

// nextAttr reads the nlattr at the start of b: its type and its length with the header and without padding.
func nextAttr(b []byte) (typ uint16, n int, ok bool) {
	if len(b) < unix.NLA_HDRLEN {
		return 0, 0, false
	}
	n = int(binary.NativeEndian.Uint16(b))
	return binary.NativeEndian.Uint16(b[2:]), n, n >= unix.NLA_HDRLEN && n <= len(b)
}

// align rounds n up to the 4 bytes that messages and attributes are aligned to (NLMSG_ALIGNTO, NLA_ALIGNTO).
func align(n int) int { return (n + unix.NLMSG_ALIGNTO - 1) &^ (unix.NLMSG_ALIGNTO - 1) }
