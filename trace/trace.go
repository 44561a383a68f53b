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
	Args []string // its arguments, the first of which is its name
	Env  []string // its environment; nil means the caller's
	Dir  string   // its working directory; "" means the caller's

	// Stdin, Stdout and Stderr are its standard streams; nil means the caller's
	// own. Descriptors from 3 on that are not close-on-exec are inherited.
	Stdin, Stdout, Stderr *os.File
}

// Options say what is recorded. The zero value records what a program and all
// that it starts do with sendmsg(2), recvmsg(2) and similar calls.
type Options struct {
	// Every also records read(2) and write(2), peeks (MSG_PEEK), and the moment
	// of close(2). The program then stops at each of these calls, on files too,
	// and programs that read and write much become many times slower. Attach
	// always records them.
	Every bool
	// Alone records only the process itself with its threads. What a started
	// program starts is stopped at its calls all the same.
	Alone bool
	// ExtAck records the kernel's messages about requests of programs that did
	// not ask for them (NETLINK_EXT_ACK), as OpExtAck events after the request.
	// It needs root in the initial user and PID namespaces, and a kernel with
	// tracepoints (this one exists since Linux 5.13). If it is not available,
	// one OpLost event says why.
	ExtAck bool
	// Label returns the name of a network namespace for Socket.NetNS. It is not
	// called for the caller's own. fd is open on the namespace during the call;
	// it is -1 if the kernel does not provide one (SIOCGSKNS needs
	// CAP_NET_ADMIN there). If Label is nil, the name is "net:[INODE]", as in
	// readlink(1), or "" if the inode is not known.
	Label func(fd int, inode uint64) string
}

// ErrNotSupported is matched, with [errors.Is], by the error of Start and
// Attach if programs of this processor cannot be traced, or if the kernel is
// too old: PTRACE_GET_SYSCALL_INFO needs Linux 5.3, pidfd_getfd(2) 5.6.
var ErrNotSupported = errors.New("not supported")

// Trace is a program that is being traced.
type Trace struct {
	pid   int
	pidfd int           // of the program; -1 when done
	mu    sync.Mutex    // guards pidfd
	ended chan struct{} // closed when the program itself has ended
	done  chan struct{}
	wake  *waker
	end   atomic.Bool // the program is to be let go

	status unix.WaitStatus // set when done
	err    error           // set when done
}

// Start starts a program and records what it does. It calls observe for each
// event, in the order of their times, on one thread. The program may be stopped
// meanwhile, so observe should return soon. It may keep the event.
//
// If the program could not be executed, the error wraps an [*os.PathError]
// whose Op is "exec".
//
// If the caller's process ends before the program, the kernel kills the program
// and all that it has started. While anything is traced, SIGCHLD does not tell
// the caller of children that stop (SA_NOCLDSTOP in sigaction(2)).
func Start(c *Command, o Options, observe func(*audit.Event)) (*Trace, error) {
	if !staged {
		return nil, errors.New("main must call trace.Stage first")
	}
	return begin(o, observe, func(t *tracer) (int, error) { return t.launch(c) })
}

// Attach records what a process with all its threads does from now on and,
// unless Options.Alone is set, also what it starts. The process stops at every
// call that it makes. Attach calls observe as Start does.
//
// If the caller's process ends, the kernel detaches from the program, which
// runs on.
func Attach(pid int, o Options, observe func(*audit.Event)) (*Trace, error) {
	o.Every = true
	return begin(o, observe, func(t *tracer) (int, error) { return t.attach(pid) })
}

// begin starts the thread that traces. start returns a pidfd of the program.
func begin(o Options, observe func(*audit.Event), start func(*tracer) (pidfd int, err error)) (*Trace, error) {
	m, ok := thisMachine()
	if !ok {
		return nil, fmt.Errorf("programs of %s: %w", runtime.GOARCH, ErrNotSupported)
	}
	if _, err := unix.PidfdGetfd(-1, -1, 0); err == unix.ENOSYS {
		return nil, fmt.Errorf("pidfd_getfd, which needs Linux 5.6: %w", ErrNotSupported)
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
			return // what is seized is released with this thread
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

// onOwnThread calls a function on a new thread, because only the thread that
// has seized a program can trace it (ptrace(2)). The thread has no children
// that the function could take for what it traces. It ends with the function,
// which releases what is still traced.
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

// finish wakes all that wait.
func (t *Trace) finish() {
	t.mu.Lock()
	defer t.mu.Unlock()
	unix.Close(t.pidfd)
	t.pidfd = -1
	close(t.done)
}

// Signal sends the program a signal. The error is [os.ErrProcessDone] if it has
// ended.
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
	// The process id could soon be another process's.
	if err := unix.PidfdSendSignal(t.pidfd, n, nil, 0); err == unix.ESRCH {
		return os.ErrProcessDone
	} else if err != nil {
		return os.NewSyscallError("pidfd_send_signal", err)
	}
	return nil
}

// Ended returns a channel that is closed when the program itself has ended or
// is let go. What it has started may run on and is still traced; Wait waits for
// that too.
func (t *Trace) Ended() <-chan struct{} { return t.ended }

// Stop ends the tracing. A program that Start started is killed with all that
// it has started; one that Attach attached to runs on. Stop does not wait for
// this; Wait does.
func (t *Trace) Stop() {
	if !t.end.Swap(true) {
		go t.wake.up(t.done)
	}
}

// Done returns a channel that is closed when Wait would return at once.
func (t *Trace) Done() <-chan struct{} { return t.done }

// Wait waits until the program and all that it has started have ended or are
// let go, and returns the program's status. The status is 0 if the program was
// attached to and runs on. The parent of an attached process must still wait
// for it.
func (t *Trace) Wait() (unix.WaitStatus, error) {
	<-t.done
	return t.status, t.err
}
