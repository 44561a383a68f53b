package labtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A task is a traced thread.
type task struct {
	tgid int
	// inside is the counted call that it is in, if any.
	inside *call
	// hit says that the fault hits that call.
	hit bool
}

// A tracer runs one program. It does all ptrace(2) and wait4(2) calls on one
// thread, because these calls require it.
type tracer struct {
	program *program
	result  result
	leader  int
	tasks   map[int]*task
	// over says that the program is being killed, or has ended.
	over bool
	// leaving says that it has ended, and that what it has started is let go.
	leaving bool
}

// waitFlags wait only for children of the tracer's thread, not for other
// children of the test.
const waitFlags = unix.WALL | unix.WNOTHREAD

// tellTime is how long a program that hangs has to say where.
const tellTime = 2 * time.Second

// options make every thread and child of the program traced, and killed if the
// tracer ends.
const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK |
	unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL

// run runs the program to its end. When it returns, none of the program's
// processes is left, unless it leaves them.
func (p *program) run() (*result, error) {
	type outcome struct {
		r   *result
		err error
	}
	done := make(chan outcome)
	go func() {
		runtime.LockOSThread()
		t := &tracer{program: p, tasks: make(map[int]*task)}
		err := t.run()
		if err == nil {
			runtime.UnlockOSThread()
		} // else the thread ends with the goroutine, and with it all it traces
		done <- outcome{&t.result, err}
	}()
	o := <-done
	return o.r, o.err
}

func (t *tracer) run() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return errors.Join(err, w.Close())
	}
	defer null.Close()
	pid, err := syscall.ForkExec(t.program.path, append([]string{t.program.path}, t.program.args...), &syscall.ProcAttr{
		// A tracer stops a Go program so often that its runtime takes
		// goroutines for long-running and sends them signals.
		Env:   append(append(os.Environ(), "GODEBUG=asyncpreemptoff=1"), t.program.env...),
		Files: []uintptr{null.Fd(), w.Fd(), w.Fd()},
		Sys:   &syscall.SysProcAttr{Ptrace: true},
	})
	w.Close()
	if err != nil {
		return fmt.Errorf("start %s: %w", t.program.path, err)
	}
	t.leader = pid
	var output bytes.Buffer
	read := make(chan error, 1)
	go func() {
		_, err := io.Copy(&output, r)
		read <- err
	}()
	if err := t.trace(); err != nil {
		return err
	}
	err = <-read
	t.result.output = output.String()
	return err
}

// trace follows the program from its first stop, at execve(2), to the end of
// its last process.
func (t *tracer) trace() error {
	var ws unix.WaitStatus
	if _, err := wait(t.leader, &ws); err != nil {
		return err
	}
	if !ws.Stopped() {
		return fmt.Errorf("the program ended before it began: status %#x", int(ws))
	}
	if err := unix.PtraceSetOptions(t.leader, options); err != nil {
		return os.NewSyscallError("ptrace SETOPTIONS", err)
	}
	t.tasks[t.leader] = &task{tgid: t.leader}
	stop, err := t.clocks()
	if err != nil {
		return err
	}
	defer stop()
	if err := resume(t.leader, 0); err != nil {
		return err
	}
	for {
		tid, err := wait(-1, &ws)
		if errors.Is(err, unix.ECHILD) {
			return nil
		}
		if err != nil {
			return err
		}
		if !ws.Stopped() {
			t.ended(tid, ws)
			continue
		}
		signal, err := t.stopped(tid, ws)
		switch {
		case err != nil:
		case t.leaving && ws.StopSignal() == unix.SIGSTOP, t.program.leaves && isExec(ws) && t.isOther(tid):
			err = t.letGo(tid)
		default:
			err = resume(tid, signal)
		}
		if err != nil {
			return fmt.Errorf("thread %d: %w", tid, err)
		}
	}
}

// clocks kill the program when it is time to.
func (t *tracer) clocks() (stop func(), err error) {
	pidfd, err := unix.PidfdOpen(t.leader, 0)
	if err != nil {
		return nil, os.NewSyscallError("pidfd_open", err)
	}
	send := func(sig unix.Signal) {
		unix.PidfdSendSignal(pidfd, sig, nil, 0) //nolint:errcheck // it may have ended by itself
	}
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		hang := time.NewTimer(runTimeout)
		defer hang.Stop()
		var early <-chan time.Time
		if t.program.killAfter != 0 {
			timer := time.NewTimer(t.program.killAfter)
			defer timer.Stop()
			early = timer.C
		}
		for {
			select {
			case <-early:
				send(unix.SIGKILL)
			case <-hang.C:
				if t.result.hung {
					send(unix.SIGKILL)
					continue
				}
				// A Go program tells by this where it hangs.
				t.result.hung = true
				send(unix.SIGQUIT)
				hang.Reset(tellTime)
			case <-over:
				return
			}
		}
	}()
	return func() {
		close(over)
		<-ended
		unix.Close(pidfd)
	}, nil
}

// ended records the end of a thread. When the program itself ends, what it has
// started is killed.
func (t *tracer) ended(tid int, ws unix.WaitStatus) {
	delete(t.tasks, tid)
	if tid == t.leader {
		t.result.status = ws
		if t.program.leaves {
			t.leave()
		} else {
			t.kill()
		}
	}
}

// leave stops what is still traced, so that it can be let go.
func (t *tracer) leave() {
	t.leaving = true
	for tid, task := range t.tasks {
		unix.Tgkill(task.tgid, tid, unix.SIGSTOP) //nolint:errcheck // it may have ended
	}
}

