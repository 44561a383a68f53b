// Package plain makes foreign text safe to print. A name that a user, a program or the
// kernel chose may contain anything, including commands to a terminal.
package plain

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Text returns text that a terminal shows as it is, on one line: of a character that is
// not printable, and of what is no UTF-8, each byte is written as \xNN. A backslash
// stays one, so that the text is for reading, not for decoding.
func Text(s string) string { return text(s, "") }

// Lines is Text for text of several lines: line ends and tabs stay.
func Lines(s string) string { return text(s, "\n\t") }

// Clip shortens a text for a message to 60 characters, of which the last three are "..." where it was longer.
func Clip(s string) string {
	if r := []rune(s[:min(len(s), 256)]); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return s
}

// Columns returns one line of text with as many characters: a space for each that is not
// printable, and for each byte of what is no UTF-8, so that a mark below it stands right.
func Columns(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}

func text(s, but string) string {
	plain := true
	for i, r := range s {
		plain = plain && isPlain(s[i:], r, but)
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if isPlain(s[i:], r, but) {
			b.WriteString(s[i : i+n])
		} else {
			for k := range n {
				fmt.Fprintf(&b, `\x%02x`, s[i+k])
			}
		}
		i += n
	}
	return b.String()
}

// Name returns a name among other words: as it stands where it is one plain word, otherwise
// quoted and escaped as in Go.
func Name(s string) string {
	for _, r := range s {
		if r == utf8.RuneError || r == '"' || r == '\\' || !unicode.IsPrint(r) || r == ' ' {
			return strconv.Quote(s)
		}
	}
	return s
}

// isPlain reports whether the rune that text begins with may stay. U+FFFD may, where it
// stands in the text and not for what is no UTF-8.
func isPlain(s string, r rune, but string) bool {
	if r == utf8.RuneError && !strings.HasPrefix(s, string(utf8.RuneError)) {
		return false
	}
	return unicode.IsPrint(r) || strings.ContainsRune(but, r)
}

// JSON returns JSON that says the same without the characters that its strings may hold
// as they are and that do not show as themselves: U+007F to U+009F, of which some begin
// commands to a terminal, those that turn the direction of text, or that nobody sees.
func JSON(text []byte) []byte {
	if !bytes.ContainsFunc(text, isHidden) {
		return text
	}
	b := make([]byte, 0, len(text)+64)
	for _, r := range string(text) {
		if isHidden(r) {
			b = appendEscaped(b, r)
		} else {
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

// isHidden reports whether a character of JSON is to be escaped. What is below a space
// stands between its strings alone.
func isHidden(r rune) bool { return r >= 0x7f && !unicode.IsPrint(r) }

func appendEscaped(b []byte, r rune) []byte {
	for _, unit := range utf16.AppendRune(nil, r) {
		b = fmt.Appendf(b, `\u%04x`, unit)
	}
	return b
}

// AppendJSON appends a string of JSON. What is not printable is escaped, so that a terminal that shows the JSON takes
// nothing in it for a command; what is no UTF-8 becomes U+FFFD.
func AppendJSON(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		if c := s[i]; c >= 0x20 && c < 0x7f {
			if c == '"' || c == '\\' {
				b = append(b, '\\')
			}
			b = append(b, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if r != utf8.RuneError && unicode.IsPrint(r) {
			b = utf8.AppendRune(b, r)
			continue
		}
		b = appendEscaped(b, r)
	}
	return append(b, '"')
}
