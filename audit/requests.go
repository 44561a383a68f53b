package audit

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nlspec"
)

// maxOpen bounds the requests that wait for their answers. If there are more,
// the oldest count as unanswered.
const maxOpen = 4096

// Requests writes one line for each request when its answer is complete: what
// it asks for, what the kernel answered, and the time from the request to the
// end of the answer.
//
//	create link "a0": ok, 1.204 ms
//	get link "lo": 1 message, 0.045 ms
//	list links: 3 messages, 0.120 ms
//	create link "lo": EEXIST(-17) at IFLA_IFNAME, 0.020 ms
//	set link "x": asked for no answer
//
// Lines begin with processes and namespaces, as those of a Tracer do. A message
// of the kernel in words (OpExtAck) belongs to the last request of the same
// thread. The methods must not be called by two goroutines at once.
type Requests struct {
	// Describe says what a complete request of a protocol asks for. If it is
	// nil or returns "", the line has the message's name instead.
	Describe func(protocol int, message []byte) string
	// Decoder knows the families of generic netlink.
	Decoder Decoder

	w       io.Writer
	err     error
	process processes
	open    map[openKey]*openRequest
	order   []*openRequest // the requests of open, the oldest first, and some that were answered meanwhile
	last    map[int]*openRequest
	answers int // number of complete answers since order was last cleaned up
}

// openKey is what an answer and its request have in common. A socket whose
// inode is not known is identified by namespace, protocol and port.
type openKey struct {
	inode    uint64
	netns    string
	protocol int
	port     uint32
	seq      uint32
}

type openRequest struct {
	key      openKey
	begin    string // of its line
	what     string
	at       time.Time
	ack      bool // it asks for an acknowledgement
	dump     bool
	asks     bool   // its name says that it asks for something, which the kernel sends even without NLM_F_ACK
	answered int    // number of messages of the answer
	text     string // the kernel's message in words
	done     bool
}

// NewRequests returns a Requests that writes to w, with one call of Write for
// each line.
func NewRequests(w io.Writer) *Requests {
	return &Requests{w: w, open: map[openKey]*openRequest{}, last: map[int]*openRequest{}}
}

// Event takes an event.
func (r *Requests) Event(e *Event) {
	begin := r.process.begin(e)
	if e.NetNS != "" {
		begin += plain.Name(e.NetNS) + " "
	}
	switch {
	case e.Op == OpExtAck:
		if q := r.last[e.TID]; q != nil && !q.done {
			q.text = e.Text
		}
		return
	case e.Op == OpLost:
		r.line(begin, "not recorded: "+strconv.Quote(e.Text), "")
		return
	case e.Op == OpSend && e.Errno != 0:
		r.failed(e, begin)
		return
	}
	d, ok := e.Datagram()
	if !ok {
		return
	}
	r.Decoder.each(&d, func(m *placed) {
		key := openKey{inode: e.Inode, protocol: d.Protocol, seq: m.header.Seq}
		if e.Inode == 0 {
			key.netns, key.port = d.NetNS, d.PortID
		}
		switch {
		case d.Direction == nlspec.Sent && m.header.Flags&unix.NLM_F_REQUEST != 0:
			r.sent(e, key, begin, m)
		case d.Direction == nlspec.Received && !d.Multicast:
			if q := r.open[key]; q != nil {
				r.answer(q, m, e.Time)
			}
		}
	})
}

// failed writes lines for the requests of a datagram that was not sent.
func (r *Requests) failed(e *Event, begin string) {
	d := nlspec.Datagram{Direction: nlspec.Sent, Protocol: e.Protocol, NetNS: e.NetNS, PortID: e.PortID, Data: e.Data}
	r.Decoder.each(&d, func(m *placed) {
		r.line(begin, r.what(d.Protocol, m), "not sent: "+string(appendErrno(nil, -int32(e.Errno))))
	})
}

// what says what a request asks for.
func (r *Requests) what(protocol int, m *placed) string {
	if r.Describe != nil {
		if s := r.Describe(protocol, m.bytes); s != "" {
			return plain.Text(s)
		}
	}
	return m.layout.Message.Name
}

