package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Cleaner knows when the kernel has taken apart the namespaces that are no
// longer used. The worker cleanup_net does that, one batch after another, long
// after their deletion has returned.
//
// A Sentinel is a namespace with one end of a veth pair. When it is released,
// the kernel queues it after the others. Once the other end of the pair is
// gone, the work on the others has begun, because cleanup_net takes all queued
// namespaces and removes devices before the rest. The tracepoint
// workqueue_execute_end then shows when the worker is done. Without tracefs the
// result is the time when the other end went, which is somewhat early.
type Cleaner struct {
	trace string // our instance of tracefs
	pipe  *os.File
	lines chan string
}

// NewCleaner mounts tracefs in the calling mount namespace, which must be
// private, if the kernel and the caller's rights permit that.
func NewCleaner(dir string) (*Cleaner, error) {
	c := &Cleaner{}
	mount := filepath.Join(dir, "tracing")
	if err := os.Mkdir(mount, 0o700); err != nil {
		return nil, err
	}
	if err := unix.Mount("tracefs", mount, "tracefs", 0, ""); err != nil {
		return c, nil
	}
	c.trace = filepath.Join(mount, "instances", fmt.Sprintf("nslab-bench-%d", os.Getpid()))
	if err := c.open(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Cleaner) open() error {
	if err := os.Mkdir(c.trace, 0o700); err != nil {
		return err
	}
	for _, w := range []struct{ file, value string }{
		{"trace_clock", "mono"},
		{"events/workqueue/workqueue_execute_end/filter", "function.function == cleanup_net"},
		{"events/workqueue/workqueue_execute_end/enable", "1"},
	} {
		err := os.WriteFile(filepath.Join(c.trace, w.file), []byte(w.value), 0)
		if err != nil && strings.HasSuffix(w.file, "filter") {
			continue // Linux before 6.3 has no names there, but in the lines
		}
		if err != nil {
			return err
		}
	}
	// Non-blocking, so that closing it ends a read.
	fd, err := unix.Open(filepath.Join(c.trace, "trace_pipe"), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	pipe := os.NewFile(uintptr(fd), "trace_pipe")
	c.pipe, c.lines = pipe, make(chan string, 1024)
	go func() {
		defer close(c.lines)
		s := bufio.NewScanner(pipe)
		for s.Scan() {
			if strings.Contains(s.Text(), "function cleanup_net") {
				c.lines <- s.Text()
			}
		}
	}()
	return nil
}

// Traced reports whether the tracepoints are used.
func (c *Cleaner) Traced() bool { return c.pipe != nil }

// Close removes the instance.
func (c *Cleaner) Close() error {
	if c.trace == "" {
		return nil
	}
	var errs []error
	err := os.WriteFile(filepath.Join(c.trace, "events/workqueue/workqueue_execute_end/enable"), []byte("0"), 0)
	if !errors.Is(err, fs.ErrNotExist) {
		errs = append(errs, err)
	}
	if c.pipe != nil {
		errs = append(errs, c.pipe.Close())
		for range c.lines { // until the reader has ended, because removing fails before
		}
	}
	if err := os.Remove(c.trace); !errors.Is(err, fs.ErrNotExist) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Wait waits until all namespaces that were released before the call are taken
// apart, and returns the time of the monotonic clock. The sentinel must be made
// beforehand.
func (c *Cleaner) Wait(ctx context.Context, s *Sentinel) (time.Duration, error) {
	c.drain()
	gone, err := s.letGo(ctx)
	if err != nil {
		return 0, fmt.Errorf("wait for the kernel's clean-up: %w", err)
	}
	if !c.Traced() {
		return gone, nil
	}
	for {
		select {
		case line, ok := <-c.lines:
			if !ok {
				return 0, errors.New("trace_pipe ended")
			}
			at, err := traceTime(line)
			if err != nil {
				return 0, err
			}
			// A run of the worker that ended before the sentinel's device went
			// belongs to another batch.
			if at >= gone {
				return at, nil
			}
		case <-ctx.Done():
			return 0, fmt.Errorf("wait for the end of cleanup_net: %w", context.Cause(ctx))
		}
	}
}

func (c *Cleaner) drain() {
	for {
		select {
		case <-c.lines:
		default:
			return
		}
	}
}

// traceTime returns the time of a line such as
// "  kworker/u8:0-15160 [001] d..2.  3245.127001: workqueue_execute_end: …".
func traceTime(line string) (time.Duration, error) {
	for _, field := range strings.Fields(line) {
		text, ok := strings.CutSuffix(field, ":")
		if !ok || !strings.Contains(text, ".") {
			continue
		}
		if s, err := strconv.ParseFloat(text, 64); err == nil {
			return time.Duration(s * float64(time.Second)), nil
		}
	}
	return 0, fmt.Errorf("trace_pipe: no time in %q", line)
}

// Now returns the time of the monotonic clock.
func Now() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return 0 // the call cannot fail with this clock
	}
	return time.Duration(t.Nano())
}
