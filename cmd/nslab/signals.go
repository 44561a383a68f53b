package main

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// interrupts returns the signals that ask nslab to stop. A terminal that is
// closed sends SIGHUP. Signals that were ignored stay ignored: SIGHUP under
// nohup(1), and SIGINT in the background of a script (2.11 of the Shell Command
// Language in POSIX).
func interrupts() []os.Signal {
	which := []os.Signal{unix.SIGTERM}
	for _, sig := range []os.Signal{unix.SIGINT, unix.SIGHUP} {
		if !signal.Ignored(sig) {
			which = append(which, sig)
		}
	}
	return which
}

// brokenPipesAreErrors makes a write to a pipe without a reader fail, instead
// of ending nslab in the middle of its work. It does not affect programs that
// nslab starts.
func brokenPipesAreErrors() {
	if !signal.Ignored(unix.SIGPIPE) {
		signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE)
	}
}

// endless lets SIGINT end a command that runs until it is told to stop, even if
// SIGINT is ignored. Shells make background programs of a script ignore it, and
// scripts end such programs with kill -INT. tcpdump(8) and ping(8) react to it,
// too. The first SIGINT calls interrupt. The next one, or the first if
// interrupt is nil, ends nslab with the status of a program that SIGINT ended.
// The returned function undoes this.
func endless(interrupt func()) (end func()) {
	if !signal.Ignored(unix.SIGINT) {
		return func() {}
	}
	came, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(came, unix.SIGINT)
	go func() {
		for {
			select {
			case <-came:
			case <-done:
				return
			}
			if interrupt == nil {
				os.Exit(128 + int(unix.SIGINT))
			}
			interrupt()
			interrupt = nil
		}
	}()
	return func() {
		signal.Stop(came)
		close(done)
	}
}
