package nsfs

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// PanicError is the value of a panic that [Handle.Do] passes on from the
// function that it ran, with the stack where it happened.
type PanicError struct {
	// Value is what the function panicked with.
	Value any
	// Stack is the panicking goroutine's stack.
	Stack []byte
}

// Error returns the value and the stack.
func (e *PanicError) Error() string {
	return fmt.Sprintf("panic inside a network namespace: %v\n\n%s", e.Value, e.Stack)
}

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// thread is the operating system's thread that a function of onThread runs on.
type thread struct {
	// spoilt says that the thread's namespaces are not those of the process.
	// The thread ends with the goroutine and is never used for another.
	spoilt bool
}

// onThread runs fn on a thread that runs nothing else meanwhile and that is not
// the main thread: Go cannot end that one, and the /proc entries of a process
// show its namespaces. A panic or a runtime.Goexit in fn happens in the caller.
func onThread(fn func(*thread) error) error {
	done := make(chan outcome, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() != unix.Getpid() {
			run(fn, done)
			return
		}
		// While this goroutine has the main thread, the next one gets another.
		locked := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(locked)
			run(fn, done)
		}()
		<-locked
		runtime.UnlockOSThread()
	}()
	o := <-done
	switch {
	case o.panicked != nil:
		panic(o.panicked)
	case o.exited:
		runtime.Goexit()
	}
	return o.err
}

// outcome is how a function ended.
type outcome struct {
	err      error
	panicked *PanicError
	exited   bool // by runtime.Goexit
}

func run(fn func(*thread) error, done chan<- outcome) {
	var t thread
	o := outcome{exited: true}
	defer func() {
		if v := recover(); v != nil {
			o.exited = false
			o.panicked = &PanicError{Value: v, Stack: debug.Stack()}
		}
		// A goroutine that ends while locked ends its thread, too
		// (runtime.LockOSThread).
		if !t.spoilt {
			runtime.UnlockOSThread()
		}
		done <- o
	}()
	o.err = fn(&t)
	o.exited = false
}

// away runs fn, which moves the thread to another network namespace, and then
// moves the thread back. If that fails, the thread is spoilt, and the error
// says so.
func (t *thread) away(fn func() error) (err error) {
	home, err := openat(unix.AT_FDCWD, threadNet, unix.O_RDONLY, 0)
	if err != nil {
		return called(err, "open", threadNet)
	}
	id, err := identify(home)
	if err != nil {
		unix.Close(home)
		return err
	}
	t.spoilt = true
	defer func() {
		back := func() error {
			// The function may have closed the descriptor. Its number may now
			// be open on something else, which must be neither entered nor
			// closed.
			now, err := identify(home)
			if err != nil {
				return err
			}
			if now != id {
				return errors.New("the descriptor of the thread's own network namespace was closed inside")
			}
			err = setns(home)
			if err != nil && isHome(id) {
				err = nil // it never left
			}
			unix.Close(home)
			return err
		}
		if e := back(); e != nil {
			err = errors.Join(err, &Error{Op: "leave network namespace (the thread is abandoned)", Err: e})
			return
		}
		t.spoilt = false
	}()
	return fn()
}

// isHome reports whether the thread is in a network namespace.
func isHome(id ID) bool {
	fd, err := openat(unix.AT_FDCWD, threadNet, unix.O_RDONLY, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	now, err := identify(fd)
	return err == nil && now == id
}

// threadNet is the calling thread's network namespace; /proc/self has the main
// thread's.
const threadNet = "/proc/thread-self/ns/net"

// setns moves the calling thread to the network namespace that fd is open on.
// If fd is open on anything else, the kernel answers EINVAL.
func setns(fd int) error {
	return called(unix.Setns(fd, unix.CLONE_NEWNET), "setns", "")
}

// fdPath returns a path to what a descriptor of this process is open on.
func fdPath(fd int) string { return fmt.Sprintf("/proc/thread-self/fd/%d", fd) }
