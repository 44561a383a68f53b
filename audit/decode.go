package audit

import (
	"encoding/binary"
	"fmt"
	"strings"

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
	for len(data) >= unix.NLMSG_HDRLEN {
		n := binary.NativeEndian.Uint32(data)
		if n < unix.NLMSG_HDRLEN {
			break
		}
		size := min(uint64(n), uint64(len(data)))
		m := decodeMessage(c, data[:size])
		if size < uint64(n) {
			m.Problem = fmt.Sprintf("cut off: %d of %d bytes", size, n)
		}
		messages = append(messages, m)
		data = data[min((size+3)&^3, uint64(len(data))):]
	}
	return messages, data
}

// decodeMessage decodes one message, which b holds and nothing else.
func decodeMessage(c nlspec.Context, b []byte) Message {
	protocol := c.Protocol
	layout := c.Open(b)
	m := Message{Protocol: protocol, Name: layout.Message.Name}
	m.Header, _ = nlspec.ParseHeader(b)
	m.Flags, _ = nlspec.MessageFlags(protocol, m.Header.Type).Names(uint64(m.Header.Flags))
	m.Fields, m.Attrs, m.Rest = decodeBody(layout.Body)
	if m.Header.Type == unix.NLMSG_ERROR || m.Header.Type == unix.NLMSG_DONE && len(m.Fields) > 0 {
		m.Ack = decodeAck(c, layout, m)
	}
	return m
}

// decodeAck collects what an NLMSG_ERROR or NLMSG_DONE says.
func decodeAck(c nlspec.Context, layout nlspec.Layout, m Message) *Ack {
	a := &Ack{offset: -1, missing: -1}
	if len(m.Fields) > 0 {
		if code, ok := m.Fields[0].Content.(int64); ok {
			a.Code = int32(code)
		}
	}
	for _, v := range m.Attrs {
		n, isNumber := v.Content.(uint64)
		switch s, isText := v.Content.(string); {
		case v.Type == unix.NLMSGERR_ATTR_MSG && isText:
			a.Text = s
		case v.Type == unix.NLMSGERR_ATTR_OFFS && isNumber:
			a.offset = int(n)
		case v.Type == nlspec.NLMSGERR_ATTR_MISS_TYPE && isNumber:
			a.missing = int(n)
		case v.Type == nlspec.NLMSGERR_ATTR_MISS_NEST && isNumber:
			a.nest = int(n)
		}
	}
	a.Request, _ = nlspec.ParseHeader(layout.Request)
	a.Name = c.MessageName(layout.Request)
	// The kernel leaves the payload out of an ACK and, when asked to, of an error. What is missing at the top level
	// needs no more than the header.
	if len(layout.Request) > unix.NLMSG_HDRLEN || a.nest == 0 {
		a.Resolve(c, layout.Request)
	}
	return a
}

// String returns the message as one line, without a line end: its name, sequence number and flags, the header's fields
// that are not zero, and the attributes by name. It contains only printable characters.
func (m Message) String() string {
	var b strings.Builder
	m.write(&b, m.Header.PID)
	return b.String()
}
