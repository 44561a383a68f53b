package trace

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// launch starts the program. It begins with this program again, as the stage,
// which waits until it is traced.
func (t *tracer) launch(c *Command) (pidfd int, err error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socketpair", err)
	}
	pid, err := t.forkStage(c, ends[1])
	unix.Close(ends[1])
	if err != nil {
		unix.Close(ends[0])
		return -1, err
	}
	t.stage, t.main, t.path = ends[0], pid, c.Path
	if pidfd, err = t.seizeStage(pid); err != nil {
		unix.Kill(pid, unix.SIGKILL) //nolint:errcheck // it is a child that has not been reaped, so the number is still its own
		for {
			if _, werr := unix.Wait4(pid, nil, unix.WALL, nil); werr != unix.EINTR {
				return -1, err
			}
		}
	}
	return pidfd, nil
}

// seizeStage begins to trace the stage, and lets it become the program. What
// the program starts is traced from its first instruction on. Nothing of it
// outlives this thread, because without a tracer calls that the filter stops at
// fail with ENOSYS.
func (t *tracer) seizeStage(pid int) (pidfd int, err error) {
	if pidfd, err = unix.PidfdOpen(pid, 0); err != nil {
		return -1, os.NewSyscallError("pidfd_open", err)
	}
	defer func() {
		if err != nil {
			unix.Close(pidfd)
		}
	}()
	tid, err := receiveNumber(t.stage)
	if err != nil {
		return -1, fmt.Errorf("the stage of %s: %w", t.path, err)
	}
	if err := seize(tid, options|unix.PTRACE_O_TRACESECCOMP|unix.PTRACE_O_TRACEFORK|unix.PTRACE_O_TRACEVFORK|unix.PTRACE_O_EXITKILL); err != nil {
		return -1, fmt.Errorf("seize process %d: %w", pid, explainSeize(tid, err))
	}
	t.newTask(tid, nil)
	t.listen([]int{tid}) // before the program can start others
	if err := sendNumber(t.stage, tid); err != nil {
		return -1, fmt.Errorf("the stage of %s: %w", t.path, err)
	}
	return pidfd, nil
}

// options are the ptrace options of every traced task.
const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEEXEC

// forkStage starts this program again as the stage, which has one end of a
// socket pair under the same number.
func (t *tracer) forkStage(c *Command, socket int) (pid int, err error) {
	env := c.Env
	if env == nil {
		env = os.Environ()
	}
	s := stage{parent: os.Getpid(), socket: socket, every: t.o.Every, path: c.Path}
	files := make([]uintptr, socket+1)
	for i, f := range []*os.File{c.Stdin, c.Stdout, c.Stderr} {
		files[i] = uintptr(i)
		if f != nil {
			files[i] = f.Fd()
		}
	}
	// Pass on what a child would inherit.
	for fd := 3; fd < socket; fd++ {
		files[fd] = ^uintptr(0)
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			files[fd] = uintptr(fd)
		}
	}
	files[socket] = uintptr(socket)
	pid, err = syscall.ForkExec("/proc/self/exe", c.Args, &syscall.ProcAttr{
		Dir:   c.Dir,
		Env:   append(without(env, stageEnv), stageEnv+"="+s.String()),
		Files: files,
	})
	if err != nil {
		return 0, fmt.Errorf("start this program again, as %s: %w", c.Path, err)
	}
	return pid, nil
}

// notExecuted returns the reason why the stage did not become the program.
func (t *tracer) notExecuted() error {
	b := make([]byte, 4096)
	n, err := unix.Read(t.stage, b)
	if err != nil || n < 2 {
		if t.status.Signaled() {
			return fmt.Errorf("%v ended it before %s was executed", t.status.Signal(), t.path)
		}
		return errors.Join(fmt.Errorf("start %s: the process ended with status %d before", t.path, t.status.ExitStatus()), err)
	}
	errno := unix.Errno(uint16(b[0]) | uint16(b[1])<<8)
	return &stageError{text: string(b[2:n]), PathError: os.PathError{Op: "exec", Path: t.path, Err: errno}}
}

// A stageError is the error of the stage, with its text.
type stageError struct {
	text string
	os.PathError
}

func (e *stageError) Error() string { return e.text }
func (e *stageError) Unwrap() error { return &e.PathError }

// explainSeize adds the likely cause to an error of PTRACE_SEIZE.
func explainSeize(pid int, err error) error {
	switch {
	case errors.Is(err, unix.EPERM) && isKernelThread(pid):
		return fmt.Errorf("%w: it is a thread of the kernel, which cannot be traced", err)
	case errors.Is(err, unix.EPERM) && tracerOf(pid) != 0:
		return fmt.Errorf("%w: process %d traces it already; end that first", err, tracerOf(pid))
	case errors.Is(err, unix.EPERM):
		if b, rerr := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope"); rerr == nil && len(b) > 0 && b[0] != '0' {
			return fmt.Errorf("%w: kernel.yama.ptrace_scope is %c: run as root, or set it to 0", err, b[0])
		}
		return fmt.Errorf("%w: it belongs to another user, or is being traced already: run as root, or end its tracer", err)
	case errors.Is(err, unix.ESRCH):
		return fmt.Errorf("%w: there is no such process", err)
	}
	return err
}
