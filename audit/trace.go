package audit

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// Bounds on the requests that a Tracer remembers so that an error can name an attribute of one.
const (
	maxPending      = 4096
	maxPendingBytes = 4 << 20
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
	pending map[requestKey]*request
	order   []*request // pending requests, the oldest first, with those that were answered meanwhile
	bytes   int        // of the requests in order

	process int  // that the last event named
	several bool // events have named more than one

	families nlspec.Families
}

// context is what is known of d beside its bytes.
func (t *Tracer) context(d nlspec.Datagram) nlspec.Context {
	return nlspec.Context{Protocol: d.Protocol, Direction: d.Direction, Families: &t.families}
}

// requestKey is what the answer to a request has in common with it.
type requestKey struct {
	netns    string
	protocol int
	port     uint32
	seq      uint32
}

type request struct {
	key  requestKey
	data []byte
}

// NewTracer returns a Tracer that writes to w, with one call of Write for each datagram.
func NewTracer(w io.Writer) *Tracer {
	return &Tracer{w: w, pending: map[requestKey]*request{}}
}

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
		t.lines(d, "")
	}
}

// lines writes the datagram's messages, one line each, which begin with a text.
func (t *Tracer) lines(d nlspec.Datagram, begin string) {
	var b strings.Builder
	messages, rest := DecodeIn(t.context(d), d.Data)
	data := d.Data
	for _, m := range messages {
		size := min(uint64(m.Header.Len), uint64(len(data)))
		if d.Direction == nlspec.Sent {
			t.remember(d, m, data[:size])
		} else if !d.Multicast {
			t.answer(d, m)
		}
		data = data[min((size+3)&^3, uint64(len(data))):]
		b.WriteString(begin)
		linePrefix(&b, d)
		m.write(&b, d.PortID)
		b.WriteByte('\n')
	}
	if len(rest) > 0 && !allZero(rest) || len(messages) == 0 {
		b.WriteString(begin)
		linePrefix(&b, d)
		fmt.Fprint(&b, "no message ")
		writeRest(&b, rest)
		b.WriteByte('\n')
	}
	t.write(b.String())
}

// remember keeps a request until it is answered or newer ones need its place.
func (t *Tracer) remember(d nlspec.Datagram, m Message, data []byte) {
	if m.Header.Flags&unix.NLM_F_REQUEST == 0 || len(data) > maxPendingBytes {
		return
	}
	r := &request{key: requestKey{d.NetNS, d.Protocol, d.PortID, m.Header.Seq}, data: slices.Clone(data)}
	t.pending[r.key] = r
	t.order = append(t.order, r)
	t.bytes += len(r.data)
	for len(t.order) > maxPending || t.bytes > maxPendingBytes {
		oldest := t.order[0]
		t.order[0] = nil
		t.order = t.order[1:]
		t.bytes -= len(oldest.data)
		if t.pending[oldest.key] == oldest {
			delete(t.pending, oldest.key)
		}
	}
}

// answer completes an acknowledgement from the request it answers, and forgets the request.
func (t *Tracer) answer(d nlspec.Datagram, m Message) {
	if m.Ack == nil {
		return
	}
	key := requestKey{d.NetNS, d.Protocol, d.PortID, m.Header.Seq}
	r := t.pending[key]
	if r == nil {
		return
	}
	m.Ack.Resolve(t.context(d), r.data)
	delete(t.pending, key)
	if len(t.pending) == 0 {
		t.order, t.bytes = nil, 0
	}
}

// linePrefix writes the namespace and the direction.
func linePrefix(b *strings.Builder, d nlspec.Datagram) {
	if d.NetNS != "" {
		b.WriteString(safeName(d.NetNS))
		b.WriteByte(' ')
	}
	switch {
	case d.Direction == nlspec.Sent:
		b.WriteString("> ")
	case d.Multicast:
		b.WriteString("* ")
	default:
		b.WriteString("< ")
	}
}

func allZero(b []byte) bool { return !slices.ContainsFunc(b, func(c byte) bool { return c != 0 }) }
