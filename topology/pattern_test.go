package topology

import (
	"errors"
	"path"
	"strings"
	"testing"
)

// The error for a pattern that path.Match does not accept gives the reason.
func TestPatternErrors(t *testing.T) {
	for pattern, want := range map[string]string{
		"[a":     `the "[" is never closed`,
		"h*[":    `the "[" is never closed`,
		"h[a-":   `the "[" is never closed`,
		`h\\`:    `there is nothing behind the "\" at its end`,
		"h[]":    `"[]" contains no characters`,
		"h[^]":   `"[]" contains no characters`,
		"h[a-]x": `a range in "[a-]" lacks an end`,
		"h[-a]":  `a range in "[-a]" lacks an end`,
		`[a\\`:   `the "[" is never closed`,
	} {
		pattern := strings.ReplaceAll(pattern, `\\`, `\`)
		err := CheckPattern(pattern)
		var bad *PatternError
		if !errors.Is(err, path.ErrBadPattern) || !errors.As(err, &bad) || bad.Reason != want {
			t.Errorf("%q: got %v, want %q", pattern, err, want)
		}
	}
	for _, pattern := range []string{"", "h*", "h?", "[a-c]", "[^a-c]x", `\[`, "[]-a]", `[\]]`} {
		_, want := path.Match(pattern, "")
		if err := CheckPattern(pattern); (err == nil) != (want == nil) {
			t.Errorf("%q: got %v, path.Match says %v", pattern, err, want)
		}
	}
}

// ${MATCH} is the shortest text that the first "*" can stand for.
func TestMatchOf(t *testing.T) {
	for _, tt := range []struct{ pattern, name, want string }{
		{"PC*", "PC12", "12"},
		{"PC*", "PC", ""},
		{"*", "a-b", "a-b"},
		{"*-*", "a-b-c", "a"},
		{"**-c", "a-b-c", "a-b"},
		{"?*?", "abcd", "bc"},
		{"[a*]*[*]", "a*", ""},
		{"[a*]*", "*x", "x"},
		{"[^a*]*c", "bbc", "b"},
		{`\**`, "*x", "x"},
		{`[\]*]*x`, "]yx", "y"},
		{"*b*b", "abbb", "a"},
		{"*é", "éé", "é"},
		{"h?", "h1", "none"},
		{"h[*]", "h*", "none"},
		{`h\*`, "h*", "none"},
	} {
		got, ok := matchOf(tt.pattern, tt.name)
		if !ok {
			got = "none"
		}
		if got != tt.want {
			t.Errorf("%q, %q: %q, want %q", tt.pattern, tt.name, got, tt.want)
		}
	}
}

// FuzzMatchOf puts the text that the star stood for in its place: the name
// still matches.
func FuzzMatchOf(f *testing.F) {
	for _, seed := range [][2]string{{"PC*", "PC1"}, {"[^*]?*-*", "a*b-c"}, {`\**[a-c]*`, "*b"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		ok, err := path.Match(pattern, name)
		star := firstStar(pattern)
		if err != nil || !ok || len(name) > 100 {
			return
		}
		got, found := matchOf(pattern, name)
		if found != (star >= 0) {
			t.Fatalf("%q, %q: %q %v, but the star is at %d", pattern, name, got, found, star)
		}
		if found {
			at := strings.Index(name, got)
			for at >= 0 && !(matches(pattern[:star], name[:at]) && matches(strings.TrimLeft(pattern[star:], "*"), name[at+len(got):])) {
				next := strings.Index(name[at+1:], got)
				if next < 0 {
					t.Fatalf("%q, %q: %q stands nowhere", pattern, name, got)
				}
				at += 1 + next
			}
		}
	})
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}
