package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/audit/record"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nlspec/ynl"
	"github.com/spf13/cobra"
)

// decodeFlags are the flags of decode.
type decodeFlags struct {
	verbose, unknown bool
	output, where    string
	format, protocol string
	spec             string
}

func (a *app) decode() *cobra.Command {
	var f decodeFlags
	cmd := &cobra.Command{
		Use:   "decode [-v | -o json | --unknown] [--where CONDITION] [FILE ...]",
		Short: "Show the netlink messages in a recording; no privileges needed",
		Long: `Read recordings of netlink traffic and write each message as one line, as
--trace does. FILE may be written by --record, nslab trace -o, a capture of an
nlmon device (pcap, pcapng, JSON lines), or rtmon; it may be the output of
  strace -f -yy -e trace=%network -e read=all -e write=all
or pasted text: hexadecimal, hexdump -C, xxd, strings such as "\x14\x00", lists
such as [20 0 0 0]. Without a FILE, or for -, decode reads standard input. The
first bytes tell the format.

Messages that strace shows by name cannot be read back; its dumps can.

CONDITION consists of tests joined by and, or, not and parentheses. A test is a
FIELD, = or !=, and a VALUE:
  type      RTM_NEWLINK; also the answers to requests of that type
  error     EEXIST; error alone is any
  attr      attr IFLA_MTU, attr IFLA_MTU=1500: an attribute at any depth
  ifname    an attribute that names an interface
  family    INET, of the message's header
  protocol  ROUTE, GENERIC ...
  dir       sent, received, multicast
  netns, program, pid, seq, size: pid, seq and size also with < <= > >=

Exit status: 0 success, 1 failure, 2 the recording or the CONDITION is wrong.`,
		Example: `  nslab decode lab.pcapng
  nslab decode --where 'type=RTM_NEWLINK and error' trace.jsonl
  strace -f -yy -e trace=%network -e read=all -e write=all -o s ip link
  nslab decode -v s
  echo '14000000 12000103 05000000 00000000 00000000' | nslab decode -v`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "write each part of a message, with its offset and length")
	fl.BoolVar(&f.unknown, "unknown", false, "count what is not fully named, and write nothing else")
	outputFlag(cmd, &f.output, "json")
	fl.StringVar(&f.where, "where", "", "only messages for which `CONDITION` holds")
	fl.StringVar(&f.format, "format", "", "the recording's `FORMAT`: "+strings.Join(record.Formats, ", "))
	fl.StringVar(&f.protocol, "protocol", "ROUTE", "the netlink `PROTOCOL` of pasted text")
	fl.StringVar(&f.spec, "spec", "", "read the kernel's specifications in `DIR`, for families that nslab does not know")
	cmd.MarkFlagsMutuallyExclusive("verbose", "unknown", "output")
	offers(cmd, "format", cobra.FixedCompletions(record.Formats, noFiles))
	return cmd
}

// decoded is an output for events.
type decoded interface {
	Event(e *audit.Event)
	Err() error
	// Flush writes what has been made of the events so far.
	Flush() error
}

// buffered writes an output for events through a buffer.
type buffered struct {
	*bufio.Writer
	event func(e *audit.Event)
	err   func() error
}

// with sets what to do with an event. err, unless nil, returns the first error.
func (b *buffered) with(event func(e *audit.Event), err func() error) *buffered {
	b.event, b.err = event, err
	return b
}

func (b *buffered) Event(e *audit.Event) { b.event(e) }

func (b *buffered) Err() error {
	if b.err == nil {
		return nil
	}
	return b.err()
}

