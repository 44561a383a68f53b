package record

import (
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/nlspec"
)

// A swapper converts datagrams of a machine with the other byte order to this
// machine's, in place. It uses the tables of nlspec, and leaves alone what is
// not in them.
type swapper struct {
	families nlspec.Families
}

// event swaps an event's datagram.
func (s *swapper) event(e *audit.Event) {
	if e.Protocol == unix.NETLINK_KOBJECT_UEVENT {
		return
	}
	c := nlspec.Context{Protocol: e.Protocol, Direction: nlspec.Received, Families: &s.families}
	if e.Op == audit.OpSend {
		c.Direction = nlspec.Sent
	}
	for data := e.Data; len(data) >= unix.NLMSG_HDRLEN; {
		swapHeader(data)
		n := binary.NativeEndian.Uint32(data)
		if n < unix.NLMSG_HDRLEN {
			return
		}
		size := min(uint64(n), uint64(len(data)))
		s.message(c, data[:size])
		data = data[min((size+3)&^3, uint64(len(data))):]
	}
}

// message swaps the payload of a message whose header has been swapped.
func (s *swapper) message(c nlspec.Context, msg []byte) {
	switch typ := binary.NativeEndian.Uint16(msg[4:]); {
	case typ == unix.NLMSG_ERROR:
		s.errorMessage(c, msg)
	case c.Protocol == unix.NETLINK_GENERIC && typ == unix.GENL_ID_CTRL:
		// If it announces a family, that can now be read.
		s.body(&nlspec.Context{Protocol: c.Protocol, Direction: c.Direction}.Open(msg).Body)
		c.Open(msg)
	default:
		s.body(&c.Open(msg).Body)
	}
}

// errorMessage swaps an NLMSG_ERROR: the error, the request and the attributes.
func (s *swapper) errorMessage(c nlspec.Context, msg []byte) {
	const request = unix.NLMSG_HDRLEN + 4
	if len(msg) < request {
		return
	}
	slices.Reverse(msg[unix.NLMSG_HDRLEN:request])
	if len(msg) >= request+unix.NLMSG_HDRLEN {
		swapHeader(msg[request:])
	}
	l := c.Open(msg)
	if len(l.Request) > unix.NLMSG_HDRLEN && binary.NativeEndian.Uint16(l.Request[4:]) != unix.NLMSG_ERROR {
		c.Direction = nlspec.Sent
		s.message(c, l.Request)
	}
	s.attrs(&l.Body)
}

// body swaps a fixed header and attributes.
func (s *swapper) body(b *nlspec.Body) {
	b.Fields(s.item)
	s.attrs(b)
}

// attrs swaps attributes: first their headers and those that decide how others
// are read, then the rest and their contents.
func (s *swapper) attrs(b *nlspec.Body) {
	if !b.Known {
		return
	}
	for rest := b.Attrs; len(rest) >= unix.NLA_HDRLEN; {
		slices.Reverse(rest[:2])
		slices.Reverse(rest[2:4])
		n := int(binary.NativeEndian.Uint16(rest))
		if n < unix.NLA_HDRLEN || n > len(rest) {
			break
		}
		rest = rest[min((n+3)&^3, len(rest)):]
	}
	for _, first := range []bool{true, false} {
		b.Items(func(it *nlspec.Item) bool {
			plain := it.Child() == nil && it.Attr.Kind != nlspec.NextHops && b.Attr(it.Type).By == nil
			if plain == first {
				s.item(it)
			}
			return true
		})
	}
}

// item swaps a field, an element, or an attribute whose nlattr has been
// swapped.
func (s *swapper) item(it *nlspec.Item) bool {
	if inner := it.Child(); inner != nil {
		s.body(inner)
		return true
	}
	switch kind := it.Attr.Kind; {
	case kind == nlspec.NextHops:
		s.hops(it)
	case it.HasParts():
		it.Parts(s.item)
	case kind == nlspec.BE16 || kind == nlspec.BE32 || kind == nlspec.BE64 || kind == nlspec.MPLSLabel:
	case kind.Integer() || kind == nlspec.Flag:
		if n := len(it.Payload); n == 2 || n == 4 || n == 8 {
			slices.Reverse(it.Payload)
		}
	}
	return true
}

// hops swaps an array of struct rtnexthop: first the lengths, which are needed
// to find the elements.
func (s *swapper) hops(it *nlspec.Item) {
	const size = unix.SizeofRtNexthop
	for rest := it.Payload; len(rest) >= size; {
		slices.Reverse(rest[:2])
		n := int(binary.NativeEndian.Uint16(rest))
		if n < size || n > len(rest) {
			break
		}
		rest = rest[min((n+3)&^3, len(rest)):]
	}
	it.Hops(func(b *nlspec.Body) bool {
		b.Fields(func(f *nlspec.Item) bool {
			return f.Offset == b.HeadOffset || s.item(f)
		})
		s.attrs(b)
		return true
	})
}

// swapHeader swaps an nlmsghdr.
func swapHeader(b []byte) {
	for _, part := range [...][]byte{b[:4], b[4:6], b[6:8], b[8:12], b[12:16]} {
		slices.Reverse(part)
	}
}

// isOther reports whether a byte order is not this machine's.
func isOther(order binary.ByteOrder) bool {
	b := []byte{1, 2}
	return order.Uint16(b) != binary.NativeEndian.Uint16(b)
}
