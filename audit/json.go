package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nlspec"
)

// JSON writes the messages of the events it is given as one JSON document, an object a line in its array:
//
//	{"version":1,"events":[
//	{"op":"send","protocol":"NETLINK_ROUTE","type":"RTM_NEWLINK",...},
//	...
//	]}
//
// Calls that failed, what the kernel said (OpExtAck) and what was not recorded (OpLost) are objects without a type.
type JSON struct {
	// Decoder holds what is known of families of generic netlink.
	Decoder Decoder
	// Where says which messages and failed calls are written; nil for all.
	Where *Where

	w     io.Writer
	err   error
	began bool
}

// NewJSON returns a JSON that writes to w.
func NewJSON(w io.Writer) *JSON { return &JSON{w: w} }

// Err returns the first error of writing, or nil. Nothing is written after an error.
func (j *JSON) Err() error { return j.err }

// jsonVersion is that of the document. It changes when a key is removed or means something else.
const jsonVersion = 1

// jsonEvent is a message, or a call without one.
type jsonEvent struct {
	Op        string     `json:"op"`
	Time      *time.Time `json:"time,omitempty"`
	NetNS     string     `json:"netns,omitempty"`
	Program   string     `json:"program,omitempty"`
	PID       int        `json:"pid,omitempty"`
	Protocol  string     `json:"protocol,omitempty"`
	Multicast bool       `json:"multicast,omitempty"`
	Errno     string     `json:"errno,omitempty"` // of a call that failed
	Text      string     `json:"text,omitempty"`
	Lost      int        `json:"lost,omitempty"`

	Type       string      `json:"type,omitempty"`
	TypeNumber *uint16     `json:"type_number,omitempty"`
	Length     uint32      `json:"length,omitempty"`
	Flags      []string    `json:"flags,omitempty"`
	FlagBits   *uint16     `json:"flag_bits,omitempty"`
	Seq        *uint32     `json:"seq,omitempty"`
	PortID     *uint32     `json:"port_id,omitempty"`
	Answer     *jsonAnswer `json:"answer,omitempty"`
	Header     []jsonValue `json:"header,omitempty"`
	Attributes []jsonValue `json:"attributes,omitempty"`
	Rest       string      `json:"rest,omitempty"`
	Problem    string      `json:"problem,omitempty"`
	Data       string      `json:"data,omitempty"` // of a datagram that is no message
}

// jsonAnswer is what a message says of a request.
type jsonAnswer struct {
	Request    string  `json:"request,omitempty"`
	RequestSeq *uint32 `json:"request_seq,omitempty"`
	Code       int32   `json:"code"` // 0, or a negative errno
	Errno      string  `json:"errno,omitempty"`
	Text       string  `json:"text,omitempty"`
	At         string  `json:"at,omitempty"`
	Missing    string  `json:"missing,omitempty"`
}

// jsonValue is a field, an element or an attribute.
type jsonValue struct {
	Name   string      `json:"name"`
	Type   *uint16     `json:"type,omitempty"` // of an attribute
	Offset int         `json:"offset"`         // from the start of the message: an attribute with its nlattr
	Value  any         `json:"value,omitempty"`
	Names  []string    `json:"names,omitempty"` // of a number, or of its bits
	Inside []jsonValue `json:"inside,omitempty"`
	Data   string      `json:"data,omitempty"` // in hexadecimal, where nothing more is known of it or its length is wrong
	Rest   string      `json:"rest,omitempty"`
	Wants  string      `json:"wants,omitempty"` // the kind of value that should be here, which has another length
	Guess  bool        `json:"guess,omitempty"`
}

