package topology

import (
	"fmt"
	"strings"
	"testing"
)

// yamlTexts are valid.
var yamlTexts = []string{
	"a: 1\n",
	"---\na: 1\n...\n",
	"# c\na: b # c\n\n# d\nb: # e\n  c: d\n",
	"a:\n  b: 1\n  c: [x, \"y, z\", 'it''s']\nd: {e: f, \"g\": [1, {h: i}]}\n",
	"a:\n- 1\n- 2\nb: 3\n",
	"a:\n  - b: 1\n    c: 2\n  - d\n  -\n    e: f\n  - - x\n    - y\n",
	"a: |\n  one\n  two\nb: >-\n  three\n  four\nc: |+\n  five\n\nd: end\n",
	"- a\n- b: c\n  d: e\n",
	"a: \"esc \\\" \\n \\u00e9\"\nb: plain text with 'quotes' and:colon\n",
	"\"quoted key\": x\n'other': y\n",
	"a: ~\nb: null\nc:\nd: ''\n",
	"a: {}\nb: []\n",
	"a: [\n  1,\n  2,\n]\nb: {\n  c: d,\n  e: f\n}\n",
	"é: ü\nb: x\n",
	"a: &x {k: v}\nb: *x\nc: [*x, *x]\n",
	"base: &b\n  k: 1\n  l: 2\nd:\n  <<: *b\n  l: 3\n",
	"a: plain\n  goes on\n  here\nb: 1\n",
	"a: \"quoted\n  goes on\"\nb: 1\n",
	"a: 10.0.0.1/24\nb: fd00::1/64\nc: h*:eth0\n",
	"a:   spaced   \nb:\tx\n",
	"a: 0x10\nb: 1_000\nc: 1e3\nd: .inf\ne: true\nf: on\n",
	"a: 1\r\nb:\r\n  - c\r\n",
	"{\"name\": \"x\", \"nodes\": {\"a\": {}}}\n",
	"a:\n  - |\n    x\n  - y\n",
	"[a, b]\n",
	"{a: [b:c, 02:00:00:00:00:01, fd00::1/64], d: e:f}\n",
	"a: [b: c, \"d\": e]\nf: {g, h: }\n",
	"a: &x # c\n\n  # d\n  - b\nc: {d: &y [&z e, *z]}\nf: [*x, *y]\n",
	"a: [&x é, &y  ü]\nb: &n\nc: [*n]\n",
	"just text\n",
}

// plain turns a tree into text, with keys in order.
func (n *yamlNode) plain() string {
	switch n.kind {
	case yamlNull:
		return "null"
	case yamlScalar:
		return fmt.Sprintf("%q", n.text)
	}
	var s []string
	for i, v := range n.items {
		if n.kind == yamlMapping {
			s = append(s, fmt.Sprintf("%q: %s", n.keys[i].text, v.plain()))
		} else {
			s = append(s, v.plain())
		}
	}
	return fmt.Sprintf("%s(%s)", n.kind, strings.Join(s, ", "))
}

func composed(text string) (*yamlNode, *Mistakes) {
	m := &Mistakes{file: "f", src: text}
	return m.compose(Limits{}.withDefaults()), m
}

// checkPlaces checks that each value is at its place.
func checkPlaces(t *testing.T, text string, n *yamlNode) {
	t.Helper()
	lines := strings.Split(text, "\n")
	if int(n.at.Line) > len(lines) {
		t.Errorf("%q: %q is on line %d of %d", text, n.text, n.at.Line, len(lines))
		return
	}
	line := []rune(lines[n.at.Line-1])
	if int(n.at.Column) > len(line)+1 {
		t.Errorf("%q: %q is in column %d of %d", text, n.text, n.at.Column, len(line))
		return
	}
	rest := string(line[n.at.Column-1:])
	word, _, _ := strings.Cut(n.text, " ")
	word, _, _ = strings.Cut(word, "\n")
	if n.kind == yamlScalar && !strings.ContainsAny(rest[:min(1, len(rest))], `"'|>`) && !strings.HasPrefix(rest, word) {
		t.Errorf("%q: %q is said to be at %d:%d, where %q is", text, n.text, n.at.Line, n.at.Column, rest)
	}
	for _, k := range n.keys {
		checkPlaces(t, text, k)
	}
	for _, v := range n.items {
		checkPlaces(t, text, v)
	}
}

