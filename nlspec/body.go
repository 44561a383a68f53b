package nlspec

import (
	"bytes"
	"encoding/binary"
	"math"
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
	family      uint8    // the address family that selectors go by
	depth       int
}

// Item is one attribute in its place.
type Item struct {
	Attr    Attr
	Type    uint16 // nla_type as it stands, with its flag bits
	Offset  int    // where the nlattr starts, from the start of the nlmsghdr
	Payload []byte
	nest    Set
	nested  bool
	body    *Body
}

// Open takes the message at the start of msg apart, as protocol (unix.NETLINK_ROUTE ...) defines it. It reads up to
// nlmsg_len or the end of msg, whichever comes first. With less than an nlmsghdr in msg, the Layout is empty.
func Open(protocol int, msg []byte) Layout {
	h, ok := ParseHeader(msg)
	if !ok {
		return Layout{}
	}
	if uint64(h.Len) < uint64(len(msg)) {
		msg = msg[:max(int(h.Len), unix.NLMSG_HDRLEN)]
	}
	m := message(protocol, h.Type)
	l := Layout{Message: m}
	if h.Type == unix.NLMSG_ERROR || h.Type == unix.NLMSG_DONE {
		l.openError(h, msg)
		return l
	}
	l.Body = openBody(m, msg[unix.NLMSG_HDRLEN:], unix.NLMSG_HDRLEN, 0, 0)
	return l
}

// openBody splits b, which starts at offset off, into the header that m says and attributes.
func openBody(m Message, b []byte, off int, family uint8, depth int) Body {
	if m.Header == nil {
		return Body{HeadOffset: off, Attrs: b, AttrsOffset: off, depth: depth}
	}
	n := m.Header.Size()
	body := Body{Header: m.Header, HeadOffset: off, Known: true, set: m.Attrs, family: family, depth: depth}
	// All of rtnetlink's headers begin with the family.
	if len(b) > 0 {
		body.family = b[0]
	}
	body.Head = b[:min(n, len(b))]
	n = min(align(n), len(b))
	body.Attrs, body.AttrsOffset = b[n:], off+n
	return body
}

// Attr returns the grammar of attribute typ as it would stand in b.
func (b Body) Attr(typ uint16) Attr {
	typ &= nlaTypeMask
	if b.elem != nil {
		a := *b.elem
		a.Name = strconv.Itoa(int(typ))
		return a
	}
	return b.set.Attr(typ)
}

// Items calls yield for each attribute of b in turn until it returns false, and returns what follows the last
// well-formed one: nothing, or bytes that are not an attribute. The attributes of a body that is not Known are not read.
func (b Body) Items(yield func(Item) bool) (rest []byte) {
	if !b.Known {
		return b.Attrs
	}
	var siblings siblingCache
	rest = b.Attrs
	for len(rest) > 0 {
		typ, n, ok := nextAttr(rest)
		if !ok {
			return rest
		}
		it := Item{
			Attr:    b.Attr(typ),
			Type:    typ,
			Offset:  b.AttrsOffset + len(b.Attrs) - len(rest),
			Payload: rest[unix.NLA_HDRLEN:n],
			body:    &b,
		}
		if it.Attr.Kind == IP && b.family == unix.AF_MPLS {
			it.Attr.Kind = Binary // a label stack
		}
		it.nest, it.nested = it.Attr.Nest, it.Attr.Kind == Nested
		if s := it.Attr.By; s != nil {
			it.nest = s.choose(b.family, siblings.get(b.Attrs, s.Sibling))
			it.nested = it.nest != nil
		}
		if !yield(it) {
			return nil
		}
		rest = rest[min(align(n), len(rest)):]
	}
	return nil
}

