package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/watch"
	"github.com/spf13/cobra"
)

// watchFlags are the flags of watch.
type watchFlags struct {
	every, timestamps, all bool
	only, output           string
	buffer                 int
}

func (a *app) watchCommand() *cobra.Command {
	var f watchFlags
	cmd := &cobra.Command{
		Use:   "watch [LAB ...] | --every",
		Short: "Show what changes in all nodes of labs, as it happens",
		Long: `Show what changes in the nodes of labs, or with --every in every namespace that
has a name in /run/netns: links, addresses, routes, neighbours, forwarding
databases, rules and queueing disciplines. Nodes created later are watched, too.
LAB may be left out if there is only one lab.

Each line ends with who made the change: a program and its process id; "kernel"
if the notification names nobody, as for most changes of links; "unknown" if the
program has ended. If the kernel had to drop notifications, watch reads the
namespaces again and shows what it missed. Ctrl-C ends it; so does SIGINT in the
background of a script.

With -o json each line is an object; its key version is 1.`,
		Example: `  nslab watch seed
  nslab watch --every --only link,route --timestamps
  nslab watch -o json | jq -r 'select(.action == "replaced") | .name'`,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			names := slices.DeleteFunc(a.labNames(word), func(name string) bool { return slices.Contains(args, name) })
			return names, noFiles
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			defer endless(a.interrupt)()
			return a.runWatch(cmd, args, &f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.every, "every", false, "watch every named namespace")
	flags.BoolVar(&f.timestamps, "timestamps", false, "begin each line with the time")
	flags.BoolVar(&f.all, "all", false, "tell also of what changes nothing, such as counters")
	flags.StringVar(&f.only, "only", "", "`KINDS` to watch, of "+strings.Join(watch.KindNames(), ","))
	flags.IntVar(&f.buffer, "buffer", watch.DefaultBuffer, "receive buffer for all namespaces, in `BYTES`")
	outputFlag(cmd, &f.output, "json")
	offers(cmd, "only", cobra.FixedCompletions(watch.KindNames(), noFiles))
	return cmd
}

// maxBuffer is the largest size that SO_RCVBUFFORCE can double.
const maxBuffer = 1<<30 - 1

func (a *app) runWatch(cmd *cobra.Command, args []string, f *watchFlags) error {
	if err := checkOutput(cmd, f.output, "json"); err != nil {
		return err
	}
	cfg := watch.Config{Buffer: f.buffer, Repeated: f.all, Observer: a.watch.observer()}
	if f.buffer < 1 || f.buffer > maxBuffer {
		return usage(fmt.Errorf("watch: --buffer %d: expected 1 to %d bytes", f.buffer, maxBuffer))
	}
	if cmd.Flags().Changed("only") {
		var err error
		if cfg.Kinds, err = watch.ParseKinds(f.only); err != nil {
			return usage(fmt.Errorf("watch: --only: %w", err))
		}
	}
	if f.every && len(args) > 0 {
		return usage(errors.New("watch: name labs or give --every, not both"))
	}
	if !f.every {
		var err error
		if args, err = a.watchedLabs(args); err != nil {
			return err
		}
	}
	cfg.Which = spaceNames(a.config(), args)
	ctx, fail := context.WithCancelCause(cmd.Context())
	defer fail(nil)
	out := &eventWriter{to: bufio.NewWriterSize(cmd.OutOrStdout(), 64<<10), fail: fail}
	cfg.Event = func(e *watch.Event) error {
		line, err := []byte(nil), error(nil)
		if f.output == "json" {
			line, err = e.JSON()
		} else {
			if f.timestamps {
				line = e.Time.AppendFormat(line, "2006-01-02T15:04:05.000000 ")
			}
			line = append(line, e.String()...)
		}
		if err != nil {
			return err
		}
		return out.write(append(line, '\n'))
	}
	err := watch.Run(ctx, cfg)
	if ferr := out.flush(); err == nil {
		err = ferr
	}
	return err
}

// watchedLabs returns the named labs, or the only one.
func (a *app) watchedLabs(names []string) ([]string, error) {
	if len(names) == 0 {
		names = []string{""}
	}
	for i, name := range names {
		l, err := a.openLab(name, "")
		if err != nil {
			return nil, err
		}
		names[i] = l.Name()
		if err := l.Close(); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// spaceNames returns a function that says which namespaces are watched: those
// of labs, or, without labs, all. The nodes of a single lab have their own
// names.
func spaceNames(cfg *lab.Config, labs []string) func(string) (watch.Space, bool) {
	return func(name string) (watch.Space, bool) {
		of, node, ok := cfg.NodeOf(name)
		switch {
		case !ok:
			return watch.Space{Label: name}, len(labs) == 0 && !cfg.IsTakingAway(name)
		case len(labs) == 1:
			return watch.Space{Label: node, Lab: of, Node: node}, of == labs[0]
		}
		return watch.Space{Label: of + "/" + node, Lab: of, Node: node}, len(labs) == 0 || slices.Contains(labs, of)
	}
}

// flushAfter is how long a line may wait, to be written together with others.
const flushAfter = 20 * time.Millisecond

// An eventWriter writes lines together if many arrive.
type eventWriter struct {
	mu      sync.Mutex
	to      *bufio.Writer
	fail    context.CancelCauseFunc // called when writing fails
	last    time.Time
	waiting bool
}

// write writes a line, at once unless another was written shortly before.
func (w *eventWriter) write(line []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.to.Write(line); err != nil {
		return err
	}
	if now := time.Now(); now.Sub(w.last) >= flushAfter && !w.waiting {
		w.last = now
		return w.to.Flush()
	}
	if !w.waiting {
		w.waiting = true
		time.AfterFunc(flushAfter, func() {
			if err := w.flush(); err != nil {
				w.fail(err)
			}
		})
	}
	return nil
}

// flush writes the waiting lines.
func (w *eventWriter) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting, w.last = false, time.Now()
	return w.to.Flush()
}
