package iproute

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
)

// Exit statuses of ip(8).
const (
	statusFailed = 1   // it could not be tried, or its result not be written
	statusKernel = 2   // the kernel refused
	statusUsage  = 255 // the words are wrong, or the namespace does not exist
)

// An Error is a failed command, with the exit status that its program would
// have had.
type Error struct {
	// Status is the exit status.
	Status int
	// Err is what went wrong, nil if it has already been reported.
	Err error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit status %d", e.Status)
	}
	return e.Err.Error()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// A WordError says which word of a command line is wrong.
type WordError struct {
	// Word is the wrong word. Missing says that a word is missing instead.
	Word    string
	Missing bool
	// Position counts words from 1, after the program's name.
	Position int
	// Want says what was expected there.
	Want string

	status int    // the exit status; 0 means statusUsage
	peer   string // what iproute2 prints; "" means its usual text for a wrong word
}

func (e *WordError) Error() string {
	if e.Missing {
		return fmt.Sprintf("word %d is missing: expected %s", e.Position, e.Want)
	}
	return fmt.Sprintf("word %d, %q: expected %s", e.Position, e.Word, e.Want)
}

// Status returns the exit status for an error of this package, of engine, or of
// the packages they use. It is 0 for nil.
func Status(err error) int {
	if err == nil {
		return 0
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	var w *WordError
	if errors.As(err, &w) {
		return cmp.Or(w.status, statusUsage)
	}
	var ref *engine.NoNetNSError
	if errors.As(err, &ref) {
		if ref.Process || errors.Is(err, nsfs.ErrNotNamespace) {
			return statusKernel // iproute2 leaves these to the kernel
		}
		return statusUsage
	}
	var d *rtnl.NoDeviceError
	var n *nsfs.Error
	if errors.As(err, &d) || errors.As(err, &n) {
		return statusFailed
	}
	return statusKernel
}

// wrongDevs gives a command the exit status of a wrong word if one of the named
// links does not exist. iproute2 looks them up while it reads; says is the
// format of its error.
func (c *Command) wrongDevs(says string, names ...string) {
	c.missingDevs(statusUsage, says, names...)
}

// missingDevs does what wrongDevs does, with another exit status.
func (c *Command) missingDevs(status int, says string, names ...string) {
	before := c.wrap
	c.wrap = func(err error) error {
		var d *rtnl.NoDeviceError
		if errors.As(err, &d) && slices.Contains(names, d.Name) {
			return &Error{Status: status, Err: noDevice(err, says)}
		}
		if before != nil {
			return before(err)
		}
		return err
	}
}

// bridgeFailed gives the error of an operation the exit status of bridge(8),
// which is 255 for any error.
func bridgeFailed(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Status: statusUsage, Err: err}
}

// failed gives an error the exit status of a failure before the kernel was
// asked.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Status: statusFailed, Err: err}
}
