package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/audit/record"
	"github.com/nslab/nslab/nsfs"
)

// traceQueueSize is how many events may wait to be written while the program goes on.
const traceQueueSize = 1024

// traceOutput writes the events of a program, beside the thread that traces it.
type traceOutput struct {
	events  chan *audit.Event
	written chan struct{}
	err     error // when written
}

// newTraceOutput opens the file of trace -o; without one, lines go to standard error.
func newTraceOutput(ctx context.Context, name string, stderr io.Writer) (*traceOutput, error) {
	var w record.Writer = &lineRecord{tracer: audit.NewTracer(stderr), close: func() error { return nil }}
	if name != "" {
		var err error
		// A FIFO waits for its reader.
		if w, err = await(ctx, func() (record.Writer, error) { return createRecord(name) }); err != nil {
			return nil, err
		}
	}
	return queueEvents(w), nil
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

// createRecord creates a file for events: a recording by the ending of its name, else lines of text.
func createRecord(name string) (record.Writer, error) {
	switch filepath.Ext(name) {
	case ".jsonl", ".pcapng", ".pcap":
		return record.Create(name)
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	return &lineRecord{tracer: audit.NewTracer(f), close: f.Close}, nil
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
