package record

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/nlspec"
)

// jsonReader reads JSON lines.
type jsonReader struct {
	lines lineReader
	data  []byte
	began bool
	swap  *swapper // nil for a recording of this machine's byte order
	l     jsonLine // the line that is being read
	words interned
}

// NewJSONReader reads the JSON lines that a JSONWriter wrote.
func NewJSONReader(r io.Reader) Reader {
	j := &jsonReader{lines: newLineReader(r)}
	j.lines.start = checkObject
	return j
}

// checkObject refuses a line that does not begin with an object.
func checkObject(head []byte) error {
	text := bytes.TrimLeft(head, " \t\r\n")
	if len(text) == 0 || text[0] == '{' {
		return nil
	}
	return fmt.Errorf("column %d: a line is a JSON object, {...}, and this one begins with %q", len(head)-len(text)+1, text[:1])
}

// jsonLine is any line: it has the fields of the first line and of an event.
type jsonLine struct {
	Format    *string `json:"format"`
	Version   int     `json:"version"`
	ByteOrder string  `json:"byte_order"`

	Op          string        `json:"op"`
	Time        *jsonTime     `json:"time"`
	Took        int64         `json:"took_ns"`
	After       int64         `json:"after_ns"`
	Errno       string        `json:"errno"`
	PID         int           `json:"pid"`
	TID         int           `json:"tid"`
	Program     jsonText      `json:"program"`
	NetNS       jsonText      `json:"netns"`
	NetNSCookie uint64        `json:"netns_cookie"`
	NetNSInode  uint64        `json:"netns_inode"`
	Socket      uint64        `json:"socket"`
	FD          *int          `json:"fd"`
	Protocol    string        `json:"protocol"`
	Port        uint32        `json:"port"`
	Type        string        `json:"type"`
	Address     *jsonAddress  `json:"address"`
	Option      string        `json:"option"`
	Value       jsonValue     `json:"value"`
	Flags       string        `json:"flags"`
	MsgFlags    string        `json:"msg_flags"`
	Multicast   bool          `json:"multicast"`
	Room        *int          `json:"room"`
	Control     []jsonControl `json:"control"`
	Length      *int          `json:"length"`
	Data        jsonBytes     `json:"data"`
	Groups      []uint32      `json:"groups"`
	Text        jsonText      `json:"text"`
	Lost        int           `json:"lost"`

	fd, room, length int // the targets of the pointers after scan
}

type jsonAddress struct {
	Port   uint32 `json:"port"`
	Groups uint32 `json:"groups"`
}

type jsonControl struct {
	Level int    `json:"level"`
	Type  int    `json:"type"`
	Data  string `json:"data"`
}

// Read reads the next event.
func (j *jsonReader) Read(e *audit.Event) error {
	for {
		line, err := j.lines.next()
		if err == io.EOF && !j.began {
			return errors.New("the recording is empty")
		}
		if err != nil {
			return err
		}
		event, err := j.line(e, line)
		if err != nil {
			return fmt.Errorf("line %d: %w", j.lines.n, err)
		}
		if event {
			return nil
		}
	}
}

// line reads one line, and reports whether it is an event.
func (j *jsonReader) line(e *audit.Event, text []byte) (event bool, err error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return false, nil
	}
	l := &j.l
	if *l = (jsonLine{}); !l.scan(text, &j.words) {
		if err := l.parse(text); err != nil {
			return false, err
		}
	}
	if l.Format != nil {
		j.began = true
		return false, j.begin(l)
	}
	if !j.began {
		return false, fmt.Errorf(`the first line is not {"format":%q,...}`, jsonFormat)
	}
	return true, j.event(e, l)
}

