package audit

import (
	"encoding/hex"
	"net"
	"net/netip"
	"strconv"
	"unicode/utf8"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nlspec"
)

// jsonLiner appends the fields of objects to b.
type jsonLiner struct {
	b    []byte
	item func(*nlspec.Item) bool
	hop  func(*nlspec.Body) bool
	hops int // number of next hops in the array that is being written
}

func (l *jsonLiner) name(name string) {
	l.b = append(append(append(l.b, ',', '"'), name...), '"', ':')
}

func (l *jsonLiner) number(name string, n uint64) {
	l.name(name)
	l.b = strconv.AppendUint(l.b, n, 10)
}

func (l *jsonLiner) text(name, s string) {
	l.name(name)
	l.b = plain.AppendJSON(l.b, s)
}

// groups appends the names of a socket's groups, and its descriptor.
func (l *jsonLiner) groups(e *Event) {
	if e.FD >= 0 {
		l.number("fd", uint64(e.FD))
	}
	l.name("groups")
	for i, group := range e.Groups {
		before := byte('[')
		if i > 0 {
			before = ','
		}
		l.b = plain.AppendJSON(append(l.b, before), nlspec.GroupName(e.Protocol, group))
	}
	l.b = append(l.b, ']')
}

// hex appends bytes in hexadecimal, if there are any.
func (l *jsonLiner) hex(name string, data []byte) {
	if len(data) > 0 {
		l.name(name)
		l.b = append(hex.AppendEncode(append(l.b, '"'), data), '"')
	}
}

// AppendJSON appends the message as a JSON object, with the keys that JSON
// writes for a message.
func (m *Message) AppendJSON(b []byte) []byte {
	l := jsonLiner{b: b}
	l.item, l.hop = l.value, l.nextHop
	l.message(m.inPlace())
	l.b[len(b)] = '{'
	return append(l.b, '}')
}

// message appends the fields of a message.
func (l *jsonLiner) message(m *placed) {
	h := m.header
	l.text("type", m.layout.Message.Name)
	l.number("type_number", uint64(h.Type))
	l.number("length", uint64(h.Len))
	l.names("flags", nlspec.MessageFlags(m.Protocol, h.Type), uint64(h.Flags))
	l.number("flag_bits", uint64(h.Flags))
	l.number("seq", uint64(h.Seq))
	l.number("port_id", uint64(h.PID))
	if m.ack != nil {
		l.answer(m.ack)
	}
	if rest := l.bodyAs(&m.layout.Body, "header", "attributes"); len(rest) > 0 {
		l.hex("rest", rest)
	}
	if m.isCutOff() {
		l.name("problem")
		l.b = append(appendCutOff(append(l.b, '"'), len(m.bytes), m.said), '"')
	}
}

// answer appends the result of a request.
func (l *jsonLiner) answer(a *Ack) {
	l.name("answer")
	l.b = strconv.AppendInt(append(l.b, `{"code":`...), int64(a.Code), 10) // 0, or a negative errno
	if a.Code < 0 {
		l.text("errno", ErrnoName(a.Errno()))
	}
	if a.Name != "" {
		l.text("request", a.Name)
	}
	if a.Request.Len != 0 {
		l.number("request_seq", uint64(a.Request.Seq))
	}
	for _, f := range [...]struct{ name, text string }{{"text", a.Text}, {"at", a.At}, {"missing", a.Missing}} {
		if f.text != "" {
			l.text(f.name, f.text)
		}
	}
	l.b = append(l.b, '}')
}

// names appends the names of n as a list, if it has any.
func (l *jsonLiner) names(name string, values *nlspec.Values, n uint64) {
	first := true
	values.Each(n, func(s string) {
		if first {
			l.name(name)
			l.b = append(l.b, '[')
		} else {
			l.b = append(l.b, ',')
		}
		l.b = plain.AppendJSON(l.b, s)
		first = false
	})
	if !first {
		l.b = append(l.b, ']')
	}
}

