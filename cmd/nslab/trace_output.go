package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/audit/record"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// traceQueueSize is how many events may wait to be written while the program goes on.
const traceQueueSize = 1024

// traceOutput writes the events of a program, beside the thread that traces it.
type traceOutput struct {
	events  chan *audit.Event
	written chan struct{}
	err     error // when written
}

// open opens where the events of trace go: the file of -o, else lines on standard error.
func (f *traceFlags) open(ctx context.Context, stderr io.Writer) (*traceOutput, error) {
	w := stderr
	end := func() error { return nil }
	switch {
	case isRecording(f.output):
		// A FIFO waits for its reader.
		r, err := await(ctx, func() (record.Writer, error) { return record.Create(f.output) })
		if err != nil {
			return nil, err
		}
		return queueEvents(r), nil
	case f.output != "":
		file, err := await(ctx, func() (*os.File, error) { return os.Create(f.output) })
		if err != nil {
			return nil, err
		}
		w, end = file, file.Close
	}
	if f.requests {
		r := audit.NewRequests(w)
		r.Describe = describeRequest
		return queueEvents(&requestRecord{r, end}), nil
	}
	lines := &lineRecord{tracer: audit.NewTracer(w), close: end}
	if f.explain {
		lines.tracer.Explain = explainer()
	}
	return queueEvents(lines), nil
}

// isRecording reports whether a file is to be a recording, by the ending of its name; others
// are lines of text.
func isRecording(name string) bool {
	switch filepath.Ext(name) {
	case ".jsonl", ".pcapng", ".pcap":
		return true
	}
	return false
}

// queueEvents writes events to w, beside the thread that traces.
func queueEvents(w record.Writer) *traceOutput {
	o := &traceOutput{events: make(chan *audit.Event, traceQueueSize), written: make(chan struct{})}
	go func() {
		defer close(o.written)
		var err error
		for e := range o.events {
			// The program goes on whoever has stopped reading.
			if err == nil {
				err = w.Write(e)
			}
		}
		if cerr := w.Close(); err == nil {
			err = cerr
		}
		o.err = err
	}()
	return o
}

func (o *traceOutput) observe(e *audit.Event) { o.events <- e }

// close waits until all is written.
func (o *traceOutput) close() error {
	close(o.events)
	<-o.written
	return o.err
}

// lineRecord writes events as lines of text.
type lineRecord struct {
	tracer *audit.Tracer
	close  func() error
}

func (r *lineRecord) Write(e *audit.Event) error {
	r.tracer.Event(e)
	return r.tracer.Err()
}

func (r *lineRecord) Close() error { return errors.Join(r.tracer.Err(), r.close()) }

// requestRecord writes a line for each request.
type requestRecord struct {
	requests *audit.Requests
	close    func() error
}

func (r *requestRecord) Write(e *audit.Event) error {
	r.requests.Event(e)
	return r.requests.Err()
}

func (r *requestRecord) Close() error { return errors.Join(r.requests.Close(), r.close()) }

// describeRequest says what a request of rtnetlink asks for.
func describeRequest(protocol int, message []byte) string {
	if protocol != unix.NETLINK_ROUTE {
		return ""
	}
	op, object := rtnl.Describe(message)
	if strings.HasPrefix(op, "send") {
		return "" // its name says more
	}
	return strings.TrimSpace(op + " " + object)
}

// namespaceLabel is a name of a network namespace, "" where it has none.
func namespaceLabel(fd int, _ uint64) string {
	if fd < 0 {
		return ""
	}
	h, err := nsfs.OpenPath(fmt.Sprintf("/proc/self/fd/%d", fd))
	if err != nil {
		return ""
	}
	defer h.Close()
	names, err := nsfs.Dir{}.NamesOf(h)
	if err != nil || len(names) == 0 {
		return ""
	}
	return names[0]
}
