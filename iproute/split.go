package iproute

import (
	"fmt"
	"strings"
)

// A SplitError is a line that is not made of plain words.
type SplitError struct {
	// Column counts bytes from 1.
	Column int
	// after is how many lines of the command stand before that of Column.
	after int
	// Reason says what is there, and what to do.
	Reason string
}

func (e *SplitError) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Reason) }

// splitter splits lines into words as sh(1) does, for what lines of commands
// need: quotes, backslashes, comments, and lines that go on.
type splitter struct {
	words []string
	word  strings.Builder
	in    bool // a word has begun
	more  bool // the last line ended within a word or with a backslash
	quote byte // ', " or 0: what the last line ended within
	lines int  // how many there were
	// open is where that quote is, or the backslash that the last line ended with.
	open SplitError
}

// unquoted are the characters that a shell gives a meaning we do not have.
const unquoted = "$`|&;<>(){}*?[~!"

// line adds a line, without its line end, and reports whether the command goes
// on in the next.
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
				return false, &SplitError{Column: i + 1, after: s.lines - 1, Reason: fmt.Sprintf("%q is not expanded here; use single quotes for the character itself", c)}
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
			return false, &SplitError{Column: i + 1, after: s.lines - 1, Reason: fmt.Sprintf("%q has no meaning here as it has in a shell; quote it for the character itself", c)}
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

// opens notes what the rest of the command has to close.
func (s *splitter) opens(i int, reason string) {
	s.open = SplitError{Column: i + 1, after: s.lines - 1, Reason: reason}
}

const endsOpen = "the file ends where a line was to go on"

// goesOn handles a backslash at the end of a line: it and the line end vanish.
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
// quotes, backslashes, and a comment behind "#". What else a shell would do,
// such as expanding variables, is refused with a *SplitError.
func Split(line string) ([]string, error) {
	var s splitter
	for text := range strings.Lines(line) {
		if _, err := s.line(strings.TrimSuffix(text, "\n")); err != nil {
			return nil, err
		}
	}
	return s.take()
}

// Quote returns a word as Split and sh(1) read it back: as it is where it can
// stand so, else in single quotes.
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