func TestPlaces(t *testing.T) {
	for _, text := range yamlTexts {
		root, m := composed(text)
		if root == nil {
			t.Errorf("%q: %v", text, m.err())
			continue
		}
		checkPlaces(t, text, root)
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"a: b: c\n", `f:1:5: unexpected ":"; a key and a value are written key: value; quote a text that contains ": "`},
		{"a: [1, 2\n", `f:1:4: "[" is never closed`},
		{"a: {b: 1\n", `f:1:4: "{" is never closed`},
		{"a: [b {c}]\n", `f:1:7: expected "," or "]", not "{c}]"; see the "[" on line 1`},
		{"[", `f:1:2: the file ends too early`},
		{"a: {b: c d: e}\n", `f:1:11: expected "," or "}", not ": e}"; see the "{" on line 1`},
		{"a: \"b\n", `f:1:4: the quote is never closed`},
		{"a: 'b\n---\n", `f:1:4: the quote is not closed before line 2, which begins with "---"`},
		{"a: 1\n  b: 2\n", `f:2:4: unexpected ":"; a key and a value are written key: value; quote a text that contains ": "`},
		{"a:\n    b: 1\n  c: 2\n", `f:3:3: unexpected "c: 2"; check indentation, quotes and brackets`},
		{"a: 1\nb\n", `f:2:1: "b" is not a key; a key is followed by a colon and a space`},
		{"a:1\nb: 2\n", `f:2:2: unexpected ":"; put a space after the colon on line 1: a: 1`},
		{"a: 1\n- b\n", `f:2:1: "-" begins a list item among the keys of a mapping`},
		{"a: - b\n", `f:1:4: a list item cannot follow a key on its line; begin the list on the next line`},
		{"a: 1\na: 2\n", `f:2:1: key "a" occurs twice, first on line 1`},
		{"a: *x\n", `f:1:4: no anchor "x" above; an anchor is written &name before the value; quote a text that begins with "*"`},
		{"a: [*x, 1]\n", `f:1:5: no anchor "x" above; an anchor is written &name before the value; quote a text that begins with "*"`},
		{"a: [* b]\n", `f:1:5: "*" without the name of an anchor; quote a text that begins with "*"`},
		{"a: [*:e0]\n", `f:1:5: no anchor ":e0" above; an anchor is written &name before the value; quote a text that begins with "*"`},
		{"a: & b\n", `f:1:4: "&" without the name of an anchor; quote a text that begins with "&"`},
		{"&a b: c\n", `f:1:1: an anchor cannot come before a key; write it before the value`},
		{"a: &b c\n*b : d\n", `f:2:1: an alias cannot be a key; quote a text that begins with "*"`},
		{"a: &x [*x]\n", `f:1:8: no anchor "x" above; an anchor is written &name before the value; quote a text that begins with "*"`},
		{"a: !!str 1\n", `f:1:4: YAML tag "!!str": tags are not allowed in lab files; leave it out; quote a text that begins with "!"`},
		{"a: ! 1\n", `f:1:4: YAML tag "!": tags are not allowed in lab files; leave it out; quote a text that begins with "!"`},
		{"a: !x!y 1\n", `f:1:4: YAML tag "!x!y": tags are not allowed in lab files; leave it out; quote a text that begins with "!"`},
		{"a: !x,y\n", `f:1:4: YAML tag "!x,y": tags are not allowed in lab files; leave it out; quote a text that begins with "!"`},
		{"%FOO\n---\na: 1\n", `f:1:1: YAML directives are not allowed in lab files; leave it out`},
		{"%TAG !a! b\n---\na: 1\n", `f:1:1: YAML directives are not allowed in lab files; leave it out`},
		{"%YAML 1.2\n---\na: 1\n", `f:1:1: YAML directives are not allowed in lab files; leave it out`},
		{"? [a]\n: b\n", `f:1:3: a key is a single value, not a list or a mapping; write key: value`},
		{"{a: b}: c\n", `f:1:1: a key is a single value, not a list or a mapping; write key: value`},
		{"a: 1\n---\nb: 2\n", `f:2:1: a second document begins here; a file describes one lab`},
		{"a:\n\tb: 1\n", `f:2:1: a tab cannot indent a line of YAML; indent with spaces`},
		{"a:\n  b: 1\n\tc: 1\n", `f:3:1: a tab cannot indent a line of YAML; indent with spaces`},
		{"a:\n  b:\n  \tc: 1\n", `f:3:3: a tab cannot indent a line of YAML; indent with spaces`},
		{"a:\n- b\n-\tc: 1\n", `f:3:2: a tab cannot indent a line of YAML; indent with spaces`},
		{"a: |\n\tb\n", `f:2:1: a tab cannot indent a line of YAML; indent with spaces`},
		{"a: @b\n", `f:1:4: a text cannot begin with "@"; quote a text that begins with it`},
		{"a: \"\\q\"\n", `f:1:5: \q is not an escape sequence in double quotes; write \\ for a backslash, or put the text in single quotes`},
		{"a: \"\\즯\"\n", `f:1:5: \즯 is not an escape sequence in double quotes; write \\ for a backslash, or put the text in single quotes`},
		{"a: \"\\u12\"\n", `f:1:7: did not find expected hexadecimal number; the escape sequences are \xHH, \uHHHH and \UHHHHHHHH`},
		{"a: \"b\"#c\n", `f:1:7: "#" begins a comment; put a space before it, or quote a text that contains "#"`},
		{"a: \"x\" y\n", `f:1:8: unexpected "y"; check indentation, quotes and brackets`},
		{"<<: 1\na: b\n", `f:1:1: "<<" merges mappings, such as an alias of one`},
		{"a: <<\n", `f:1:4: "<<" is a key that merges mappings; quote it for the text`},
		{"a: &b [1]\n<<: *b\n", `f:2:1: "<<" merges mappings, such as an alias of one`},
		{"a: 1\n...\nb: 1\n", `f:3:1: a second document begins here; a file describes one lab`},
		{"a: ]\n", `f:1:4: unexpected "]"; check indentation, quotes and brackets`},
	} {
		_, m := composed(tc.text)
		got := ""
		if err := m.err(); err != nil {
			got = err.(Errors)[0].Error()
		}
		if got != tc.want {
			t.Errorf("%q:\n got %s\nwant %s", tc.text, got, tc.want)
		}
	}
}
