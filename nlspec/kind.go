package nlspec

import "encoding/binary"

// Kind says how to read a payload. Integers are in the host's byte order unless
// the kind says BE.
type Kind uint8

// The kinds of payload. The zero value is Binary: bytes without a known
// meaning.
const (
	Binary      Kind = iota
	Bytes            // bytes without parts: a key, a cookie, an identifier
	Pad              // no value: the attribute aligns the one that follows
	Flag             // no payload: the attribute's presence is its value
	U8               // unsigned, 1 byte
	U16              // unsigned, 2 bytes
	U32              // unsigned, 4 bytes
	U64              // unsigned, 8 bytes
	Uint             // unsigned, 4 or 8 bytes (nla_put_uint)
	TCHandle         // a traffic control handle, 4 bytes: the major number in the upper half, the minor one in the lower
	S8               // signed, 1 byte
	S16              // signed, 2 bytes
	S32              // signed, 4 bytes
	S64              // signed, 8 bytes
	Sint             // signed, 4 or 8 bytes (nla_put_sint)
	SBE32            // signed, 4 bytes, network byte order
	BE16             // unsigned, 2 bytes, network byte order
	BE32             // unsigned, 4 bytes, network byte order
	BE64             // unsigned, 8 bytes, network byte order
	MPLSLabel        // an entry of an MPLS label stack, 4 bytes in network byte order (RFC 3032, 2.1)
	String           // text, ended by a NUL or by the attribute
	SunPath          // an address of a Unix socket (unix(7)): a path, ended by a NUL or by the attribute, or a NUL and an abstract name
	IP               // an IPv4 address in 4 bytes or an IPv6 address in 16
	IP6              // an IPv6 address in 16 bytes
	LLAddr           // a link-layer address of any length
	Struct           // a C structure, Attr.Struct
	Bitfield32       // struct nla_bitfield32: value and selector, 4 bytes each, bits named by Attr.Values
	Array            // elements of Attr.Elem one after another, named by Attr.Nest in order
	Nested           // attributes of Attr.Nest, after the structure Attr.Struct if there is one
	List             // attributes whose types are indices; each is as in Attr.Elem
	MessageBody      // a fixed header and attributes, as after the nlmsghdr in message Attr.Message
	NextHops         // an array of struct rtnexthop, each followed by route attributes (rtnetlink(7))
)

// kinds are the names of the kinds, and their lengths in bytes, if they have
// one.
var kinds = [...]struct {
	name string
	size int
}{
	Binary: {"bytes", 0}, Bytes: {"bytes", 0}, Pad: {"padding", 0}, Flag: {"flag", 0},
	U8: {"u8", 1}, U16: {"u16", 2}, U32: {"u32", 4}, U64: {"u64", 8}, Uint: {"uint", 0}, TCHandle: {"handle", 4},
	S8: {"s8", 1}, S16: {"s16", 2}, S32: {"s32", 4}, S64: {"s64", 8}, Sint: {"sint", 0}, SBE32: {"sbe32", 4},
	BE16: {"be16", 2}, BE32: {"be32", 4}, BE64: {"be64", 8}, MPLSLabel: {"MPLS label", 4},
	String: {"string", 0}, SunPath: {"path", 0}, IP: {"IP address", 0}, IP6: {"IPv6 address", 16}, LLAddr: {"link-layer address", 0}, Struct: {"struct", 0},
	Bitfield32: {"bitfield32", 8}, Array: {"array", 0}, Nested: {"attributes", 0}, List: {"list", 0},
	MessageBody: {"message", 0}, NextHops: {"next hops", 0},
}

// String returns the kind's name as in the kernel's documentation, such as
// "u32" or "be16".
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k].name
	}
	return "unknown"
}

// Size returns the length in bytes of a payload of kind k, or 0 if the kind has
// no fixed length.
func (k Kind) Size() int {
	if int(k) < len(kinds) {
		return kinds[k].size
	}
	return 0
}

// Signed reports whether a payload of kind k is a signed integer.
func (k Kind) Signed() bool { return k >= S8 && k <= SBE32 }

// Integer reports whether a payload of kind k is an integer.
func (k Kind) Integer() bool { return k >= U8 && k <= MPLSLabel }

// bigEndian reports whether a payload of kind k is an integer in network byte
// order.
func (k Kind) bigEndian() bool { return k >= SBE32 && k <= MPLSLabel }

// networkOrder returns the kind of an integer of kind k if its attribute has
// NLA_F_NET_BYTEORDER.
func (k Kind) networkOrder() Kind {
	switch k {
	case U16:
		return BE16
	case U32:
		return BE32
	case U64:
		return BE64
	}
	return k
}

// Fits reports whether a payload of n bytes has the right length for kind k.
// Any length is right for kinds without a fixed length.
func (k Kind) Fits(n int) bool {
	switch k {
	case Flag, Pad:
		return n == 0
	case Uint, Sint:
		return n == 4 || n == 8
	case IP:
		return n == 4 || n == 16
	}
	size := k.Size()
	return size == 0 || size == n
}

// Number reads b as an integer of kind k, in the kind's byte order. b may have
// 1, 2, 4 or 8 bytes, even if k has another length. A signed integer is
// returned as its two's complement in 64 bits. ok is false for other lengths
// and for kinds that are not integers. A Flag with a payload is read as an
// unsigned integer.
func (k Kind) Number(b []byte) (n uint64, ok bool) {
	if !k.Integer() && k != Flag {
		return 0, false
	}
	switch big := k.bigEndian(); {
	case len(b) == 1:
		n = uint64(b[0])
	case len(b) == 2 && big:
		n = uint64(binary.BigEndian.Uint16(b))
	case len(b) == 2:
		n = uint64(binary.NativeEndian.Uint16(b))
	case len(b) == 4 && big:
		n = uint64(binary.BigEndian.Uint32(b))
	case len(b) == 4:
		n = uint64(binary.NativeEndian.Uint32(b))
	case len(b) == 8 && big:
		n = binary.BigEndian.Uint64(b)
	case len(b) == 8:
		n = binary.NativeEndian.Uint64(b)
	default:
		return 0, false
	}
	if k.Signed() {
		shift := 64 - 8*len(b)
		n = uint64(int64(n<<shift) >> shift)
	}
	return n, true
}
