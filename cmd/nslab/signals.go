package main

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// interrupts are the signals that ask nslab to stop what it does. A terminal that is
// closed sends SIGHUP. What is ignored stays so: SIGHUP under nohup(1), and SIGINT in the
// background of a script (2.11 of the Shell Command Language in POSIX).
func interrupts() []os.Signal {
	which := []os.Signal{unix.SIGTERM}
	for _, sig := range []os.Signal{unix.SIGINT, unix.SIGHUP} {
		if !signal.Ignored(sig) {
			which = append(which, sig)
		}
	}
	return which
}

// brokenPipesAreErrors makes a write to a pipe that nobody reads any more fail, rather
// than end nslab in the middle of its work. Programs that it starts are not concerned.
func brokenPipesAreErrors() {
	if !signal.Ignored(unix.SIGPIPE) {
		signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE)
	}
}

// endless lets SIGINT end a verb that runs until it is told to stop, even if it is ignored: a
// shell has what a script starts in the background ignore it, and kill -INT is how scripts end
// such a program. tcpdump(8) and ping(8) hear it, too. The first SIGINT calls interrupt, the next
// one, or the first if that is nil, ends nslab with the status of a program that SIGINT ended. The
// function that is returned ends this.
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
