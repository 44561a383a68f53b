package record

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"

	"github.com/nslab/nslab/internal/testenv"
)

// everything returns an event of each kind. Each field is set in one of them.
func everything() []audit.Event {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)
	who := audit.Process{PID: 10, TID: 11, Program: "a \"b\"\x1b\u202e\U0001f600\\"}
	s := audit.Socket{NetNS: "sw", NetNSCookie: 1 << 60, NetNSInode: 4026531840, Inode: 77, FD: 0, Protocol: unix.NETLINK_GENERIC, PortID: 1<<32 - 1}
	base := func(op audit.Op) audit.Event {
		return audit.Event{Op: op, Time: at, Took: 5, Process: who, Socket: s, Room: -1}
	}
	socket := base(audit.OpSocket)
	socket.SocketType = unix.SOCK_RAW | unix.SOCK_CLOEXEC
	bind := base(audit.OpBind)
	bind.Address, bind.Errno = &audit.Address{PortID: 3, Groups: 1 << 31}, unix.EADDRINUSE
	connect := base(audit.OpConnect)
	connect.Address, connect.FD = &audit.Address{}, -1
	option := base(audit.OpSetsockopt)
	option.Level, option.Option, option.Value = unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, []byte{1, 0, 0, 0xff}
	other := base(audit.OpSetsockopt)
	other.Level, other.Option, other.Value, other.Errno = 999, 998, []byte{1, 2, 3}, 4000
	send := base(audit.OpSend)
	send.Flags, send.Data, send.Length = unix.MSG_DONTWAIT|1<<30, []byte{1, 2, 3, 4}, 4
	receive := base(audit.OpReceive)
	receive.After, receive.Room, receive.Length, receive.Data = time.Minute, 0, 100, []byte{9}
	receive.MsgFlags, receive.Multicast, receive.Address = unix.MSG_TRUNC|1<<29, true, &audit.Address{PortID: 5}
	receive.Control = []audit.Control{
		{Level: unix.SOL_NETLINK, Type: unix.NETLINK_PKTINFO, Data: []byte{2, 0, 0, 0}}, {Level: 1, Type: 2, Data: []byte{}},
	}
	said := audit.Event{Op: audit.OpExtAck, Time: at, Process: who, Socket: audit.Socket{FD: -1}, Room: -1, Text: "Invalid\nhandle"}
	lost := audit.Event{Op: audit.OpLost, Socket: audit.Socket{FD: -1}, Room: -1, Text: "not UTF-8: \xff", Lost: 3}
	found := base(audit.OpFound)
	found.Groups = []uint32{1, 32, 1<<32 - 1}
	return []audit.Event{socket, bind, connect, option, other, send, receive, base(audit.OpClose), said, found, lost}
}