// parse reads a line as JSON.
func (l *jsonLine) parse(text []byte) error {
	*l = jsonLine{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(l); err != nil {
		return jsonError(err, text)
	}
	if rest := bytes.TrimSpace(text[d.InputOffset():]); len(rest) > 0 {
		return fmt.Errorf("column %d: something follows the object", d.InputOffset()+1)
	}
	return nil
}

// begin checks the first line.
func (j *jsonReader) begin(l *jsonLine) error {
	switch {
	case *l.Format != jsonFormat:
		return fmt.Errorf("the format is %.40q, not %q", *l.Format, jsonFormat)
	case l.Version != jsonVersion:
		return fmt.Errorf("the format has version %d; this nslab reads version %d", l.Version, jsonVersion)
	case l.ByteOrder != "little" && l.ByteOrder != "big":
		return fmt.Errorf(`byte_order is %.40q, not "little" or "big"`, l.ByteOrder)
	case l.ByteOrder == hostOrder:
		j.swap = nil
	case j.swap == nil:
		j.swap = new(swapper)
	}
	return nil
}

// event turns a line into an event.
func (j *jsonReader) event(e *audit.Event, l *jsonLine) error {
	op, ok := audit.ParseOp(l.Op)
	if !ok {
		return fmt.Errorf("op %.40q is not known", l.Op)
	}
	*e = audit.Event{
		Op: op, Took: time.Duration(l.Took), After: time.Duration(l.After),
		Process: audit.Process{PID: l.PID, TID: l.TID, Program: string(l.Program)},
		Socket: audit.Socket{
			NetNS: string(l.NetNS), NetNSCookie: l.NetNSCookie, NetNSInode: l.NetNSInode, Inode: l.Socket, FD: -1, PortID: l.Port,
		},
		Value: l.Value, Multicast: l.Multicast, Room: -1, Groups: l.Groups, Text: string(l.Text), Lost: l.Lost,
	}
	if l.Time != nil {
		e.Time = time.Time(*l.Time)
	}
	if l.Address != nil {
		e.Address = &audit.Address{PortID: l.Address.Port, Groups: l.Address.Groups}
	}
	for _, n := range []struct {
		name  string
		value int64
	}{{"took_ns", l.Took}, {"after_ns", l.After}, {"pid", int64(l.PID)}, {"tid", int64(l.TID)}, {"lost", int64(l.Lost)}} {
		if n.value < 0 {
			return fmt.Errorf("%s is negative", n.name)
		}
	}
	for _, n := range []struct {
		name string
		from *int
		to   *int
	}{{"fd", l.FD, &e.FD}, {"room", l.Room, &e.Room}} {
		if n.from == nil {
			continue
		}
		if *n.from < 0 {
			return fmt.Errorf("%s is negative", n.name)
		}
		*n.to = *n.from
	}
	if l.Errno != "" {
		if e.Errno, ok = audit.ParseErrno(l.Errno); !ok {
			return fmt.Errorf("errno %.40q is not known", l.Errno)
		}
	}
	if l.Protocol == "" && op != audit.OpLost && op != audit.OpExtAck {
		return errors.New("protocol is missing")
	} else if l.Protocol != "" {
		if e.Protocol, ok = nlspec.ProtocolNumber(l.Protocol); !ok {
			return fmt.Errorf("protocol %.40q is not known", l.Protocol)
		}
	}
	if l.Type != "" {
		if e.SocketType, ok = audit.ParseSocketType(l.Type); !ok {
			return fmt.Errorf("type %.40q is not known", l.Type)
		}
	}
	if op == audit.OpSetsockopt {
		if e.Level, e.Option, ok = audit.ParseOption(l.Option); !ok {
			return fmt.Errorf("option %.40q is not known", l.Option)
		}
	}
	for _, f := range []struct {
		name, text string
		to         *int
	}{{"flags", l.Flags, &e.Flags}, {"msg_flags", l.MsgFlags, &e.MsgFlags}} {
		if f.text == "" {
			continue
		}
		if *f.to, ok = audit.ParseMsgFlags(f.text); !ok {
			return fmt.Errorf("%s %.40q: one of them is not known", f.name, f.text)
		}
	}
	for i, c := range l.Control {
		data, err := hex.DecodeString(c.Data)
		if err != nil {
			return fmt.Errorf("control[%d]: data is not hexadecimal: %w", i, err)
		}
		if j.swap != nil && c.Level == unix.SOL_NETLINK && len(data) == 4 {
			slices.Reverse(data)
		}
		e.Control = append(e.Control, audit.Control{Level: c.Level, Type: c.Type, Data: data})
	}
	return j.datagram(e, l)
}

// datagram reads data and length.
func (j *jsonReader) datagram(e *audit.Event, l *jsonLine) (err error) {
	if j.data, err = hex.AppendDecode(j.data[:0], l.Data); err != nil {
		return fmt.Errorf("data is not hexadecimal: %w", err)
	}
	if len(j.data) > 0 {
		e.Data = j.data
	}
	if j.swap != nil {
		j.swap.event(e)
	}
	e.Length = len(j.data)
	if l.Length != nil {
		if *l.Length < len(j.data) {
			return fmt.Errorf("length is %d, and data has %d bytes", *l.Length, len(j.data))
		}
		e.Length = *l.Length
	}
	return nil
}

// jsonError says what is wrong with a line, and where.
func jsonError(err error, text []byte) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("column %d: not JSON: %w", syntax.Offset, err)
	case errors.As(err, &typ):
		return fmt.Errorf("column %d: %s: got %s, which is not %s", typ.Offset, typ.Field, typ.Value, goType(typ))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("it ends at column %d, in the middle of the object", len(text))
	}
	if text, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("field %.40q is not known", strings.Trim(text, `"`))
	}
	return err
}

