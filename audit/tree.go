package audit

import (
	"encoding/binary"
	"io"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// Tree writes each message of events as a Tracer's line without the attributes,
// followed by one line for each part, with the offset of the part from the
// start of the message and its length, in bytes:
//
//	ip/1234 > RTM_NEWADDR seq=3 REQUEST|ACK|CREATE|EXCL, 40 bytes
//	    0    16  nlmsghdr len=40 type=20 flags=0x605 seq=3 pid=0
//	   16     1  family=INET(2)
//	  ...
//	   24     8  IFA_LOCAL(2)=10.0.0.1
//	   32     7  IFA_LABEL(3)="p1"
//	   39     1  padding
//
// The contents of an attribute are indented. Each byte of a message belongs to
// one line, and to the lines of the nests that contain it. A nest has 4 bytes
// of its own, its nlattr.
type Tree struct {
	// Decoder knows the families of generic netlink.
	Decoder Decoder
	// Where selects the messages and failed calls to write; nil selects all.
	Where *Where

	mu    sync.Mutex
	lines *Tracer // writes events that are not messages, and the beginnings of lines
}

// NewTree returns a Tree that writes to w, with one call of Write for each
// event.
func NewTree(w io.Writer) *Tree { return &Tree{lines: NewTracer(w)} }

// Err returns the first error of writing, or nil. Nothing is written after an
// error.
func (t *Tree) Err() error { return t.lines.Err() }

// Event writes an event.
func (t *Tree) Event(e *Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, ok := e.Datagram()
	if !ok {
		t.lines.Where = t.Where
		t.lines.Event(e)
		return
	}
	if t.lines.err != nil {
		return
	}
	begin := t.lines.process.begin(e)
	l := t.lines.line
	l.b = l.b[:0]
	rest := t.Decoder.each(&d, func(m *placed) {
		if t.Where == nil || t.Where.matches(e, m) {
			l.text(begin)
			l.prefix(&d)
			l.tree(m, d.PortID)
		}
	})
	if (len(rest) == len(d.Data) || !allZero(rest)) && (t.Where == nil || t.Where.matches(e, nil)) {
		l.text(begin)
		l.prefix(&d)
		l.noMessage(d.Protocol, rest)
		l.b = append(l.b, '\n')
	}
	t.lines.write()
}

// tree appends a line for a message and a line for each of its parts.
func (l *liner) tree(m *placed, ownPort uint32) {
	l.begin(m, ownPort)
	if m.header.Type != unix.NLMSG_ERROR {
		l.flags(m)
	} else if m.ack.Request != (nlspec.Header{}) {
		l.text(" request=" + m.ack.Name)
	}
	l.text(", ")
	l.decimal(uint64(len(m.bytes)))
	l.text(" bytes")
	if m.isCutOff() {
		l.b = append(appendCutOff(append(l.b, " ("...), len(m.bytes), m.said), ')')
	}
	l.b = append(l.b, '\n')
	w := treeWriter{liner: l, msg: m.bytes}
	w.item = w.write
	w.message(m, m.layout)
}

// treeWriter appends the parts of a message. The parts before offset at have
// been appended.
type treeWriter struct {
	*liner
	msg   []byte
	base  int // offset of msg in the message that contains it
	at    int
	depth int
	item  func(*nlspec.Item) bool
}

// message appends the parts of all of msg.
func (w *treeWriter) message(m *placed, layout *nlspec.Layout) {
	h, _ := nlspec.ParseHeader(w.msg)
	w.row(unix.NLMSG_HDRLEN, "nlmsghdr len=")
	w.decimal(uint64(h.Len))
	w.text(" type=")
	w.decimal(uint64(h.Type))
	w.b = strconv.AppendUint(append(w.b, " flags=0x"...), uint64(h.Flags), 16)
	w.text(" seq=")
	w.decimal(uint64(h.Seq))
	w.text(" pid=")
	w.decimal(uint64(h.PID))
	w.b = append(w.b, '\n')
	w.at = unix.NLMSG_HDRLEN
	if head := &layout.Body; len(head.Head) == 4 && isAck(h.Type) {
		w.row(4, "error=")
		w.b = append(appendErrno(w.b, int32(binary.NativeEndian.Uint32(head.Head))), '\n')
		w.at += 4
	} else {
		w.head(head)
	}
	if request := layout.Request; len(request) > 0 {
		w.request(m, request, layout.RequestOffset)
	}
	w.padding(layout.Body.AttrsOffset)
	w.attrs(&layout.Body)
	w.left(len(w.msg))
}

// request appends the request in an NLMSG_ERROR.
func (w *treeWriter) request(m *placed, request []byte, offset int) {
	w.row(len(request), "request ")
	w.text(m.ack.Name)
	w.b = append(w.b, '\n')
	inner := treeWriter{liner: w.liner, msg: request, base: w.base + offset, depth: w.depth + 1}
	inner.item = inner.write
	if len(request) < unix.NLMSG_HDRLEN {
		inner.left(len(request))
	} else {
		c := m.Context
		c.Direction = nlspec.Sent
		layout := c.Open(request)
		layout.Request = nil // do not descend into an error within an error
		inner.message(m, layout)
	}
	w.at = offset + len(request)
}

// head appends the fixed header of a body; attrs appends its attributes.
func (w *treeWriter) head(b *nlspec.Body) {
	b.Fields(w.item)
	w.left(b.HeadOffset + len(b.Head))
}

func (w *treeWriter) attrs(b *nlspec.Body) {
	b.Items(w.item)
	w.left(b.AttrsOffset + len(b.Attrs))
}

// write appends an item and its contents.
func (w *treeWriter) write(it *nlspec.Item) bool {
	end := it.PayloadOffset() + len(it.Payload)
	if it.Form == nlspec.FieldForm && it.Attr.Name == "" {
		w.padding(end)
		return true
	}
	if end == it.Offset {
		return true // an array without elements
	}
	w.row(end-it.Offset, it.Attr.Name)
	if it.Form == nlspec.AttrForm {
		w.attrType(it)
	}
	w.at = it.PayloadOffset()
	inner := it.Child()
	inside := inner != nil || it.HasParts() || it.Attr.Kind == nlspec.NextHops
	switch {
	case it.Attr.Kind == nlspec.Pad && allZero(it.Payload):
		w.text(" (aligns what follows)")
	case inside && it.Guess:
		w.text(" (looks like a nest)")
	case !inside && !(it.Attr.Kind == nlspec.Flag && len(it.Payload) == 0):
		w.b = append(w.b, '=')
		w.value(it)
		w.number(it)
	}
	w.b = append(w.b, '\n')
	w.depth++
	switch {
	case inner != nil:
		w.body(inner)
		w.padding(end)
	case it.Attr.Kind == nlspec.NextHops:
		rest := it.Hops(w.body)
		w.padding(end - len(rest))
		w.left(end)
	case inside:
		it.Parts(w.item)
		w.left(end)
	}
	w.depth--
	w.at = end
	w.padding(end + len(it.Pad))
	return true
}

// body appends the parts of a body in an attribute.
func (w *treeWriter) body(b *nlspec.Body) bool {
	w.padding(b.HeadOffset)
	w.head(b)
	w.padding(b.AttrsOffset)
	w.attrs(b)
	return true
}

// attrType appends an attribute's type and its flags.
func (w *treeWriter) attrType(it *nlspec.Item) {
	w.b = append(w.b, '(')
	w.decimal(uint64(it.Type & nlaTypeMask))
	if it.Type&unix.NLA_F_NESTED != 0 {
		w.text("|NLA_F_NESTED")
	}
	if it.Type&unix.NLA_F_NET_BYTEORDER != 0 {
		w.text("|NLA_F_NET_BYTEORDER")
	}
	w.b = append(w.b, ')')
}

// number appends a number whose names were written.
func (w *treeWriter) number(it *nlspec.Item) {
	n, ok := it.Attr.Kind.Number(it.Payload)
	values := it.Attr.Values
	if !ok || values == nil {
		return
	}
	if count, _ := values.Each(n, nil); count == 0 {
		return
	}
	w.b = append(w.b, '(')
	switch {
	case values.Bits:
		w.b = strconv.AppendUint(append(w.b, "0x"...), n, 16)
	case it.Attr.Kind.Signed():
		w.b = strconv.AppendInt(w.b, int64(n), 10)
	default:
		w.decimal(n)
	}
	w.b = append(w.b, ')')
}

// row begins the row of the n bytes at w.at.
func (w *treeWriter) row(n int, name string) {
	w.right(w.base + w.at)
	w.right(n)
	w.text("  ")
	for range w.depth {
		w.text("  ")
	}
	w.text(name)
}

// right appends a number in a column of its own.
func (w *treeWriter) right(n int) {
	for limit := 10000; limit > 1 && n < limit; limit /= 10 {
		w.b = append(w.b, ' ')
	}
	w.b = append(w.b, ' ')
	w.decimal(uint64(n))
}

// padding appends a row for the bytes up to offset end, if there are any.
func (w *treeWriter) padding(end int) {
	if end > w.at {
		w.row(end-w.at, "padding")
		if data := w.msg[w.at:end]; !allZero(data) {
			w.b = appendHex(append(w.b, '='), data)
		}
		w.b = append(w.b, '\n')
		w.at = end
	}
}

// left appends a row for the unknown bytes up to offset end, if there are any.
func (w *treeWriter) left(end int) {
	if end > w.at {
		w.row(end-w.at, "rest=")
		w.b = append(appendHex(w.b, w.msg[w.at:end]), '\n')
		w.at = end
	}
}
