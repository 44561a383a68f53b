package labtest

import (
	"time"

	"golang.org/x/sys/unix"
)

// An effect is what a fault does. The zero effect is none: the calls are counted.
type effect uint8

const (
	// killOnEntry kills the program with SIGKILL before the call.
	killOnEntry effect = iota + 1
	// killOnExit kills the program once the call has had its effect.
	killOnExit
	// failBefore makes the call fail without an effect.
	failBefore
	// failAfter lets the call have its effect and tells the program that it
	// failed.
	failAfter
	// receiveTwice leaves a datagram that is received in the queue, so that it
	// is received a second time.
	receiveTwice
)

func (e effect) String() string {
	return [...]string{"none", "killed on entry", "killed on exit", "failed before its effect", "failed after its effect", "received twice"}[e]
}

// A fault is an effect on one of the counted calls.
type fault struct {
	effect effect
	// at counts calls from 1; 0 is none of them.
	at int
	// errno is what a call fails with.
	errno unix.Errno
	// onward says that the counted calls behind that one fail too, for good.
	onward bool
}

// A program is what is run under the tracer.
type program struct {
	path string
	args []string // without the program's name
	env  []string // beside the environment of the test
	// counts says which calls count; nil is changing.
	counts func(*call) bool
	fault  fault
	// killAfter kills the program at a time, if it is not 0.
	killAfter time.Duration
}

// runTimeout is how long a run may take before it counts as hanging.
const runTimeout = 60 * time.Second

// A result is what came of a run.
type result struct {
	status unix.WaitStatus
	// output is what the program wrote to its standard output and error.
	output string
	// calls are those that counted.
	calls []*call
	// hit is the call that the fault befell, nil if the program ended before.
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
