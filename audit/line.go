package audit

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// liner appends messages as lines of text to b, straight from their bytes.
type liner struct {
	b       []byte
	sep     string // the text before the next item
	item    func(*nlspec.Item) bool
	element func(*nlspec.Item) bool
	hop     func(*nlspec.Body) bool
	hops    int // number of next hops in the array that is being written
}

func newLiner() *liner {
	l := &liner{}
	l.item, l.element, l.hop = l.writeItem, l.writeElement, l.writeHop
	return l
}

func (l *liner) text(s string)    { l.b = append(l.b, s...) }
func (l *liner) decimal(n uint64) { l.b = strconv.AppendUint(l.b, n, 10) }

// message appends a message without a newline. It leaves out the port ID if
// that is 0 or the socket's own.
func (l *liner) message(m *placed, ownPort uint32) {
	l.begin(m, ownPort)
	var rest []byte
	if m.header.Type == unix.NLMSG_ERROR {
		rest = l.errorMessage(m)
	} else {
		rest = l.otherMessage(m)
	}
	if len(rest) > 0 {
		l.b = append(l.b, ' ')
		l.rest(rest)
	}
	if m.isCutOff() {
		l.b = append(appendCutOff(append(l.b, " ("...), len(m.bytes), m.said), ')')
	}
}

// begin appends a message's name and sequence number.
func (l *liner) begin(m *placed, ownPort uint32) {
	l.text(m.layout.Message.Name)
	l.text(" seq=")
	l.decimal(uint64(m.header.Seq))
	if pid := m.header.PID; pid != 0 && pid != ownPort {
		l.text(" pid=")
		l.decimal(uint64(pid))
	}
}

// flags appends the names of nlmsg_flags.
func (l *liner) flags(m *placed) {
	if m.header.Flags != 0 {
		l.b, _ = appendNames(append(l.b, ' '), nlspec.MessageFlags(m.Protocol, m.header.Type), uint64(m.header.Flags))
	}
}

// otherMessage appends the contents of a message other than NLMSG_ERROR, and
// returns the rest.
func (l *liner) otherMessage(m *placed) (rest []byte) {
	l.flags(m)
	body := &m.layout.Body
	switch {
	case m.ack != nil && m.ack.Code != 0:
		l.text("  error=")
		l.b = appendErrno(l.b, m.ack.Code)
	case body.Header != nil:
		l.sep = "  "
		// Only a header that ends early, as in old dump requests, leaves bytes
		// over. If these are zeros, they are padding.
		if rest := body.Fields(l.item); !allZero(rest) {
			return rest
		}
	}
	l.sep = "  "
	return body.Items(l.item)
}

// errorMessage appends the contents of an NLMSG_ERROR, and returns the rest.
// The contents are ACK or the error, the request, and the kernel's explanation.
// It leaves out the flags NLM_F_CAPPED and NLM_F_ACK_TLVS and the attributes
// that At and Missing are made of.
func (l *liner) errorMessage(m *placed) (rest []byte) {
	ack, body := m.ack, &m.layout.Body
	if ack.Request != (nlspec.Header{}) {
		l.text(" request=")
		l.text(ack.Name)
	}
	switch {
	case len(body.Head) < 4: // cut off within the error
		if !allZero(body.Head) {
			return body.Head
		}
		return nil
	case ack.Code == 0:
		l.text(" ACK")
	default:
		l.text(" error=")
		l.b = appendErrno(l.b, ack.Code)
	}
	if len(body.Attrs) > 0 {
		l.sep = " "
		rest = body.Items(func(it *nlspec.Item) bool {
			switch typ := it.Type & nlaTypeMask; {
			case typ == unix.NLMSGERR_ATTR_OFFS && ack.At != "":
			case typ == nlspec.NLMSGERR_ATTR_MISS_TYPE && ack.Missing != "":
			case typ == nlspec.NLMSGERR_ATTR_MISS_NEST && ack.Missing != "":
			default:
				l.writeItem(it)
			}
			return true
		})
	}
	if ack.At != "" {
		l.text(" at ")
		l.text(ack.At)
	}
	if ack.Missing != "" {
		l.text(" missing ")
		l.text(ack.Missing)
	}
	return rest
}

// nlaTypeMask masks NLA_F_NESTED and NLA_F_NET_BYTEORDER out of nla_type.
const nlaTypeMask = ^uint16(unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)

