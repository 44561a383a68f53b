package lab

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// What is written down is read again, whatever the lines hold, and a state changes in
// place.
func TestJournal(t *testing.T) {
	j := newJournal()
	for _, n := range []*nodeLines{
		{node: "a", lines: []string{"echo \"quoted\" 'and'\nof two lines", "x\xff\x00\x1b[1m"}, states: []lineState{lineDone, lineBegun}},
		{node: "b-ü", lines: []string{" "}, states: []lineState{lineWaits}},
		{node: "none"},
	} {
		j.set(n)
	}
	text := j.encode()
	if strings.Count(string(text), "\n") != 4 || strings.ContainsAny(string(text), "\x00\x1b") {
		t.Errorf("written as\n%q", text)
	}
	got, err := parseJournal(string(text))
	if err != nil {
		t.Fatal(err)
	}
	describe := func(j *journal) (s string) {
		for _, n := range j.nodes {
			s += fmt.Sprintf("%q %q %q %v\n", n.node, n.lines, n.states, n.at)
		}
		return s
	}
	if describe(got) != describe(j) || got.of("a") != got.nodes[0] || got.of("none") != nil || got.complete() {
		t.Errorf("got\n%swant\n%s", describe(got), describe(j))
	}
	if a, b := got.of("a"), got.of("b-ü"); a.done() != 1 || a.begun() != 1 || b.done() != 0 || b.begun() != -1 {
		t.Errorf("done %d and %d, begun %d and %d", a.done(), b.done(), a.begun(), b.begun())
	}
	p := &labDir{root: labRoot(t.TempDir()), name: "x"}
	if err := os.Mkdir(p.root.dir("x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if p.dir, err = os.Open(p.root.dir("x")); err != nil {
		t.Fatal(err)
	}
	defer p.dir.Close()
	if err := p.writeJournal(got, newJournal()); err != nil {
		t.Fatal(err)
	}
	defer got.close()
	for _, n := range got.nodes {
		for i := range n.lines {
			if err := got.mark(n, i, lineDone); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := strings.NewReplacer("\n- ", "\n+ ", "\n> ", "\n+ ").Replace(string(text))
	if b, err := p.read(journalFile); err != nil || string(b) != want {
		t.Errorf("%v, the file has\n%s\nwant\n%s", err, b, want)
	}
	// The next one keeps it, and killed between the two renames it is still found.
	next := newJournal()
	if err := p.writeJournal(next, got); err != nil {
		t.Fatal(err)
	}
	defer next.close()
	if err := p.remove(journalFile); err != nil {
		t.Fatal(err)
	}
	if again, err := p.readJournal(nil); err != nil || describe(again) != describe(got) || !again.complete() {
		t.Errorf("%v, got\n%s", err, describe(again))
	}
}

// A file that is none is an error that says where.
func TestJournalMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   `it does not begin with "nslab exec 1\n"`,
		"nslab exec 2\n":                     `it does not begin with "nslab exec 1\n"`,
		journalHead + "+ \"a\" \"b\"":        `line 2: "+ \"a\" \"b\"" is not a state, a node and an exec line`,
		journalHead + "* \"a\" \"b\"\n":      `line 2: "* \"a\" \"b\"" is not`,
		journalHead + "+ \"a\"\n":            `line 2: `,
		journalHead + "+ \"a\" \"b\" \n":     `line 2: `,
		journalHead + "+ \"a\" \"b\"\n\n":    `line 3: "" is not`,
		journalHead + "+ \"a\" \"b\"\n+ a b": `line 3: "+ a b" is not`,
	} {
		if _, err := parseJournal(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func FuzzJournal(f *testing.F) {
	f.Add(journalHead + "+ \"a\" \"echo\"\n- \"a\" \"x\\n\"\n> \"b\" \"\\xff\"\n")
	f.Add(journalHead)
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		j, err := parseJournal(text)
		if err != nil {
			return
		}
		again, err := parseJournal(string(j.encode()))
		if err != nil || len(again.nodes) != len(j.nodes) {
			t.Fatalf("%q: %v", text, err)
		}
		for _, n := range j.nodes {
			if n.done() > len(n.lines) || n.begun() >= len(n.lines) {
				t.Fatalf("%q: done %d, begun %d", text, n.done(), n.begun())
			}
		}
	})
}
