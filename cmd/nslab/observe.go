package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/audit/record"
	"github.com/nslab/nslab/nlspec"
	"github.com/spf13/cobra"
)

// observation is what --trace and --record ask for: an observer of the netlink
// traffic.
type observation struct {
	trace  bool
	record string

	tracer     *audit.Tracer
	traceQueue *queue // before standard error, if that is a pipe
	recorder   *recording
}

func (w *observation) flags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.BoolVar(&w.trace, "trace", false, "print every netlink message on standard error, one per line")
	f.StringVar(&w.record, "record", "", "record every netlink datagram in `FILE`: .jsonl, .pcapng, else pcap")
}

// option takes --trace and --record among the options of ip, bridge and brctl,
// which cobra does not parse.
func (w *observation) option(option string, value func() (string, bool)) (bool, error) {
	name, file, given := strings.Cut(option, "=")
	switch name {
	case "--trace":
		w.trace = true
		return true, nil
	case "--record":
		if !given {
			if file, given = value(); !given {
				return true, errors.New("--record: a file name is missing")
			}
		}
		if file == "" {
			return true, errors.New("--record: the file name is empty")
		}
		w.record = file
		return true, nil
	}
	return false, nil
}

// active reports whether the traffic is observed.
func (w *observation) active() bool { return w.trace || w.record != "" }

// open starts observing. A second call adds what was asked for since. For a
// FIFO, it waits for the reader until the context ends. The recording must not
// be a file that the command reads, such as an argument.
func (w *observation) open(ctx context.Context, std streams, reads ...string) error {
	stderr := std.err
	if w.trace && w.tracer == nil {
		if isPipe(stderr) {
			w.traceQueue = newQueue(ctx, stderr)
			stderr = w.traceQueue
		}
		w.tracer = audit.NewTracer(stderr)
	}
	if w.record != "" && w.recorder == nil {
		r, err := openRecording(ctx, w.record, std, reads)
		if err != nil {
			err = fmt.Errorf("--record: %w", err)
			if ctx.Err() != nil {
				return err
			}
			return usage(err)
		}
		w.recorder = r
	}
	return nil
}

// messages returns where messages go while the work is done: after the trace,
// so that they do not wait for a reader either.
func (w *observation) messages(stderr io.Writer) io.Writer {
	if w.traceQueue != nil {
		return w.traceQueue
	}
	return stderr
}

// observer returns the observer for every socket of this run, nil without
// flags.
func (w *observation) observer(more ...nlspec.Observer) nlspec.Observer {
	if w.tracer != nil {
		more = append(more, w.tracer)
	}
	if w.recorder != nil {
		more = append(more, &record.Observer{W: w.recorder, Process: audit.Process{PID: os.Getpid(), Program: "nslab"}})
	}
	return nlspec.Observers(more...)
}

// close ends the recording. If the command was refused, it has none. An
// incomplete trace or recording is an error, whatever the result of the work
// itself.
func (w *observation) close(refused bool) error {
	var errs []error
	if w.tracer != nil {
		err := w.tracer.Err()
		if w.traceQueue != nil && err == nil {
			err = w.traceQueue.close()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("--trace: %w", err))
		}
	}
	if w.recorder != nil {
		end := w.recorder.Close
		if refused {
			end = w.recorder.refuse
		}
		if err := end(); err != nil {
			errs = append(errs, fmt.Errorf("--record: %w", err))
		}
	}
	return errors.Join(errs...)
}
