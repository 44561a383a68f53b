package sandbox

import (
	"errors"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// takeTerminal notes whether this process is in the foreground of its terminal.
// What it returns takes the terminal back if it then belongs to a process group
// that no longer exists. A shell that was started inside leaves it like that:
// it cannot name the group from which it took it, which has no number in its
// PID namespace.
func takeTerminal() (back func()) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return func() {} // there is no terminal
	}
	fd, own := int(tty.Fd()), unix.Getpgrp()
	if first, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err != nil || first != own || own == 0 {
		tty.Close() //nolint:errcheck // nothing was written
		return func() {}
	}
	return func() {
		defer tty.Close() //nolint:errcheck // nothing was written
		last, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
		if err != nil || last == own || last > 0 && !errors.Is(unix.Kill(-last, 0), unix.ESRCH) {
			return
		}
		// The kernel stops a background process that takes the terminal, unless
		// it ignores the signal (tcsetpgrp(3)).
		if !signal.Ignored(unix.SIGTTOU) {
			signal.Ignore(unix.SIGTTOU)
			defer signal.Reset(unix.SIGTTOU)
		}
		// If the terminal has gone, nobody needs it.
		unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, own) //nolint:errcheck
	}
}