// letGo ends the tracing of a stopped thread, which continues without a signal.
func (t *tracer) letGo(tid int) error {
	delete(t.tasks, tid)
	return os.NewSyscallError("ptrace DETACH", ignoreGone(unix.PtraceDetach(tid)))
}

// kill kills all processes of the program. Their ids cannot have been reused,
// because only the tracer reaps them.
func (t *tracer) kill() {
	t.over = true
	killed := make(map[int]bool)
	for _, task := range t.tasks {
		if !killed[task.tgid] {
			killed[task.tgid] = true
			unix.Kill(task.tgid, unix.SIGKILL) //nolint:errcheck // it may be a zombie
		}
	}
}

// stopped handles a stop and returns the signal that the thread continues with.
func (t *tracer) stopped(tid int, ws unix.WaitStatus) (signal int, err error) {
	tk := t.tasks[tid]
	if tk == nil {
		// A new thread, whose first stop is by SIGSTOP; it may come before its
		// parent's.
		tgid, err := threadGroup(tid)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			return 0, nil // killed by now
		}
		if err != nil {
			return 0, err
		}
		t.tasks[tid] = &task{tgid: tgid}
		if t.over {
			t.kill() // it was being forked meanwhile
		}
		if ws.StopSignal() == unix.SIGSTOP {
			return 0, nil
		}
		tk = t.tasks[tid]
	}
	switch s := ws.StopSignal(); {
	case s == unix.SIGTRAP|0x80:
		return 0, ignoreGone(t.syscall(tid, tk))
	case isExec(ws):
		// The thread that called execve(2) continues under the id of the group.
		former, err := unix.PtraceGetEventMsg(tid)
		if err != nil {
			return 0, ignoreGone(err)
		}
		if int(former) != tid {
			delete(t.tasks, int(former))
		}
		tk.inside, tk.hit = nil, false
		return 0, nil
	case s == unix.SIGTRAP && ws.TrapCause() > 0:
		return 0, nil // a fork or a clone, whose child stops itself
	default:
		return int(s), nil
	}
}

func isExec(ws unix.WaitStatus) bool {
	return ws.StopSignal() == unix.SIGTRAP && ws.TrapCause() == unix.PTRACE_EVENT_EXEC
}

// isOther reports whether a thread runs another program than the traced one.
func (t *tracer) isOther(tid int) bool {
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", tid))
	return err == nil && exe != t.program.path
}

// syscall handles a stop on entry or on exit of a system call.
func (t *tracer) syscall(tid int, tk *task) error {
	info, err := syscallInfo(tid)
	if err != nil {
		return err
	}
	switch info.op {
	case unix.PTRACE_SYSCALL_INFO_ENTRY:
		return t.entry(tid, tk, info)
	case unix.PTRACE_SYSCALL_INFO_EXIT:
		return t.exit(tid, tk, info)
	}
	return nil
}

func (t *tracer) entry(tid int, tk *task, info *entryInfo) error {
	tk.inside, tk.hit = nil, false
	c, ok := decode(tid, info)
	counts := t.program.counts
	if counts == nil {
		counts = changing
	}
	if !ok || t.leaving || !counts(c) {
		return nil
	}
	t.result.calls = append(t.result.calls, c)
	f := &t.program.fault
	tk.inside = c
	if n := len(t.result.calls); f.at == 0 || n < f.at || n > f.at && !f.onward {
		return nil
	}
	if tk.hit = true; t.result.hit == nil {
		t.result.hit = c
	}
	switch f.effect {
	case killOnEntry:
		// The kernel does not run the call of a dying thread; skipping the call
		// makes sure of it.
		if err := skipCall(tid); err != nil {
			return err
		}
		t.kill()
	case failBefore:
		return skipCall(tid)
	case receiveTwice:
		return setFlags(tid, info.args[3]|unix.MSG_PEEK)
	}
	return nil
}

func (t *tracer) exit(tid int, tk *task, info *entryInfo) error {
	c, hit := tk.inside, tk.hit
	tk.inside, tk.hit = nil, false
	if c == nil {
		return nil
	}
	if !hit {
		// A signal came first, and the kernel makes the call again. It counts
		// once.
		if r := int64(info.nr); r <= -erestartsys && r >= -erestartRestartblock {
			t.result.calls = slices.DeleteFunc(t.result.calls, func(o *call) bool { return o == c })
		}
		return nil
	}
	c.failed = info.failed
	switch t.program.fault.effect {
	case killOnExit:
		t.kill()
	case failBefore, failAfter:
		return setResult(tid, -int64(t.program.fault.errno))
	}
	return nil
}

// Results of calls that the kernel makes again (include/linux/errno.h): from
// ERESTARTSYS to ERESTART_RESTARTBLOCK.
const (
	erestartsys          = 512
	erestartRestartblock = 516
)

// ignoreGone drops the error for a thread that is being killed: it is no longer
// stopped, and wait will report its end.
func ignoreGone(err error) error {
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}

func resume(tid, signal int) error {
	return os.NewSyscallError("ptrace SYSCALL", ignoreGone(unix.PtraceSyscall(tid, signal)))
}

func wait(tid int, ws *unix.WaitStatus) (int, error) {
	for {
		got, err := unix.Wait4(tid, ws, waitFlags, nil)
		if err != unix.EINTR {
			return got, os.NewSyscallError("wait4", err)
		}
	}
}
