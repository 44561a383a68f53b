package topology

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// ErrLimit is matched by the error for a file that exceeds one of the Limits.
var ErrLimit = errors.New("over a limit of lab files")

// A FileError is one mistake in a lab file.
type FileError struct {
	// File is the name that Parse was given.
	File string
	// Line and Column count from 1; columns are characters.
	Line, Column int
	// Excerpt is the line, or the part of a long line around the column.
	Excerpt string
	// Message names the thing and says what is wrong with it.
	Message string
	// Suggestion says what to do; it is "" if the message does.
	Suggestion string
	// Err is a cause that a caller can test for, or nil.
	Err error

	caret int // number of columns of Excerpt before the place
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

// Detail returns the text of Error, the line of the file, and a caret under the
// place.
func (e *FileError) Detail() string {
	return fmt.Sprintf("%s\n    %s\n    %s^", e.Error(), e.Excerpt, strings.Repeat(" ", e.caret))
}

// Errors are the mistakes of a file, in the order of their places.
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
	// maxMistakes is how many mistakes of a file are reported.
	maxMistakes = 100
	// excerptWidth is how much of a long line is shown.
	excerptWidth = 120
)

// A Pos is a place in a lab file. Both numbers count from 1; columns are
// characters.
type Pos struct{ Line, Column int32 }

// Mistakes collects what is wrong with a file.
type Mistakes struct {
	file string
	// src is the file's contents; if it is "", they are of's.
	src  string
	of   *Topology
	list Errors
	seen map[mistakeKey]bool
}

// Mistakes returns a collector for mistakes that only become known when the
// topology is used, such as a setting that this machine's kernel lacks.
func (t *Topology) Mistakes() *Mistakes { return &Mistakes{file: t.Path, of: t} }

type mistakeKey struct {
	at      Pos
	message string
}

// Full reports whether there are 100 mistakes, so that further ones would be
// dropped and a caller need not look for suggestions.
func (m *Mistakes) Full() bool { return len(m.list) >= maxMistakes }

// Add adds a mistake, unless it was added before. The message names the thing
// and says what is wrong with it; the suggestion says what to do about it, and
// is "" if the message does.
func (m *Mistakes) Add(at Pos, suggestion, format string, args ...any) {
	if m.Full() {
		return
	}
	e := &FileError{
		File: m.file, Line: int(at.Line), Column: int(at.Column),
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

// limit adds a mistake that matches ErrLimit.
func (m *Mistakes) limit(at Pos, format string, args ...any) {
	if m.Full() {
		return
	}
	m.Add(at, "", format, args...)
	m.list[len(m.list)-1].Err = ErrLimit
}

// err returns the mistakes in the order of their places, or nil.
func (m *Mistakes) err() error {
	if len(m.list) == 0 {
		return nil
	}
	return m.Errors()
}

// Errors returns the mistakes in the order of their places, each with its line
// of the file, or nil.
func (m *Mistakes) Errors() Errors {
	if len(m.list) == 0 {
		return nil
	}
	if m.of != nil {
		m.src = string(withoutBOM(m.of.text()))
	}
	slices.SortStableFunc(m.list, func(a, b *FileError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	m.excerpts()
	if m.Full() {
		last := m.list[len(m.list)-1]
		last.Suggestion = strings.TrimPrefix(last.Suggestion+fmt.Sprintf("; only the first %d mistakes found are shown", maxMistakes), "; ")
	}
	return m.list
}

// excerpts gives each mistake its line. The list is sorted, so one pass over
// the file is enough.
func (m *Mistakes) excerpts() {
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
	// A character has at most four bytes, so this reaches the part that is
	// shown.
	if end := (e.Column + excerptWidth) * 4; end < len(line) {
		line = line[:end]
	}
	r := []rune(plain.Columns(strings.TrimRight(line, "\r\n")))
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
