package clab

import (
	"errors"
	"strings"
)

// split splits a line into words as the library github.com/google/shlex does
// for containerlab: at white space, with both kinds of quotes; a backslash
// keeps the next character but in single quotes, and "#" at the beginning of a
// word begins a comment. Nothing is expanded.
func split(line string) (words []string, err error) {
	var word strings.Builder
	in, quote := false, rune(0) // in a word; the open quote
	escaped, comment := false, false
	for _, c := range line {
		space := c == ' ' || c == '\t' || c == '\r' || c == '\n'
		switch {
		case comment:
			comment = c != '\n'
		case escaped:
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			in, escaped = true, true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '"' || c == '\'':
			in, quote = true, c
		case space && in:
			words = append(words, word.String())
			word.Reset()
			in = false
		case space:
		case c == '#' && !in:
			comment = true
		default:
			in = true
			word.WriteRune(c)
		}
	}
	switch {
	case escaped:
		return nil, errors.New("it ends in a backslash")
	case quote != 0:
		return nil, errors.New("a quote is never closed")
	case in:
		words = append(words, word.String())
	}
	return words, nil
}

// shellLine is a line for a shell that runs words as they are.
func shellLine(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w, i == 0)
	}
	return strings.Join(quoted, " ")
}

// reserved are words that mean something else to a shell at the beginning of a
// line (section 2.4 of the Shell Command Language in POSIX).
var reserved = map[string]bool{
	"!": true, "{": true, "}": true, "case": true, "do": true, "done": true, "elif": true, "else": true, "esac": true, "fi": true,
	"for": true, "if": true, "in": true, "then": true, "until": true, "while": true, "time": true, "function": true,
}

// quote quotes a word for a shell where it has to be.
func quote(word string, first bool) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_@%+:,./-", r) || r == '=' && !first
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !safe(r) }) < 0 && !(first && reserved[word]) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
