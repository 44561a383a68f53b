// Trace measures how much watching slows a program down:
//
//	go run ./trace [-runs N] [-nslab PATH]
//
// Programs run alone, under nslab trace, and under strace with a filter, in
// turn. Medians of the wall time, and of the CPU time including the watcher's,
// are relative to the program alone. It needs root, possibly in a user
// namespace, iproute2 and strace. Each run has its own network and mount
// namespaces.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/nslab/nslab/bench/process"
	"golang.org/x/sys/unix"
)

func main() {
	runs := flag.Int("runs", 7, "`N` runs of each")
	nslab := flag.String("nslab", "", "`path` of nslab; default: build it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM)
	defer stop()
	if err := measure(ctx, *runs, *nslab); err != nil {
		fmt.Fprintln(os.Stderr, "trace:", err)
		os.Exit(1)
	}
}

// A work is a program that is watched.
type work struct {
	name  string
	argv  []string
	limit float64 // how many times as long it may take under nslab trace, at most
}

// A watcher is a command that watches a program: it precedes the program's
// command line.
type watcher struct {
	name string
	argv []string
}

func measure(ctx context.Context, runs int, nslab string) error {
	if runs < 1 {
		return errors.New("-runs: use at least 1")
	}
	dir, err := os.MkdirTemp("", "trace")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if nslab == "" {
		if nslab, err = process.Nslab(ctx, dir); err != nil {
			return err
		}
	}
	works, err := workload(dir)
	if err != nil {
		return err
	}
	out := filepath.Join(dir, "out")
	watchers := []watcher{
		{"nothing", nil},
		{"nslab trace", []string{nslab, "trace", "-f", "-o", out + ".jsonl", "--"}},
		{"nslab trace, text", []string{nslab, "trace", "-f", "-o", out, "--"}},
		{"nslab trace --rw", []string{nslab, "trace", "-f", "--rw", "-o", out + ".jsonl", "--"}},
		{"strace", []string{"strace", "-f", "--seccomp-bpf", "-qq", "-s", "4096", "-e", "trace=%network", "-o", out}},
	}
	for _, w := range works {
		if err := compare(ctx, os.Stdout, w, watchers, runs); err != nil {
			return err
		}
	}
	return nil
}

func workload(dir string) ([]work, error) {
	veth, show := filepath.Join(dir, "veth"), filepath.Join(dir, "show")
	var lines strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&lines, "link add a%d type veth peer name b%d\n", i, i)
	}
	if err := os.WriteFile(veth, []byte(lines.String()), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(show, []byte(strings.Repeat("link show lo\n", 2000)), 0o600); err != nil {
		return nil, err
	}
	return []work{
		{"1,000 veth pairs by ip -batch", []string{"ip", "-batch", veth}, 1.3},
		{"2,000 times link show lo by ip -batch", []string{"ip", "-batch", show}, 8},
		{"dd of 50,000 blocks of 4 KiB", []string{"dd", "if=/dev/zero", "of=/dev/null", "bs=4096", "count=50000", "status=none"}, 1.5},
	}, nil
}

// compare runs a program under each watcher in turn, and writes a table.
func compare(ctx context.Context, to io.Writer, w work, watchers []watcher, runs int) error {
	costs := make([]process.Costs, len(watchers))
	for range runs {
		for i, by := range watchers {
			c, err := run(ctx, slices.Concat(by.argv, w.argv))
			if err != nil {
				return fmt.Errorf("%s, %s: %w", w.name, by.name, err)
			}
			costs[i] = append(costs[i], c)
		}
	}
	fmt.Fprintf(to, "\n%s; medians of %d\n\n| watched by | wall | times | min-max | CPU | times |\n|---|---:|---:|---:|---:|---:|\n", w.name, runs)
	var base process.Cost
	for i, by := range watchers {
		s, c := costs[i].Wall(), costs[i].CPU()
		if i == 0 {
			base = process.Cost{Wall: s.Median, CPU: c.Median}
		}
		times := func(d, of time.Duration) float64 { return float64(d) / float64(of) }
		fmt.Fprintf(to, "| %s | %.1f ms | %.2f | %.2f-%.2f | %.1f ms | %.2f |\n", by.name,
			1e3*s.Median.Seconds(), times(s.Median, base.Wall), times(s.Min, base.Wall), times(s.Max, base.Wall),
			1e3*c.Median.Seconds(), times(c.Median, base.CPU))
	}
	fmt.Fprintf(to, "\nthe goal for nslab trace is at most %.1f times\n", w.limit)
	return nil
}

// run runs a command in new namespaces, and discards its output.
func run(ctx context.Context, argv []string) (process.Cost, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS}
	return process.Run(cmd)
}
