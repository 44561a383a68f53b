package testenv

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// heedSignals takes the signals that this process was started to ignore: nohup(1)
// ignores SIGHUP, a shell SIGINT and SIGQUIT in what it starts with "&". What is
// ignored is ignored by each program that a test starts too (execve(2)), and a
// test that sends it the signal would wait for ever; what is caught is not.
func heedSignals() {
	caught := make(chan os.Signal, 1)
	for _, s := range []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGPIPE, unix.SIGUSR1, unix.SIGUSR2} {
		if signal.Ignored(s) {
			signal.Notify(caught, s)
		}
	}
}
