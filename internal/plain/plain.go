// Package plain makes foreign text safe to print. A name that a user, a program
// or the kernel chose may contain anything, including commands to a terminal.
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

// Text returns text that a terminal shows unchanged, on one line. Each byte of
// a character that is not printable, and each byte that is not UTF-8, becomes
// \xNN. Backslashes are not escaped, so the text is for reading, not for
// decoding.
func Text(s string) string { return text(s, "") }

// Lines is Text for several lines: newlines and tabs stay.
func Lines(s string) string { return text(s, "\n\t") }

// Clip shortens a text for a message to 60 characters. The last three are "..."
// if it was longer.
func Clip(s string) string {
	if r := []rune(s[:min(len(s), 256)]); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return s
}

// Columns returns one line of text with a space for each character that is not
// printable and for each byte that is not UTF-8. The number of characters stays
// the same, so that a mark below the line is in the right column.
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

// Name returns a name for use among other words: unchanged if it is one plain
// word, otherwise quoted and escaped as in Go.
func Name(s string) string {
	for _, r := range s {
		if r == utf8.RuneError || r == '"' || r == '\\' || !unicode.IsPrint(r) || r == ' ' {
			return strconv.Quote(s)
		}
	}
	return s
}

// isPlain reports whether r, the rune at the beginning of s, may stay. U+FFFD
// may stay if it is in the text itself and does not stand for bytes that are
// not UTF-8.
func isPlain(s string, r rune, but string) bool {
	if r == utf8.RuneError && !strings.HasPrefix(s, string(utf8.RuneError)) {
		return false
	}
	return unicode.IsPrint(r) || strings.ContainsRune(but, r)
}

// JSON returns equivalent JSON in which characters that are not visible are
// escaped: U+007F to U+009F, some of which begin escape sequences, those that
// change the direction of text, and invisible ones. JSON strings may contain
// all of these unescaped.
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

// isHidden reports whether a character of JSON must be escaped. Characters
// below the space occur only between strings.
func isHidden(r rune) bool { return r >= 0x7f && !unicode.IsPrint(r) }

func appendEscaped(b []byte, r rune) []byte {
	for _, unit := range utf16.AppendRune(nil, r) {
		b = fmt.Appendf(b, `\u%04x`, unit)
	}
	return b
}

// AppendJSON appends a JSON string. Characters that are not printable are
// escaped, so that a terminal does not interpret them. Bytes that are not UTF-8
// become U+FFFD.
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
