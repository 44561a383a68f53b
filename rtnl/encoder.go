package rtnl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// A Request is one message for the kernel.
type Request interface {
	// Encode appends the message to e: one Begin, the fixed header of the
	// message type, then attributes. It reports what cannot be encoded through
	// e.Fail.
	Encode(e *Encoder)
}

// ErrInvalid is matched by the error for a request that cannot be expressed as
// a message. Nothing of such a request is sent.
var ErrInvalid = errors.New("invalid request")

func invalid(why string) error { return fmt.Errorf("%w: %s", ErrInvalid, why) }

const (
	nlmsgHdrLen = unix.SizeofNlMsghdr
	nlaHdrLen   = unix.SizeofNlAttr
	// maxAttr is the largest payload an attribute can have: nla_len is a 16-bit
	// count that includes the header (include/uapi/linux/netlink.h).
	maxAttr = 0xffff - nlaHdrLen
)

// An Encoder appends netlink messages to one growing buffer. Numbers are in the
// machine's byte order unless a method says otherwise. Attributes are padded to
// 4 bytes (NLA_ALIGNTO). The first failure sticks; the function that runs the
// request returns it. The zero Encoder is ready to use.
type Encoder struct {
	buf   []byte
	start int // of the message being built
	err   error
	// The names in the messages, in the order of their offsets, and how many of
	// the links have to be looked up.
	links   []linkAt
	spaces  []netnsAt
	lookups int
}

// reset empties the buffer.
func (e *Encoder) reset() { e.cut(Encoder{}) }

// cut restores an earlier length of the Encoder.
func (e *Encoder) cut(to Encoder) {
	e.buf, e.links, e.spaces, e.lookups = e.buf[:len(to.buf)], e.links[:len(to.links)], e.spaces[:len(to.spaces)], to.lookups
}

// encoded returns the messages.
func (e *Encoder) encoded() encoded { return encoded{b: e.buf, links: e.links} }

// Begin starts a message of type typ, one of unix.RTM_*, with the NLM_F_*
// flags. Sequence number and port ID are filled in by the Conn.
func (e *Encoder) Begin(typ, flags uint16) {
	e.start = len(e.buf)
	e.buf = binary.NativeEndian.AppendUint32(e.buf, 0)
	e.buf = binary.NativeEndian.AppendUint16(e.buf, typ)
	e.buf = binary.NativeEndian.AppendUint16(e.buf, flags)
	e.buf = append(e.buf, 0, 0, 0, 0, 0, 0, 0, 0)
}

// Fail records why the request cannot be encoded. Only the first failure
// counts.
func (e *Encoder) Fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
	}
}

// message encodes r at the end of the buffer and returns its offset. On error,
// the buffer is as it was.
func (e *Encoder) message(r Request) (int, error) {
	before, at := *e, len(e.buf)
	e.start, e.err = at, nil
	r.Encode(e)
	if e.err == nil && len(e.buf)-at < nlmsgHdrLen {
		e.Fail("%T encodes no message", r)
	}
	if e.err != nil {
		e.cut(before)
		return at, e.err
	}
	n := len(e.buf) - at
	binary.NativeEndian.PutUint32(e.buf[at:], uint32(n))
	for ; n%unix.NLMSG_ALIGNTO != 0; n++ {
		e.buf = append(e.buf, 0)
	}
	return at, nil
}

// Header appends b unchanged: the fixed header that follows nlmsghdr, or one
// inside an attribute. Its length must be a multiple of 4.
func (e *Encoder) Header(b ...byte) { e.buf = append(e.buf, b...) }

// attr appends an attribute header and returns the payload's offset.
func (e *Encoder) attr(typ uint16, payload int) {
	if payload > maxAttr {
		e.Fail("attribute %d: %d bytes, at most %d fit", typ, payload, maxAttr)
		payload = 0
	}
	e.buf = binary.NativeEndian.AppendUint16(e.buf, uint16(nlaHdrLen+payload))
	e.buf = binary.NativeEndian.AppendUint16(e.buf, typ)
}

func (e *Encoder) pad() {
	for (len(e.buf)-e.start)%unix.NLA_ALIGNTO != 0 {
		e.buf = append(e.buf, 0)
	}
}

// Bytes appends an attribute that holds b.
func (e *Encoder) Bytes(typ uint16, b []byte) {
	e.attr(typ, len(b))
	e.buf = append(e.buf, b...)
	e.pad()
}

// Flag appends an attribute without payload.
func (e *Encoder) Flag(typ uint16) { e.attr(typ, 0) }