// appendCutOff appends a note that a message has fewer bytes than its header
// says.
func appendCutOff(b []byte, size int, said uint32) []byte {
	b = strconv.AppendInt(append(b, "cut off: "...), int64(size), 10)
	b = strconv.AppendUint(append(b, " of "...), uint64(said), 10)
	return append(b, " bytes"...)
}

// skipped reports whether a line leaves out an item: padding, a field or an
// element whose bytes are all zero, or an attribute that only aligns others.
func skipped(it *nlspec.Item) bool {
	switch {
	case it.Form == nlspec.AttrForm:
		return it.Attr.Kind == nlspec.Pad && allZero(it.Payload)
	case it.Form == nlspec.FieldForm && it.Attr.Name == "":
		return true
	}
	return allZero(it.Payload)
}

// writeItem appends an item as NAME=VALUE, or NAME for a flag, after the
// separator.
func (l *liner) writeItem(it *nlspec.Item) bool {
	if skipped(it) {
		return true
	}
	b := append(append(l.b, l.sep...), it.Attr.Name...)
	switch {
	case it.Attr.Kind == nlspec.Flag && len(it.Payload) == 0:
		l.b = b
	case it.Guess:
		l.b = append(b, "=?"...)
		l.content(it)
	default:
		l.b = append(b, '=')
		l.content(it)
	}
	l.sep = " "
	return true
}

// writeElement appends an element of an array without names, after the
// separator.
func (l *liner) writeElement(it *nlspec.Item) bool {
	l.text(l.sep)
	l.content(it)
	l.sep = " "
	return true
}

// content appends the contents of an item.
func (l *liner) content(it *nlspec.Item) {
	if it.Attr.Kind.Integer() {
		l.value(it)
		return
	}
	inner := it.Child()
	switch {
	case inner != nil:
		l.body(inner)
	case it.Attr.Kind == nlspec.NextHops:
		l.open('{')
		l.hops = 0
		l.close(it.Hops(l.hop), '}')
	case !it.HasParts():
		l.value(it)
	case it.Attr.Kind == nlspec.Array && it.Attr.Nest == nil:
		l.open('[')
		l.close(it.Parts(l.element), ']')
	default:
		l.open('{')
		l.close(it.Parts(l.item), '}')
	}
}

// writeHop appends a next hop, after the separator.
func (l *liner) writeHop(b *nlspec.Body) bool {
	l.text(l.sep)
	l.decimal(uint64(l.hops))
	l.b = append(l.b, '=')
	l.hops++
	l.body(b)
	l.sep = " "
	return true
}

// body appends the contents of a nest.
func (l *liner) body(b *nlspec.Body) {
	l.open('{')
	var rest []byte
	if b.Header != nil {
		rest = b.Fields(l.item)
	}
	if allZero(rest) {
		rest = b.Items(l.item)
	}
	l.close(rest, '}')
}

func (l *liner) open(bracket byte) {
	l.b = append(l.b, bracket)
	l.sep = ""
}

func (l *liner) close(rest []byte, bracket byte) {
	if len(rest) > 0 {
		l.text(l.sep)
		l.rest(rest)
	}
	l.b = append(l.b, bracket)
}

// value appends the value of an item that has nothing inside.
func (l *liner) value(it *nlspec.Item) {
	kind, data := it.Attr.Kind, it.Payload
	if len(data) > 0 && len(data) == kind.Size() && kind.Integer() {
		n, _ := kind.Number(data)
		l.b = appendNumber(l.b, kind, it.Attr.Values, n, len(data))
		return
	}
	fits := kind.Fits(len(data))
	if fits || len(data) > 0 {
		l.b = appendValue(l.b, kind, it.Attr.Values, data)
		if kind == nlspec.String {
			if rest := afterNUL(data); rest != nil {
				l.rest(rest)
			}
		}
	}
	if !fits {
		l.b = append(l.b, '(')
		l.decimal(uint64(len(data)))
		l.text(" bytes, ")
		l.text(kind.String())
		l.text(" expected)")
	}
}

// rest appends bytes that could not be read as attributes or messages.
func (l *liner) rest(rest []byte) {
	l.b = append(l.b, '(')
	l.decimal(uint64(len(rest)))
	l.text(" bytes left: ")
	l.b = appendHex(l.b, rest)
	l.b = append(l.b, ')')
}
