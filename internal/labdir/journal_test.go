package labdir

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A journal is read back unchanged, whatever the lines contain, and states
// change in place.
func TestJournal(t *testing.T) {
	j := NewJournal()
	for _, n := range []*NodeLines{
		{Node: "a", Lines: []string{"echo \"quoted\" 'and'\nof two lines", "x\xff\x00\x1b[1m"}, states: []lineState{lineDone, lineBegun}},
		{Node: "b-ü", Lines: []string{" "}, states: []lineState{lineWaits}},
		{Node: "none"},
	} {
		j.Set(n)
	}
	text := j.encode()
	if strings.Count(string(text), "\n") != 4 || strings.ContainsAny(string(text), "\x00\x1b") {
		t.Errorf("written as\n%q", text)
	}
	got, err := parseJournal(string(text))
	if err != nil {
		t.Fatal(err)
	}
	describe := func(j *Journal) (s string) {
		for _, n := range j.Nodes {
			s += fmt.Sprintf("%q %q %q %v\n", n.Node, n.Lines, n.states, n.at)
		}
		return s
	}
	if describe(got) != describe(j) || got.Of("a") != got.Nodes[0] || got.Of("none") != nil || got.Complete() {
		t.Errorf("got\n%swant\n%s", describe(got), describe(j))
	}
	if a, b := got.Of("a"), got.Of("b-ü"); a.Done() != 1 || a.Begun() != 1 || b.Done() != 0 || b.Begun() != -1 {
		t.Errorf("done %d and %d, begun %d and %d", a.Done(), b.Done(), a.Begun(), b.Begun())
	}
	p := &Dir{root: Root(t.TempDir()), Name: "x"}
	if err := os.Mkdir(p.root.Path("x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if p.dir, err = os.Open(p.root.Path("x")); err != nil {
		t.Fatal(err)
	}
	defer p.dir.Close()
	if err := p.WriteJournal(got, NewJournal()); err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	for _, n := range got.Nodes {
		for i := range n.Lines {
			if err := got.mark(n, i, lineDone); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := strings.NewReplacer("\n- ", "\n+ ", "\n> ", "\n+ ").Replace(string(text))
	if b, err := p.Read(journalFile); err != nil || string(b) != want {
		t.Errorf("%v, the file has\n%s\nwant\n%s", err, b, want)
	}
	// The next journal keeps it, and after a kill between the two renames it is
	// still found.
	next := NewJournal()
	if err := p.WriteJournal(next, got); err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if err := p.Remove(journalFile); err != nil {
		t.Fatal(err)
	}
	if again, err := p.ReadJournal(nil); err != nil || describe(again) != describe(got) || !again.Complete() {
		t.Errorf("%v, got\n%s", err, describe(again))
	}
}

// A file that is not a journal gives an error with the place.
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
		if err != nil || len(again.Nodes) != len(j.Nodes) {
			t.Fatalf("%q: %v", text, err)
		}
		for _, n := range j.Nodes {
			if n.Done() > len(n.Lines) || n.Begun() >= len(n.Lines) {
				t.Fatalf("%q: done %d, begun %d", text, n.Done(), n.Begun())
			}
		}
	})
}
