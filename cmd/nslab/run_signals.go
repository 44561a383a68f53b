package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// program is what run starts: an exec.Cmd, or one of a node.
type program interface{ Start() error }

// runSignals handles the signals of run: those that were told by the process
// outside, and those that reached this one directly, because they were sent to
// the whole process group.
//
// While the program runs, they are for it alone. Ctrl-C and Ctrl-\ reach it
// directly, too, as long as it is in this process group. Such a signal must not
// be sent to it once more: many programs give up at the second. Before and
// after, signals end run: the first one ends bringing the lab up, and the
// second one ends everything at once.
type runSignals struct {
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	running *os.Process
	first   os.Signal // the first one that came while no program ran
	when    time.Time // when it came
	program bool      // the program was started
	direct  map[os.Signal]time.Time
}

// sameSignal is how long a signal that is told waits for the same one that came
// directly.
const sameSignal = 100 * time.Millisecond

// An interruptedError says which signal ended run.
type interruptedError struct{ signal os.Signal }

func (e interruptedError) Error() string { return fmt.Sprintf("ended by a signal (%v)", e.signal) }

// hearSignals handles signals from now on.
func hearSignals(parent context.Context, told <-chan os.Signal) *runSignals {
	s := &runSignals{direct: make(map[os.Signal]time.Time)}
	s.ctx, s.cancel = context.WithCancelCause(context.WithoutCancel(parent))
	direct := make(chan os.Signal, 16)
	for _, sig := range []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2} {
		if !signal.Ignored(sig) { // the program would not ignore it either
			signal.Notify(direct, sig)
		}
	}
	go func() {
		for {
			select {
			case sig := <-direct:
				s.came(sig)
			case sig := <-told:
				s.told(sig)
			}
		}
	}()
	return s
}

// came handles a signal that reached this process.
func (s *runSignals) came(sig os.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.direct[sig] = time.Now()
	if s.running == nil {
		s.end(sig)
	}
}

// told handles a signal that reached the process outside.
func (s *runSignals) told(sig os.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.running == nil:
		s.end(sig)
	case (sig == unix.SIGINT || sig == unix.SIGQUIT) && sameGroup(s.running.Pid):
		at := time.Now().Add(-sameSignal)
		time.AfterFunc(sameSignal, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.direct[sig].Before(at) {
				s.send(sig)
			}
		})
	default:
		s.send(sig)
	}
}

// sameGroup reports whether a process is in this one's process group.
func sameGroup(pid int) bool {
	group, err := unix.Getpgid(pid)
	return err == nil && group == unix.Getpgrp()
}

// send sends a signal to the program, unless it has ended.
func (s *runSignals) send(sig os.Signal) {
	if s.running == nil {
		return
	}
	if err := s.running.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		go tell(os.Stderr, "pass on %v: %v", sig, err)
	}
}

// end handles a signal while no program runs.
func (s *runSignals) end(sig os.Signal) {
	switch {
	case sig == unix.SIGUSR1 || sig == unix.SIGUSR2:
	case s.first == nil:
		s.first, s.when = sig, time.Now()
		if !s.program {
			s.cancel(interruptedError{sig})
		}
	case time.Since(s.when) >= sameInterrupt && sig != unix.SIGHUP:
		// Nothing outside of these namespaces has changed.
		os.Exit(128 + int(sig.(syscall.Signal)))
	}
}

// start starts the program, unless a signal came before.
func (s *runSignals) start(p program, c *exec.Cmd) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first != nil {
		return s.instead(interruptedError{s.first})
	}
	if err := p.Start(); err != nil {
		return notStarted(err)
	}
	s.running, s.program = c.Process, true
	return nil
}

// ended says that the program has ended.
func (s *runSignals) ended() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = nil
}

// instead gives an error the status of the signal that caused it.
func (s *runSignals) instead(err error) error {
	var by interruptedError
	if err != nil && errors.As(context.Cause(s.ctx), &by) {
		return &statusError{status: 128 + int(by.signal.(syscall.Signal)), err: err}
	}
	return err
}
