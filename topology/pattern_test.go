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
