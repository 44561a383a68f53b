package nsfs

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/sys/unix"
)

// Error is a failed operation on a network namespace. With errors.Is, it
// matches what its cause matches: fs.ErrExist, fs.ErrNotExist,
// fs.ErrPermission, [ErrNotNamespace] or a unix.Errno. A process that does not
// exist (ESRCH) also matches fs.ErrNotExist.
type Error struct {
	// Op is the operation, such as "create network namespace".
	Op string
	// Name is the namespace's name, or empty.
	Name string
	// Path is the file, or empty.
	Path string
	// Err is the cause.
	Err error
}

// Error returns the operation, the namespace or its file, and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	switch {
	case e.Name != "":
		fmt.Fprintf(&b, " %q", e.Name)
	case e.Path != "":
		b.WriteString(" " + e.Path)
	}
	b.WriteString(": " + e.Err.Error())
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes ESRCH match fs.ErrNotExist.
func (e *Error) Is(target error) bool {
	return target == fs.ErrNotExist && errors.Is(e.Err, unix.ESRCH)
}

// ErrNotNamespace is the cause of an [*Error] if a file exists but is not a
// network namespace.
var ErrNotNamespace = errors.New("not a network namespace")

// ErrReplaced is the cause of an [*Error] of [Dir.DeleteSame] if the name now
// stands for something else.
var ErrReplaced = errors.New("the name no longer refers to this network namespace")

// callError is a failed system call: its name, its object, and the errno with
// its name.
type callError struct {
	call, on string
	errno    error
}

func (e *callError) Error() string {
	s := e.call
	if e.on != "" {
		s += " " + e.on
	}
	s += ": " + e.errno.Error()
	var errno unix.Errno
	if errors.As(e.errno, &errno) {
		if name := unix.ErrnoName(errno); name != "" {
			s += " (" + name + ")"
		}
	}
	if errno == unix.EPERM && e.needsAdmin() {
		s += ", CAP_SYS_ADMIN is needed"
	}
	return s
}

// needsAdmin reports whether the call needs CAP_SYS_ADMIN (capabilities(7)).
func (e *callError) needsAdmin() bool {
	call, _, _ := strings.Cut(e.call, " ")
	switch call {
	case "unshare", "setns", "mount", "umount", "sethostname":
		return true
	}
	return false
}

func (e *callError) Unwrap() error { return e.errno }

// called returns the error of a failed call, or nil.
func called(err error, call, on string) error {
	if err == nil {
		return nil
	}
	return &callError{call, on, err}
}

// retry repeats a call that was interrupted by a signal. Go's runtime sends its
// threads signals to preempt them.
func retry(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

// openat is openat(2) with O_CLOEXEC, repeated if it is interrupted.
func openat(dir int, path string, flags int, mode uint32) (fd int, err error) {
	err = retry(func() error {
		fd, err = unix.Openat(dir, path, flags|unix.O_CLOEXEC, mode)
		return err
	})
	return fd, err
}
