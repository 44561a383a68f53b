package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// A NotReadyError says that a node, or a process of it, is not ready.
type NotReadyError struct {
	// Node is the node, and Process its process, "" for the node itself.
	Node, Process string
	// Err says why.
	Err error
	// Log is the end of the process's log, in printable characters.
	Log string
}

func (e *NotReadyError) Error() string {
	what := fmt.Sprintf("node %q", e.Node)
	if e.Process != "" {
		what += fmt.Sprintf(": process %q", e.Process)
	}
	text := fmt.Sprintf("%s is not ready: %v", what, e.Err)
	if e.Log != "" {
		text += "\nits log ends with:\n" + e.Log
	}
	return text
}

// ErrNotReady is matched by a NotReadyError.
var ErrNotReady = errors.New("not ready")

// Is reports whether target is ErrNotReady.
func (e *NotReadyError) Is(target error) bool { return target == ErrNotReady }

// Unwrap returns the reason.
func (e *NotReadyError) Unwrap() error { return e.Err }

// settleTime is how long a program without a healthcheck has to live, at least,
// to be ready. A program that is not found, or that does not like its
// configuration, ends within it.
const settleTime = 100 * time.Millisecond

// Ready waits until a process of a node is ready: its healthcheck passes, or
// without one it has lived for a tenth of a second. If it is not going to be
// ready, the error is a *NotReadyError.
func (p *Programs) Ready(ctx context.Context, n *Node, proc *topology.Process) error {
	node := n.node().Name
	var err error
	if h := &proc.Healthcheck; h.IsSet() {
		err = p.healthy(ctx, n, h, proc, p.startTime(node, proc.Name))
	} else {
		err = p.settled(ctx, p.startedAs(node, proc.Name))
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	e := &NotReadyError{Node: node, Process: proc.Name, Err: err}
	if run := p.startedAs(node, proc.Name); run != nil {
		e.Log = p.endOfLog(node, proc.Name, run.from)
		if why := ownWords(e.Log); why != "" && run.ended() {
			e.Err = errors.New(why)
		}
	}
	return e
}

// ownWords returns what a program of nslab's own, such as that of a kind of node,
// says at the end of its log of why it has ended, "" if it says nothing.
func ownWords(log string) string {
	last := log[strings.LastIndexByte(log, '\n')+1:]
	why, ok := strings.CutPrefix(last, "nslab: ")
	if !ok {
		return ""
	}
	return why
}

// NodeReady waits until the healthcheck of a node passes, which has been begun
// with at a time.
func (p *Programs) NodeReady(ctx context.Context, n *Node, since time.Time) error {
	h := &n.node().Healthcheck
	if !h.IsSet() {
		return nil
	}
	err := p.healthy(ctx, n, h, nil, since)
	if err != nil && ctx.Err() == nil {
		err = &NotReadyError{Node: n.node().Name, Err: err}
	}
	return err
}

func (p *Programs) startTime(node, name string) time.Time {
	r, err := processes.ReadRecord(p.dir, node, name)
	if err != nil || r == nil {
		return time.Time{}
	}
	return r.Started
}

// settled waits for a short time, and returns an error if the program has
// failed within it. One that another nslab has started has settled.
func (p *Programs) settled(ctx context.Context, run *running) error {
	if run == nil {
		return nil
	}
	timer := time.NewTimer(settleTime)
	defer timer.Stop()
	select {
	case <-run.done:
		if hasFailed(run.err) {
			return fmt.Errorf("it has ended: %w", run.err)
		}
	case <-timer.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// healthy runs a healthcheck until it passes, or until it has failed too often,
// or the program has.
// If its policy allows, it is started again, since the keeper does not do so
// before the lab is up. proc is nil for a node.
func (p *Programs) healthy(ctx context.Context, n *Node, h *topology.Healthcheck, proc *topology.Process, since time.Time) error {
	ended := make(<-chan struct{})
	var run *running
	if proc != nil {
		run = p.startedAs(n.node().Name, proc.Name)
	}
	if run != nil {
		ended = run.done
	}
	again := 0
	for failed := 0; ; {
		began := time.Now()
		err := p.check(ctx, n, h)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if began.Sub(since) >= h.StartPeriod {
			failed++
		}
		if failed >= h.Retries {
			return fmt.Errorf("its healthcheck has failed %d times, the last time: %w", failed, err)
		}
		timer := time.NewTimer(h.Interval)
		select {
		case <-ended:
			switch {
			case !hasFailed(run.err):
				ended = nil // a daemon: what it has forked works on
			case !mayTry(proc.Restart, run.exit, again):
				timer.Stop()
				return fmt.Errorf("it has ended: %w; its healthcheck had failed: %w", run.err, err)
			default:
				timer.Reset(max(h.Interval, delayFor(again)))
			}
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
			if ended != nil && ctx.Err() == nil {
				err := p.Stop(ctx, n.node().Name, proc.Name) // what it has left
				if err = errors.Join(err, p.Start(ctx, n, proc)); err != nil {
					timer.Stop()
					return err
				}
				again++
				run = p.startedAs(n.node().Name, proc.Name)
				ended = run.done
			}
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// Check runs the healthcheck of a process once. It is nil without one.
func (p *Programs) Check(ctx context.Context, n *Node, h *topology.Healthcheck) error {
	if !h.IsSet() {
		return nil
	}
	return p.check(ctx, n, h)
}

// startDir is the directory of the process that a healthcheck is about, "" where
// that is not known.
func (p *Programs) startDir(n *Node, h *topology.Healthcheck) string {
	node := n.node()
	for i := range node.Processes {
		if proc := &node.Processes[i]; &proc.Healthcheck == h {
			if r, err := processes.ReadRecord(p.dir, node.Name, proc.Name); err == nil && r != nil {
				return r.Dir
			}
		}
	}
	return ""
}

// check runs a test. Its time may end before the program has been started.
func (p *Programs) check(ctx context.Context, n *Node, h *topology.Healthcheck) (err error) {
	ctx, stop := context.WithTimeoutCause(ctx, h.Timeout, errTooLong)
	defer stop()
	defer func() {
		if errors.Is(err, context.DeadlineExceeded) {
			err = context.Cause(ctx)
		}
	}()
	cmd, err := n.View.Command(ctx, n.Index, h.Test[0], h.Test[1:]...)
	if err != nil {
		return err
	}
	defer cmd.Close()
	if cmd.Dir, err = p.dirFor(n, p.startDir(n, h)); err != nil {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	cmd.WaitDelay = time.Second
	var out lastBytes
	cmd.Stdout, cmd.Stderr = &out, &out
	var adopted *processes.Adopted
	cmd.Gate = func() (_ io.Closer, err error) {
		var gate io.Closer = io.NopCloser(nil)
		if p.Gate != nil {
			if gate, err = p.Gate(); err != nil {
				return nil, err
			}
		}
		if adopted, err = p.Adopt(cmd, n.node()); err != nil {
			return nil, errors.Join(err, gate.Close())
		}
		return closers{adopted, gate}, nil
	}
	if err := cmd.Start(); err != nil {
		return atLimit(n.node(), err)
	}
	defer adopted.Leave()
	err = cmd.Wait()
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if text := strings.TrimSpace(plain.Lines(string(out.b))); text != "" {
		return fmt.Errorf("%w: %s", err, text)
	}
	return err
}

// closers are closed one after the other.
type closers []io.Closer

func (c closers) Close() error {
	var errs []error
	for _, c := range c {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

var errTooLong = errors.New("the test took longer than its timeout")

// lastBytes keeps the end of what is written to it.
type lastBytes struct{ b []byte }

func (w *lastBytes) Write(b []byte) (int, error) {
	w.b = append(w.b, b...)
	if over := len(w.b) - maxEnd; over > 0 {
		w.b = append(w.b[:0], w.b[over:]...)
	}
	return len(b), nil
}
