package audit

import (
	"fmt"
	"io"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// Tracer writes each message that it observes as one line:
//
//	sw > RTM_NEWLINK seq=3 REQUEST|ACK|CREATE|EXCL  flags=UP change=UP  IFLA_IFNAME="p1" IFLA_LINKINFO={IFLA_INFO_KIND="veth"}
//	sw < NLMSG_ERROR seq=3 request=RTM_NEWLINK error=EEXIST(-17) NLMSGERR_ATTR_MSG="..." at IFLA_IFNAME
//
// The line begins with the label of the socket's namespace, left out when it is empty, then > for a message that was sent,
// < for one received, * for one received through a multicast group. Header fields that are zero are left out. An error
// names the attribute that the kernel refused, also when the kernel does not send the request back, as long as the
// request was seen: the last few thousand are kept.
//
// It is an nlspec.Observer and may be used by several sockets at once.
type Tracer struct {
	mu      sync.Mutex
	w       io.Writer
	err     error
	line    *liner
	pending pending
	layout  nlspec.Layout

	process int  // that the last event named
	several bool // events have named more than one

	families nlspec.Families
}

// NewTracer returns a Tracer that writes to w, with one call of Write for each datagram.
func NewTracer(w io.Writer) *Tracer { return &Tracer{w: w, line: newLiner()} }

// Err returns the first error of writing, or nil. Nothing is written after an error.
func (t *Tracer) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// Observe writes the datagram's messages, one line each.
func (t *Tracer) Observe(d nlspec.Datagram) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.lines(&d, "")
	}
}

// lines writes the datagram's messages, one line each, which begin with a text.
func (t *Tracer) lines(d *nlspec.Datagram, begin string) {
	l := t.line
	l.b = l.b[:0]
	c := nlspec.Context{Protocol: d.Protocol, Direction: d.Direction, Families: &t.families}
	data := d.Data
	for {
		msg, rest, said, ok := nextMessage(data)
		if !ok {
			break
		}
		data = rest
		l.text(begin)
		l.prefix(d)
		layout := &t.layout
		c.OpenTo(layout, msg)
		h, _ := nlspec.ParseHeader(msg)
		var ack *Ack
		if isAnswer(h.Type, layout) {
			ack = decodeAck(c, layout)
		}
		if d.Direction == nlspec.Sent {
			if h.Flags&unix.NLM_F_REQUEST != 0 {
				t.pending.add(requestKey{d.NetNS, d.Protocol, d.PortID, h.Seq}, msg)
			}
		} else if ack != nil && !d.Multicast {
			if request := t.pending.take(requestKey{d.NetNS, d.Protocol, d.PortID, h.Seq}); request != nil {
				ack.Resolve(c, request)
			}
		}
		l.message(layout, d.Protocol, h, d.PortID, ack)
		if uint64(len(msg)) < uint64(said) {
			l.cutOff(len(msg), said)
		}
		l.b = append(l.b, '\n')
	}
	if len(data) > 0 && !allZero(data) || len(data) == len(d.Data) {
		l.text(begin)
		l.prefix(d)
		l.text("no message ")
		l.rest(data)
		l.b = append(l.b, '\n')
	}
	t.write(l.b)
}

// prefix appends the namespace and the direction.
func (l *liner) prefix(d *nlspec.Datagram) {
	if d.NetNS != "" {
		l.text(safeName(d.NetNS))
		l.b = append(l.b, ' ')
	}
	switch {
	case d.Direction == nlspec.Sent:
		l.text("> ")
	case d.Multicast:
		l.text("* ")
	default:
		l.text("< ")
	}
}

// write writes lines, unless writing has failed before.
func (t *Tracer) write(lines []byte) {
	if _, err := t.w.Write(lines); err != nil {
		t.err = fmt.Errorf("write trace: %w", err)
	}
}
