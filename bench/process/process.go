// Package process runs the programs that are compared, and measures their
// costs.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/nslab/nslab/bench/report"
)

// Nslab builds nslab in dir and returns its path. The working directory is that
// of this module.
func Nslab(ctx context.Context, dir string) (path string, err error) {
	path = filepath.Join(dir, "nslab")
	build := exec.CommandContext(ctx, "go", "build", "-o", path, "./cmd/nslab")
	build.Dir, build.Env = "..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build nslab (run this in the directory bench, or name it with -nslab): %w\n%s", err, out)
	}
	return path, nil
}

// Cost is the cost of one run.
type Cost struct {
	Wall   time.Duration
	CPU    time.Duration // of the program and the children that it waited for
	Memory int64         // peak memory in bytes
}

// Run runs a command to its end. Its standard output goes where the command
// says; its standard error is in the error.
func Run(cmd *exec.Cmd) (Cost, error) {
	var errs strings.Builder
	cmd.Stderr = &errs
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return Cost{}, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, errs.String())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return Cost{}, errors.New("the system does not say how much memory a process had")
	}
	return Cost{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss << 10}, nil
}

// Costs are the costs of several runs of one command.
type Costs []Cost

// Wall returns the spread of the wall times.
func (c Costs) Wall() report.Spread[time.Duration] {
	return c.spread(func(c Cost) time.Duration { return c.Wall })
}

// CPU returns the spread of the CPU times.
func (c Costs) CPU() report.Spread[time.Duration] {
	return c.spread(func(c Cost) time.Duration { return c.CPU })
}

func (c Costs) spread(of func(Cost) time.Duration) report.Spread[time.Duration] {
	var times []time.Duration
	for _, one := range c {
		times = append(times, of(one))
	}
	return report.SpreadOf(times)
}

// Memory returns the highest peak memory of a run, in bytes.
func (c Costs) Memory() (most int64) {
	for _, one := range c {
		most = max(most, one.Memory)
	}
	return most
}