// Event writes an event.
func (j *JSON) Event(e *Event) {
	d, ok := e.Datagram()
	base := jsonEvent{Op: e.Op.String(), NetNS: e.NetNS, Program: e.Program, PID: e.PID, Multicast: d.Multicast}
	if year := e.Time.UTC().Year(); !e.Time.IsZero() && year >= 0 && year <= 9999 {
		t := e.Time.UTC()
		base.Time = &t
	}
	if e.Op != OpLost && e.Op != OpExtAck {
		base.Protocol = nlspec.ProtocolName(e.Protocol)
	}
	if !ok {
		said := e.Op == OpLost || e.Op == OpExtAck
		failed := e.Errno != 0 && (e.Op == OpSend || e.Op == OpReceive && e.Errno != unix.EAGAIN && e.Errno != unix.EINTR)
		if !said && !failed || e.Op != OpLost && j.Where != nil && !j.Where.matches(e, nil) {
			return
		}
		base.Text, base.Lost = e.Text, e.Lost
		if failed {
			base.Errno = ErrnoName(e.Errno)
		}
		j.write(&base)
		return
	}
	rest := j.Decoder.each(&d, func(m *placed) {
		if j.Where == nil || j.Where.matches(e, m) {
			t := m.message()
			one := base
			one.message(&t)
			j.write(&one)
		}
	})
	if (len(rest) == len(d.Data) || !allZero(rest)) && (j.Where == nil || j.Where.matches(e, nil)) {
		base.Data = hex.EncodeToString(rest)
		j.write(&base)
	}
}

// Close ends the document.
func (j *JSON) Close() error {
	if j.err == nil && !j.began {
		j.begin()
		j.put([]byte("]}\n"))
	} else {
		j.put([]byte("\n]}\n"))
	}
	return j.err
}

func (j *JSON) begin() {
	j.put(fmt.Appendf(nil, `{"version":%d,"events":[`, jsonVersion))
	j.began = true
}

// write writes an object.
func (j *JSON) write(v *jsonEvent) {
	if j.err != nil {
		return
	}
	var b bytes.Buffer
	if !j.began {
		j.begin()
		b.WriteByte('\n')
	} else {
		b.WriteString(",\n")
	}
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		j.err = fmt.Errorf("write JSON: %w", err)
		return
	}
	j.put(plain.JSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))))
}

func (j *JSON) put(b []byte) {
	if j.err != nil {
		return
	}
	if _, err := j.w.Write(b); err != nil {
		j.err = fmt.Errorf("write JSON: %w", err)
	}
}

// message fills in what a message says.
func (v *jsonEvent) message(m *Message) {
	h := m.Header
	v.Type, v.TypeNumber, v.Length, v.Flags, v.FlagBits, v.Seq, v.PortID = m.Name, &h.Type, h.Len, m.Flags, &h.Flags, &h.Seq, &h.PID
	v.Header, v.Attributes = jsonValues(m.Fields), jsonValues(m.Attrs)
	v.Rest, v.Problem = hex.EncodeToString(m.Rest), m.Problem
	if a := m.Ack; a != nil {
		v.Answer = &jsonAnswer{Request: a.Name, Code: a.Code, Text: a.Text, At: a.At, Missing: a.Missing}
		if a.Request.Len != 0 {
			v.Answer.RequestSeq = &a.Request.Seq
		}
		if a.Code < 0 {
			v.Answer.Errno = ErrnoName(a.Errno())
		}
	}
}

func jsonValues(values []Value) (list []jsonValue) {
	for i := range values {
		list = append(list, values[i].json())
	}
	return list
}

func (v *Value) json() jsonValue {
	j := jsonValue{
		Name: v.Name, Offset: v.Offset, Value: v.Content, Names: v.Names, Rest: hex.EncodeToString(v.Rest), Guess: v.Guess,
		Inside: jsonValues(v.Fields),
	}
	if v.Attribute {
		j.Type = &v.Type
	}
	switch c := v.Content.(type) {
	case netip.Addr:
		j.Value = c.String()
	case net.HardwareAddr:
		j.Value = c.String()
	case string:
		if !utf8.ValidString(c) {
			j.Data = hex.EncodeToString(v.Data)
		}
	case nil:
		if v.Fields == nil {
			j.Data = hex.EncodeToString(v.Data)
		}
	}
	if v.Malformed() {
		j.Wants = v.Kind.String()
		j.Data = hex.EncodeToString(v.Data)
	}
	return j
}
