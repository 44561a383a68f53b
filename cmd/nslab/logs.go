package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/lab"
	"github.com/spf13/cobra"
)

// logsFlags are the flags of logs.
type logsFlags struct {
	lab, since string
	follow     bool
	lines      int
	from       time.Time // of since
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

--since start shows what each has written since it was started last, and --since
TIME or DURATION since a time, such as 14:30, 2026-12-01T14:30:05Z or 10m ago.
Programs write their logs themselves, so lines have no times: the lab's keeper
notes when logs grow, and only labs with a restart policy have one. Logs that
take too much room are cut at their beginning. On a terminal, control characters
are shown as escapes.`,
		Example: `  nslab logs seed/web
  nslab logs -l seed -f -n 10
  nslab logs seed/web --since 10m`,
		Args:              arguments(func(cmd *cobra.Command, _ []string) error { return f.check(cmd) }),
		ValidArgsFunction: a.nodeThen(nothing),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runLogs(cmd, &f, args)
		},
	}
	a.labFlag(cmd, &f.lab)
	cmd.Flags().BoolVarP(&f.follow, "follow", "f", false, "go on with what is written from now on")
	cmd.Flags().IntVarP(&f.lines, "lines", "n", 0, "only the last `N` lines of each")
	cmd.Flags().StringVar(&f.since, "since", "", "only what each has written since it was started last: start, or since a `TIME` or duration")
	offers(cmd, "since", cobra.FixedCompletions([]string{"start"}, noFiles))
	cmd.MarkFlagsMutuallyExclusive("since", "lines")
	return cmd
}

func (f *logsFlags) check(cmd *cobra.Command) error {
	switch {
	case cmd.Flags().Changed("lines") && f.lines < 1:
		return fmt.Errorf("-n %d: use at least 1", f.lines)
	case cmd.Flags().Changed("since") && f.since != sinceStart:
		var err error
		f.from, err = sinceTime(f.since, time.Now())
		return err
	}
	return nil
}

// sinceStart is the --since of the last start.
const sinceStart = "start"

// sinceTime reads a time of --since: one of today, one of a day, both in the
// local zone, one of RFC 3339, or how long ago it was.
func sinceTime(text string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t, nil
		}
	}
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), now.Location()), nil
		}
	}
	return time.Time{}, fmt.Errorf("--since %q: use start, a duration such as 10m, or a time such as 14:30:05, 2026-12-01T14:30 or one of RFC 3339", text)
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
		g.OnCut = func(n int64) {
			tell(cmd.ErrOrStderr(), "logs: %s: %d bytes before this were cut from the log, to make room", names[i], n)
		}
		switch f.since {
		case "":
		case sinceStart:
			err = errors.Join(err, g.SinceStart())
		default:
			if serr := g.Since(f.from); errors.Is(serr, lab.ErrNoTimes) {
				err = errors.Join(err, usage(fmt.Errorf("logs: %w; use --since start", serr)))
			} else {
				err = errors.Join(err, serr)
			}
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
