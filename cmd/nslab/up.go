package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/topology"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

func (a *app) up() *cobra.Command {
	var opts lab.UpOptions
	cmd := &cobra.Command{
		Use:   "up [FILE]",
		Short: "Create a lab from a file, or update it to match",
		Long: `Create a lab from a file, or update it to match the file. If it already matches,
up does nothing. It leaves alone what no version of the file has ever mentioned,
unless you give --prune. Exec lines run when a node is created; if they have
changed since, --recreate recreates the node.

Without a FILE, up reads lab.yaml or nslab.yaml in this directory, or else the
only file whose name ends in .clab.yml or .clab.yaml; - is standard input. up
starts the processes of the nodes and returns when all are ready. If a step
fails, something is not ready, or you press Ctrl-C, up undoes everything that
this run did. A second Ctrl-C stops at once; clean up with "nslab down".

Exit status: 0 the lab is up, 1 it could not be built, 2 the file is wrong.`,
		Example: `  nslab up examples/bridge.yaml
  nslab up --prune
  generate-a-lab | nslab up -`,
		Args:              arguments(between(0, 1)),
		ValidArgsFunction: labFiles(false),
		RunE:              func(cmd *cobra.Command, args []string) error { return a.runUp(cmd, args, opts) },
	}
	cmd.Flags().BoolVar(&opts.Prune, "prune", false, "also remove or reset what no file has mentioned")
	cmd.Flags().BoolVar(&opts.NoRefresh, "no-refresh", false, "assume that the lab is as nslab left it; read only the nodes that change")
	cmd.Flags().BoolVar(&opts.Replace, "replace", false, "also change a lab that another file created")
	cmd.Flags().BoolVar(&opts.Kill, "kill", false, "end the processes in nodes that the file drops: SIGTERM, 5 s later SIGKILL")
	cmd.Flags().BoolVar(&opts.Keep, "keep", false, "leave the lab as it is if a node or a process is not ready")
	cmd.Flags().BoolVar(&opts.NoWait, "no-wait", false, "do not wait if another process works on the lab: fail")
	clabFlags(cmd)
	a.nameOption(cmd)
	a.recreateFlag(cmd, &opts)
	cmd.MarkFlagsMutuallyExclusive("prune", "no-refresh")
	return cmd
}

// recreateFlag adds --recreate to up and plan.
func (a *app) recreateFlag(cmd *cobra.Command, opts *lab.UpOptions) {
	cmd.Flags().Var((*patterns)(&opts.Recreate), "recreate",
		"end what runs in these nodes, and recreate them with their links; `NODE` is a name or pattern, or several with commas between them")
	cmd.MarkFlagsMutuallyExclusive("recreate", "no-refresh")
}

// patterns is a flag with names and patterns of nodes. Unlike pflag's list of
// strings, it takes "" as a name, which no node has, instead of an empty list:
// a script may have meant a name.
type patterns []string

// String implements pflag.Value.
func (p *patterns) String() string { return strings.Join(*p, ",") }

// Type implements pflag.Value.
func (p *patterns) Type() string { return "strings" }

// Set implements pflag.Value.
func (p *patterns) Set(text string) error {
	words := []string{""}
	if text != "" {
		var err error
		if words, err = csv.NewReader(strings.NewReader(text)).Read(); err != nil {
			return err
		}
	}
	*p = append(*p, words...)
	return nil
}

// wrongPattern makes an error of --recreate a usage error.
func wrongPattern(err error) error {
	if errors.Is(err, lab.ErrNoNode) || errors.Is(err, path.ErrBadPattern) {
		return usage(fmt.Errorf("--recreate: %w", err))
	}
	return err
}

