package main

import (
	"fmt"
	"io"
)

// A warner writes warnings, each once: what is so of the machine is so in each node.
type warner struct {
	w    io.Writer
	seen map[string]bool
}

func newWarner(w io.Writer) *warner { return &warner{w: w, seen: make(map[string]bool)} }

func (w *warner) warn(err error) {
	text := err.Error()
	if !w.seen[text] {
		w.seen[text] = true
		fmt.Fprintf(w.w, "nslab: warning: %s\n", text)
	}
}
