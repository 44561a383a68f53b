package topology

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// scalar writes a text for YAML, in quotes unless it is a plain word. The escapes of Go are escapes of YAML too. What is
// not UTF-8 stays, so that Parse refuses it: escaped, it would be another text.
func scalar(s string) string {
	if isPlainWord(s) || !utf8.ValidString(s) {
		return s
	}
	return strconv.Quote(s)
}

// isPlainWord reports whether a text means the same without quotes, wherever it stands.
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
