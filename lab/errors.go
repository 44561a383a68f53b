package lab

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/nslab/nslab/internal/plain"
)

// ErrLimit is matched by the error of a file that is larger, deeper or more
// numerous than the Limits allow.
var ErrLimit = errors.New("over a limit of lab files")

// A FileError is one mistake in a lab file.
type FileError struct {
	// File is the name that Parse was given.
	File string
	// Line and Column count from 1, the column in characters.
	Line, Column int
	// Excerpt is the line, or the part of a long line around the column.
	Excerpt string
	// Message names the thing and what is wrong with it.
	Message string
	// Suggestion says what to do, "" where the message does.
	Suggestion string
	// Err is the cause where there is one that a caller can test, or nil.
	Err error

	caret int // columns of Excerpt before the filePos
}

// Error returns the place, the message and the suggestion on one line.
func (e *FileError) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", plain.Text(e.File), e.Line, e.Column, e.Message)
	if e.Suggestion != "" {
		s += "; " + e.Suggestion
	}
	return s
}

// Unwrap returns Err.
func (e *FileError) Unwrap() error { return e.Err }

// Detail returns the text of Error, the line and a caret under the place.
func (e *FileError) Detail() string {
	return fmt.Sprintf("%s\n    %s\n    %s^", e.Error(), e.Excerpt, strings.Repeat(" ", e.caret))
}

// Errors are the mistakes of a file in the order of their places.
type Errors []*FileError

// Error returns the Detail of each mistake.
func (l Errors) Error() string {
	s := make([]string, len(l))
	for i, e := range l {
		s[i] = e.Detail()
	}
	return strings.Join(s, "\n")
}

// Unwrap returns the mistakes.
func (l Errors) Unwrap() []error {
	all := make([]error, len(l))
	for i, e := range l {
		all[i] = e
	}
	return all
}

const (
	// maxMistakes is how many mistakes of a file are told.
	maxMistakes = 100
	// excerptWidth is how much of a long line is shown.
	excerptWidth = 120
)

// filePos is a position in a file, both counted from 1.
type filePos struct{ line, col int32 }

// mistakes collects what is wrong with a file.
type mistakes struct {
	file string
	src  string
	list Errors
	seen map[mistakeKey]bool
}

type mistakeKey struct {
	at      filePos
	message string
}

// full reports whether further mistakes would be dropped, so that nobody need
// look for what was meant.
func (m *mistakes) full() bool { return len(m.list) >= maxMistakes }

// add notes a mistake once.
func (m *mistakes) add(at filePos, suggestion, format string, args ...any) {
	if m.full() {
		return
	}
	e := &FileError{
		File: m.file, Line: int(at.line), Column: int(at.col),
		Message: fmt.Sprintf(format, args...), Suggestion: suggestion,
	}
	key := mistakeKey{at, e.Message}
	if m.seen[key] {
		return
	}
	if m.seen == nil {
		m.seen = make(map[mistakeKey]bool)
	}
	m.seen[key] = true
	m.list = append(m.list, e)
}

// limit notes a mistake that matches ErrLimit.
func (m *mistakes) limit(at filePos, format string, args ...any) {
	if m.full() {
		return
	}
	m.add(at, "", format, args...)
	m.list[len(m.list)-1].Err = ErrLimit
}

// err returns the mistakes sorted, nil if there are none.
func (m *mistakes) err() error {
	if len(m.list) == 0 {
		return nil
	}
	m.sort()
	return m.list
}

// sort completes the list.
func (m *mistakes) sort() {
	slices.SortStableFunc(m.list, func(a, b *FileError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	m.excerpts()
	if m.full() {
		last := m.list[len(m.list)-1]
		last.Suggestion = strings.TrimPrefix(last.Suggestion+fmt.Sprintf("; only the first %d mistakes found are shown", maxMistakes), "; ")
	}
}

// of returns the mistakes that were found in a topology, nil if there are none.
func (m *mistakes) of(t *Topology) Errors {
	if len(m.list) == 0 {
		return nil
	}
	m.src = string(withoutBOM(t.Source))
	m.sort()
	return m.list
}

// excerpts gives each mistake its line. The list is sorted, so one pass over the
// file is enough.
func (m *mistakes) excerpts() {
	i, n := 0, 0
	for text := range strings.Lines(m.src) {
		n++
		for i < len(m.list) && m.list[i].Line == n {
			m.list[i].excerpt(text)
			i++
		}
		if i == len(m.list) {
			return
		}
	}
}

func (e *FileError) excerpt(line string) {
	// Four bytes a character are enough to reach the part that is shown.
	if end := (e.Column + excerptWidth) * 4; end < len(line) {
		line = line[:end]
	}
	r := []rune(strings.TrimRight(line, "\r\n"))
	for i, c := range r {
		if !unicode.IsPrint(c) || c == '\uFFFD' {
			r[i] = ' '
		}
	}
	e.caret = min(max(e.Column-1, 0), len(r))
	if from := e.caret - excerptWidth/2; len(r) > excerptWidth && from > 0 {
		r = append([]rune("..."), r[from:]...)
		e.caret += 3 - from
	}
	if len(r) > excerptWidth {
		r = append(r[:excerptWidth:excerptWidth], []rune("...")...)
	}
	e.Excerpt = strings.TrimRight(string(r), " ")
}
