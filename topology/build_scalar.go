package topology

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// scalar writes a text as YAML, in quotes unless it is a plain word. Go's
// escapes are valid in YAML too. Bytes that are not UTF-8 are not escaped,
// because that would change the text; Parse refuses them.
func scalar(s string) string {
	if isPlainWord(s) || !utf8.ValidString(s) {
		return s
	}
	return strconv.Quote(s)
}

// isPlainWord reports whether a text means the same without quotes, in any
// place.
func isPlainWord(s string) bool {
	if s == "" || strings.EqualFold(s, "null") {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || !strings.ContainsRune("_./-", rune(c))) {
			return false
		}
	}
	return true
}
