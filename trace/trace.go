package trace

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// Command is a program to be traced.
type Command struct {
	Path string   // the file to execute
	Args []string // its arguments, of which the first is its name
	Env  []string // its environment; nil is the caller's
	Dir  string   // its working directory, "" the caller's

	// Stdin, Stdout and Stderr are its standard streams; nil is the caller's own. Descriptors from 3 on that are
	// not close-on-exec are inherited.
	Stdin, Stdout, Stderr *os.File
}

// Options say what is recorded. The zero value is what a program and all that it starts do with sendmsg(2), recvmsg(2) and
// their kin.
type Options struct {
	// Every records also what goes through read(2) and write(2), what is peeked at, and the moment of close(2). The
	// program then stops at each of these calls, also for files: programs that read and write much become many times
	// slower. Attach always records them.
	Every bool
	// Alone records only the process itself with its threads. Of a program that is started, what it starts
	// is stopped all the same.
	Alone bool
	// ExtAck records what the kernel says about requests of programs that did not ask to be told (NETLINK_EXT_ACK), as
	// OpExtAck events after the request. It needs root, in the first user and PID namespaces, and a kernel with
	// tracepoints (this one is of Linux 5.13); where it cannot be had, one OpLost event says why.
	ExtAck bool
	// Label names a network namespace for Socket.NetNS; it is not called for the caller's own. The descriptor is open on
	// the namespace during the call, and -1 where the kernel does not show it (SIOCGSKNS needs CAP_NET_ADMIN there). Nil
	// is "net:[INODE]", as readlink(1) shows namespaces, "" where the inode is not known.
	Label func(fd int, inode uint64) string
}

// ErrNotSupported is what [errors.Is] finds in the error of Start and Attach where the processor is none whose programs can
// be traced, or the kernel is too old: PTRACE_GET_SYSCALL_INFO is of Linux 5.3, pidfd_getfd(2) of 5.6.
var ErrNotSupported = errors.New("not supported")

// Trace is a program that is being traced.
type Trace struct {
	pid   int
	pidfd int           // of the program, -1 when done
	mu    sync.Mutex    // of pidfd
	ended chan struct{} // when the program itself has
	done  chan struct{}
	wake  *waker
	end   atomic.Bool // it is to be let go

	status unix.WaitStatus // when done
	err    error           // when done
}

// Start starts a program and records what it does. Each event is handed to observe, in the order of their times, on one
// thread, while the program may be stopped: observe returns soon. It may keep the event.
//
// An error of the start wraps an [*os.PathError] whose Op is "exec" where the program could not be executed.
//
// Should the caller's process end before the program, the kernel kills the program and all that it has started.
func Start(c *Command, o Options, observe func(*audit.Event)) (*Trace, error) {
	if !staged {
		return nil, errors.New("main has to call trace.Stage first")
	}
	return begin(o, observe, func(t *tracer) (int, error) { return t.launch(c) })
}

// Attach records what a process with all its threads does from now on; unless Options.Alone is set, also what it starts. It
// stops at every call that it makes. Observe is called as Start does.
//
// Should the caller's process end, the kernel detaches from the program, which runs on.
func Attach(pid int, o Options, observe func(*audit.Event)) (*Trace, error) {
	o.Every = true
	return begin(o, observe, func(t *tracer) (int, error) { return t.attach(pid) })
}

// begin starts the thread that traces. Start returns a pidfd of the program.
func begin(o Options, observe func(*audit.Event), start func(*tracer) (pidfd int, err error)) (*Trace, error) {
	m, ok := thisMachine()
	if !ok {
		return nil, fmt.Errorf("programs of %s: %w", runtime.GOARCH, ErrNotSupported)
	}
	if _, err := unix.PidfdGetfd(-1, -1, 0); err == unix.ENOSYS {
		return nil, fmt.Errorf("pidfd_getfd, which Linux has since 5.6: %w", ErrNotSupported)
	}
	t := &Trace{pidfd: -1, ended: make(chan struct{}), done: make(chan struct{})}
	started := make(chan error)
	go onOwnThread(func() {
		tr := newTracer(m, o, observe, &t.end)
		tr.mainEnded = sync.OnceFunc(func() { close(t.ended) })
		var err error
		if t.wake, err = newWaker(); err != nil {
			started <- err
			return
		}
		if t.pidfd, err = start(tr); err != nil {
			tr.release()
			started <- err
			return // what is seized is let go with this thread
		}
		t.pid = tr.main
		started <- nil
		t.status, t.err = tr.run()
		t.finish()
	})
	if err := <-started; err != nil {
		return nil, err
	}
	return t, nil
}

// onOwnThread calls a function on a thread of its own: all tracing of a program is done by the thread that has seized it
// (ptrace(2)). The thread has no children, which the function would take for what it traces. It is not given back: what is
// left traced is let go with it.
func onOwnThread(f func()) {
	runtime.LockOSThread()
	if !hasChildren() {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		onOwnThread(f)
	}()
	<-done
	runtime.UnlockOSThread()
}

// PID is the process id of the program.
func (t *Trace) PID() int { return t.pid }

// finish tells all that wait.
func (t *Trace) finish() {
	t.mu.Lock()
	defer t.mu.Unlock()
	unix.Close(t.pidfd)
	t.pidfd = -1
	close(t.done)
}

// Signal sends the program a signal. The error is [os.ErrProcessDone] when it has ended.
func (t *Trace) Signal(s os.Signal) error {
	n, ok := s.(unix.Signal)
	if !ok {
		return fmt.Errorf("signal %v: %w", s, ErrNotSupported)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pidfd < 0 {
		return os.ErrProcessDone
	}
	// By its number another process could be meant soon.
	if err := unix.PidfdSendSignal(t.pidfd, n, nil, 0); err == unix.ESRCH {
		return os.ErrProcessDone
	} else if err != nil {
		return os.NewSyscallError("pidfd_send_signal", err)
	}
	return nil
}

// Ended is closed when the program itself has ended. What it has started may run on, and is traced still: Wait waits for that
// too. It is also closed when the program is let go.
func (t *Trace) Ended() <-chan struct{} { return t.ended }

// Stop ends the tracing: a program that Start started is killed with all that it has started; one that Attach attached to
// runs on. It does not wait for that: Wait does.
func (t *Trace) Stop() {
	if !t.end.Swap(true) {
		go t.wake.up(t.done)
	}
}

// Done is closed when Wait would not wait.
func (t *Trace) Done() <-chan struct{} { return t.done }

// Wait waits until the program and all that it has started have ended or are let go, and returns how the program ended. The
// status is 0 of one that was attached to and runs on. A process that was attached to stays its parent's to wait for.
func (t *Trace) Wait() (unix.WaitStatus, error) {
	<-t.done
	return t.status, t.err
}
