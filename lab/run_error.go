package lab

import (
	"fmt"

	"github.com/nslab/nslab/internal/plain"
)

// A RunError says that work on a lab failed midway.
type RunError struct {
	Lab string
	// File and Line are what asks for the step, "" and 0 where no file does.
	File string
	Line int
	// Step is what failed, in words.
	Step string
	// Cause is why.
	Cause error
	// Undo are the errors of undoing what had been done, nil if all of it is
	// undone.
	Undo error
	// Done and Total count steps.
	Done, Total int
}

func (e *RunError) Error() string {
	s := fmt.Sprintf("lab %q: ", e.Lab)
	if e.Line > 0 {
		s += fmt.Sprintf("%s:%d: ", plain.Text(e.File), e.Line)
	}
	s += fmt.Sprintf("%s: %v", e.Step, e.Cause)
	if e.Undo != nil {
		return s + fmt.Sprintf("\nthis could not be undone; \"nslab down %s\" removes what is left:\n%v", e.Lab, e.Undo)
	}
	switch e.Done {
	case 0:
		return s + "; nothing had been done"
	case 1:
		return s + "; 1 step before it is undone"
	}
	return s + fmt.Sprintf("; all %d steps before it are undone", e.Done)
}

// Unwrap returns the causes.
func (e *RunError) Unwrap() []error {
	if e.Undo == nil {
		return []error{e.Cause}
	}
	return []error{e.Cause, e.Undo}
}