// list appends what f appends as a list, unless f appends nothing.
func (l *jsonLiner) list(name string, f func() (rest []byte)) (rest []byte) {
	start := len(l.b)
	l.name(name)
	l.b = append(l.b, '[')
	empty := len(l.b)
	rest = f()
	if len(l.b) == empty {
		l.b = l.b[:start]
	} else {
		l.b = append(l.b, ']')
	}
	return rest
}

// bodyAs appends a fixed header and the attributes after it as lists with these
// names, and returns the bytes that could not be read.
func (l *jsonLiner) bodyAs(b *nlspec.Body, header, attributes string) (rest []byte) {
	if b.Header != nil {
		rest = l.list(header, func() []byte { return b.Fields(l.item) })
		if !allZero(rest) {
			return rest
		}
	}
	return l.list(attributes, func() []byte { return b.Items(l.item) })
}

// inside appends a body as one list.
func (l *jsonLiner) inside(b *nlspec.Body) {
	rest := l.list("inside", func() (rest []byte) {
		if b.Header != nil {
			if rest = b.Fields(l.item); !allZero(rest) {
				return rest
			}
		}
		return b.Items(l.item)
	})
	l.hex("rest", rest)
}

// object begins an object in a list.
func (l *jsonLiner) object(name string) {
	if l.b[len(l.b)-1] != '[' {
		l.b = append(l.b, ',')
	}
	l.b = plain.AppendJSON(append(l.b, `{"name":`...), name)
}

// value appends a field, an element or an attribute as an object. Padding is
// left out.
func (l *jsonLiner) value(it *nlspec.Item) bool {
	if it.Form == nlspec.FieldForm && it.Attr.Name == "" {
		return true
	}
	l.object(it.Attr.Name)
	if it.Form == nlspec.AttrForm {
		l.number("type", uint64(it.Type&nlaTypeMask))
	}
	l.number("offset", uint64(it.Offset))
	inner := it.Child()
	switch {
	case inner != nil:
		l.inside(inner)
	case it.Attr.Kind == nlspec.NextHops:
		l.hops = 0
		l.hex("rest", l.list("inside", func() []byte { return it.Hops(l.hop) }))
	case it.HasParts():
		l.hex("rest", l.list("inside", func() []byte { return it.Parts(l.item) }))
	default:
		l.scalar(it)
	}
	if it.Guess {
		l.name("guess")
		l.b = append(l.b, "true"...)
	}
	l.b = append(l.b, '}')
	return true
}

// nextHop appends a next hop as an object.
func (l *jsonLiner) nextHop(b *nlspec.Body) bool {
	l.object(strconv.Itoa(l.hops))
	l.hops++
	l.number("offset", uint64(b.HeadOffset))
	l.inside(b)
	l.b = append(l.b, '}')
	return true
}

// scalar appends an item that has nothing inside: its value, and also its bytes
// if these say more.
func (l *jsonLiner) scalar(it *nlspec.Item) {
	kind, data := it.Attr.Kind, it.Payload
	fits := kind.Fits(len(data))
	whole := true // the value says everything
	switch {
	case kind == nlspec.Flag:
		if whole = fits; fits {
			l.name("value")
			l.b = append(l.b, "true"...)
		}
	case isText(kind):
		s := textOf(kind, data)
		l.text("value", s)
		whole = utf8.ValidString(s)
	case kind == nlspec.IP || kind == nlspec.IP6:
		addr, ok := netip.AddrFromSlice(data)
		if whole = ok; ok {
			l.name("value")
			l.b = append(addr.AppendTo(append(l.b, '"')), '"')
		}
	case kind == nlspec.LLAddr:
		l.text("value", net.HardwareAddr(data).String())
	default:
		n, ok := kind.Number(data)
		if whole = ok; ok {
			l.name("value")
			if kind.Signed() {
				l.b = strconv.AppendInt(l.b, int64(n), 10)
			} else {
				l.b = strconv.AppendUint(l.b, n, 10)
			}
			l.names("names", it.Attr.Values, n)
		}
	}
	if !whole || !fits {
		l.hex("data", data)
	}
	if kind == nlspec.String {
		l.hex("rest", afterNUL(data))
	}
	if !fits {
		l.text("wants", kind.String())
	}
}