func writeJSON(t testing.TB, events []audit.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewJSONWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range events {
		if err := w.Write(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readAll reads a recording. The error is nil at its end.
func readAll(r Reader) (events []audit.Event, err error) {
	for {
		var e audit.Event
		if err := r.Read(&e); err == io.EOF {
			return events, nil
		} else if err != nil {
			return events, err
		}
		e.Data = bytes.Clone(e.Data)
		events = append(events, e)
	}
}

func TestJSONHoldsEverything(t *testing.T) {
	events := everything()
	text := writeJSON(t, events)
	got, err := readAll(NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(events, got); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
	for _, c := range text {
		if c != '\n' && c < 0x20 || c == 0x7f {
			t.Errorf("the text holds control character %#x", c)
		}
	}
	// Two recordings, one after another, are one.
	if got, err := readAll(NewJSONReader(bytes.NewReader(append(text, text...)))); err != nil || len(got) != 2*len(events) {
		t.Errorf("twice the file: %d events, %v", len(got), err)
	}
}

func TestJSONGolden(t *testing.T) {
	testenv.NeedLittleEndian(t)
	want := `{"format":"nslab events","version":1,"byte_order":"little"}
{"op":"receive","time":"2026-01-02T03:04:05.000000678Z","took_ns":5,"after_ns":60000000000,"pid":10,"tid":11,"program":"ip","netns":"sw","netns_cookie":4,"socket":77,"fd":3,"protocol":"NETLINK_ROUTE","port":7,"address":{"port":0,"groups":1},"flags":"MSG_PEEK|MSG_TRUNC","msg_flags":"MSG_TRUNC","multicast":true,"room":32768,"control":[{"level":270,"type":3,"data":"02000000"}],"length":16,"data":"10000000"}
{"op":"setsockopt","errno":"EPERM","protocol":"NETLINK_ROUTE","option":"SO_RCVBUFFORCE","value":1048576}
{"op":"lost","text":"\u001b"}
`
	receive := audit.Event{
		Op: audit.OpReceive, Time: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC), Took: 5, After: time.Minute,
		Process: audit.Process{PID: 10, TID: 11, Program: "ip"},
		Socket:  audit.Socket{NetNS: "sw", NetNSCookie: 4, Inode: 77, FD: 3, PortID: 7},
		Address: &audit.Address{Groups: 1}, Flags: unix.MSG_PEEK | unix.MSG_TRUNC, MsgFlags: unix.MSG_TRUNC, Multicast: true, Room: 32768,
		Control: []audit.Control{{Level: unix.SOL_NETLINK, Type: unix.NETLINK_PKTINFO, Data: []byte{2, 0, 0, 0}}},
		Length:  16, Data: []byte{16, 0, 0, 0},
	}
	set := audit.Event{Op: audit.OpSetsockopt, Errno: unix.EPERM, Socket: audit.Socket{FD: -1}, Level: unix.SOL_SOCKET, Option: unix.SO_RCVBUFFORCE, Value: []byte{0, 0, 16, 0}}
	got := writeJSON(t, []audit.Event{receive, set, {Op: audit.OpLost, Socket: audit.Socket{FD: -1}, Text: "\x1b"}})
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestJSONErrors(t *testing.T) {
	first := `{"format":"nslab events","version":1,"byte_order":"` + hostOrder + `"}` + "\n"
	for _, tt := range []struct{ text, want string }{
		{"", "the recording is empty"},
		{`{"op":"close","protocol":"0"}`, `line 1: the first line is not {"format":"nslab events",...}`},
		{`{"format":"pcap"}`, `line 1: the format is "pcap", not "nslab events"`},
		{`{"format":"nslab events","version":2,"byte_order":"little"}`, `line 1: the format has version 2; this nslab reads version 1`},
		{`{"format":"nslab events","version":1,"byte_order":"odd"}`, `line 1: byte_order is "odd", not "little" or "big"`},
		{first + "\n{", `line 3: it ends at column 1, in the middle of the object`},
		{first + `{"op":"close"} {}`, `line 2: column 15: something follows the object`},
		{first + `{"op":"close","colour":1}`, `line 2: field "colour" is not known`},
		{first + `{"op":3}`, `line 2: column 7: op: got number, which is not a string`},
		{first + `{"op":"close","pid":1.5}`, `line 2: column 23: pid: got number 1.5, which is not a whole number in range`},
		{first + `[]`, `line 2: column 1: a line is a JSON object, {...}, and this one begins with "["`},
		{first + `{"op":"close","time":"x"}`, `line 2: time "x" is not as RFC 3339 writes it, "2026-01-31T12:00:00Z"`},
		{first + `{"op":"close","time":5}`, `line 2: time "5" is not as RFC 3339 writes it, "2026-01-31T12:00:00Z"`},
		{first + `{"op":"close","program":5}`, `line 2: "5" is not a text, which is a string or {"hex":"ff"}`},
		{first + `{"op":"close","program":{"hex":"f"}}`, `line 2: "{\"hex\":\"f\"}" is not a text, which is a string or {"hex":"ff"}`},
		{first + `{"op":"close","value":true}`, `line 2: value: "true" is neither a whole number nor hexadecimal in a string`},
		{first + `{"op":"` + strings.Repeat("o", 999) + `"}`, `line 2: op "` + strings.Repeat("o", 40) + `" is not known`},
		{first + `{"op":"close","` + strings.Repeat("o", 999) + `":1}`, `line 2: field "` + strings.Repeat("o", 40) + `" is not known`},
		{first + `{"op":"closed"}`, `line 2: op "closed" is not known`},
		{first + `{"op":"close"}`, `line 2: protocol is missing`},
		{first + `{"op":"close","protocol":"32"}`, `line 2: protocol "32" is not known`},
		{first + `{"op":"close","protocol":"0","pid":-1}`, `line 2: pid is negative`},
		{first + `{"op":"close","protocol":"0","fd":-1}`, `line 2: fd is negative`},
		{first + `{"op":"close","protocol":"0","errno":"EWHAT"}`, `line 2: errno "EWHAT" is not known`},
		{first + `{"op":"setsockopt","protocol":"0","option":"1"}`, `line 2: option "1" is not known`},
		{first + `{"op":"setsockopt","protocol":"0","option":"1/1","value":4294967296}`, `line 2: value: 4294967296 is not a number of 4 bytes`},
		{first + `{"op":"send","protocol":"0","flags":"MSG_PEEK|X"}`, `line 2: flags "MSG_PEEK|X": one of them is not known`},
		{first + `{"op":"send","protocol":"0","data":"0"}`, `line 2: data is not hexadecimal: encoding/hex: odd length hex string`},
		{first + `{"op":"send","protocol":"0","data":"0000","length":1}`, `line 2: length is 1, and data has 2 bytes`},
	} {
		if _, err := readAll(NewJSONReader(strings.NewReader(tt.text))); err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.text, err, tt.want)
		}
	}
}

func TestJSONWriterKeepsItsError(t *testing.T) {
	full := errors.New("full")
	w, err := NewJSONWriter(&failAfter{n: 2, err: full})
	if err != nil {
		t.Fatal(err)
	}
	e := everything()[0]
	if err := w.Write(&e); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := w.Write(&e); !errors.Is(err, full) {
			t.Errorf("Write: %v", err)
		}
	}
	if err := w.Close(); !errors.Is(err, full) {
		t.Errorf("Close: %v", err)
	}
	if _, err := NewJSONWriter(&failAfter{err: full}); !errors.Is(err, full) {
		t.Errorf("first line: %v", err)
	}
}

// failAfter accepts n writes, then fails.
type failAfter struct {
	n   int
	err error
}

func (f *failAfter) Write(p []byte) (int, error) {
	if f.n == 0 {
		return 0, f.err
	}
	f.n--
	return len(p), nil
}

// TestJSONScan checks that the fast reader of lines reads what the writer
// writes, and leaves the rest to encoding/json.
func TestJSONScan(t *testing.T) {
	var words interned
	for line := range bytes.Lines(writeJSON(t, everything())) {
		sameScan(t, bytes.TrimSuffix(line, []byte("\n")), &words)
	}
	plain := everything()
	for i := range plain {
		plain[i].Program, plain[i].Control, plain[i].Groups, plain[i].Text = "ip", nil, nil, ""
		plain[i].NetNSCookie = 1 << 50
	}
	for line := range bytes.Lines(writeJSON(t, plain)) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if !sameScan(t, line, &words) && !bytes.Contains(line, []byte("format")) && !bytes.Contains(line, []byte(`"value":"`)) {
			t.Errorf("%s is not read fast", line)
		}
	}
	for _, line := range []string{
		"", "{", "{}", `{"op":"send"`, `{"op":"send"}x`, `{"op":"send",}`, `{"op" :"send"}`, `{"op":send}`, `{"pid":01}`, `{"pid":1.5}`, `{"pid":-1}`, `{"pid":}`,
		`{"pid":2147483648}`, `{"port":4294967296}`, `{"value":-0}`, `{"value":-2147483649}`, `{"value":2147483648}`, `{"op":"se\u006ed"}`, `{"time":"yesterday"}`,
		`{"multicast":truth}`, `{"multicast":false}`, `{"tid":true}`, `{"address":{"groups":1,"port":2}}`, `{"pid":{"port":1,"groups":2}}`, `{"control":[]}`,
		`{"took_ns":9999999999999999999}`, `{"op":"` + "\xff" + `"}`, `{"pid":1`, `{"data":"`, `{"x":1}`, `{"x":"y"}`,
	} {
		if l := new(jsonLine); l.scan([]byte(line), &words) {
			t.Errorf("%s is read as %+v", line, l)
		}
	}
}

