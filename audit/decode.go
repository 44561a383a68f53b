package audit

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// Message is one decoded message. It shares its bytes with the datagram it was
// decoded from.
type Message struct {
	Header   nlspec.Header
	Protocol int      // as given to Decode
	Name     string   // "RTM_NEWLINK"; the number of an unknown type
	Flags    []string // names of the bits of nlmsg_flags, in full
	Fields   []Value  // the fixed header; empty if that of the type is not known
	Attrs    []Value  // the attributes
	Ack      *Ack     // the contents of an NLMSG_ERROR, or of an NLMSG_DONE with an error; nil in other messages
	Rest     []byte   // bytes that are none of the above: an unknown type's payload, or bytes after the last attribute
	Problem  string   // what is wrong with the whole message, for example that it is cut off; or ""

	placed placed
}

// Ack is the kernel's answer to a request in an NLMSG_ERROR, or to a dump in an
// NLMSG_DONE.
type Ack struct {
	Code    int32         // 0, or a negative errno, as the kernel sends it
	Request nlspec.Header // the request's header; zero in an NLMSG_DONE
	Name    string        // the request's name, or "" in an NLMSG_DONE; in generic netlink without the request, the family's name
	Text    string        // the kernel's message in words (NLMSGERR_ATTR_MSG), or ""

	// At and Missing are the paths of the attribute that was refused and of the
	// one that was missing, in the form of nlspec.AttrPath and
	// nlspec.MissingPath, or "". At needs the request; if the NLMSG_ERROR is
	// capped and does not contain it, call Resolve.
	At, Missing string

	offset  int // NLMSGERR_ATTR_OFFS, or -1
	missing int // NLMSGERR_ATTR_MISS_TYPE, or -1
	nest    int // NLMSGERR_ATTR_MISS_NEST, or 0
}

// Errno returns the error as a positive errno, or 0 for success.
func (a *Ack) Errno() unix.Errno {
	if a.Code >= 0 {
		return 0
	}
	return unix.Errno(-int64(a.Code))
}

// Resolve fills Name, At and Missing from the complete request that the message
// answers.
func (a *Ack) Resolve(c nlspec.Context, request []byte) {
	c.Direction = nlspec.Sent
	a.Name = c.MessageName(request)
	if a.offset >= 0 {
		a.At = c.AttrPath(request, a.offset)
	}
	if a.missing >= 0 {
		a.Missing = c.MissingPath(request, a.nest, uint16(a.missing))
	}
}

// Decode decodes the messages of a datagram of a protocol (unix.NETLINK_ROUTE
// ...). A message that is cut off is decoded as far as possible, and its
// Problem says so. Decode also returns the bytes after the last message,
// usually none.
func Decode(protocol int, data []byte) (messages []Message, rest []byte) {
	return DecodeIn(nlspec.Context{Protocol: protocol}, data)
}

// DecodeIn is Decode in a context, which gives the protocol and may know the
// direction of the datagram and families of generic netlink.
func DecodeIn(c nlspec.Context, data []byte) (messages []Message, rest []byte) {
	if c.Protocol == unix.NETLINK_KOBJECT_UEVENT {
		return nil, data
	}
	for {
		m := placed{Context: c, layout: new(nlspec.Layout)}
		var ok bool
		m.bytes, data, m.said, ok = nextMessage(data)
		if !ok {
			return messages, data
		}
		m.open(new(Ack))
		messages = append(messages, m.message())
	}
}

// decode reads the contents of an NLMSG_ERROR or NLMSG_DONE.
func (a *Ack) decode(c nlspec.Context, layout *nlspec.Layout) {
	*a = Ack{offset: -1, missing: -1}
	if head := layout.Body.Head; len(head) >= 4 {
		a.Code = int32(binary.NativeEndian.Uint32(head))
	}
	if len(layout.Body.Attrs) > 0 {
		a.decodeAttrs(&layout.Body)
	}
	a.Request, _ = nlspec.ParseHeader(layout.Request)
	// The kernel leaves the payload out of an ACK and, on request, out of an
	// error. To name an attribute missing at the top level, the header is
	// enough.
	if len(layout.Request) > unix.NLMSG_HDRLEN || a.nest == 0 {
		a.Resolve(c, layout.Request)
	} else {
		a.Name = c.MessageName(layout.Request)
	}
}

func (a *Ack) decodeAttrs(body *nlspec.Body) {
	body.Items(func(it *nlspec.Item) bool {
		n, _ := nlspec.U32.Number(it.Payload)
		switch typ := it.Type & nlaTypeMask; {
		case typ == unix.NLMSGERR_ATTR_MSG:
			a.Text = cString(it.Payload)
		case len(it.Payload) != 4:
		case typ == unix.NLMSGERR_ATTR_OFFS:
			a.offset = int(n)
		case typ == nlspec.NLMSGERR_ATTR_MISS_TYPE:
			a.missing = int(n)
		case typ == nlspec.NLMSGERR_ATTR_MISS_NEST:
			a.nest = int(n)
		}
		return true
	})
}

// String returns the message as one line, without a newline: its name, sequence
// number and flags, the header's fields that are not zero, and the attributes
// by name. It contains only printable characters.
func (m Message) String() string {
	l := newLiner()
	l.message(m.inPlace(), m.Header.PID)
	return string(l.b)
}

// inPlace returns the message that m was decoded from.
func (m *Message) inPlace() *placed {
	p := m.placed
	p.layout, p.ack = p.layout.Clone(), m.Ack
	return &p
}
