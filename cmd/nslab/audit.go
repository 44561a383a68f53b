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
	"github.com/nslab/nslab/audit/rules"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/trace"
	"github.com/spf13/cobra"
)

// auditFlags are the flags of audit.
type auditFlags struct {
	only           []string
	list, rw       bool
	output, report string
	format         string
}

func (a *app) audit() *cobra.Command {
	var f auditFlags
	cmd := &cobra.Command{
		Use:   "audit [--rule ID,...] {FILE | -- PROGRAM [ARG ...] | --list}",
		Short: "Judge how a program uses netlink: find mistakes that programs make",
		Long: `Look for mistakes in what a program sends over netlink and in how it handles the
answers: dumps that were interrupted and not repeated, notifications that were
lost, attributes with a wrong length ... "nslab audit --list" lists the rules.

FILE is a recording, as "nslab trace -f -o FILE.jsonl" writes it; reading it
needs no privileges. Captures (pcap, pcapng) and strace's output contain less:
audit names the rules that need more. FILE may be - for standard input.

PROGRAM is run and traced, with all programs that it starts, as with "nslab
trace -f". The report then goes to standard error, or to the file of --report.

Exit status: 0 at most hints were found, 1 errors or warnings were found, 2 the
command line or the recording is wrong; 127 PROGRAM was not found, 126 it could
not be executed, 125 nslab itself failed.`,
		Example: `  nslab audit -- ip link add a0 type veth peer name b0
  nslab trace -f -o boot.jsonl -- ifup -a; nslab audit boot.jsonl
  nslab audit --rule dump-intr,truncated -o json lab.pcapng`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return a.runAudit(cmd, &f, args) },
	}
	fl := cmd.Flags()
	fl.StringSliceVar(&f.only, "rule", nil, "apply the rules `ID,...` only")
	fl.BoolVar(&f.list, "list", false, "list the rules")
	outputFlag(cmd, &f.output, "json")
	fl.StringVar(&f.report, "report", "", "write the report to `FILE`, - for standard output")
	fl.StringVar(&f.format, "format", "", "the recording's `FORMAT`: "+strings.Join(record.Formats, ", "))
	fl.BoolVar(&f.rw, "rw", false, "also trace read, write, close and peeks of PROGRAM, which slows it down")
	offers(cmd, "format", cobra.FixedCompletions(record.Formats, noFiles))
	var ids []string
	for _, r := range rules.All() {
		ids = append(ids, r.ID)
	}
	offers(cmd, "rule", cobra.FixedCompletions(ids, noFiles))
	return cmd
}

// chosen returns the rules that --rule names.
func (f *auditFlags) chosen(cmd *cobra.Command) ([]*rules.Rule, error) {
	if !cmd.Flags().Changed("rule") {
		return rules.All(), nil
	}
	var list []*rules.Rule
	for _, id := range f.only {
		r := rules.Find(id)
		if r == nil {
			return nil, usage(fmt.Errorf("audit: --rule %s: there is no such rule; \"nslab audit --list\" lists them", id))
		}
		if !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		return nil, usage(errors.New("audit: --rule: its value is empty"))
	}
	return list, nil
}

