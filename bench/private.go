package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/nslab/nslab/bench/probe"
	"github.com/nslab/nslab/bench/process"
	"golang.org/x/sys/unix"
)

// The environment of the process in the private namespaces.
const (
	privateEnv    = "NSLAB_BENCH_PRIVATE"
	neighboursEnv = "NSLAB_BENCH_NEIGHBOURS"
	backlogEnv    = "NSLAB_BENCH_BACKLOG"
)

// isPrivate reports whether this is the process in the private namespaces.
func isPrivate() bool { return os.Getenv(privateEnv) != "" }

// private runs this program again, in a new mount and a new network namespace,
// with the tools' paths before its command line.
func private(ctx context.Context, verb string, args []string, t *tools) error {
	if os.Geteuid() != 0 {
		return errors.New("this needs root: it makes namespaces and mounts")
	}
	args = append([]string{verb, "-nslab=" + t.nslab, "-floor=" + t.floor}, args...)
	cmd := exec.CommandContext(ctx, "/proc/self/exe", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) }
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET, Pdeathsig: unix.SIGKILL}
	cmd.Env = append(os.Environ(), privateEnv+"=1")
	// The machine's limits can only be read outside the namespaces.
	for env, path := range map[string]string{
		neighboursEnv: "/proc/sys/net/ipv4/neigh/default/gc_thresh3", backlogEnv: "/proc/sys/net/core/netdev_max_backlog",
	} {
		limit, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		cmd.Env = append(cmd.Env, env+"="+strings.TrimSpace(string(limit)))
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		os.Exit(exit.ExitCode()) // it has printed the reason
	}
	return err
}

// settle gives this process its own /run.
func settle() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mount a tmpfs on /run: %w", err)
	}
	return nil
}

// tools are the programs that are built for the benchmarks: the path of nslab,
// and the directory of floor's programs.
type tools struct{ nslab, floor string }

// flags adds flags for the tools, which the user or the outer process sets.
func (t *tools) flags(f *flag.FlagSet) {
	f.StringVar(&t.nslab, "nslab", "", "`path` of nslab; default: build it")
	f.StringVar(&t.floor, "floor", "", "`directory` of the programs floor and cost; default: build them")
}

func (t *tools) runner() probe.Runner { return probe.Runner{Cost: filepath.Join(t.floor, "cost")} }

func (t *tools) program() string { return filepath.Join(t.floor, "floor") }

// build builds, in a directory, the tools that no flag names.
func (t *tools) build(ctx context.Context, dir string) (err error) {
	if t.nslab == "" {
		if t.nslab, err = process.Nslab(ctx, dir); err != nil {
			return err
		}
	}
	if t.floor == "" {
		t.floor = dir
		build := exec.CommandContext(ctx, "make", "-s", "DIR="+dir)
		build.Dir = "floor"
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build floor (with make and cc, or name it with -floor): %w\n%s", err, out)
		}
	}
	for _, path := range []*string{&t.nslab, &t.floor} {
		abs, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		*path = abs
	}
	return nil
}
