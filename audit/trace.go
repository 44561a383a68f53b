package audit

import (
	"bytes"
	"io"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nlspec"
)

// Tracer writes each message that it observes as one line:
//
//	sw > RTM_NEWLINK seq=3 REQUEST|ACK|CREATE|EXCL  flags=UP change=UP  IFLA_IFNAME="p1" IFLA_LINKINFO={IFLA_INFO_KIND="veth"}
//	sw < NLMSG_ERROR seq=3 request=RTM_NEWLINK error=EEXIST(-17) NLMSGERR_ATTR_MSG="..." at IFLA_IFNAME
//
// The line begins with the label of the socket's namespace, unless it is empty,
// then > for a message that was sent, < for one received, * for one received
// through a multicast group. Header fields that are zero are left out. An error
// names the attribute that the kernel refused. It does so even if the kernel
// does not send the request back, because a Tracer remembers the last few
// thousand requests.
//
// A Tracer is an nlspec.Observer and may be used by several sockets at once.
type Tracer struct {
	// Decoder knows the families of generic netlink.
	Decoder Decoder
	// Where selects the messages and failed calls to write; nil selects all.
	Where *Where
	// Explain, unless it is nil, is called for each message, which it must not
	// keep. If it returns a text, a line "# TEXT" precedes the message's line.
	Explain func(d *nlspec.Datagram, message []byte) string

	mu   sync.Mutex
	w    io.Writer
	err  error
	line *liner

	process processes
	d       nlspec.Datagram // the datagram that is being written
}

// NewTracer returns a Tracer that writes to w, with one call of Write for each
// datagram.
func NewTracer(w io.Writer) *Tracer { return &Tracer{w: w, line: newLiner()} }

// Err returns the first error of writing, or nil. Nothing is written after an
// error.
func (t *Tracer) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// Observe writes the datagram's messages, one line each.
func (t *Tracer) Observe(d nlspec.Datagram) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return
	}
	t.line.b, t.d = t.line.b[:0], d
	if t.Where == nil {
		t.datagram(nil, "")
	} else {
		e := DatagramEvent(d)
		t.datagram(&e, "")
	}
	t.write()
}

// datagram appends the messages of t.d, one line each, beginning with begin. e
// is the datagram's event, or nil.
func (t *Tracer) datagram(e *Event, begin string) {
	l, d := t.line, &t.d
	rest := t.Decoder.each(d, func(m *placed) {
		var explained string
		if t.Explain != nil {
			explained = t.Explain(d, m.bytes)
		}
		if t.Where == nil || t.Where.matches(e, m) {
			if explained != "" {
				l.text(begin)
				l.text("# ")
				l.text(plain.Text(explained))
				l.b = append(l.b, '\n')
			}
			l.text(begin)
			l.prefix(d)
			l.message(m, d.PortID)
			l.b = append(l.b, '\n')
		}
	})
	if (len(rest) == len(d.Data) || !allZero(rest)) && (t.Where == nil || t.Where.matches(e, nil)) {
		l.text(begin)
		l.prefix(d)
		l.noMessage(d.Protocol, rest)
		l.b = append(l.b, '\n')
	}
}

// write writes the appended lines, if there are any.
func (t *Tracer) write() {
	if len(t.line.b) > 0 {
		if _, err := t.w.Write(t.line.b); err != nil {
			t.err = err
		}
	}
}

// noMessage appends bytes that are not a message.
func (l *liner) noMessage(protocol int, data []byte) {
	if protocol == unix.NETLINK_KOBJECT_UEVENT && len(data) > 0 {
		l.uevent(data)
		return
	}
	l.text("no message ")
	l.rest(data)
}

// uevent appends an event about a device: texts that end with NULs. The first
// text names the event and the device, the others are variables with their
// values (lib/kobject_uevent.c). udev's own datagrams begin with a header.
func (l *liner) uevent(data []byte) {
	l.text("uevent")
	for text := range bytes.SplitSeq(bytes.TrimSuffix(data, []byte{0}), []byte{0}) {
		l.b = append(l.b, ' ')
		l.b = appendQuoted(l.b, text)
	}
}

// prefix appends the namespace and the direction.
func (l *liner) prefix(d *nlspec.Datagram) {
	if d.NetNS != "" {
		l.text(plain.Name(d.NetNS))
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
