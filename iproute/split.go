package iproute

import (
	"fmt"
	"strings"
)

// A SplitError means that a line cannot be split into words.
type SplitError struct {
	// Column counts bytes from 1.
	Column int
	// after is the number of lines of the command before the one with Column.
	after int
	// Reason says what is wrong there, and what to do.
	Reason string
}

func (e *SplitError) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Reason) }

// splitter splits lines into words as sh(1) does. It supports what commands
// need: quotes, backslashes, comments, and lines that continue.
type splitter struct {
	words []string
	word  strings.Builder
	in    bool // a word has begun
	more  bool // the last line ended within a word or with a backslash
	quote byte // ', " or 0: what the last line ended in
	lines int  // number of lines so far
	// open is the position of that quote, or of the backslash at the end of the
	// last line.
	open SplitError
}

// unquoted are the characters with a meaning in a shell that is not supported.
const unquoted = "$`|&;<>(){}*?[~!"

// line adds a line, without its line end, and reports whether the command
// continues on the next.
func (s *splitter) line(text string) (more bool, err error) {
	s.more = false
	s.lines++
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case s.quote == '\'':
			if c == '\'' {
				s.quote = 0
			} else {
				s.word.WriteByte(c)
			}
		case c == '\\':
			if i+1 == len(text) {
				return s.goesOn(i)
			}
			i++
			if s.quote == '"' && !strings.ContainsRune("\"\\$`", rune(text[i])) {
				s.word.WriteByte('\\')
			}
			s.in = true
			s.word.WriteByte(text[i])
		case s.quote == '"':
			switch c {
			case '"':
				s.quote = 0
			case '$', '`':
				return false, &SplitError{Column: i + 1, after: s.lines - 1, Reason: fmt.Sprintf("%q is not expanded here; use single quotes to use the character itself", c)}
			default:
				s.word.WriteByte(c)
			}
		case c == '\'' || c == '"':
			s.in, s.quote = true, c
			s.opens(i, fmt.Sprintf("a %c that opens here is never closed", c))
		case c == ' ' || c == '\t' || c == '\r' && i+1 == len(text):
			s.endWord()
		case c == '#' && !s.in:
			return s.end()
		case strings.IndexByte(unquoted, c) >= 0:
			return false, &SplitError{Column: i + 1, after: s.lines - 1, Reason: fmt.Sprintf("%q is special in a shell but not supported here; quote it to use the character itself", c)}
		case c < 0x20 || c == 0x7f:
			return false, &SplitError{Column: i + 1, after: s.lines - 1, Reason: fmt.Sprintf("control character %#02x", c)}
		default:
			s.in = true
			s.word.WriteByte(c)
		}
	}
	if s.quote != 0 {
		s.word.WriteByte('\n')
		s.more = true
		return true, nil
	}
	return s.end()
}

// opens records what the rest of the command must close.
func (s *splitter) opens(i int, reason string) {
	s.open = SplitError{Column: i + 1, after: s.lines - 1, Reason: reason}
}

const endsOpen = "the file ends where a line should continue"

// goesOn handles a backslash at the end of a line. Both it and the line end are
// removed.
func (s *splitter) goesOn(i int) (bool, error) {
	s.more = true
	if s.quote == 0 {
		s.opens(i, endsOpen)
	}
	return true, nil
}

func (s *splitter) end() (bool, error) {
	s.endWord()
	return false, nil
}

func (s *splitter) endWord() {
	if s.in {
		s.words = append(s.words, s.word.String())
		s.word.Reset()
		s.in = false
	}
}

// take returns the words and starts over. An open quote is an error.
func (s *splitter) take() ([]string, error) {
	was := *s
	*s = splitter{}
	if was.quote != 0 || was.more {
		return nil, &was.open
	}
	return was.words, nil
}

// Split splits a command line into words as sh(1) does: single and double
// quotes, backslashes, and a comment after "#". It refuses whatever else a
// shell would do, such as expanding variables, with a *SplitError.
func Split(line string) ([]string, error) {
	var s splitter
	for text := range strings.Lines(line) {
		if _, err := s.line(strings.TrimSuffix(text, "\n")); err != nil {
			return nil, err
		}
	}
	return s.take()
}

// Quote returns a word so that Split and sh(1) read it back: unchanged if
// possible, otherwise in single quotes.
func Quote(word string) string {
	plain := word != ""
	for i := range len(word) {
		c := word[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(unquoted, c) >= 0 || strings.IndexByte(`'"\#`, c) >= 0 {
			plain = false
		}
	}
	if plain {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
