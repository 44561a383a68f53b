package rtnl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// ErrMalformed is matched by the error for a message or attribute from the
// kernel that cannot be read, because it is cut short or has the wrong size.
var ErrMalformed = errors.New("malformed netlink message")

// An AttrReader walks the attributes in a buffer. Use it as
//
//	for r := rtnl.NewAttrReader(b); r.Next(); { switch r.Type() { ... } }
//
// and then check Err. It allocates nothing. What Bytes returns aliases the
// buffer.
type AttrReader struct {
	rest []byte
	data []byte
	typ  uint16
	err  error
}

// nlaTypeMask is NLA_TYPE_MASK: a type without its two flag bits.
const nlaTypeMask = ^uint16(unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)

// NewAttrReader returns a reader of the attributes in b.
func NewAttrReader(b []byte) *AttrReader { return &AttrReader{rest: b} }

// Next moves to the next attribute. It returns false at the end, and after the
// first malformed attribute.
func (r *AttrReader) Next() bool {
	if len(r.rest) == 0 || r.err != nil {
		return false
	}
	if len(r.rest) < nlaHdrLen {
		// After the last attribute, the kernel pads only for alignment.
		r.err = fmt.Errorf("%w: %d bytes where an attribute header was expected", ErrMalformed, len(r.rest))
		return false
	}
	n := int(binary.NativeEndian.Uint16(r.rest))
	if n < nlaHdrLen || n > len(r.rest) {
		r.err = fmt.Errorf("%w: attribute of length %d in %d bytes", ErrMalformed, n, len(r.rest))
		return false
	}
	r.typ = binary.NativeEndian.Uint16(r.rest[2:]) & nlaTypeMask
	r.data = r.rest[nlaHdrLen:n]
	r.rest = r.rest[min(align4(n), len(r.rest)):]
	return true
}

// Type returns the attribute's type without NLA_F_NESTED and
// NLA_F_NET_BYTEORDER.
func (r *AttrReader) Type() uint16 { return r.typ }

// Err returns the error of the first malformed attribute, or nil.
func (r *AttrReader) Err() error { return r.err }

// Bytes returns the attribute's payload, which aliases the buffer.
func (r *AttrReader) Bytes() []byte { return r.data }

// Nested returns a reader of the attributes inside the attribute. Its error is
// not r's, unless you call Adopt.
func (r *AttrReader) Nested() AttrReader { return AttrReader{rest: r.data} }

// Adopt takes over the error of a reader that Nested returned.
func (r *AttrReader) Adopt(n *AttrReader) {
	if r.err == nil {
		r.err = n.err
	}
}

func (r *AttrReader) short(want int) bool {
	if len(r.data) >= want {
		return false
	}
	if r.err == nil {
		r.err = fmt.Errorf("%w: attribute %d has %d bytes, want %d", ErrMalformed, r.typ, len(r.data), want)
	}
	return true
}

// Uint8 returns the payload as an 8-bit number.
func (r *AttrReader) Uint8() uint8 {
	if r.short(1) {
		return 0
	}
	return r.data[0]
}

// Uint16 returns the payload as a 16-bit number.
func (r *AttrReader) Uint16() uint16 {
	if r.short(2) {
		return 0
	}
	return binary.NativeEndian.Uint16(r.data)
}

// Uint16BE returns the payload as a 16-bit number in network byte order.
func (r *AttrReader) Uint16BE() uint16 {
	if r.short(2) {
		return 0
	}
	return binary.BigEndian.Uint16(r.data)
}

// Uint32 returns the payload as a 32-bit number.
func (r *AttrReader) Uint32() uint32 {
	if r.short(4) {
		return 0
	}
	return binary.NativeEndian.Uint32(r.data)
}

// Int32 returns the payload as a signed 32-bit number.
func (r *AttrReader) Int32() int32 { return int32(r.Uint32()) }

// Uint64 returns the payload as a 64-bit number.
func (r *AttrReader) Uint64() uint64 {
	if r.short(8) {
		return 0
	}
	return binary.NativeEndian.Uint64(r.data)
}

// Uint64BE returns the payload as a 64-bit number in network byte order.
func (r *AttrReader) Uint64BE() uint64 {
	if r.short(8) {
		return 0
	}
	return binary.BigEndian.Uint64(r.data)
}

// String returns the payload up to its first NUL byte.
func (r *AttrReader) String() string { return string(cString(r.data)) }

// Addr returns the payload as an IP address: 4 or 16 bytes.
func (r *AttrReader) Addr() netip.Addr {
	a, ok := netip.AddrFromSlice(r.data)
	if !ok && r.err == nil {
		r.err = fmt.Errorf("%w: attribute %d: an address of %d bytes", ErrMalformed, r.typ, len(r.data))
	}
	return a
}

// HardwareAddr returns a copy of the payload, a link-layer address.
func (r *AttrReader) HardwareAddr() net.HardwareAddr {
	return append(net.HardwareAddr(nil), r.data...)
}

func cString(b []byte) []byte {
	for i, c := range b {
		if c == 0 {
			return b[:i]
		}
	}
	return b
}

func align4(n int) int { return (n + 3) &^ 3 }
