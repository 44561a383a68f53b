package audit

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// Message is one decoded message. It shares its bytes with the datagram it was decoded from.
type Message struct {
	Header   nlspec.Header
	Protocol int      // as given to Decode
	Name     string   // "RTM_NEWLINK"; the number when the type is not known
	Flags    []string // names of the bits of nlmsg_flags, in full
	Fields   []Value  // the fixed header; empty when the type's is not known
	Attrs    []Value  // the attributes
	Ack      *Ack     // what an NLMSG_ERROR, or the error of an NLMSG_DONE, says; nil in other messages
	Rest     []byte   // what could not be read as the above: an unknown type's payload, or bytes after the last attribute
	Problem  string   // what is wrong with the message as a whole, such as that it is cut off; "" for nothing

	placed placed
}

// Ack is the kernel's answer to a request in an NLMSG_ERROR, or to a dump in an NLMSG_DONE.
type Ack struct {
	Code    int32         // 0, or a negative errno as the kernel sends it
	Request nlspec.Header // the request's header; zero in an NLMSG_DONE
	Name    string        // the request's name, "" in an NLMSG_DONE; of generic netlink without the request, the family's
	Text    string        // the kernel's sentence (NLMSGERR_ATTR_MSG); "" for none

	// At and Missing are the paths of the attribute that was refused and of the one that was not there, as
	// nlspec.AttrPath and nlspec.MissingPath give them; "" for none. At needs the request, which a capped NLMSG_ERROR
	// does not hold: Resolve finds it then.
	At, Missing string

	offset  int // NLMSGERR_ATTR_OFFS, -1 for none
	missing int // NLMSGERR_ATTR_MISS_TYPE, -1 for none
	nest    int // NLMSGERR_ATTR_MISS_NEST, 0 for none
}

// Errno is the error as an errno, 0 for success.
func (a *Ack) Errno() unix.Errno {
	if a.Code >= 0 {
		return 0
	}
	return unix.Errno(-int64(a.Code))
}

// Resolve fills Name, At and Missing from the request that the message answers, given whole.
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

// Decode decodes the messages of a datagram of protocol (unix.NETLINK_ROUTE ...). A message that is cut off is decoded as
// far as possible, and its Problem says so. Decode returns what follows the last message, which is usually nothing.
func Decode(protocol int, data []byte) (messages []Message, rest []byte) {
	return DecodeIn(nlspec.Context{Protocol: protocol}, data)
}

// DecodeIn is Decode in a context, which may know the direction of the datagram and families of generic netlink.
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

// decode reads what an NLMSG_ERROR or NLMSG_DONE says.
func (a *Ack) decode(c nlspec.Context, layout *nlspec.Layout) {
	*a = Ack{offset: -1, missing: -1}
	if head := layout.Body.Head; len(head) >= 4 {
		a.Code = int32(binary.NativeEndian.Uint32(head))
	}
	if len(layout.Body.Attrs) > 0 {
		a.decodeAttrs(&layout.Body)
	}
	a.Request, _ = nlspec.ParseHeader(layout.Request)
	// The kernel leaves the payload out of an ACK and, when asked to, of an error. What is missing at the top level
	// needs no more than the header.
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

// String returns the message as one line, without a line end: its name, sequence number and flags, the header's fields
// that are not zero, and the attributes by name. It contains only printable characters.
func (m Message) String() string {
	l := newLiner()
	l.message(m.inPlace(), m.Header.PID)
	return string(l.b)
}

// inPlace is the message that m was decoded from.
func (m *Message) inPlace() *placed {
	p := m.placed
	p.layout, p.ack = p.layout.Clone(), m.Ack
	return &p
}
