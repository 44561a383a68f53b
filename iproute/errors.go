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
	statusFailed = 1   // it could not be tried, or not be told
	statusKernel = 2   // the kernel refused
	statusUsage  = 255 // the words are wrong, or the namespace is not there
)

// An Error is a command that failed, with the exit status that the program
// whose words it uses would have ended with.
type Error struct {
	// Status is the exit status.
	Status int
	// Err is what went wrong, nil if it has been told already.
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
	// Word is the word; Missing says that there is none.
	Word    string
	Missing bool
	// Position counts words from 1, the program's name being 0.
	Position int
	// Want says what was expected there.
	Want string

	status int    // the exit status, 0 being statusUsage
	peer   string // what iproute2 says, "" being what it says of most words
}

func (e *WordError) Error() string {
	if e.Missing {
		return fmt.Sprintf("word %d is missing: expected %s", e.Position, e.Want)
	}
	return fmt.Sprintf("word %d, %q: expected %s", e.Position, e.Word, e.Want)
}

// Status returns the exit status for an error of this package, of engine, or of
// what they use: 0 for nil.
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

// wrongDevs gives a command the status of wrong words where one of some links is
// not there: iproute2 looks for these while it reads, and says so by a format.
func (c *Command) wrongDevs(says string, names ...string) {
	before := c.wrap
	c.wrap = func(err error) error {
		var d *rtnl.NoDeviceError
		if errors.As(err, &d) && slices.Contains(names, d.Name) {
			return &Error{Status: statusUsage, Err: noDevice(err, says)}
		}
		if before != nil {
			return before(err)
		}
		return err
	}
}

// bridgeFailed gives the error of an operation the exit status that bridge(8)
// ends with: 255, whoever refused it.
func bridgeFailed(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Status: statusUsage, Err: err}
}

// failed gives an error the status of work that failed before the kernel was
// asked.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Status: statusFailed, Err: err}
}
