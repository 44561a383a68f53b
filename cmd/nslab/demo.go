package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/sandbox"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/ping"
	"github.com/spf13/cobra"
)

func (a *app) demo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo [bridge|direct]",
		Short: "Build, show and ping the tutorial's lab; no root needed",
		Long: `Build a small lab line by line, with the netlink messages each line takes, ping
through it, show what is there, and take it down again.

  bridge   two hosts joined through a bridge in a third namespace (the default)
  direct   two hosts joined by one veth pair

It runs in user, network and mount namespaces of its own: it needs no root, and
touches nothing of the machine's.`,
		Args:        arguments(cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs)),
		ValidArgs:   []string{"bridge", "direct"},
		Annotations: map[string]string{inSandbox: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
			s := bridgeScene
			if len(args) == 1 && args[0] == "direct" {
				s = directScene
			}
			if !sandbox.Inside() {
				status, err := sandbox.Run(sandbox.Config{})
				if err != nil {
					return fmt.Errorf("demo: %w", err)
				}
				if status != 0 {
					return &statusError{status: status}
				}
				return nil
			}
			if _, err := sandbox.Setup(); err != nil {
				return fmt.Errorf("demo: %w", err)
			}
			return a.runDemo(cmd.Context(), cmd.OutOrStdout(), s)
		},
	}
}

// A counter counts netlink messages.
type counter struct{ datagrams, messages int }

// Observe implements nlspec.Observer.
func (c *counter) Observe(d nlspec.Datagram) {
	c.datagrams++
	m, _ := audit.Decode(d.Protocol, d.Data)
	c.messages += len(m)
}

// runDemo plays a scene. Whatever happens, what it built is taken down.
func (a *app) runDemo(ctx context.Context, w io.Writer, sc scene) (err error) {
	out := &printer{w: w}
	script, err := iproute.ReadScript("demo", strings.NewReader(sc.script), nil)
	if err != nil {
		return err
	}
	var count counter
	var said bytes.Buffer
	tracer := audit.NewTracer(&said)
	e := &engine.Engine{Observer: a.watch.observer(&count, tracer)}
	s := &iproute.Session{Engine: e, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: w}
	defer func() {
		// A demo that was interrupted still takes down what it built.
		_, derr := takeDown(context.WithoutCancel(ctx), e)
		err = errors.Join(err, derr, tracer.Err(), out.err)
	}()

	out.printf("%s\n\n%s\n", sc.title, sc.topology)
	out.printf("Each line of the tutorial, and what it says to the kernel:\n")
	start := time.Now()
	for _, line := range script.Lines {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		said.Reset()
		if err := s.Do(ctx, line.Command); err != nil {
			return fmt.Errorf("demo: %s: %w", strings.Join(line.Words, " "), err)
		}
		out.printf("\n  %s\n", strings.Join(line.Words, " "))
		if said.Len() == 0 {
			out.printf("      (no netlink: unshare, mount)\n")
		}
		for line := range strings.Lines(said.String()) {
			out.printf("      %s\n", shorten(strings.TrimSuffix(line, "\n"), demoWidth))
		}
	}
	built := time.Since(start)
	out.printf("\nBuilt in %.1f ms, printing included: %d lines, %d messages in %d datagrams.\n",
		milliseconds(built), len(script.Lines), count.messages, count.datagrams)

	out.printf("\nPing from %s to %s:\n\n", sc.from, sc.to)
	if err := pingScene(ctx, w, e, sc); err != nil {
		return err
	}

	out.printf("\nWhat is there:\n\n")
	names, err := e.Dir.List()
	if err != nil {
		return err
	}
	if err := showNamespaces(ctx, w, e, names); err != nil {
		return err
	}

	start = time.Now()
	if names, err = takeDown(context.WithoutCancel(ctx), e); err != nil {
		return err
	}
	out.printf("\nTaken down in %.1f ms: %s deleted, and with them the links inside.\n",
		milliseconds(time.Since(start)), strings.Join(names, ", "))
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func pingScene(ctx context.Context, w io.Writer, e *engine.Engine, sc scene) error {
	h, err := e.Dir.Open(sc.from)
	if err != nil {
		return err
	}
	defer h.Close()
	o := ping.Options{Dest: sc.address.String(), Count: 3, Interval: 200 * time.Millisecond, In: h.Do, ErrOut: w}
	stats, err := ping.Run(ctx, o, w)
	if err != nil {
		return fmt.Errorf("demo: ping %s from %q: %w", sc.address, sc.from, err)
	}
	if ping.ExitStatus(o, stats, nil) != 0 {
		return fmt.Errorf("demo: ping %s from %q: no reply", sc.address, sc.from)
	}
	return nil
}

// takeDown deletes every namespace, and so every link in them: the sandbox has
// none but the demo's. It returns their names.
func takeDown(ctx context.Context, e *engine.Engine) ([]string, error) {
	names, err := e.Dir.List()
	errs := []error{err, e.Close()}
	for _, n := range names {
		errs = append(errs, e.Dir.Delete(ctx, n))
	}
	return names, errors.Join(errs...)
}

// demoWidth is where the demo cuts a message's line: a link that the kernel
// describes has fifty attributes. --trace shows them all.
const demoWidth = 150

func shorten(line string, width int) string {
	if r := []rune(line); len(r) > width {
		return string(r[:width]) + " ..."
	}
	return line
}

// printer keeps the first error of writing.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
