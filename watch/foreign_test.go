package watch

import (
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A toldLink is a notification about a link.
type toldLink struct {
	index, master uint32
	name, alias   string
}

func (l *toldLink) Encode(e *rtnl.Encoder) {
	e.Begin(unix.RTM_NEWLINK, 0)
	header := make([]byte, unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(header[4:], l.index)
	e.Header(header...)
	for typ, text := range map[uint16]string{unix.IFLA_IFNAME: l.name, unix.IFLA_IFALIAS: l.alias} {
		if text != "" {
			e.Bytes(typ, append([]byte(text), 0))
		}
	}
	if l.master != 0 {
		e.Uint32(unix.IFLA_MASTER, l.master)
	}
}

// Text that others chose is reported unchanged, even if it contains the
// separators of facts. In a sentence it is made printable.
func TestForeignText(t *testing.T) {
	type told struct {
		Name, Words, Was string
		Changes          []struct{ Name, Old, New string }
	}
	s := newState()
	tell := func(r rtnl.Request) (told, string) {
		t.Helper()
		d, err := s.apply(message(t, 0, r))
		if err != nil || d == nil {
			t.Fatal(d, err)
		}
		e := d.event(s.names)
		b, err := e.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var j told
		if err := json.Unmarshal(b, &j); err != nil {
			t.Fatal(err)
		}
		return j, e.String()
	}
	for i, tt := range []struct{ name, shown, inJSON string }{
		{"e\x1b[0m", `e\x1b[0m`, "e\x1b[0m"},
		{`e\x1b[0m`, `e\x1b[0m`, `e\x1b[0m`},
		{"\x01\x02\x03A\x02\x03", `\x01\x02\x03A\x02\x03`, "\x01\x02\x03A\x02\x03"},
		{"\x027\x02", `\x027\x02`, "\x027\x02"},
		{"n\xffx", `n\xffx`, "n\ufffdx"},
		{"é\u202e", `é\xe2\x80\xae`, "é\u202e"},
	} {
		index := uint32(2*i + 1)
		j, line := tell(&toldLink{index: index, name: tt.name, alias: "of " + tt.name})
		if want := "alias of " + tt.inJSON; j.Name != tt.inJSON || j.Words != want {
			t.Errorf("JSON has name %q, words %q; want %q, %q", j.Name, j.Words, tt.inJSON, want)
		}
		if want := "link " + tt.shown + " added: alias of " + tt.shown; line != want {
			t.Errorf("got %q, want %q", line, want)
		}

		// A renamed link is reported by its known name.
		j, line = tell(&toldLink{index: index, name: tt.name + "2", alias: "of " + tt.name})
		if len(j.Changes) != 1 || j.Name != tt.inJSON || j.Changes[0].Old != tt.inJSON || j.Changes[0].New != tt.inJSON+"2" {
			t.Errorf("JSON has %+v; want %q", j, tt.inJSON)
		}
		if want := "link " + tt.shown + " is called " + tt.shown + "2 now"; line != want {
			t.Errorf("got %q, want %q", line, want)
		}

		// The same for another object that refers to a link.
		j, line = tell(&toldLink{index: index + 1, name: "port", master: index})
		if j.Words != "master "+tt.inJSON+"2" || line != "link port added: master "+tt.shown+"2" {
			t.Errorf("got %q and %q; want %q", j.Words, line, tt.inJSON)
		}
		j, _ = tell(&rtnl.RuleAdd{Rule: rtnl.Rule{IIFName: strings.ReplaceAll(tt.name, "\xff", "")}})
		if want := "from all iif " + strings.ReplaceAll(tt.name, "\xff", ""); !strings.Contains(j.Name, want) {
			t.Errorf("got %q, want %q", j.Name, want)
		}
	}
}

// The same for the names of namespaces and processes.
func TestForeignSpace(t *testing.T) {
	e := Event{
		Space: Space{NetNS: "a\x1b", Label: "a\x1b"}, Kind: Link, Action: Removed, Name: "eth0",
		Port: 1, Process: &Process{PID: 1, Name: "p\x1b"}, message: &rtnl.Message{},
	}
	if got, want := e.String(), `a\x1b: link eth0 removed [p\x1b 1]`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	b, err := e.JSON()
	var j struct {
		NetNS   string
		Process struct{ Name string }
	}
	if err != nil || json.Unmarshal(b, &j) != nil || j.NetNS != "a\x1b" || j.Process.Name != "p\x1b" {
		t.Errorf("%s: %v", b, err)
	}
}
