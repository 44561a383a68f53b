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

// A queue precedes a pipe, so that observed work does not wait for the pipe's
// reader, however slow it is. Several goroutines may call its methods.
type queue struct {
	w io.Writer

	mu      sync.Mutex
	changed sync.Cond
	waiting []byte // not yet written
	writing bool
	closed  bool
	ended   bool // the context has ended
	err     error
}

const (
	// queueSize bounds what a queue holds, in bytes.
	queueSize = 64 << 20
	// queuePatience is how long to wait for a full queue.
	queuePatience = 10 * time.Second
	// queueGrace is how long to wait for a queue that is closed after the
	// context has ended.
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

// isPipe reports whether writes to a stream wait for its reader. The reader of
// a terminal is the user, whose Ctrl-C works nevertheless.
func isPipe(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0
}

// Write puts p into the queue. Its error is that of an earlier write to the
// pipe.
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

// close returns when everything is written, or with the first error. When the
// context ends, it discards what has not been read.
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

// waitFor waits until holds returns true, there is an error, or, unless most is
// 0, that time is over. The lock must be held.
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

// say writes a message without waiting for a reader. The returned channel is
// closed when it is written.
func say(w io.Writer, format string, args ...any) <-chan struct{} {
	said := make(chan struct{})
	go func() {
		defer close(said)
		fmt.Fprintf(w, format, args...)
	}()
	return said
}
