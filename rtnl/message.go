package rtnl

import (
	"encoding/binary"
	"fmt"
	"iter"

	"golang.org/x/sys/unix"
)

// A Message is one netlink message from the kernel.
type Message struct {
	// Type is one of unix.RTM_* or NLMSG_*.
	Type uint16
	// Flags are the NLM_F_* flags.
	Flags uint16
	// Seq is the sequence number of the request that it answers, 0 for a
	// notification of somebody else's change.
	Seq uint32
	// PortID is the netlink port of the socket that the message is for.
	PortID uint32
	// Data is what follows the nlmsghdr.
	Data []byte
}

// nextMessage reads the message at the start of b and returns what follows it.
func nextMessage(b []byte) (m Message, rest []byte, err error) {
	if len(b) < nlmsgHdrLen {
		return m, nil, fmt.Errorf("%w: %d bytes where a header was expected", ErrMalformed, len(b))
	}
	n := binary.NativeEndian.Uint32(b)
	if n < nlmsgHdrLen || uint64(n) > uint64(len(b)) {
		return m, nil, fmt.Errorf("%w: message of length %d in %d bytes", ErrMalformed, n, len(b))
	}
	m = Message{
		Type:   binary.NativeEndian.Uint16(b[4:]),
		Flags:  binary.NativeEndian.Uint16(b[6:]),
		Seq:    binary.NativeEndian.Uint32(b[8:]),
		PortID: binary.NativeEndian.Uint32(b[12:]),
		Data:   b[nlmsgHdrLen:n:n],
	}
	return m, b[min(align4(int(n)), len(b)):], nil
}

// Messages are the kernel's answers to one request, in order.
type Messages struct {
	slabs [][]byte // whole messages, each checked by nextMessage
	n     int
}

// Len returns the number of messages.
func (m *Messages) Len() int { return m.n }

// All yields the messages in order. Their Data aliases memory that is never
// overwritten.
func (m *Messages) All() iter.Seq[Message] {
	return func(yield func(Message) bool) {
		for _, slab := range m.slabs {
			for len(slab) > 0 {
				msg, rest, err := nextMessage(slab)
				if err != nil || !yield(msg) {
					return
				}
				slab = rest
			}
		}
	}
}

// errno returns the error number in an NLMSG_ERROR or NLMSG_DONE, 0 for an
// acknowledgement. An NLMSG_DONE may have none.
func (m Message) errno() (unix.Errno, error) {
	if len(m.Data) < 4 {
		if m.Type == unix.NLMSG_DONE {
			return 0, nil
		}
		return 0, fmt.Errorf("%w: NLMSG_ERROR of %d bytes", ErrMalformed, len(m.Data))
	}
	v := int32(binary.NativeEndian.Uint32(m.Data))
	if v >= 0 {
		// A dump's NLMSG_DONE carries the callback's last return value, 0 or a
		// length.
		return 0, nil
	}
	return unix.Errno(-v), nil
}