// Children returns the bodies inside attribute it: one for a nest or a list, one a next hop, none for an attribute that
// holds a plain value, whose inside is not known, or which stands too deep. Next hops end at the first malformed one,
// and rest is what follows the last.
func (it Item) Children() (bodies []Body, rest []byte) {
	if it.body == nil || it.body.depth >= maxDepth {
		return nil, nil
	}
	inner := Body{
		HeadOffset: it.Offset + unix.NLA_HDRLEN, Attrs: it.Payload, AttrsOffset: it.Offset + unix.NLA_HDRLEN,
		Known: true, family: it.body.family, depth: it.body.depth + 1,
	}
	switch {
	case it.nested:
		inner.set = it.nest
		return []Body{inner}, nil
	case it.Attr.Kind == List:
		inner.elem = it.Attr.Elem
		return []Body{inner}, nil
	case it.Attr.Kind == S32Array && it.Type&unix.NLA_F_NESTED != 0, it.Attr.Kind == S32Array && wellFormed(it.Payload):
		// IFLA_INET_CONF is an array in what the kernel sends, and a nest with types one above the array's indices
		// in what it is sent (net/ipv4/devinet.c, inet_fill_link_af and inet_set_link_af). The array's first word
		// is forwarding, 0 or 1, with which no nlattr can begin.
		inner.set = it.Attr.Nest
		return []Body{inner}, nil
	case it.Attr.Kind == MessageBody:
		m := message(unix.NETLINK_ROUTE, it.Attr.Message)
		return []Body{openBody(m, it.Payload, it.Offset+unix.NLA_HDRLEN, it.body.family, it.body.depth+1)}, nil
	case it.Attr.Kind == NextHops:
		return it.nextHops(inner)
	}
	return nil, nil
}

// nextHops splits an array of struct rtnexthop.
func (it Item) nextHops(inner Body) (bodies []Body, rest []byte) {
	rest = it.Payload
	for len(rest) >= rtnexthop.Size() {
		n := int(binary.NativeEndian.Uint16(rest))
		if n < rtnexthop.Size() || n > len(rest) {
			break
		}
		hop := inner
		hop.Header, hop.set = rtnexthop, message(unix.NETLINK_ROUTE, unix.RTM_NEWROUTE).Attrs
		hop.HeadOffset = it.Offset + unix.NLA_HDRLEN + len(it.Payload) - len(rest)
		hop.Head, hop.Attrs = rest[:rtnexthop.Size()], rest[rtnexthop.Size():n]
		hop.AttrsOffset = hop.HeadOffset + len(hop.Head)
		bodies = append(bodies, hop)
		rest = rest[min(align(n), len(rest)):]
	}
	return bodies, rest
}

// Element names element i of an array.
func (a Attr) Element(i int) string {
	if i < 0 || i > math.MaxUint16-1 {
		return strconv.Itoa(i)
	}
	return a.Nest.element(i)
}

// siblingCache finds the attributes that selectors go by, each once for a set of attributes.
type siblingCache struct {
	typ     [2]uint16
	payload [2][]byte
	n       int
}

// get returns the payload of the last attribute of type typ in attrs, which is the one that counts for the kernel
// (nla_parse), or nil.
func (c *siblingCache) get(attrs []byte, typ uint16) []byte {
	if typ == 0 {
		return nil
	}
	for i := range c.n {
		if c.typ[i] == typ {
			return c.payload[i]
		}
	}
	var found []byte
	for len(attrs) > 0 {
		t, n, ok := nextAttr(attrs)
		if !ok {
			break
		}
		if t&nlaTypeMask == typ {
			found = attrs[unix.NLA_HDRLEN:n]
		}
		attrs = attrs[min(align(n), len(attrs)):]
	}
	if c.n < len(c.typ) {
		c.typ[c.n], c.payload[c.n] = typ, found
		c.n++
	}
	return found
}

// nextAttr reads the nlattr at the start of b: its type and its length with the header and without padding.
func nextAttr(b []byte) (typ uint16, n int, ok bool) {
	if len(b) < unix.NLA_HDRLEN {
		return 0, 0, false
	}
	n = int(binary.NativeEndian.Uint16(b))
	return binary.NativeEndian.Uint16(b[2:]), n, n >= unix.NLA_HDRLEN && n <= len(b)
}

// wellFormed reports whether b is one attribute or more and nothing else.
func wellFormed(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	for len(b) > 0 {
		_, n, ok := nextAttr(b)
		if !ok {
			return false
		}
		b = b[min(align(n), len(b)):]
	}
	return true
}

// align rounds n up to the 4 bytes that messages and attributes are aligned to (NLMSG_ALIGNTO, NLA_ALIGNTO).
func align(n int) int { return (n + unix.NLMSG_ALIGNTO - 1) &^ (unix.NLMSG_ALIGNTO - 1) }

// cString returns the text of b up to its first NUL.
func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// hostUint reads an unsigned integer of 1, 2, 4 or 8 bytes in the host's byte order.
func hostUint(b []byte) (uint64, bool) {
	switch len(b) {
	case 1:
		return uint64(b[0]), true
	case 2:
		return uint64(binary.NativeEndian.Uint16(b)), true
	case 4:
		return uint64(binary.NativeEndian.Uint32(b)), true
	case 8:
		return binary.NativeEndian.Uint64(b), true
	}
	return 0, false
}