func (a *app) runUp(cmd *cobra.Command, args []string, opts lab.UpOptions) error {
	t, err := labFile(cmd, args)
	if err != nil {
		return err
	}
	name := plain.Text(t.Path)
	if a.process {
		if err := keepDescriptors(); err != nil {
			return err
		}
	}
	messages := a.watch.messages(cmd.ErrOrStderr())
	bar := newProgress(cmd.ErrOrStderr())
	var undoes atomic.Bool
	progress := func(done, total int, what string) {
		undoes.Store(done < total || !opts.Keep)
		bar.step(done, total, what)
	}
	defer interruptible(cmd.Context(), messages, t.Name, undoes.Load)()
	start := time.Now()
	plan, err := a.bringUp(cmd, t, opts, messages, progress)
	bar.clear()
	if err != nil {
		return wrongPattern(err)
	}
	warnOf(cmd.ErrOrStderr(), plan.Warnings)
	out := cmd.OutOrStdout()
	notes := plan.Notes()
	switch {
	case plan.Empty() && len(notes) > 0:
		_, err = fmt.Fprintf(out, "Lab %q matches %s, except for %s (%s).\n", t.Name, name, plan.Exceptions(), sizeOf(t))
	case plan.Empty():
		_, err = fmt.Fprintf(out, "Lab %q matches %s: nothing to do (%s).\n", t.Name, name, sizeOf(t))
	default:
		_, err = fmt.Fprintf(out, "%s.\n", isUp(t, plan, start))
	}
	for _, note := range notes {
		if err == nil {
			_, err = fmt.Fprintf(out, "  ! %s\n", note)
		}
	}
	return err
}

// bringUp makes a lab match its file. Warnings go to messages.
func (a *app) bringUp(cmd *cobra.Command, t *topology.Topology, opts lab.UpOptions, messages io.Writer, progress func(done, total int, what string)) (*lab.Plan, error) {
	if t.IsFile() {
		// ls may run in another directory.
		var err error
		if t.Path, err = filepath.Abs(t.Path); err != nil {
			return nil, err
		}
	}
	cfg := a.config()
	cfg.Progress = progress
	cfg.OnShortage = func(s *lab.Shortage) { tell(messages, "warning: %v", s) }
	opts.OnUnseen = func(e *lab.UnseenError) { tell(messages, "warning: %v", e) }
	cfg.OnWarning = newWarner(messages).warn
	plan, err := lab.Up(cmd.Context(), t, cfg, opts)
	if isFileWrong(err) {
		err = usage(err)
	}
	if t.Translated() && errors.Is(err, lab.ErrOverlay) {
		err = fmt.Errorf("%w; --%s does without overlays: programs change the machine's files then", err, sharedFlag)
	}
	return plan, err
}

// isUp says what was done to bring a lab up.
func isUp(t *topology.Topology, plan *lab.Plan, start time.Time) string {
	return fmt.Sprintf("Lab %q is up: %s (%s) in %s", t.Name, plan.Counts().Done(), sizeOf(t), took(start))
}

func sizeOf(t *topology.Topology) string {
	return fmt.Sprintf("%s, %s", count(len(t.Nodes), "node"), count(len(t.Links), "link"))
}

// count writes a number of things.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// took returns the time since start, rounded to about three digits.
func took(start time.Time) time.Duration {
	d := time.Since(start)
	switch {
	case d < time.Second:
		return d.Round(100 * time.Microsecond)
	case d < time.Minute:
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(time.Second)
}

// sameInterrupt is how long signals count as the first one. timeout(1) sends a
// signal to its child and one to its process group, and passes on signals that
// the terminal has sent to both.
const sameInterrupt = 500 * time.Millisecond

// interruptible reports the first of the interrupts, which ends the context,
// and ends the process at the second. undoes reports whether something has been
// done that is undone now. The caller must call stop when the work is done.
func interruptible(ctx context.Context, stderr io.Writer, name string, undoes func() bool) (stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, interrupts()...)
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-ctx.Done():
		case <-done:
			return
		}
		select {
		case <-signals: // the one that ended the context
		case <-done:
			return
		}
		first := time.Now()
		what := "stopping"
		if undoes() {
			what = "undoing what was done"
		}
		said := say(stderr, "\nnslab: interrupted; %s. A second interrupt stops at once.\n", what)
		for {
			select {
			case sig := <-signals:
				if sig == unix.SIGHUP || time.Since(first) < sameInterrupt {
					continue // the shell and the kernel both send SIGHUP
				}
				select {
				case <-said:
					said = say(stderr, "\nnslab: stopped midway; clean up with \"nslab down %s\"\n", name)
				default: // nobody reads
				}
				select {
				case <-said:
				case <-time.After(time.Second):
				}
				os.Exit(exitFailed)
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
		<-stopped
	}
}
