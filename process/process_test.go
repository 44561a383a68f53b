package process

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/topology"
)

// What a process is started from changes with its command, its environment and
// that of its node, and how it is stopped, and with nothing else.
func TestFrom(t *testing.T) {
	parse := func(node string) map[string]string {
		t.Helper()
		top, err := topology.Parse("f", []byte("name: x\nnodes: {a: {"+node+"}}\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		return From(&top.Nodes[0], &top.Nodes[0].Processes[0], nil)
	}
	was := parse("cmd: [a, b]")
	for node, key := range map[string]string{
		"cmd: a b":                            "",
		"cmd: [a, b], healthcheck: {test: x}": "",
		"cmd: [a, b], startup-delay: 1s":      "",
		"cmd: [a, b], dns: [10.0.0.1]":        "",
		"cmd: [ab]":                           "cmd",
		"cmd: [a, b, '']":                     "cmd",
		"cmd: [a, b], env: {A: b}":            "env",
		"cmd: [a, b], stop-signal: INT":       "stop",
		"cmd: [a, b], stop-timeout: 1s":       "stop",
	} {
		now := parse(node)
		for k := range now {
			if (was[k] != now[k]) != (k == key) {
				t.Errorf("%s: %s is %s, and was %s", node, k, now[k], was[k])
			}
		}
		if Same(was, now) != (key == "") {
			t.Errorf("%s: the same is %v", node, Same(was, now))
		}
	}
}

// The end of a log is what was written from an offset on, in whole lines where
// it is cut, without control characters; one that was emptied is read from its
// beginning. Of what is not text there are a few bytes.
func TestEndOf(t *testing.T) {
	long := strings.Repeat("0123456789\n", 1000)
	for _, tt := range []struct {
		text string
		from int64
		want string
	}{
		{"", 0, ""}, {"a\n\n", 0, "a"}, {"old\nnew\n", 4, "new"}, {"x", 7, "x"}, {"\x1b[2J\tb\n", 0, `\x1b[2J` + "\tb"},
		{long, 0, "the end of 11000 bytes of output:\n" + strings.TrimSpace(long[:4<<10/11*11])},
		{long, 10989, "0123456789"},
		{strings.Repeat("\x00", 70000), 0, "the end of 70000 bytes of output:\n" + strings.Repeat(`\x00`, 64)},
		{strings.Repeat("\x00", 65), 0, "the end of 65 bytes of output:\n" + strings.Repeat(`\x00`, 64)},
		{strings.Repeat("\xff", 64), 0, strings.Repeat(`\xff`, 64)},
		{strings.Repeat("\x1b[31mred\x1b[0m\n", 100), 0, strings.TrimSpace(strings.Repeat(`\x1b[31mred\x1b[0m`+"\n", 100))},
	} {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := EndOf(f, tt.from)
		if err := errors.Join(err, f.Close()); err != nil || got != tt.want {
			t.Errorf("%d bytes from %d: %v, got %q, want %q", len(tt.text), tt.from, err, got, tt.want)
		}
	}
}

// Of the output of a test only the end is kept.
func TestOwnWords(t *testing.T) {
	for log, want := range map[string]string{
		"": "", "nslab: a": "a", "x\nnslab: b; c": "b; c", "nslab: a\nx": "", "x nslab: a": "",
	} {
		if got := ownWords(log); got != want {
			t.Errorf("%q: %q, want %q", log, got, want)
		}
	}
}

func TestLastBytes(t *testing.T) {
	var w lastBytes
	for range 3000 {
		if n, err := w.Write([]byte("abc")); n != 3 || err != nil {
			t.Fatal(n, err)
		}
	}
	if len(w.b) != maxEnd || !strings.HasSuffix(string(w.b), "abcabc") || cap(w.b) > 4*maxEnd {
		t.Errorf("%d bytes, room for %d", len(w.b), cap(w.b))
	}
}

// A NotReadyError names the process, and has the end of its log.
func TestNotReadyError(t *testing.T) {
	cause := errors.New("too late")
	e := &NotReadyError{Node: "a", Process: "p", Err: cause, Log: "last words"}
	if want := "node \"a\": process \"p\" is not ready: too late\nits log ends with:\nlast words"; e.Error() != want {
		t.Errorf("got %s", e)
	}
	if !errors.Is(e, ErrNotReady) || !errors.Is(e, cause) {
		t.Error("it matches neither ErrNotReady nor its cause")
	}
	if !(&State{PIDs: []int{1}}).Running() || (&State{}).Running() || !(&State{}).Started().Equal(time.Time{}) || (&State{}).PID() != 0 {
		t.Error("a state without a record")
	}
}
