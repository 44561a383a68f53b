package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/internal/testenv"
)

func TestMain(m *testing.M) {
	Stage()
	if name := os.Getenv(programEnv); name != "" {
		os.Unsetenv(programEnv) //nolint:errcheck // a name without = or NUL
		run, ok := programs[name]
		if !ok {
			run = func() error { return errors.New("there is no such program") }
		}
		if err := run(); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	testenv.Main(m)
}

// programEnv names the one of programs that this test binary should run.
const programEnv = "NSLAB_TRACE_PROGRAM"

// program returns a command that runs one of programs.
func program(name string, args ...string) *Command {
	return &Command{
		Path: "/proc/self/exe", Args: append([]string{name}, args...),
		Env: append(os.Environ(), programEnv+"="+name),
	}
}

// traced is a program that is being traced, with its events.
type traced struct {
	*Trace
	in     *os.File // writes to its standard input
	out    *os.File // reads from its standard output
	events []audit.Event
	ended  chan struct{}
	status unix.WaitStatus
	err    error
}

// patience bounds waits that should never take long. It only delays a failure.
const patience = time.Minute

// start starts a command. Streams that are not set become pipes.
func start(t *testing.T, c *Command, o Options) *traced {
	t.Helper()
	p := &traced{ended: make(chan struct{})}
	childIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.in, p.out = in, out
	c.Stdin, c.Stdout = childIn, childOut
	p.Trace, err = Start(c, o, func(e *audit.Event) { p.events = append(p.events, *e) })
	childIn.Close()
	childOut.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		out.Close()
		p.Stop()
		<-p.ended
	})
	go func() {
		p.status, p.err = p.Wait()
		close(p.ended)
	}()
	return p
}

// wait waits for the end of the program and all that it has started.
func (p *traced) wait(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case <-p.ended:
	case <-ctx.Done():
		t.Fatalf("it does not end; seen so far:\n%s", list(p.events))
	}
	if p.err != nil {
		t.Fatal(p.err)
	}
}

// run runs a program to its end, which must be a success, and returns its
// output and its events.
func run(t *testing.T, c *Command, o Options) (output string, events []audit.Event) {
	t.Helper()
	p := start(t, c, o)
	p.in.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(p.out); err != nil {
		t.Fatal(err)
	}
	p.wait(t)
	if p.status != 0 {
		t.Fatalf("status %#x\n%s", p.status, b.String())
	}
	return b.String(), p.events
}

// list returns events as text for people.
func list(events []audit.Event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "%d/%d %s %s fd=%d socket=%d port=%d len=%d %v %q\n", e.PID, e.TID, e.Op, audit.MsgFlagNames(e.Flags), e.FD, e.Inode, e.PortID, e.Length, e.Errno, e.Text)
	}
	return b.String()
}

// moved returns the datagrams of events, in the form in which the programs of
// these tests report theirs.
func moved(events []audit.Event) string {
	var b strings.Builder
	for _, e := range events {
		if _, ok := e.Datagram(); ok {
			fmt.Fprintf(&b, "%s %x\n", e.Op, e.Data)
		}
	}
	return b.String()
}
