package main

import (
	"fmt"
	"io"

	"github.com/nslab/nslab/internal/plain"
)

// A warner writes each warning once, since what applies to the machine applies
// to every node.
type warner struct {
	w    io.Writer
	seen map[string]bool
}

func newWarner(w io.Writer) *warner { return &warner{w: w, seen: make(map[string]bool)} }

func (w *warner) warn(err error) {
	text := err.Error()
	if !w.seen[text] {
		w.seen[text] = true
		tell(w.w, "warning: %s", text)
	}
}

// tell writes a message. Text in it that others chose cannot be a command to a
// terminal.
func tell(w io.Writer, format string, args ...any) {
	fmt.Fprintf(w, "nslab: %s\n", plain.Lines(fmt.Sprintf(format, args...)))
}
