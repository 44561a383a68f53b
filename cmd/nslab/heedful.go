package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// A heedfulWriter writes to a pipe whose reader may have stopped reading. After
// the context has ended, a write waits no longer than queueGrace. Before that,
// it is an ordinary write.
type heedfulWriter struct {
	ctx context.Context
	w   io.Writer
}

// heedful returns w. If w is a pipe, its writes end soon after the context
// ends.
func heedful(ctx context.Context, w io.Writer) io.Writer {
	if !isPipe(w) {
		return w
	}
	return &heedfulWriter{ctx, w}
}

// Write writes p. An abandoned write still goes on, so nothing may be written
// after it, and p must not be changed.
func (h *heedfulWriter) Write(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() {
		n, err := h.w.Write(p)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return r.n, r.err
	case <-h.ctx.Done():
	}
	select {
	case r := <-done:
		return r.n, r.err
	case <-time.After(queueGrace):
		return 0, fmt.Errorf("standard output: %w", errNotRead)
	}
}
