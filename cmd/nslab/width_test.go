package main

import (
	"strings"
	"testing"
)

// tooWide returns the lines of a text that are wider than a help text may be.
func tooWide(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); len([]rune(line)) > helpWidth || strings.Contains(line, "\t") {
			lines = append(lines, line)
		}
	}
	return lines
}

// Each help text fits into a terminal of 80 columns: those of nslab's commands,
// and those of the programs, their objects, and the kinds of links.
func TestHelpWidth(t *testing.T) {
	var lines [][]string
	for _, cmd := range (&app{}).root().Commands() {
		lines = append(lines, []string{cmd.Name(), "--help"})
		for _, sub := range cmd.Commands() {
			lines = append(lines, []string{cmd.Name(), sub.Name(), "--help"})
		}
	}
	lines = append(lines, []string{}, []string{"--help"}, []string{"brctl", "--help"}, []string{"ip", "help"}, []string{"bridge", "help"})
	for program, objects := range map[string]string{
		"ip": "address route rule neighbor neighbour link monitor netns", "bridge": "link fdb monitor",
	} {
		for object := range strings.FieldsSeq(objects) {
			lines = append(lines, []string{program, object, "help"})
		}
	}
	for _, kind := range []string{"veth", "bridge", "bridge_slave", "dummy"} {
		lines = append(lines, []string{"ip", "link", "help", kind})
	}
	for _, words := range lines {
		var out strings.Builder
		run("nslab", words, strings.NewReader(""), &out, &out)
		if len(strings.Split(out.String(), "\n")) < 2 {
			t.Errorf("%q: no help text: %q", words, out.String())
		}
		for _, line := range tooWide(out.String()) {
			t.Errorf("%q: a line of more than %d columns:\n%s", words, helpWidth, line)
		}
	}
}

// Lines of the demo are folded at spaces, and cut after a number of lines.
func TestFolded(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"short\n", "      short\n"},
		{"    indented\n", "          indented\n"},
		{strings.Repeat("abcdefghi ", 10), "      " + strings.TrimSuffix(strings.Repeat("abcdefghi ", 7), " ") + "\n" +
			"          abcdefghi abcdefghi abcdefghi \n"},
		{strings.Repeat("x", 100), "      " + strings.Repeat("x", 74) + "\n          " + strings.Repeat("x", 26) + "\n"},
		{strings.Repeat("größe ", 60), "      " + strings.TrimSuffix(strings.Repeat("größe ", 12), " ") + "\n" +
			"          " + strings.TrimSuffix(strings.Repeat("größe ", 11), " ") + "\n" +
			"          " + strings.TrimSuffix(strings.Repeat("größe ", 11), " ") + " ...\n"},
		{"\x1b[2J", "      \\x1b[2J\n"},
	} {
		var b strings.Builder
		(&printer{w: &b}).folded(tt.in, messageLines)
		if b.String() != tt.want {
			t.Errorf("%q is folded as\n%s, want\n%s", tt.in, b.String(), tt.want)
		}
		if wide := tooWide(b.String()); wide != nil {
			t.Errorf("%q: too wide: %q", tt.in, wide)
		}
	}
}
