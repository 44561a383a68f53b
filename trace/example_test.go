package trace_test

import (
	"fmt"
	"os"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/trace"
)

// In a program that traces another, main first calls Stage, and goes on like
// this.
func ExampleStart() {
	command := &trace.Command{Path: "/bin/ip", Args: []string{"ip", "link"}}
	t, err := trace.Start(command, trace.Options{}, func(e *audit.Event) {
		if e.Op == audit.OpReceive && e.Errno != 0 {
			fmt.Fprintf(os.Stderr, "%s lost notifications: %v\n", e.Program, e.Errno)
		}
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	status, err := t.Wait()
	fmt.Fprintln(os.Stderr, status.ExitStatus(), err)
}

// ExampleAttach writes lines of text for the messages of a running process.
func ExampleAttach() {
	lines := audit.NewTracer(os.Stderr)
	t, err := trace.Attach(1234, trace.Options{}, lines.Event)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer t.Stop() // lets the process go
}
