package topology

import (
	"fmt"
	"path"
	"strings"
)

// A PatternError is the error for a malformed pattern of names. It matches
// path.ErrBadPattern.
type PatternError struct {
	Pattern string // as it was given
	Reason  string // completes "pattern X: "
}

func (e *PatternError) Error() string {
	return fmt.Sprintf("pattern %q: %s", e.Pattern, e.Reason)
}

// Is reports whether target is path.ErrBadPattern.
func (e *PatternError) Is(target error) bool { return target == path.ErrBadPattern }

// CheckPattern returns a *PatternError for a pattern that path.Match does not
// accept.
func CheckPattern(pattern string) error {
	if _, err := path.Match(pattern, ""); err == nil {
		return nil
	}
	return &PatternError{pattern, patternFault(pattern)}
}

// patternFault says what is wrong with a pattern, according to path.Match's
// grammar.
func patternFault(pattern string) string {
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			if i++; i == len(pattern) {
				return `there is nothing behind the "\" at its end`
			}
		case '[':
			class := strings.TrimPrefix(pattern[i+1:], "^")
			end := 0
			for end < len(class) && (class[end] != ']' || end == 0) {
				if class[end] == '\\' {
					end++
				}
				end++
			}
			switch {
			case strings.HasPrefix(class, "]"):
				return `"[]" contains no characters`
			case end >= len(class):
				return fmt.Sprintf("the %q is never closed", pattern[i:min(i+1, len(pattern))])
			case strings.HasPrefix(class, "-") || strings.Contains(class[:end], "--") || class[end-1] == '-':
				return fmt.Sprintf("a range in %q lacks an end", pattern[i:len(pattern)-len(class)+end+1])
			}
			i = len(pattern) - len(class) + end
		}
	}
	return "check its brackets"
}

// firstStar returns where the first "*" of a pattern is that stands for any
// text, -1 if there is none.
func firstStar(pattern string) int {
	class := 0 // where the characters of a class begin
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case class > 0 && c == ']' && i > class:
			class = 0
		case class == 0 && c == '[':
			class = i + 1
			if strings.HasPrefix(pattern[class:], "^") {
				class++
				i++
			}
		case class == 0 && c == '*':
			return i
		}
	}
	return -1
}

// matchOf returns what the first "*" of a pattern stands for in a name that it
// matches: the shortest text, if the rest can match in several ways.
func matchOf(pattern, name string) (string, bool) {
	star := firstStar(pattern)
	if star < 0 {
		return "", false
	}
	rest := strings.TrimLeft(pattern[star:], "*")
	// What is before the star has no other star, so only one beginning of the
	// name matches it.
	for from := 0; from <= len(name); from++ {
		if ok, _ := path.Match(pattern[:star], name[:from]); !ok {
			continue
		}
		for to := from; to <= len(name); to++ {
			if ok, _ := path.Match(rest, name[to:]); ok {
				return name[from:to], true
			}
		}
	}
	return "", false
}
