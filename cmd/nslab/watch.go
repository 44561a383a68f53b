package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/nlspec"
	"github.com/spf13/cobra"
)

// watch is what --trace and --record ask for: who sees the netlink traffic.
type watch struct {
	trace  bool
	record string

	tracer *audit.Tracer
	pcap   *audit.PcapWriter
}

func (w *watch) flags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.BoolVar(&w.trace, "trace", false, "print every netlink message, one a line, on standard error")
	f.StringVar(&w.record, "record", "", "record every netlink datagram in a pcap `FILE` (LINKTYPE_NETLINK)")
}

// option takes --trace and --record among the options of ip, bridge and brctl,
// which are not cobra's.
func (w *watch) option(option string, value func() (string, bool)) (bool, error) {
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

// active reports whether anybody watches.
func (w *watch) active() bool { return w.trace || w.record != "" }

// open starts watching; a second call starts what was asked for since.
func (w *watch) open(stderr io.Writer) error {
	if w.trace && w.tracer == nil {
		w.tracer = audit.NewTracer(stderr)
	}
	if w.record != "" && w.pcap == nil {
		p, err := audit.CreatePcap(w.record)
		if err != nil {
			return usage(fmt.Errorf("--record: %w", err))
		}
		w.pcap = p
	}
	return nil
}

// observer returns what every socket of this run is given; nil without flags.
func (w *watch) observer(more ...nlspec.Observer) nlspec.Observer {
	if w.tracer != nil {
		more = append(more, w.tracer)
	}
	if w.pcap != nil {
		more = append(more, w.pcap)
	}
	return nlspec.Observers(more...)
}

// close ends the recording. A trace or recording that is not whole is an error,
// whatever the work itself came to.
func (w *watch) close() error {
	var errs []error
	if w.tracer != nil {
		if err := w.tracer.Err(); err != nil {
			errs = append(errs, fmt.Errorf("--trace: %w", err))
		}
	}
	if w.pcap != nil {
		if err := w.pcap.Close(); err != nil {
			errs = append(errs, fmt.Errorf("--record: %w", err))
		}
	}
	return errors.Join(errs...)
}
