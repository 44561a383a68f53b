package lab

import (
	"fmt"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/internal/processes"
)

// A RunError says that a change of a lab failed midway.
type RunError struct {
	// Lab is the lab's name.
	Lab string
	// File and Line are the place that asks for the step, "" and 0 if no file
	// does.
	File string
	Line int
	// Step is the step that failed, in words.
	Step string
	// Cause is the reason.
	Cause error
	// Undo holds the errors of undoing, nil if everything is undone.
	Undo error
	// Done and Total are numbers of steps.
	Done, Total int
	// Ended are the processes of nodes to be recreated that were sent SIGTERM
	// or SIGKILL. Undoing does not bring them back.
	Ended []Process
	// Lost is what had been deleted and undoing cannot make again, in words:
	// links of which nslab does not know all that makes up one of their type,
	// queueing disciplines, and routes through nexthop objects.
	Lost []string
}

func (e *RunError) Error() string {
	s := e.text()
	if len(e.Lost) > 0 {
		s += "\nthese had been deleted and cannot be restored: " + plain.Text(strings.Join(e.Lost, ", "))
	}
	return s
}

func (e *RunError) text() string {
	s := fmt.Sprintf("lab %q: ", e.Lab)
	if e.Line > 0 {
		s += fmt.Sprintf("%s:%d: ", plain.Text(e.File), e.Line)
	}
	s += fmt.Sprintf("%s: %v", e.Step, e.Cause)
	switch {
	case e.Undo != nil:
		s += fmt.Sprintf("\nthis could not be undone; \"nslab down %s\" removes what is left:\n%v", e.Lab, e.Undo)
	case e.Done == 1:
		s += "; 1 step before it is undone"
	case e.Done > 1:
		s += fmt.Sprintf("; all %d steps before it are undone", e.Done)
	case len(e.Ended) == 0:
		return s + "; nothing had been done"
	}
	switch {
	case len(e.Ended) == 0:
		return s
	case e.Done == 0 && e.Undo == nil:
		return s + "; nothing had been done, except that these processes were told to end:" + processes.Listed(e.Ended)
	}
	return s + "\nthese processes had been told to end before, which cannot be taken back:" + processes.Listed(e.Ended)
}

// Unwrap returns the causes.
func (e *RunError) Unwrap() []error {
	if e.Undo == nil {
		return []error{e.Cause}
	}
	return []error{e.Cause, e.Undo}
}
