package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/audit/record"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// traceQueueSize is how many events may wait to be written while the program
// goes on.
const traceQueueSize = 1024

// traceLull is how long an event may wait to be written.
const traceLull = time.Millisecond

// traceOutput writes the events of a program outside the thread that traces it.
// A slow reader slows the program down. A reader that does not read stops the
// program until nslab gets a signal; the program itself could not react to one.
type traceOutput struct {
	name    string
	events  chan *audit.Event
	written chan struct{}
	err     error // first error of writing

	broken  chan struct{} // closed when nothing can be written any more
	hurried chan struct{} // closed after a signal: the reader then has queueGrace to take an event
	hurry   func()        // closes hurried
	givenUp chan struct{} // closed when unread events are to be discarded
	giveUp  func()        // closes givenUp
	lost    bool          // an event was discarded, and so is every later one
}

// open opens the output of trace: the file of -o, "-" for standard output, or
// else lines on standard error. The file must not be an argument of the
// program. If it is a FIFO, the context limits the wait for a reader.
func (f *traceFlags) open(ctx context.Context, cmd *cobra.Command, stdout io.Writer, reads ...string) (*traceOutput, error) {
	w, name := cmd.ErrOrStderr(), "standard error"
	end := func() error { return nil }
	switch f.output {
	case "":
	case "-":
		w, name = stdout, "standard output"
	default:
		file, err := create(ctx, f.output, streamsOf(cmd), reads...)
		if err != nil {
			return nil, err
		}
		if isRecording(f.output) {
			r, err := record.NewFile(file)
			if err != nil {
				return nil, err
			}
			return queueEvents(r, f.output), nil
		}
		w, name, end = file, f.output, file.Close
	}
	if f.requests {
		r := audit.NewRequests(w)
		r.Describe = describeRequest
		return queueEvents(&requestRecord{r, end}, name), nil
	}
	lines := &lineRecord{tracer: audit.NewTracer(w), close: end}
	if f.explain {
		lines.tracer.Explain = explainer()
	}
	return queueEvents(lines, name), nil
}

// isRecording reports whether a file is to be a recording, by its suffix. Other
// files contain lines of text.
func isRecording(name string) bool {
	switch filepath.Ext(name) {
	case ".jsonl", ".pcapng", ".pcap":
		return true
	}
	return false
}

// queueEvents writes events to w outside the thread that traces.
func queueEvents(w record.Writer, name string) *traceOutput {
	o := &traceOutput{
		name: name, events: make(chan *audit.Event, traceQueueSize), written: make(chan struct{}),
		broken: make(chan struct{}), hurried: make(chan struct{}), givenUp: make(chan struct{}),
	}
	o.hurry = sync.OnceFunc(func() { close(o.hurried) })
	o.giveUp = sync.OnceFunc(func() { close(o.givenUp) })
	go func() {
		defer close(o.written)
		var err error
		for e := range o.events {
			// The program continues even if the reader has stopped reading.
			if err == nil {
				if err = w.Write(e); err != nil {
					close(o.broken)
				}
			}
			if len(o.events) == 0 {
				// Events come one by one. Waking up for each would cost the
				// tracing thread more than everything else it does for an
				// event.
				time.Sleep(traceLull)
			}
		}
		if cerr := w.Close(); err == nil {
			err = cerr
		}
		o.err = err
	}()
	return o
}

// observe takes an event. While the queue is full, the tracing thread waits
// here.
func (o *traceOutput) observe(e *audit.Event) {
	if o.lost {
		return // with those before it, so that there are no gaps
	}
	select {
	case o.events <- e:
		return
	default: // a reader that is given up still gets what fits into the queue
	}
	select {
	case o.events <- e:
		return
	case <-o.givenUp:
		o.lost = true
		return
	case <-o.hurried:
	}
	late := time.NewTimer(queueGrace)
	defer late.Stop()
	select {
	case o.events <- e:
	case <-o.givenUp:
		o.lost = true
	case <-late.C:
		o.lost = true
		o.giveUp()
	}
}

// heed limits how long the reader can delay the program to queueGrace after a
// signal. If last is set, or after the returned function ends was called, the
// output then ends, too.
func (o *traceOutput) heed(last bool, signals ...os.Signal) (ends, stop func()) {
	came := make(chan os.Signal, 1)
	signal.Notify(came, signals...)
	ending, done := make(chan struct{}), make(chan struct{})
	ends = sync.OnceFunc(func() { close(ending) })
	if last {
		ends()
	}
	go func() {
		for {
			select {
			case <-came:
			case <-done:
				return
			}
			o.hurry()
			select {
			case <-ending:
				time.AfterFunc(queueGrace, o.giveUp)
			default:
			}
		}
	}()
	return ends, func() {
		signal.Stop(came)
		close(done)
	}
}

// close waits until everything is written or discarded.
func (o *traceOutput) close() error {
	close(o.events)
	select {
	case <-o.written:
	case <-o.givenUp:
		grace := queueGrace
		if o.lost {
			grace = 0
		}
		select {
		case <-o.written:
		case <-time.After(grace):
			return fmt.Errorf("%s: %w", o.name, errNotRead)
		}
	}
	if o.lost && o.err == nil {
		return fmt.Errorf("%s: %w", o.name, errNotRead)
	}
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

// describeRequest says what an rtnetlink request asks for.
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

// namespaceLabel returns a name of a network namespace, "" if it has none.
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
