// Package probe measures builders: the time, the CPU time and the memory of a
// process, the kernel's work afterwards, and the final state.
package probe

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// A Cost is what a process used, with all children that it waited for.
type Cost struct {
	Wall, User, System time.Duration
	MaxRSS             int64 // bytes of the largest process
}

// A Runner runs commands through floor's program cost, whose memory is not
// counted as theirs.
type Runner struct {
	Cost string // its path
}

// Run runs a command to its end.
func (r Runner) Run(ctx context.Context, args []string) (c Cost, err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return c, err
	}
	defer read.Close()
	cmd := exec.CommandContext(ctx, r.Cost, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.ExtraFiles = []*os.File{write} // descriptor 3
	err = cmd.Run()
	write.Close()
	if err != nil {
		return c, fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, tail(out.Bytes()))
	}
	var user, system, rss int64
	if _, err := fmt.Fscan(read, &c.Wall, &user, &system, &rss); err != nil {
		return c, fmt.Errorf("what %s took: %w", args[0], err)
	}
	c.User, c.System = time.Duration(user)*time.Microsecond, time.Duration(system)*time.Microsecond
	c.MaxRSS = rss * 1024
	return c, nil
}

func tail(out []byte) string {
	const most = 2000
	if len(out) > most {
		out = out[len(out)-most:]
	}
	return string(out)
}
