package audit

import (
	"encoding/binary"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// liner appends messages as lines of text to b, straight from their bytes.
type liner struct {
	b       []byte
	sep     string // what stands before the next item
	item    func(*nlspec.Item) bool
	element func(*nlspec.Item) bool
	hop     func(*nlspec.Body) bool
	hops    int // of the array that is being written
}

func newLiner() *liner {
	l := &liner{}
	l.item, l.element, l.hop = l.writeItem, l.writeElement, l.writeHop
	return l
}

func (l *liner) text(s string)    { l.b = append(l.b, s...) }
func (l *liner) decimal(n uint64) { l.b = strconv.AppendUint(l.b, n, 10) }

// message appends a message without a line end. The port ID is left out when it is 0 or the socket's own. ack is what the
// message says of a request, nil for nothing.
func (l *liner) message(layout *nlspec.Layout, protocol int, h nlspec.Header, ownPort uint32, ack *Ack) {
	l.text(layout.Message.Name)
	l.text(" seq=")
	l.decimal(uint64(h.Seq))
	if h.PID != 0 && h.PID != ownPort {
		l.text(" pid=")
		l.decimal(uint64(h.PID))
	}
	if h.Type == unix.NLMSG_ERROR {
		l.errorMessage(layout, ack)
		return
	}
	if h.Flags != 0 {
		l.b = append(l.b, ' ')
		l.names(nlspec.MessageFlags(protocol, h.Type), uint64(h.Flags))
	}
	l.sep = "  "
	var rest []byte
	if ack != nil && ack.Code != 0 {
		l.text("  error=")
		l.b = appendErrno(l.b, ack.Code)
	} else {
		rest = layout.Body.Fields(l.item)
	}
	// Only a header that ends early, as in old dump requests, leaves bytes over; zeros are padding then.
	if allZero(rest) || layout.Body.Header == nil {
		l.sep = "  "
		rest = layout.Body.Items(l.item)
	}
	if len(rest) > 0 {
		l.b = append(l.b, ' ')
		l.rest(rest)
	}
}

// errorMessage appends what stands in an NLMSG_ERROR: ACK or the error, the request it answers, and what the kernel says
// about it. The flags NLM_F_CAPPED and NLM_F_ACK_TLVS and the attributes that At and Missing tell of are left out.
func (l *liner) errorMessage(layout *nlspec.Layout, ack *Ack) {
	if ack.Request != (nlspec.Header{}) {
		l.text(" request=")
		l.text(ack.Name)
	}
	switch {
	case len(layout.Body.Head) < 4: // cut off before the error
		if !allZero(layout.Body.Head) {
			l.b = append(l.b, ' ')
			l.rest(layout.Body.Head)
		}
		return
	case ack.Code == 0:
		l.text(" ACK")
	default:
		l.text(" error=")
		l.b = appendErrno(l.b, ack.Code)
	}
	l.sep = " "
	rest := layout.Body.Items(func(it *nlspec.Item) bool {
		switch typ := it.Type & nlaTypeMask; {
		case typ == unix.NLMSGERR_ATTR_OFFS && ack.At != "":
		case typ == nlspec.NLMSGERR_ATTR_MISS_TYPE && ack.Missing != "":
		case typ == nlspec.NLMSGERR_ATTR_MISS_NEST && ack.Missing != "":
		default:
			l.writeItem(it)
		}
		return true
	})
	if ack.At != "" {
		l.text(" at ")
		l.text(ack.At)
	}
	if ack.Missing != "" {
		l.text(" missing ")
		l.text(ack.Missing)
	}
	if len(rest) > 0 {
		l.b = append(l.b, ' ')
		l.rest(rest)
	}
}

// nlaTypeMask leaves the type of an nlattr's nla_type without NLA_F_NESTED and NLA_F_NET_BYTEORDER.
const nlaTypeMask = ^uint16(unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)

// cutOff appends that a message has fewer bytes than it says.
func (l *liner) cutOff(size int, said uint32) {
	l.b = append(l.b, " ("...)
	l.b = appendCutOff(l.b, size, said)
	l.b = append(l.b, ')')
}

func appendCutOff(b []byte, size int, said uint32) []byte {
	b = strconv.AppendInt(append(b, "cut off: "...), int64(size), 10)
	b = strconv.AppendUint(append(b, " of "...), uint64(said), 10)
	return append(b, " bytes"...)
}

// skipped reports whether a line leaves an item out: padding, a field or an element whose bytes are all zero, an attribute
// that only aligns.
func skipped(it *nlspec.Item) bool {
	switch {
	case it.Form == nlspec.AttrForm:
		return it.Attr.Kind == nlspec.Pad && allZero(it.Payload)
	case it.Form == nlspec.FieldForm && it.Attr.Name == "":
		return true
	}
	return allZero(it.Payload)
}

// writeItem appends an item as NAME=VALUE, or NAME for a flag, after the separator.
func (l *liner) writeItem(it *nlspec.Item) bool {
	if skipped(it) {
		return true
	}
	l.text(l.sep)
	l.text(it.Attr.Name)
	if it.Attr.Kind == nlspec.Flag && len(it.Payload) == 0 {
		l.sep = " "
		return true
	}
	l.b = append(l.b, '=')
	if it.Guess {
		l.b = append(l.b, '?')
	}
	l.content(it)
	l.sep = " "
	return true
}

// writeElement appends an element of an array without names, after the separator.
func (l *liner) writeElement(it *nlspec.Item) bool {
	l.text(l.sep)
	l.content(it)
	l.sep = " "
	return true
}

// content appends what an item holds.
func (l *liner) content(it *nlspec.Item) {
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

// body appends what is inside a nest.
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

// value appends what an item that has nothing inside means.
func (l *liner) value(it *nlspec.Item) {
	kind, data := it.Attr.Kind, it.Payload
	fits := kind.Fits(len(data))
	if fits || len(data) > 0 {
		l.b = appendValue(l.b, kind, it.Attr.Values, data)
	}
	if !fits {
		l.b = append(l.b, '(')
		l.decimal(uint64(len(data)))
		l.text(" bytes, ")
		l.text(kind.String())
		l.text(" expected)")
	}
}

func (l *liner) names(values *nlspec.Values, n uint64) { l.b = appendNames(l.b, values, n) }

// rest appends bytes that could not be read where more attributes or messages could stand.
func (l *liner) rest(rest []byte) {
	l.b = append(l.b, '(')
	l.decimal(uint64(len(rest)))
	l.text(" bytes left: ")
	l.b = appendHex(l.b, rest)
	l.b = append(l.b, ')')
}

// nextMessage takes the message at the start of data: its bytes, which are fewer than it said when it is cut off, and what
// follows it and its padding. ok is false when there is none.
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
