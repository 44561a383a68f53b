package topology

import (
	"fmt"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// unspaced takes a text apart that may be meant for a key and its value, with a colon but
// no space: "kind:host". What follows a space is another's. Addresses have two colons, and
// URLs two slashes.
func unspaced(text string) (key, value string, ok bool) {
	text, _, _ = strings.Cut(strings.TrimSpace(text), " ")
	key, value, ok = strings.Cut(text, ":")
	ok = ok && key != "" && value != "" && value[0] != ':' && !strings.HasPrefix(value, "//")
	return key, value, ok
}

// colonHint says what to do about such a text, "" for any other. Known reports whether a
// key would be right there, nil for any.
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

// lineHint is colonHint, with the number of the line, for the last line above another that is neither empty nor a
// comment: YAML may read the two as one text. Items of a list may well have a colon.
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

// bracketHint is colonHint for a place on a line where a bracket follows a colon without a
// space, at a place or before it.
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
