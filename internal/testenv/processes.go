package testenv

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// heedSignals catches the signals that this process was started to ignore:
// nohup(1) ignores SIGHUP, and a shell ignores SIGINT and SIGQUIT for what it
// starts with "&". Programs that a test starts inherit ignored signals
// (execve(2)), and a test that sends one would wait for ever. They do not
// inherit caught signals.
func heedSignals() {
	caught := make(chan os.Signal, 1)
	for _, s := range []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGPIPE, unix.SIGUSR1, unix.SIGUSR2} {
		if signal.Ignored(s) {
			signal.Notify(caught, s)
		}
	}
}