func (r *Requests) sent(e *Event, key openKey, begin string, m *placed) {
	if old := r.open[key]; old != nil {
		r.end(old, old.unanswered())
	}
	q := &openRequest{
		key: key, begin: begin, what: r.what(m.Protocol, m), at: e.Time,
		ack:  m.header.Flags&unix.NLM_F_ACK != 0,
		dump: isDump(m.header),
		asks: asks(m.layout.Message.Name),
	}
	r.open[key] = q
	r.last[e.TID] = q
	r.order = append(r.order, q)
	for len(r.open) > maxOpen {
		for r.order[0].done {
			r.order = r.order[1:]
		}
		r.end(r.order[0], r.order[0].unanswered())
	}
	if r.answers > maxOpen {
		r.answers = 0
		r.order = slices.DeleteFunc(r.order, func(q *openRequest) bool { return q.done })
	}
}

// isDump reports whether a request asks for a dump. In a request that changes
// something, the same two bits are NLM_F_REPLACE and NLM_F_EXCL, which exclude
// each other.
func isDump(h nlspec.Header) bool { return h.Flags&unix.NLM_F_DUMP == unix.NLM_F_DUMP }

// asks reports whether a message asks for an object, judging by its name:
// RTM_GETLINK, CTRL_CMD_GETFAMILY, SOCK_DIAG_BY_FAMILY. A message without a
// known name may.
func asks(name string) bool {
	words := strings.FieldsFunc(strings.ToUpper(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, w := range words {
		if strings.HasPrefix(w, "GET") || w == "DIAG" {
			return true
		}
	}
	return len(words) == 1
}

// answer takes one message of an answer.
func (r *Requests) answer(q *openRequest, m *placed, at time.Time) {
	after := fmt.Sprintf(", %.3f ms", max(0, at.Sub(q.at).Seconds()*1e3))
	switch {
	case m.header.Type == unix.NLMSG_ERROR || m.header.Type == unix.NLMSG_DONE:
		if m.ack == nil || m.ack.Code >= 0 {
			r.end(q, q.result()+after)
			return
		}
		result := appendErrno(nil, m.ack.Code)
		if m.ack.Text != "" {
			q.text = m.ack.Text
		}
		if q.text != "" {
			result = strconv.AppendQuote(append(result, ' '), q.text)
		}
		if m.ack.At != "" {
			result = append(append(result, " at "...), m.ack.At...)
		}
		if m.ack.Missing != "" {
			result = append(append(result, " missing "...), m.ack.Missing...)
		}
		r.end(q, string(result)+after)
	default:
		if q.answered++; !q.ack && !q.dump && m.header.Flags&unix.NLM_F_MULTI == 0 {
			r.end(q, q.result()+after)
		}
	}
}

// result returns the result of a request that did not fail.
func (q *openRequest) result() string {
	switch {
	case q.answered == 1:
		return "1 message"
	case q.answered > 1 || q.dump:
		return strconv.Itoa(q.answered) + " messages"
	}
	return "ok"
}

// unanswered returns the result of a request whose answer was not seen or is
// incomplete.
func (q *openRequest) unanswered() string {
	switch {
	case q.answered > 0:
		return q.result() + ", incomplete"
	case q.ack || q.dump || q.asks:
		return "no answer was seen"
	}
	return "asked for no answer"
}

// end writes a request's line and forgets it.
func (r *Requests) end(q *openRequest, result string) {
	q.done = true
	r.answers++
	if r.open[q.key] == q {
		delete(r.open, q.key)
	}
	r.line(q.begin, q.what, result)
}

func (r *Requests) line(begin, what, result string) {
	if r.err != nil {
		return
	}
	if result != "" {
		what += ": "
	}
	if _, err := io.WriteString(r.w, begin+what+result+"\n"); err != nil {
		r.err = fmt.Errorf("write requests: %w", err)
	}
}

// Err returns the first error of writing, or nil. Nothing is written after an
// error.
func (r *Requests) Err() error { return r.err }

// Close writes lines for the requests without a complete answer, in the order
// in which they were sent, and returns the first error of writing.
func (r *Requests) Close() error {
	for _, q := range r.order {
		if !q.done {
			r.end(q, q.unanswered())
		}
	}
	r.order = nil
	return r.err
}