func (a *app) runAudit(cmd *cobra.Command, f *auditFlags, args []string) error {
	if err := checkOutput(cmd, f.output, "json"); err != nil {
		return err
	}
	if f.format != "" && !slices.Contains(record.Formats, f.format) {
		return usage(fmt.Errorf("audit: --format %s: the formats are: %s", f.format, strings.Join(record.Formats, ", ")))
	}
	chosen, err := f.chosen(cmd)
	if err != nil {
		return err
	}
	program := cmd.ArgsLenAtDash() >= 0
	switch {
	case f.list && len(args) > 0:
		return usage(errors.New("audit: --list takes no arguments"))
	case f.list:
		return own(writeRules(cmd.OutOrStdout(), chosen, f.output))
	case len(args) == 0:
		return usage(fmt.Errorf("audit: a recording or a program is missing; usage: %s", cmd.UseLine()))
	case cmd.ArgsLenAtDash() > 0:
		return usage(fmt.Errorf("audit: a recording (%s) and a program exclude each other", args[0]))
	case args[0] == "" && program:
		return usage(errors.New("audit: the program's name is empty"))
	case program && f.format != "":
		return usage(errors.New("audit: --format is for recordings, not for a program"))
	case !program && f.rw:
		return usage(errors.New("audit: --rw is for tracing a program, after --"))
	case !program && len(args) > 1:
		return usage(fmt.Errorf("audit: one recording at a time; to run a program: nslab audit -- %s", args[0]))
	}
	var path string
	if program {
		if path, err = lookUpProgram("audit", args[0]); err != nil {
			return err
		}
	}
	to, err := f.reportTo(cmd, program, append(args[:len(args):len(args)], path, a.watch.record)...)
	if err != nil {
		return err
	}
	j := rules.NewJudge(chosen)
	var status string
	if program {
		status, err = runAudited(cmd, j, f.rw, path, args)
	} else {
		err = readAudited(cmd, j, args[0], f.format)
	}
	if err != nil {
		return errors.Join(err, to.close())
	}
	r := j.End()
	if f.output == "json" {
		err = writeAuditJSON(to, &r, status)
	} else {
		err = writeAuditText(to, &r, status)
	}
	if err == nil {
		err = to.commit()
	}
	if err = errors.Join(err, to.close()); err != nil {
		return own(fmt.Errorf("audit: %w", named(err)))
	}
	if r.Count(rules.Error)+r.Count(rules.Warning) > 0 {
		return &statusError{status: exitFailed}
	}
	return nil
}

// reportOutput is where a report goes. Nothing is written before the report is
// complete.
type reportOutput interface {
	io.Writer
	commit() error
	close() error
}

// reportTo opens the output of the report. It must not be a file that audit
// reads.
func (f *auditFlags) reportTo(cmd *cobra.Command, program bool, reads ...string) (reportOutput, error) {
	switch {
	case f.report != "" && f.report != "-":
		file, err := openWhole(cmd.Context(), f.report, streamsOf(cmd), reads...)
		if err != nil {
			return nil, usage(fmt.Errorf("audit: --report: %w", named(err)))
		}
		return file, nil
	case program && f.report == "":
		return reportStream{bufio.NewWriter(cmd.ErrOrStderr())}, nil
	}
	return reportStream{bufio.NewWriter(cmd.OutOrStdout())}, nil
}

// reportStream is an output that is not a file.
type reportStream struct{ *bufio.Writer }

func (s reportStream) commit() error { return s.Flush() }
func (reportStream) close() error    { return nil }

// judged is a Judge that events can be written to.
type judged struct{ *rules.Judge }

func (j judged) Write(e *audit.Event) error { j.Event(e); return nil }
func (judged) Close() error                 { return nil }

// runAudited runs a program to its end and judges what it does. It returns how
// the program ended, "" for success.
func runAudited(cmd *cobra.Command, j *rules.Judge, every bool, path string, args []string) (status string, err error) {
	j.Records(rules.Everything)
	q := queueEvents(judged{j}, "judge")
	ended, err := runTraced(cmd, trace.Options{Every: every, Label: namespaceLabel}, q.observe, path, args)
	if err = cmp.Or(err, q.close()); err != nil {
		return "", err
	}
	switch {
	case ended.Signaled():
		return "signal " + ended.Signal().String(), nil
	case ended.ExitStatus() != 0:
		return fmt.Sprintf("exit status %d", ended.ExitStatus()), nil
	}
	return "", nil
}

// readAudited judges a recording.
func readAudited(cmd *cobra.Command, j *rules.Judge, name, format string) error {
	in, err := openInput(cmd.Context(), name, cmd.InOrStdin())
	if err != nil {
		return inputError(cmd.Context(), fmt.Errorf("audit: %w; to run a program: nslab audit -- PROGRAM", err))
	}
	defer in.Close()
	called := plain.Text(name)
	if name == "-" {
		called = "standard input"
	}
	r, err := record.Open(in, record.Options{Format: format})
	for err == nil {
		var e audit.Event
		if err = r.Read(&e); err == nil {
			j.Event(&e)
		}
	}
	if err == io.EOF {
		return nil
	}
	return inputError(cmd.Context(), fmt.Errorf("audit: %s: %w", called, err))
}