// sameScan compares the two readers of lines, if the fast one reads the line at
// all.
func sameScan(t *testing.T, line []byte, words *interned) bool {
	t.Helper()
	var fast, slow jsonLine
	if !fast.scan(line, words) {
		return false
	}
	if err := slow.parse(line); err != nil {
		t.Errorf("%s is read fast, and %v", line, err)
		return true
	}
	if diff := cmp.Diff(slow, fast, cmp.AllowUnexported(jsonTime{}), cmpopts.IgnoreUnexported(jsonLine{}), cmp.Comparer(func(a, b jsonTime) bool {
		return time.Time(a).Equal(time.Time(b))
	})); diff != "" {
		t.Errorf("%s (-slow +fast):\n%s", line, diff)
	}
	return true
}

// FuzzJSON reads anything, and reads again what it could read and write.
func FuzzJSON(f *testing.F) {
	f.Add(writeJSON(f, everything()))
	f.Add([]byte(`{"format":"nslab events","version":1,"byte_order":"little"}` + "\n" + `{"op":"setsockopt","protocol":"31","option":"270/99","value":"","length":7}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var words interned
		for line := range bytes.Lines(text) {
			sameScan(t, bytes.TrimSuffix(line, []byte("\n")), &words)
		}
		events, _ := readAll(NewJSONReader(bytes.NewReader(text)))
		again, err := readAll(NewJSONReader(bytes.NewReader(writeJSON(t, events))))
		if len(events) == 0 {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(events, again); diff != "" {
			t.Errorf("(-read +read again):\n%s", diff)
		}
	})
}
