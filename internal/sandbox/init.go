package sandbox

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// Init is what the first process of a PID namespace does (pid_namespaces(7)):
// it runs the program once more, with the same arguments and streams, reaps the
// processes that lose their parents, and returns the program's exit status.
// When the caller then ends, the kernel kills all that is left in the
// namespace. The program must run as another process, since what waits for the
// children of others would take the results of its own.
func Init() (int, error) {
	m, in := place()
	if in != atInit {
		return 0, ErrNotInside
	}
	// Signals that reach this process were sent to its process group, or are
	// not for it. It must not ignore them: the program would ignore them too.
	for _, s := range forwarded {
		if !signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	go endWith(m.told)
	for {
		var ws syscall.WaitStatus
		switch pid, err := syscall.Wait4(-1, &ws, 0, nil); {
		case err != nil && !errors.Is(err, unix.EINTR):
			return 0, os.NewSyscallError("wait4", err)
		case pid == cmd.Process.Pid:
			return statusOf(ws), nil
		}
	}
}

// endWith ends this process when the process outside has closed its end of the
// pipe, that is, has ended. The signal that Run asks for with Pdeathsig does so
// too, unless that process died before it could ask.
func endWith(pipe int) {
	fds := []unix.PollFd{{Fd: int32(pipe)}} // POLLHUP is always reported
	for {
		if _, err := unix.Poll(fds, -1); err == nil && fds[0].Revents != 0 {
			os.Exit(128 + int(unix.SIGKILL))
		} else if err != nil && err != unix.EINTR {
			return
		}
	}
}
