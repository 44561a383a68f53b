package topology

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// suiteCases are the cases of the YAML test suite,
// github.com/yaml/yaml-test-suite, under the licence next to them: the text,
// and its tree of events, or that it is not YAML.
const suiteCases = "testdata/yaml-test-suite/cases.json"

// suiteKnown are the cases in which the YAML library differs from the suite.
var suiteKnown = map[string]string{
	"8XYN":    "an anchor's name is of ASCII letters, digits, - and _ only",
	"W5VH":    "likewise",
	"9C9N":    "lines in brackets need not be indented",
	"QB6E":    "lines in quotes need not be indented",
	"DK95-01": "lines in quotes may begin with a tab",
	"Y79Y-03": "a tab may begin a line in brackets",
	"S98Z":    "an empty block of text may begin with lines that are indented more and more",
}

// TestYAMLSuite checks that valid YAML is read as the suite says, or is refused
// because lab files may not use it, and that the rest is refused.
func TestYAMLSuite(t *testing.T) {
	b, err := os.ReadFile(suiteCases)
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		ID, Name, YAML, Tree string
		Fail                 bool
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	count := make(map[string]int)
	for _, tc := range cases {
		want, refused := "", "no YAML"
		if !tc.Fail {
			want, refused = suiteTree(tc.Tree)
		}
		if refused == "" && strings.HasPrefix(tc.YAML, "%") {
			refused = "directives"
		}
		root, m := composed(tc.YAML)
		if bad := notAsTheSuite(m, root, want, refused); bad != "" {
			if suiteKnown[tc.ID] == "" {
				t.Errorf("%s, %s:\n%s%s", tc.ID, tc.Name, tc.YAML, bad)
			}
			count["known"]++
			continue
		}
		if suiteKnown[tc.ID] != "" {
			t.Errorf("%s is right now", tc.ID)
		}
		count[refused]++
	}
	t.Logf("%d cases: %v", len(cases), count)
	if count[""] < 150 {
		t.Errorf("%d cases were read", count[""])
	}
}

func notAsTheSuite(m *Mistakes, root *yamlNode, want, refused string) string {
	switch err := m.err(); {
	case refused == "" && err != nil:
		return fmt.Sprintf("refused: %v", err)
	case refused != "" && err == nil:
		return fmt.Sprintf("not refused (%s): %s", refused, root.plain())
	case refused == "" && root.plain() != want:
		return fmt.Sprintf("got  %s\nwant %s", root.plain(), want)
	}
	return ""
}

// suiteTree reads a tree of events. It returns the text that plain would
// return, or why a lab file cannot use it.
func suiteTree(tree string) (plain, refused string) {
	r := &suiteReader{anchors: make(map[string]*yamlNode)}
	for line := range strings.Lines(tree) {
		r.lines = append(r.lines, strings.TrimLeft(strings.TrimSuffix(line, "\n"), " "))
	}
	docs := 0
	for len(r.lines) > 0 {
		line := r.take()
		if !strings.HasPrefix(line, "+DOC") {
			continue
		}
		if docs++; docs > 1 {
			return "", "several documents"
		}
		plain = r.value().plain()
	}
	if docs == 0 {
		plain = "null"
	}
	return plain, r.refused
}

type suiteReader struct {
	lines   []string
	anchors map[string]*yamlNode
	refused string
}

func (r *suiteReader) take() string {
	line := r.lines[0]
	r.lines = r.lines[1:]
	return line
}

var suiteEscapes = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r", `\b`, "\b", "<SPC>", " ", "<TAB>", "\t")

func (r *suiteReader) value() *yamlNode {
	event, rest, _ := strings.Cut(r.take(), " ")
	n := &yamlNode{weight: 1}
	for rest != "" && strings.ContainsAny(rest[:1], "&<[{") && event != "=ALI" {
		word, more, _ := strings.Cut(rest, " ")
		switch word[0] {
		case '&':
			r.anchors[word[1:]] = n
		case '<':
			r.refused = "tags"
		}
		rest = more
	}
	switch event {
	case "=ALI":
		if v := r.anchors[strings.TrimPrefix(rest, "*")]; v != nil {
			return v
		}
	case "=VAL":
		n.kind, n.text = yamlScalar, suiteEscapes.Replace(rest[1:])
		if rest[0] == ':' && slices.Contains([]string{"", "~", "null", "Null", "NULL"}, n.text) {
			n.kind, n.text = yamlNull, ""
		}
	case "+SEQ":
		n.kind = yamlSequence
		for r.lines[0] != "-SEQ" {
			n.items = append(n.items, r.value())
		}
		r.take()
	case "+MAP":
		n.kind = yamlMapping
		for r.lines[0] != "-MAP" {
			r.key(n)
			n.items = append(n.items, r.value())
		}
		r.take()
	}
	return n
}

func (r *suiteReader) key(n *yamlNode) {
	line := r.lines[0]
	k := r.value()
	switch {
	case strings.HasPrefix(line, "=ALI"), strings.HasPrefix(line, "=VAL &"):
		r.refused = "anchors and aliases of keys"
	case !strings.HasPrefix(line, "=VAL"):
		r.refused = "complex keys"
	case slices.ContainsFunc(n.keys, func(o *yamlNode) bool { return o.text == k.text }):
		r.refused = "keys that are there twice"
	}
	n.keys = append(n.keys, k)
}
