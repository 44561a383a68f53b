package record

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nlspec"
)

// JSONWriter writes events as JSON lines, which hold complete events. Each
// event is one call of Write, so that everything seen so far is in the file
// whatever happens next.
type JSONWriter struct{ writing }

// NewJSONWriter writes the first line to w and returns a JSONWriter that writes
// events after it. Close does not close w.
func NewJSONWriter(w io.Writer) (*JSONWriter, error) {
	_, err := fmt.Fprintf(w, `{"format":%q,"version":%d,"byte_order":%q}`+"\n", jsonFormat, jsonVersion, hostOrder)
	if err != nil {
		return nil, fmt.Errorf("write recording: %w", err)
	}
	return &JSONWriter{writing{w: w, what: "recording"}}, nil
}

// Write writes an event as one line.
func (j *JSONWriter) Write(e *audit.Event) error {
	return j.write(func(b []byte) []byte { return appendJSON(b, e) })
}

// appendJSON appends e as a line.
func appendJSON(b []byte, e *audit.Event) []byte {
	o := object{b: append(b, `{"op":"`...)}
	o.b = append(append(o.b, e.Op.String()...), '"')
	if !e.Time.IsZero() && e.Time.Year() >= 1 && e.Time.Year() <= 9999 {
		o.name("time")
		o.b = append(e.Time.UTC().AppendFormat(append(o.b, '"'), time.RFC3339Nano), '"')
	}
	o.number("took_ns", int64(e.Took))
	o.number("after_ns", int64(e.After))
	if e.Errno != 0 {
		o.word("errno", audit.ErrnoName(e.Errno))
	}
	o.number("pid", int64(e.PID))
	o.number("tid", int64(e.TID))
	o.text("program", e.Program)
	o.text("netns", e.NetNS)
	o.unsigned("netns_cookie", e.NetNSCookie)
	o.unsigned("netns_inode", e.NetNSInode)
	o.unsigned("socket", e.Inode)
	if e.FD >= 0 {
		o.name("fd")
		o.b = strconv.AppendInt(o.b, int64(e.FD), 10)
	}
	if e.Op != audit.OpLost && e.Op != audit.OpExtAck || e.Protocol != 0 {
		o.word("protocol", nlspec.ProtocolName(e.Protocol))
	}
	o.unsigned("port", uint64(e.PortID))
	if e.SocketType != 0 {
		o.word("type", audit.SocketTypeNames(e.SocketType))
	}
	if a := e.Address; a != nil {
		o.name("address")
		o.b = strconv.AppendUint(append(o.b, `{"port":`...), uint64(a.PortID), 10)
		o.b = append(strconv.AppendUint(append(o.b, `,"groups":`...), uint64(a.Groups), 10), '}')
	}
	if e.Op == audit.OpSetsockopt {
		o.word("option", audit.OptionName(e.Level, e.Option))
	}
	if n, ok := e.Int(); ok {
		o.name("value")
		o.b = strconv.AppendInt(o.b, int64(n), 10)
	} else if e.Value != nil {
		o.hex("value", e.Value)
	}
	if e.Flags != 0 {
		o.word("flags", audit.MsgFlagNames(e.Flags))
	}
	if e.MsgFlags != 0 {
		o.word("msg_flags", audit.MsgFlagNames(e.MsgFlags))
	}
	if e.Multicast {
		o.name("multicast")
		o.b = append(o.b, "true"...)
	}
	if e.Room >= 0 && e.Op == audit.OpReceive {
		o.name("room")
		o.b = strconv.AppendInt(o.b, int64(e.Room), 10)
	}
	for i, c := range e.Control {
		if i == 0 {
			o.name("control")
			o.b = append(o.b, '[')
		} else {
			o.b = append(o.b, ',')
		}
		o.b = strconv.AppendInt(append(o.b, `{"level":`...), int64(c.Level), 10)
		o.b = strconv.AppendInt(append(o.b, `,"type":`...), int64(c.Type), 10)
		o.b = append(hex.AppendEncode(append(o.b, `,"data":"`...), c.Data), `"}`...)
		if i == len(e.Control)-1 {
			o.b = append(o.b, ']')
		}
	}
	if e.Length != len(e.Data) {
		o.number("length", int64(e.Length))
	}
	if len(e.Data) > 0 {
		o.hex("data", e.Data)
	}
	for i, group := range e.Groups {
		if i == 0 {
			o.name("groups")
			o.b = append(o.b, '[')
		} else {
			o.b = append(o.b, ',')
		}
		o.b = strconv.AppendUint(o.b, uint64(group), 10)
		if i == len(e.Groups)-1 {
			o.b = append(o.b, ']')
		}
	}
	o.text("text", e.Text)
	o.number("lost", int64(e.Lost))
	return append(o.b, "}\n"...)
}

// object is a JSON object that is being written.
type object struct{ b []byte }

func (o *object) name(name string) {
	o.b = append(append(append(o.b, `,"`...), name...), `":`...)
}

func (o *object) number(name string, n int64) {
	if n != 0 {
		o.name(name)
		o.b = strconv.AppendInt(o.b, n, 10)
	}
}

func (o *object) unsigned(name string, n uint64) {
	if n != 0 {
		o.name(name)
		o.b = strconv.AppendUint(o.b, n, 10)
	}
}

// word writes a string that needs no escapes.
func (o *object) word(name, s string) {
	o.name(name)
	o.b = append(append(append(o.b, '"'), s...), '"')
}

func (o *object) hex(name string, data []byte) {
	o.name(name)
	o.b = append(hex.AppendEncode(append(o.b, '"'), data), '"')
}

// text writes a string that others chose, which may contain anything.
func (o *object) text(name, s string) {
	if s == "" {
		return
	}
	o.name(name)
	if !utf8.ValidString(s) {
		o.b = append(hex.AppendEncode(append(o.b, `{"hex":"`...), []byte(s)), `"}`...)
		return
	}
	o.b = plain.AppendJSON(o.b, s)
}
