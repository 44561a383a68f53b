package trace

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// A tracer traces a program and what it starts. Only one thread uses it.
type tracer struct {
	m     machine
	o     Options
	queue *queue
	end   *atomic.Bool // the tracer is asked to stop
	ended bool         // stopping has begun

	attached bool // the program was attached to, not started
	main     int  // the program's process id
	stage    int  // the socket of the stage; -1 once it is the program
	path     string
	status   unix.WaitStatus // how the program ended

	mainEnded func() // called, perhaps several times, when the program has ended with all its threads or is let go

	tasks      map[int]*task
	processes  map[int]*process
	sockets    map[uint64]*socket // by their cookies
	unused     map[uint64]bool    // the cookies of sockets that were closed without any traffic
	unusedMore int                // number of such sockets beyond those in unused
	holding    int                // number of calls that later events wait for, see queue
	cookie     uint64             // of the tracer's own network namespace; 0 if the kernel has none
	inode      uint64             // of the same namespace
	sentences  *sentences         // nil if they are not asked for or not available

	pairing pairing

	window windowed // memory of the stopped task

	now time.Time // when the stop was seen
}

func newTracer(m machine, o Options, observe func(*audit.Event), end *atomic.Bool) *tracer {
	t := &tracer{
		m: m, o: o, queue: newQueue(observe), end: end, stage: -1,
		tasks: map[int]*task{}, processes: map[int]*process{}, sockets: map[uint64]*socket{}, unused: map[uint64]bool{},
	}
	t.now = time.Now()
	t.own()
	return t
}

// run traces until nothing is left to trace. After an error the program is let
// go, or killed.
func (t *tracer) run() (unix.WaitStatus, error) {
	defer t.release()
	defer t.mainEnded()
	defer quietStops()()
	var failed error
	for {
		if (t.end.Load() || failed != nil) && !t.ended {
			t.ended = true
			t.letGo()
		}
		tid, ws, err := waitAny()
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ECHILD) && failed != nil:
			return 0, failed
		case errors.Is(err, unix.ECHILD):
			return t.result()
		case err != nil:
			return 0, os.NewSyscallError("wait4", err)
		}
		t.now = time.Now()
		if err := t.changed(tid, ws); err != nil && failed == nil {
			failed = err
		}
	}
}

// result returns what Wait returns.
func (t *tracer) result() (unix.WaitStatus, error) {
	if t.stage >= 0 {
		return 0, t.notExecuted()
	}
	return t.status, nil
}

// release releases the tracer's resources.
func (t *tracer) release() {
	for _, k := range t.tasks {
		k.close()
	}
	for _, p := range t.processes {
		p.close()
	}
	if t.stage >= 0 {
		unix.Close(t.stage)
	}
	if t.sentences != nil {
		if err := t.sentences.close(); err != nil {
			t.note(err.Error(), 0)
		}
	}
	t.tellUnused()
	t.queue.flush()
}

// letGo kills a program that was started, or begins to detach from one that was
// attached to.
func (t *tracer) letGo() {
	for tid := range t.tasks {
		// A task that is ending needs neither.
		if t.attached {
			interrupt(tid) //nolint:errcheck
		} else {
			unix.Kill(tid, unix.SIGKILL) //nolint:errcheck
		}
	}
}

// changed handles a task's status from wait4(2).
func (t *tracer) changed(tid int, ws unix.WaitStatus) error {
	k := t.tasks[tid]
	if ws.Exited() || ws.Signaled() {
		if tid == t.main {
			t.status = ws
		}
		if k != nil {
			t.lost(k)
			t.forget(k)
		}
		return nil
	}
	if !ws.Stopped() {
		return nil
	}
	if k == nil {
		k = t.newTask(tid, nil)
	}
	signal := 0
	switch event := ptraceEvent(ws); {
	case ws.StopSignal() == syscallStop:
		if err := t.atCall(k); err != nil {
			return dying(err)
		}
	case event == unix.PTRACE_EVENT_SECCOMP:
		if err := t.atFilter(k); err != nil {
			return dying(err)
		}
	case event == unix.PTRACE_EVENT_FORK || event == unix.PTRACE_EVENT_VFORK || event == unix.PTRACE_EVENT_CLONE:
		child, err := eventMessage(tid)
		if err != nil {
			return dying(err)
		}
		if child != 0 {
			t.newTask(int(child), k)
		}
	case event == unix.PTRACE_EVENT_EXEC:
		former, err := eventMessage(tid)
		if err != nil {
			return dying(err)
		}
		t.pairing.executed(int(former), tid)
		k = t.executed(k, int(former))
	case event == unix.PTRACE_EVENT_EXIT:
		status, err := eventMessage(tid)
		if err != nil {
			return dying(err)
		}
		if tid == t.main {
			t.status = unix.WaitStatus(status)
		}
		t.lost(k)
		t.forget(k)
		return dying(ptrace(unix.PTRACE_DETACH, tid, 0, 0))
	case event == unix.PTRACE_EVENT_STOP && stopsGroup(ws.StopSignal()) && !t.ended:
		// The task is stopped, with its whole process, until SIGCONT.
		return dying(ptrace(unix.PTRACE_LISTEN, tid, 0, 0))
	case event == 0:
		signal = int(ws.StopSignal())
	}
	return dying(t.resume(k, signal))
}

// resume lets a task go on from its stop.
func (t *tracer) resume(k *task, signal int) error {
	if t.ended && !t.attached {
		return unix.Kill(k.tid, unix.SIGKILL) // it may be new
	}
	request := unix.PTRACE_CONT
	switch {
	case t.attached && (t.ended || t.stranger(k)):
		request = unix.PTRACE_DETACH
	case t.attached || k.call != nil:
		request = unix.PTRACE_SYSCALL
	}
	if err := ptrace(request, k.tid, 0, uintptr(signal)); err != nil {
		return err
	}
	if request == unix.PTRACE_DETACH {
		t.lost(k)
		t.forget(k)
	}
	return nil
}

// stranger reports whether a task belongs to another process than the one that
// is traced alone. What a program starts inherits the filter, and clone(2) with
// an exit signal other than SIGCHLD makes processes that PTRACE_O_TRACECLONE
// reports like threads.
func (t *tracer) stranger(k *task) bool { return t.o.Alone && k.proc.pid != t.main }

// dying removes the error for a task that has been killed meanwhile, because
// its end will be reported.
func dying(err error) error {
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ptrace: %w", err)
	}
	return nil
}

// executed handles a call of execve(2): the thread that made it is the only one
// left, and has the number of the process.
func (t *tracer) executed(k *task, former int) *task {
	if old := t.tasks[former]; old != nil && former != k.tid {
		t.lost(old)
		t.forget(old)
	}
	t.lost(k) // k was the former first thread
	k.close()
	k.proc.program = ""
	k.proc.told = nil
	if t.stage >= 0 && k.proc.pid == t.main {
		unix.Close(t.stage)
		t.stage = -1
	}
	t.checkAll(k)
	return k
}
