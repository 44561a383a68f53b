package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"sync"

	"github.com/nslab/nslab/lab"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// execMany runs a program in several nodes.
func (a *app) execMany(cmd *cobra.Command, f *execFlags, args []string) (err error) {
	l, err := a.openLab("", f.lab)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	nodes := l.Nodes()
	if f.nodes != "" {
		if nodes, err = l.Match(f.nodes); err != nil {
			if errors.Is(err, path.ErrBadPattern) || errors.Is(err, lab.ErrNoNode) {
				return usage(fmt.Errorf("exec: --nodes: %w", err))
			}
			return err
		}
	}
	lines := newLineWriter(cmd.OutOrStdout(), cmd.ErrOrStderr(), nodes)
	argv := withoutDashes(args)
	results := lab.Run(cmd.Context(), nodes, lab.RunOptions{Jobs: f.jobs, Output: lines.of}, argv[0], argv[1:]...)
	if err := lines.close(); err != nil {
		return err
	}
	warnings := newWarner(cmd.ErrOrStderr())
	for _, r := range results {
		for _, w := range r.Warnings {
			warnings.warn(w)
		}
	}
	return summary(cmd.ErrOrStderr(), results)
}

// maxFailed bounds how many nodes the summary names.
const maxFailed = 20

// summary says how the program ended in each of the nodes.
func summary(w io.Writer, results []lab.RunResult) error {
	var failed []lab.RunResult
	for _, r := range results {
		if r.Err != nil {
			failed = append(failed, r)
		}
	}
	out := &printer{w: w}
	out.printf("%s: %d ok, %d failed\n", count(len(results), "node"), len(results)-len(failed), len(failed))
	for i, r := range failed {
		if i == maxFailed {
			out.printf("  and %d more\n", len(failed)-i)
			break
		}
		out.printf("  %s: %v\n", r.Node.Name, withInterpreter(r.Err))
	}
	if out.err == nil && len(failed) > 0 {
		return &statusError{status: exitFailed}
	}
	return out.err
}

// A lineWriter writes the output of several nodes line by line, with the node
// before each line.
type lineWriter struct {
	out, err io.Writer
	width    int

	mu      sync.Mutex
	writers []*nodeWriter
	failed  error
}

func newLineWriter(out, errOut io.Writer, nodes []*lab.LabNode) *lineWriter {
	l := &lineWriter{out: out, err: errOut}
	for _, n := range nodes {
		l.width = max(l.width, len(n.Name))
	}
	return l
}

// of returns the streams of a node.
func (l *lineWriter) of(n *lab.LabNode) (stdout, stderr io.Writer) {
	prefix := fmt.Sprintf("%-*s | ", l.width, n.Name)
	o, e := &nodeWriter{to: l, w: l.out, prefix: prefix}, &nodeWriter{to: l, w: l.err, prefix: prefix}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writers = append(l.writers, o, e)
	return o, e
}

// close writes incomplete lines, and returns the first error of writing.
func (l *lineWriter) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.writers {
		if len(w.rest) > 0 {
			w.line(append(w.rest, '\n'))
			w.rest = nil
		}
	}
	return l.failed
}

// A nodeWriter is a stream of a node.
type nodeWriter struct {
	to     *lineWriter
	w      io.Writer
	prefix string
	rest   []byte // a line that has not ended
}

// maxLine bounds how much of a line is kept. A longer line is written in parts.
const maxLine = 64 << 10

// Write fails if nobody reads nslab's output any more. The program then gets
// SIGPIPE at its next write, as in a shell's pipeline; otherwise an endless
// program would never stop. A full disk does not end the program.
func (w *nodeWriter) Write(b []byte) (int, error) {
	w.to.mu.Lock()
	defer w.to.mu.Unlock()
	n := len(b)
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			if w.rest = append(w.rest, b...); len(w.rest) >= maxLine {
				w.line(append(w.rest, '\n'))
				w.rest = nil
			}
			break
		}
		w.line(append(w.rest, b[:i+1]...))
		w.rest, b = w.rest[:0], b[i+1:]
	}
	if errors.Is(w.to.failed, unix.EPIPE) {
		return n, w.to.failed
	}
	return n, nil
}

func (w *nodeWriter) line(text []byte) {
	if w.to.failed == nil {
		_, w.to.failed = w.w.Write(append([]byte(w.prefix), text...))
	}
}
