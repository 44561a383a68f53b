package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/lab"
	"github.com/spf13/cobra"
)

// logsFlags are the flags of logs.
type logsFlags struct {
	lab, since string
	follow     bool
	lines      int
}

func (a *app) logs() *cobra.Command {
	var f logsFlags
	cmd := &cobra.Command{
		Use:   "logs [[LAB/]NODE[/PROCESS] ...]",
		Short: "Show what the processes of a lab's nodes have written",
		Long: `Show the standard output and error of processes that a lab keeps in its nodes,
one after the other; -f goes on with what they write, until the lab is taken
down or you press Ctrl-C. With several, the node and the process stand before
each line. Without an argument, logs shows those of all processes of the lab of
-l or $NSLAB_LAB, or of the only one.

Programs write their logs themselves, so lines have no times: --since start
shows what each has written since it was started last. On a terminal, control
characters are shown as escapes.`,
		Example: `  nslab logs seed/web
  nslab logs -l seed -f -n 10`,
		Args:              arguments(func(cmd *cobra.Command, _ []string) error { return f.check(cmd) }),
		ValidArgsFunction: a.nodeThen(nothing),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runLogs(cmd, &f, args)
		},
	}
	a.labFlag(cmd, &f.lab)
	cmd.Flags().BoolVarP(&f.follow, "follow", "f", false, "go on with what is written from now on")
	cmd.Flags().IntVarP(&f.lines, "lines", "n", 0, "only the last `N` lines of each")
	cmd.Flags().StringVar(&f.since, "since", "", "only what each has written since it was started last: `start`")
	cmd.MarkFlagsMutuallyExclusive("since", "lines")
	return cmd
}

func (f *logsFlags) check(cmd *cobra.Command) error {
	switch {
	case cmd.Flags().Changed("lines") && f.lines < 1:
		return fmt.Errorf("-n %d: use at least 1", f.lines)
	case cmd.Flags().Changed("since") && f.since != "start":
		return fmt.Errorf("--since %q: lines of logs have no times, because programs write them themselves; use --since start", f.since)
	}
	return nil
}

func (a *app) runLogs(cmd *cobra.Command, f *logsFlags, args []string) (err error) {
	l, which, err := a.logsOf(f, args)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	logs, err := l.Logs(which...)
	if err != nil {
		return err
	}
	defer func() {
		for _, g := range logs {
			err = errors.Join(err, g.Close())
		}
	}()
	names := make([]string, len(logs))
	width := 0
	for i, g := range logs {
		names[i] = g.Node + "/" + g.Name
		width = max(width, len(names[i]))
		if f.since != "" {
			err = errors.Join(err, g.SinceStart())
		}
		if f.lines > 0 {
			err = errors.Join(err, g.Last(f.lines))
		}
	}
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	to := make([]io.Writer, len(logs))
	lines := make([]*logWriter, len(logs))
	for i := range logs {
		lines[i] = &logWriter{ctx: cmd.Context(), w: out, escape: terminal(out)}
		if len(logs) > 1 {
			lines[i].prefix = fmt.Sprintf("%-*s | ", width, names[i])
		}
		to[i] = lines[i]
	}
	if f.follow {
		err = l.Follow(cmd.Context(), logs, to)
	} else {
		for i, g := range logs {
			if _, werr := g.WriteTo(to[i]); werr != nil {
				return werr
			}
		}
	}
	for _, w := range lines {
		err = errors.Join(err, w.end())
	}
	return err
}

// logsOf opens the lab that arguments name, and says which processes they mean,
// nil for all.
func (a *app) logsOf(f *logsFlags, args []string) (*lab.Lab, []lab.ProgramName, error) {
	if len(args) == 0 {
		l, err := a.openLab("", f.lab)
		return l, nil, err
	}
	byLab, err := a.programNames(args, f.lab)
	if err != nil {
		return nil, nil, err
	}
	if len(byLab) > 1 {
		return nil, nil, usage(errors.New("logs: name processes of one lab only"))
	}
	for name, which := range byLab {
		l, err := lab.Open(name, a.config())
		return l, which, err
	}
	return nil, nil, nil
}

// A logWriter writes whole lines, with a prefix, until the context ends.
type logWriter struct {
	ctx    context.Context
	w      io.Writer
	prefix string
	escape bool   // control characters
	rest   []byte // the beginning of a line
}

// Write implements io.Writer. All lines that end in b are one write.
func (l *logWriter) Write(b []byte) (int, error) {
	if l.ctx.Err() != nil {
		return 0, context.Cause(l.ctx)
	}
	n := len(b)
	var out []byte
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			break
		}
		out = l.line(out, b[:i])
		b = b[i+1:]
	}
	if l.rest = append(l.rest, b...); len(l.rest) >= maxLine {
		out = l.line(out, nil)
	}
	if len(out) == 0 {
		return n, nil
	}
	if _, err := l.w.Write(out); err != nil {
		return 0, err
	}
	return n, nil
}

// end writes a line that has not ended.
func (l *logWriter) end() error {
	if len(l.rest) == 0 {
		return nil
	}
	_, err := l.w.Write(l.line(nil, nil))
	return err
}

// line appends a line to out: the rest and b.
func (l *logWriter) line(out, b []byte) []byte {
	b = append(l.rest, b...)
	out = append(out, l.prefix...)
	if l.escape {
		out = append(out, plain.Lines(string(b))...)
	} else {
		out = append(out, b...)
	}
	l.rest = b[:0]
	return append(out, '\n')
}