// goType returns the type that a field needs, in words.
func goType(err *json.UnmarshalTypeError) string {
	switch err.Type.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "an array"
	case reflect.Struct:
		return "an object"
	}
	return "a whole number in range"
}

// jsonTime is a time in RFC 3339.
type jsonTime time.Time

// UnmarshalJSON implements json.Unmarshaler.
func (t *jsonTime) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	if err := json.Unmarshal(b, (*time.Time)(t)); err != nil {
		return fmt.Errorf(`time %.40q is not as RFC 3339 writes it, "2026-01-31T12:00:00Z"`, bytes.Trim(b, `"`))
	}
	return nil
}

// jsonBytes is a string that is kept as it is, without escapes.
type jsonBytes []byte

// UnmarshalJSON implements json.Unmarshaler.
func (t *jsonBytes) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("%.40q is not a string", b)
	}
	*t = jsonBytes(s)
	return nil
}

// jsonText is text, or {"hex":"..."} if it is not UTF-8.
type jsonText string

// UnmarshalJSON implements json.Unmarshaler.
func (t *jsonText) UnmarshalJSON(b []byte) error {
	if b[0] == '"' || string(b) == "null" {
		return json.Unmarshal(b, (*string)(t))
	}
	var s struct{ Hex string }
	err := json.Unmarshal(b, &s)
	text, herr := hex.DecodeString(s.Hex)
	if err != nil || herr != nil {
		return fmt.Errorf(`%.40q is not a text, which is a string or {"hex":"ff"}`, b)
	}
	*t = jsonText(text)
	return nil
}

// jsonValue is an option's value: a number of 4 bytes, or bytes in hexadecimal.
type jsonValue []byte

// UnmarshalJSON implements json.Unmarshaler.
func (v *jsonValue) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	if b[0] != '"' {
		var n int64
		if err := json.Unmarshal(b, &n); err != nil {
			return fmt.Errorf("value: %.40q is neither a whole number nor hexadecimal in a string", b)
		}
		if n < math.MinInt32 || n > math.MaxInt32 {
			return fmt.Errorf("value: %d is not a number of 4 bytes", n)
		}
		*v = binary.NativeEndian.AppendUint32(nil, uint32(n))
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	data, err := hex.DecodeString(s)
	if err != nil {
		return fmt.Errorf("value is not hexadecimal: %w", err)
	}
	*v = data
	return nil
}
