package labtest

import (
	"time"

	"golang.org/x/sys/unix"
)

// An effect is what a fault does. The zero effect does nothing: calls are only
// counted.
type effect uint8

const (
	// killOnEntry kills the program with SIGKILL before the call.
	killOnEntry effect = iota + 1
	// killOnExit kills the program once the call has had its effect.
	killOnExit
	// failBefore makes the call fail without an effect.
	failBefore
	// failAfter lets the call have its effect, and reports a failure to the
	// program.
	failAfter
	// receiveTwice leaves a received datagram in the queue, so that it is
	// received a second time.
	receiveTwice
)

func (e effect) String() string {
	return [...]string{"none", "killed on entry", "killed on exit", "failed before its effect", "failed after its effect", "received twice"}[e]
}

// A fault is an effect on one of the counted calls.
type fault struct {
	effect effect
	// at is the number of the call, from 1; 0 means none.
	at int
	// errno is the error of the call.
	errno unix.Errno
	// onward says that all later counted calls fail too.
	onward bool
}

// A program is a program to run under the tracer.
type program struct {
	path string
	args []string // without the program's name
	env  []string // beside the environment of the test
	// counts reports which calls count; nil means changing.
	counts func(*call) bool
	fault  fault
	// leaves says that what the program starts lives on. Of that, only what is
	// the same program is traced, and as long as the first one runs.
	leaves bool
	// killAfter is the time after which the program is killed, if it is not 0.
	killAfter time.Duration
}

// runTimeout is how long a run may take before it counts as hanging.
const runTimeout = 60 * time.Second

// A result is the result of a run.
type result struct {
	status unix.WaitStatus
	// output is the program's standard output and error.
	output string
	// calls are the counted calls.
	calls []*call
	// hit is the call that the fault hit, or nil if the program ended before.
	hit *call
	// hung says that the program was killed after runTimeout.
	hung bool
}

// killed reports whether SIGKILL ended the program.
func (r *result) killed() bool { return r.status.Signaled() && r.status.Signal() == unix.SIGKILL }

// exit is the exit status, -1 if a signal ended the program.
func (r *result) exit() int {
	if !r.status.Exited() {
		return -1
	}
	return r.status.ExitStatus()
}
