package plain

import (
	"fmt"
	"strings"
)

// ShellWord returns a word for a command that a person is told to run: sh(1)
// reads it as one word, and a terminal shows it unchanged. A word with
// characters that are not printable is quoted as $'...' (POSIX.1-2024, and
// older bash, ksh, zsh).
func ShellWord(word string) string {
	if Text(word) != word {
		var b strings.Builder
		for i := range len(word) {
			switch c := word[i]; {
			case c == '\'' || c == '\\':
				b.WriteByte('\\')
				b.WriteByte(c)
			case c < ' ' || c >= 0x7f:
				fmt.Fprintf(&b, `\%03o`, c)
			default:
				b.WriteByte(c)
			}
		}
		return "$'" + b.String() + "'"
	}
	for i := range len(word) {
		c := word[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_@%+=:,./-", c) >= 0 {
			continue
		}
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	if word == "" {
		return "''"
	}
	return word
}
