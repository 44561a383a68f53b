package audit

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// Decoder decodes messages in the order in which they were sent and received.
// It remembers what later messages need: families of generic netlink, and the
// last few thousand requests, so that an error can name an attribute of a
// request that the kernel does not send back. The zero value is ready for use.
// A Decoder must not be used by two goroutines at once.
type Decoder struct {
	// Families are those that messages announced, and those that were added.
	Families nlspec.Families

	pending pending
	m       placed
	layout  nlspec.Layout
	ack     Ack

	// These are set if several decoders decode out of order: the families, and
	// the requests that the next datagram answers.
	shared  *nlspec.Families
	answers []answered
}

// answered is a request that a message answers.
type answered struct {
	event, message int // the message's place: the number of its event, and its number in the datagram
	request        []byte
}

// placed is a message in its place. It is valid until the next message.
type placed struct {
	nlspec.Context
	bytes  []byte
	said   uint32 // the length in its header: more than that of bytes if it is cut off
	header nlspec.Header
	layout *nlspec.Layout
	ack    *Ack // its answer to a request, or nil
}

// Decode decodes the messages of an event that is a datagram, as DecodeIn does;
// other events have none. It resolves answers from their requests. The messages
// share e.Data.
func (d *Decoder) Decode(e *Event) (messages []Message, rest []byte) {
	dg, ok := e.Datagram()
	if !ok {
		return nil, nil
	}
	rest = d.each(&dg, func(p *placed) {
		m := p.message()
		m.placed.layout = p.layout.Clone()
		if p.ack != nil {
			ack := *p.ack
			m.Ack = &ack
		}
		messages = append(messages, m)
	})
	return messages, rest
}

// each calls yield for each message of a datagram, and returns the bytes after
// the last. Events about devices (NETLINK_KOBJECT_UEVENT) are text, not
// messages.
func (d *Decoder) each(dg *nlspec.Datagram, yield func(*placed)) (rest []byte) {
	rest = dg.Data
	if dg.Protocol == unix.NETLINK_KOBJECT_UEVENT {
		return rest
	}
	m := &d.m
	m.layout = &d.layout
	m.Context = nlspec.Context{Protocol: dg.Protocol, Direction: dg.Direction, Families: &d.Families}
	if d.shared != nil {
		m.Families = d.shared
	}
	for n := 0; ; n++ {
		var ok bool
		m.bytes, rest, m.said, ok = nextMessage(rest)
		if !ok {
			return rest
		}
		m.open(&d.ack)
		if request := d.request(dg, m, n); request != nil && m.ack != nil {
			m.ack.Resolve(m.Context, request)
		}
		yield(m)
	}
}

// request returns the request that message number n of a datagram answers, or
// nil if it is not known.
func (d *Decoder) request(dg *nlspec.Datagram, m *placed, n int) []byte {
	if d.shared == nil {
		return d.pair(dg, m.header, m.bytes)
	}
	if len(d.answers) > 0 && d.answers[0].message == n {
		request := d.answers[0].request
		d.answers = d.answers[1:]
		return request
	}
	return nil
}

// pair remembers a request. For an answer it returns and forgets the request.
func (d *Decoder) pair(dg *nlspec.Datagram, h nlspec.Header, msg []byte) (request []byte) {
	key := requestKey{dg.NetNS, dg.Protocol, dg.PortID, h.Seq}
	switch {
	case dg.Direction == nlspec.Sent:
		if h.Flags&unix.NLM_F_REQUEST != 0 {
			d.pending.add(key, msg)
		}
	case isAck(h.Type) && !dg.Multicast:
		return d.pending.take(key)
	}
	return nil
}

// open parses m.bytes. If it is an answer, its contents go to ack.
func (m *placed) open(ack *Ack) {
	m.header, _ = nlspec.ParseHeader(m.bytes)
	m.OpenTo(m.layout, m.bytes)
	m.ack = nil
	if m.header.Type == unix.NLMSG_ERROR || isAck(m.header.Type) && len(m.layout.Body.Head) >= 4 {
		m.ack = ack
		ack.decode(m.Context, m.layout)
	}
}

// isAck reports whether messages of a type tell the result of a request; an
// NLMSG_DONE may leave it out.
func isAck(typ uint16) bool { return typ == unix.NLMSG_ERROR || typ == unix.NLMSG_DONE }

// message returns m as a tree of values.
func (m *placed) message() Message {
	t := Message{Protocol: m.Protocol, Header: m.header, Name: m.layout.Message.Name, Ack: m.ack, placed: *m}
	t.Flags, _ = nlspec.MessageFlags(m.Protocol, m.header.Type).Names(uint64(m.header.Flags))
	t.Fields, t.Attrs, t.Rest = decodeBody(&m.layout.Body)
	if m.isCutOff() {
		t.Problem = string(appendCutOff(nil, len(m.bytes), m.said))
	}
	return t
}

func (m *placed) isCutOff() bool { return uint64(len(m.bytes)) < uint64(m.said) }

// nextMessage splits off the message at the start of data. It returns the
// message's bytes, the length in its header, which is larger if the message is
// cut off, and what follows it and its padding. ok is false if there is no
// message.
func nextMessage(data []byte) (msg, rest []byte, said uint32, ok bool) {
	if len(data) < unix.NLMSG_HDRLEN {
		return nil, data, 0, false
	}
	said = binary.NativeEndian.Uint32(data)
	if said < unix.NLMSG_HDRLEN {
		return nil, data, 0, false
	}
	size := min(uint64(said), uint64(len(data)))
	return data[:size], data[min((size+3)&^3, uint64(len(data))):], said, true
}
