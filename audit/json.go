package audit

import (
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// JSON writes the messages of events as one JSON document, whose array has an
// object on each line:
//
//	{"version":1,"events":[
//	{"op":"send","protocol":"NETLINK_ROUTE","type":"RTM_NEWLINK",...},
//	...
//	]}
//
// Failed calls, the kernel's messages (OpExtAck), the groups of sockets that were
// found (OpFound) and losses (OpLost) are objects without a type.
type JSON struct {
	// Decoder knows the families of generic netlink.
	Decoder Decoder
	// Where selects the messages and failed calls to write; nil selects all.
	Where *Where

	w     io.Writer
	err   error
	began bool
	l     jsonLiner
}

// NewJSON returns a JSON that writes to w.
func NewJSON(w io.Writer) *JSON {
	j := &JSON{w: w}
	j.l.item, j.l.hop = j.l.value, j.l.nextHop
	return j
}

// Err returns the first error of writing, or nil. Nothing is written after an
// error.
func (j *JSON) Err() error { return j.err }

// jsonVersion is the document's version. It changes when a key is removed or
// changes its meaning.
const jsonVersion = 1

// Event writes an event.
func (j *JSON) Event(e *Event) {
	d, datagram := e.Datagram()
	if !datagram {
		j.call(e)
		return
	}
	j.l.b = j.l.b[:0]
	rest := j.Decoder.each(&d, func(m *placed) {
		if j.Where == nil || j.Where.matches(e, m) {
			j.begin(e, d.Multicast)
			j.l.message(m)
			j.l.b = append(j.l.b, '}')
		}
	})
	if (len(rest) == len(d.Data) || !allZero(rest)) && (j.Where == nil || j.Where.matches(e, nil)) {
		j.begin(e, d.Multicast)
		j.l.hex("data", rest)
		j.l.b = append(j.l.b, '}')
	}
	j.write()
}

// call writes a failed call, a message of the kernel (OpExtAck), the groups of a
// socket (OpFound), or a loss (OpLost).
func (j *JSON) call(e *Event) {
	said := e.Op == OpLost || e.Op == OpExtAck || e.Op == OpFound
	failed := e.Errno != 0 && (e.Op == OpSend || e.Op == OpReceive && e.Errno != unix.EAGAIN && e.Errno != unix.EINTR)
	if !said && !failed || e.Op != OpLost && j.Where != nil && !j.Where.matches(e, nil) {
		return
	}
	j.l.b = j.l.b[:0]
	j.begin(e, false)
	if failed {
		j.l.text("errno", ErrnoName(e.Errno))
	}
	if len(e.Groups) > 0 {
		j.l.groups(e)
	}
	if e.Text != "" {
		j.l.text("text", e.Text)
	}
	if e.Lost > 0 {
		j.l.number("lost", uint64(e.Lost))
	}
	j.l.b = append(j.l.b, '}')
	j.write()
}

// Close ends the document.
func (j *JSON) Close() error {
	j.l.b = j.l.b[:0]
	if !j.began {
		j.start()
	} else {
		j.l.b = append(j.l.b, '\n')
	}
	j.l.b = append(j.l.b, "]}\n"...)
	j.write()
	return j.err
}

// start begins the document.
func (j *JSON) start() {
	j.l.b = strconv.AppendInt(append(j.l.b, `{"version":`...), jsonVersion, 10)
	j.l.b = append(j.l.b, `,"events":[`...)
	j.began = true
}

// begin begins the object of an event, with everything that is not part of its
// message.
func (j *JSON) begin(e *Event, multicast bool) {
	l := &j.l
	if !j.began {
		j.start()
	} else {
		l.b = append(l.b, ',')
	}
	l.b = append(append(append(l.b, "\n{\"op\":\""...), e.Op.String()...), '"')
	if t := e.Time.UTC(); !t.IsZero() && t.Year() >= 0 && t.Year() <= 9999 {
		l.name("time")
		l.b = append(t.AppendFormat(append(l.b, '"'), time.RFC3339Nano), '"')
	}
	if e.NetNS != "" {
		l.text("netns", e.NetNS)
		if !utf8.ValidString(e.NetNS) {
			l.hex("netns_hex", []byte(e.NetNS))
		}
	}
	if e.Program != "" {
		l.text("program", e.Program)
	}
	if e.PID != 0 {
		l.number("pid", uint64(e.PID))
	}
	if e.Op != OpLost && e.Op != OpExtAck {
		l.text("protocol", nlspec.ProtocolName(e.Protocol))
	}
	if multicast {
		l.name("multicast")
		l.b = append(l.b, "true"...)
	}
}

// write writes what was appended.
func (j *JSON) write() {
	if j.err != nil || len(j.l.b) == 0 {
		return
	}
	if _, err := j.w.Write(j.l.b); err != nil {
		j.err = err
	}
}