// String appends a NUL-terminated string. If s contains a NUL, the Encoder
// fails.
func (e *Encoder) String(typ uint16, s string) {
	for i := range len(s) {
		if s[i] == 0 {
			e.Fail("%q contains a NUL byte", s)
			return
		}
	}
	e.attr(typ, len(s)+1)
	e.buf = append(e.buf, s...)
	e.buf = append(e.buf, 0)
	e.pad()
}

// text appends s without a NUL, for the few attributes whose length is that of
// the text.
func (e *Encoder) text(typ uint16, s string) {
	e.attr(typ, len(s))
	e.buf = append(e.buf, s...)
	e.pad()
}

// Uint8 appends an 8-bit number.
func (e *Encoder) Uint8(typ uint16, v uint8) {
	e.attr(typ, 1)
	e.buf = append(e.buf, v, 0, 0, 0)
}

// Uint16 appends a 16-bit number.
func (e *Encoder) Uint16(typ uint16, v uint16) {
	e.attr(typ, 2)
	e.buf = binary.NativeEndian.AppendUint16(e.buf, v)
	e.buf = append(e.buf, 0, 0)
}

// Uint16BE appends a 16-bit number in network byte order.
func (e *Encoder) Uint16BE(typ uint16, v uint16) {
	e.attr(typ, 2)
	e.buf = binary.BigEndian.AppendUint16(e.buf, v)
	e.buf = append(e.buf, 0, 0)
}

// Uint32 appends a 32-bit number.
func (e *Encoder) Uint32(typ uint16, v uint32) {
	e.attr(typ, 4)
	e.buf = binary.NativeEndian.AppendUint32(e.buf, v)
}

// Int32 appends a signed 32-bit number.
func (e *Encoder) Int32(typ uint16, v int32) { e.Uint32(typ, uint32(v)) }

// Uint64 appends a 64-bit number.
func (e *Encoder) Uint64(typ uint16, v uint64) {
	e.attr(typ, 8)
	e.buf = binary.NativeEndian.AppendUint64(e.buf, v)
}

// Uint64BE appends a 64-bit number in network byte order.
func (e *Encoder) Uint64BE(typ uint16, v uint64) {
	e.attr(typ, 8)
	e.buf = binary.BigEndian.AppendUint64(e.buf, v)
}

// Addr appends an IP address in network byte order, 4 or 16 bytes long.
func (e *Encoder) Addr(typ uint16, a netip.Addr) {
	switch {
	case a.Is4():
		b := a.As4()
		e.Bytes(typ, b[:])
	case a.Is6():
		b := a.As16()
		e.Bytes(typ, b[:])
	default:
		e.Fail("attribute %d: no address given", typ)
	}
}

// HardwareAddr appends a link-layer address.
func (e *Encoder) HardwareAddr(typ uint16, a net.HardwareAddr) { e.Bytes(typ, a) }

// Nest starts an attribute that holds attributes, with NLA_F_NESTED set, and
// returns the mark that EndNest takes.
func (e *Encoder) Nest(typ uint16) (mark int) { return e.open(typ | unix.NLA_F_NESTED) }

// NestPlain is Nest without NLA_F_NESTED, for the few attributes whose payload
// starts with a struct, or that iproute2 sends without it.
func (e *Encoder) NestPlain(typ uint16) (mark int) { return e.open(typ) }

func (e *Encoder) open(typ uint16) int {
	mark := len(e.buf)
	e.attr(typ, 0)
	return mark
}

// EndNest ends the attribute that Nest started.
func (e *Encoder) EndNest(mark int) {
	n := len(e.buf) - mark
	if n > 0xffff {
		e.Fail("nested attributes of %d bytes, at most %d fit", n, 0xffff)
		return
	}
	binary.NativeEndian.PutUint16(e.buf[mark:], uint16(n))
}

// userHZ is USER_HZ, the unit of bridge and neighbour times: 100 a second on
// every architecture that Go supports Linux on (include/asm-generic/param.h).
const userHZ = 100

// clockT converts a duration, which must not be negative, to USER_HZ ticks,
// rounded to the nearest.
func clockT(d time.Duration) uint64 {
	const tick = time.Second / userHZ
	return (uint64(d) + uint64(tick/2)) / uint64(tick)
}

// fromClockT converts USER_HZ ticks to a duration. A count that exceeds the
// longest duration becomes that one.
func fromClockT(v uint64) time.Duration {
	const tick = time.Second / userHZ
	if v > uint64((1<<63-1)/tick) {
		return 1<<63 - 1
	}
	return time.Duration(v) * tick
}