func (f *decodeFlags) run(cmd *cobra.Command, args []string) (err error) {
	if err := checkOutput(cmd, f.output, "json"); err != nil {
		return err
	}
	protocol, ok := nlspec.ProtocolNumber(strings.ToUpper(f.protocol))
	if !ok {
		return usage(fmt.Errorf("decode: --protocol %s: not a netlink protocol, such as ROUTE, GENERIC or NETFILTER", f.protocol))
	}
	if f.format != "" && !slices.Contains(record.Formats, f.format) {
		return usage(fmt.Errorf("decode: --format %s: the formats are: %s", f.format, strings.Join(record.Formats, ", ")))
	}
	var where *audit.Where
	if cmd.Flags().Changed("where") {
		if where, err = audit.ParseWhere(f.where, f.specNames()); err != nil {
			return usage(fmt.Errorf("decode: --where: %w", err))
		}
	}
	to, families, end := f.open(cmd.OutOrStdout(), where)
	if cmd.Flags().Changed("spec") {
		if err := addSpecs(families, f.spec); err != nil {
			return usage(fmt.Errorf("decode: --spec: %w", err))
		}
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	// An error in one recording does not prevent the next from being decoded.
	var wrong []error
	for _, name := range args {
		err = f.file(cmd, name, protocol, to)
		var in *recordingError
		if !errors.As(err, &in) {
			if err != nil {
				break
			}
			continue
		}
		wrong, err = append(wrong, in), nil
	}
	if err = cmp.Or(err, end()); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return usage(errors.Join(wrong...))
}

// specNames reports which attributes a condition may name in addition to those
// in the tables.
func (f *decodeFlags) specNames() func(string) bool {
	if f.spec == "" {
		return nil
	}
	return func(string) bool { return true }
}

// addSpecs reads the specifications in a directory.
func addSpecs(families *nlspec.Families, dir string) error {
	specs, err := ynl.Load(dir)
	if err != nil {
		return err
	}
	for _, s := range specs {
		if err := families.Add(s); err != nil {
			return err
		}
	}
	return nil
}

// open returns the output for events, the families that it knows, and a
// function that ends it.
func (f *decodeFlags) open(stdout io.Writer, where *audit.Where) (decoded, *nlspec.Families, func() error) {
	out := &buffered{Writer: bufio.NewWriterSize(stdout, 64<<10)}
	switch {
	case f.unknown:
		u := &audit.Unknown{Where: where}
		return out.with(u.Event, nil), &u.Decoder.Families, func() error {
			_, err := u.WriteTo(out)
			return cmp.Or(err, out.Flush())
		}
	case f.output == "json":
		j := audit.NewJSON(out)
		j.Where = where
		return out.with(j.Event, j.Err), &j.Decoder.Families, func() error { return cmp.Or(j.Close(), out.Flush()) }
	case f.verbose:
		t := audit.NewTree(out)
		t.Where = where
		return out.with(t.Event, t.Err), &t.Decoder.Families, out.Flush
	}
	t := audit.NewParallelTracer(stdout)
	t.SetWhere(where)
	return t, &t.Decoder().Families, t.Close
}

// recordingError is an error in one recording.
type recordingError struct{ err error }

func (e *recordingError) Error() string { return "decode: " + e.err.Error() }
func (e *recordingError) Unwrap() error { return e.err }

// file decodes one recording.
func (f *decodeFlags) file(cmd *cobra.Command, name string, protocol int, to decoded) error {
	in, err := openInput(cmd.Context(), name, cmd.InOrStdin())
	if err != nil {
		if cmd.Context().Err() != nil {
			return err
		}
		return &recordingError{err}
	}
	defer in.Close()
	called := plain.Text(name)
	if name == "-" {
		called = "standard input"
	}
	// Before waiting for more from a pipe, show what has been decoded.
	from := &flushing{Reader: in, to: to}
	r, err := record.Open(from, record.Options{Format: f.format, Protocol: protocol})
	var e audit.Event
	for err == nil {
		if err = r.Read(&e); err == nil {
			to.Event(&e)
			err = to.Err()
		}
	}
	switch {
	case err == io.EOF:
		return nil
	case cmd.Context().Err() != nil:
		return err
	case cmp.Or(from.err, to.Err()) != nil:
		return cmp.Or(from.err, to.Err())
	}
	return &recordingError{fmt.Errorf("%s: %w", called, err)}
}

// flushing flushes the output before each read, since a read may wait.
type flushing struct {
	io.Reader
	to  decoded
	err error // first error of writing
}

func (f *flushing) Read(p []byte) (int, error) {
	if f.err = f.to.Flush(); f.err != nil {
		return 0, f.err
	}
	return f.Reader.Read(p)
}
