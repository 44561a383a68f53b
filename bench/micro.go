package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// micro runs the benchmarks of this directory in alternated rounds, one library
// after another, and prints medians as a Markdown table. Each sample is a
// separate process, so that no library pays for another's garbage.
func micro(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("micro", flag.ContinueOnError)
	rounds := flags.Int("rounds", 10, "`number` of samples of each benchmark and library")
	benchtime := flags.String("benchtime", "1s", "`time` of a sample, as in go test -benchtime")
	pattern := flags.String("bench", ".", "`regexp` of the benchmarks, as in go test -bench")
	if err := parseFlags(flags, args); err != nil {
		return err
	}
	if *rounds < 1 {
		fmt.Fprintln(flags.Output(), "bench micro: want at least one round")
		return errUsage
	}
	dir, err := os.MkdirTemp("", "nslab-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "bench.test")
	if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-o", binary, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("build the benchmarks (run this in the directory bench): %w\n%s", err, out)
	}
	names, err := list(ctx, binary, *pattern)
	if err != nil {
		return err
	}
	var t table
	for round := range *rounds {
		for i := range names {
			// The first comes last in the next round.
			b := names[(i+round)%len(names)]
			fmt.Fprintf(os.Stderr, "round %d of %d: %s\n", round+1, *rounds, b)
			s, err := sample(ctx, binary, b, *benchtime)
			if err != nil {
				return err
			}
			t.add(b, s)
		}
	}
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return err
	}
	fmt.Printf("Linux %s, %d CPUs, %s %s, %d alternated rounds of %s.\n\n", unix.ByteSliceToString(uts.Release[:]),
		runtime.NumCPU(), runtime.Version(), runtime.GOARCH, *rounds, *benchtime)
	return t.write(os.Stdout, names)
}

// list returns the benchmarks in the order of their runs: libraries that do the
// same thing follow each other, nslab first.
func list(ctx context.Context, binary, pattern string) ([]string, error) {
	results, err := runBenchmarks(ctx, binary, pattern, "1x")
	if err != nil {
		return nil, err
	}
	if len(results) == 0 {
		return nil, fmt.Errorf("no benchmark matches %q", pattern)
	}
	var names []string
	for _, r := range results {
		names = append(names, r.name)
	}
	return names, nil
}

// sample runs one benchmark in a separate process.
func sample(ctx context.Context, binary, name, benchtime string) (map[string]float64, error) {
	exact := "^Benchmark" + strings.ReplaceAll(regexp.QuoteMeta(name), "/", "$/^") + "$"
	results, err := runBenchmarks(ctx, binary, exact, benchtime)
	if err != nil {
		return nil, err
	}
	if len(results) != 1 || results[0].name != name {
		return nil, fmt.Errorf("%s: got %d results, want one", name, len(results))
	}
	return results[0].values, nil
}

func runBenchmarks(ctx context.Context, binary, pattern, benchtime string) ([]result, error) {
	cmd := exec.CommandContext(ctx, binary, "-test.run=^$", "-test.bench="+pattern, "-test.benchtime="+benchtime)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("run the benchmarks %q: %w\n%s%s", pattern, err, stdout.String(), stderr.String())
	}
	return parse(stdout.String())
}
