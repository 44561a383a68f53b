package topology

import (
	"fmt"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// unspaced splits a text that may be meant as a key and its value but lacks the
// space after the colon: "kind:host". It ignores what follows a space.
// Addresses (two colons) and URLs (two slashes) are not split.
func unspaced(text string) (key, value string, ok bool) {
	text, _, _ = strings.Cut(strings.TrimSpace(text), " ")
	key, value, ok = strings.Cut(text, ":")
	ok = ok && key != "" && value != "" && value[0] != ':' && !strings.HasPrefix(value, "//")
	return key, value, ok
}

// colonHint says what to do about such a text, or returns "" for any other.
// known reports whether a key may occur there; nil allows any.
func colonHint(text string, known func(key string) bool) string {
	key, value, ok := unspaced(text)
	if !ok || known != nil && !known(key) {
		return ""
	}
	return "put a space after the colon: " + plain.Clip(key+": "+value)
}

// isKey returns a function that reports whether a section has a key.
func isKey(section string) func(string) bool {
	return func(name string) bool { return findKey(section, name) != nil }
}

// lineHint is colonHint for the last line above a given one that is neither
// empty nor a comment, because YAML may read the two as one text. It gives the
// line's number. Items of a list are left alone, since they may well contain a
// colon.
func (c *composer) lineHint(below int32) string {
	above, place, n := "", int32(0), int32(0)
	for line := range strings.Lines(c.src) {
		if n++; n >= below {
			break
		}
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '#' {
			above, place = line, n
		}
	}
	if key, value, ok := unspaced(above); ok {
		return fmt.Sprintf("put a space after the colon on line %d: %s", place, plain.Clip(key+": "+value))
	}
	return ""
}

// bracketHint is colonHint for a bracket that follows a colon without a space,
// at a place or before it on the line.
func (c *composer) bracketHint(at Pos) string {
	line := []rune(c.textAt(Pos{at.Line, 1}))
	for i := min(int(at.Column)-1, len(line)-1); i > 1; i-- {
		if (line[i] != '{' && line[i] != '[') || line[i-1] != ':' {
			continue
		}
		key := string(line[:i-1])
		key = key[strings.LastIndexAny(key, " ,{[")+1:]
		if key != "" {
			return "put a space after the colon: " + plain.Clip(key+": "+string(line[i]))
		}
	}
	return ""
}
