package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/sandbox"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/ping"
	"github.com/spf13/cobra"
)

func (a *app) demo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo [bridge|direct|namespace]",
		Short: "Build, show and ping the tutorial's lab; no root needed",
		Long: `Build a small lab line by line, print the netlink messages that each line sends,
ping through the lab, show its state, and take it down again.

  bridge     two hosts joined by a bridge in a third namespace (default)
  direct     two hosts joined by a veth pair
  namespace  one namespace with a program in it, and everything that belongs to
             it alone: links, addresses, routes, ARP and firewall rules

The demo runs in user, network and mount namespaces of its own. It needs no root
and changes nothing on the machine.`,
		Args:        arguments(cobra.MatchAll(between(0, 1), cobra.OnlyValidArgs)),
		ValidArgs:   []string{"bridge", "direct", "namespace"},
		Annotations: map[string]string{inSandbox: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
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
			switch name := strings.Join(args, ""); name {
			case "namespace":
				return a.demoNamespace(cmd.Context(), cmd.OutOrStdout())
			case "direct":
				return a.runDemo(cmd.Context(), cmd.OutOrStdout(), directScene)
			default:
				return a.runDemo(cmd.Context(), cmd.OutOrStdout(), bridgeScene)
			}
		},
	}
}

// runDemo plays a scene. In any case, it takes down what it built.
func (a *app) runDemo(ctx context.Context, w io.Writer, sc scene) (err error) {
	script, err := iproute.ReadScript("demo", strings.NewReader(sc.script), nil)
	if err != nil {
		return err
	}
	d := a.newDemoPlay(w)
	defer func() { err = errors.Join(err, d.end(ctx)) }()
	out, e := d.out, d.e

	out.printf("%s\n\n%s\n", sc.title, sc.topology)
	out.printf("Each line of the tutorial, and the messages that it sends:\n")
	start := time.Now()
	for _, line := range script.Lines {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err := d.line(strings.Join(line.Words, " "), func() error { return d.s.Do(ctx, line.Command) }); err != nil {
			return err
		}
	}
	built := time.Since(start)
	out.printf("\nBuilt in %.1f ms, printing included: %d lines, %d messages in %d datagrams.\n",
		milliseconds(built), len(script.Lines), d.count.messages, d.count.datagrams)

	out.printf("\nPing from %s to %s:\n\n", sc.from, sc.to)
	if err := pingScene(ctx, w, e, sc); err != nil {
		return err
	}

	out.printf("\nThe result:\n\n")
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
	out.printf("\nTaken down in %.1f ms: %s, with the links inside.\n",
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
