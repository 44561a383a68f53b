package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// A queue stands before a pipe, so that work which is watched does not wait for who
// reads there, however slow that is. Its methods may be called by several goroutines.
type queue struct {
	w io.Writer

	mu      sync.Mutex
	changed sync.Cond
	waiting []byte // to be written
	writing bool
	closed  bool
	ended   bool // the context has
	err     error
}

const (
	// queueSize bounds what a queue holds, in bytes.
	queueSize = 64 << 20
	// queuePatience is how long a full queue is waited for.
	queuePatience = 10 * time.Second
	// queueGrace is how long a queue is waited for that is closed when the context
	// has ended.
	queueGrace = time.Second
)

var (
	errSlow    = errors.New("its reader is too slow")
	errNotRead = errors.New("its reader did not read all of it")
)

// newQueue returns a queue before w.
func newQueue(ctx context.Context, w io.Writer) *queue {
	q := &queue{w: w}
	q.changed.L = &q.mu
	context.AfterFunc(ctx, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.ended = true
		q.changed.Broadcast()
	})
	go q.run()
	return q
}

// isPipe reports whether what is written to a stream waits for who reads it. At a
// terminal that is the user, whose Ctrl-C is heard nevertheless.
func isPipe(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0
}

// Write puts p in the queue. Its error is that of an earlier write to the pipe.
func (q *queue) Write(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waitFor(queuePatience, func() bool { return len(q.waiting)+len(p) <= queueSize || q.ended })
	if q.err == nil && len(q.waiting)+len(p) > queueSize {
		q.err = errSlow
	}
	if q.err != nil {
		return 0, q.err
	}
	q.waiting = append(q.waiting, p...)
	q.changed.Broadcast()
	return len(p), nil
}

// close returns when all is written, or with the first error. When the context ends,
// what is not read by then is given up.
func (q *queue) close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	written := func() bool { return len(q.waiting) == 0 && !q.writing }
	q.waitFor(0, func() bool { return written() || q.ended })
	q.waitFor(queueGrace, written)
	if q.err == nil && !written() {
		q.err = errNotRead
	}
	q.closed = true
	q.changed.Broadcast()
	return q.err
}

// waitFor waits, with the lock held, until something holds, an error has come, or, with
// a time, that is over.
func (q *queue) waitFor(most time.Duration, holds func() bool) {
	late := false
	if most > 0 && !holds() {
		t := time.AfterFunc(most, func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			late = true
			q.changed.Broadcast()
		})
		defer t.Stop()
	}
	for q.err == nil && !late && !holds() {
		q.changed.Wait()
	}
}

func (q *queue) run() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		for len(q.waiting) == 0 && !q.closed {
			q.changed.Wait()
		}
		if q.closed || q.err != nil {
			return
		}
		b := q.waiting
		q.waiting, q.writing = nil, true
		q.mu.Unlock()
		_, err := q.w.Write(b)
		q.mu.Lock()
		q.writing = false
		if err != nil && q.err == nil {
			q.err = err
		}
		q.changed.Broadcast()
	}
}

// say writes a message without waiting for it to be read; what is returned is closed when
// it is.
func say(w io.Writer, format string, args ...any) <-chan struct{} {
	said := make(chan struct{})
	go func() {
		defer close(said)
		fmt.Fprintf(w, format, args...)
	}()
	return said
}
