package iproute

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
)

// A Session carries out commands.
type Session struct {
	// Engine has the sockets.
	Engine *engine.Engine
	// Stdin, Stdout and Stderr are the streams of commands and of the programs
	// that they run.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Replace says that a program which a command runs may replace this process
	// (execve), as with `ip netns exec`. The command must be the last thing
	// that the process does, and the streams must be the process's own.
	Replace bool
	// AsPeer says that nslab runs under the name of ip, bridge or brctl. Errors
	// then have the texts of these programs, followed by nslab's own, and words
	// that they ignore cause no warning.
	AsPeer bool
	// Extra is called for options that the programs do not have, also in
	// commands inside commands.
	Extra ExtraOption
}

// NewSession returns a Session with this process's streams and /run/netns.
func NewSession() *Session {
	return &Session{Engine: &engine.Engine{OnInterrupted: TellInterrupted(os.Stderr)}, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
}

// TellInterrupted returns an OnInterrupted for a Session's engine: a table that
// keeps changing is shown as it was last read, with iproute2's warning.
func TellInterrupted(stderr io.Writer) func(*rtnl.InterruptedDump) {
	return func(*rtnl.InterruptedDump) {
		fmt.Fprintln(stderr, "Dump was interrupted and may be inconsistent.")
	}
}

// Do carries out a command.
func (s *Session) Do(ctx context.Context, c *Command) error {
	if !s.AsPeer {
		for _, warning := range c.Warnings {
			s.warn(warning)
		}
	}
	switch first := c.first; {
	case first.own == "":
	case s.AsPeer:
		s.warn(first.peer)
	default:
		s.warn(first.own)
	}
	if c.do != nil {
		return c.do(ctx, s, &c.Options)
	}
	// iproute2 first enters the namespace of its options, then that of "netns
	// exec NS ip ...".
	o := c.Options
	places := []string{o.NetNS}
	if len(c.Ops) > 0 && c.Ops[0].NetNS != o.NetNS {
		places = append(places, c.Ops[0].NetNS)
	}
	for _, o.NetNS = range places {
		if o.NetNS == "" {
			continue
		}
		if _, err := s.conn(&o); err != nil {
			return err
		}
	}
	for _, look := range c.looks {
		conn, err := s.conn(&o)
		if err == nil {
			err = look(ctx, s, conn)
		}
		if err != nil {
			return c.failure(err)
		}
	}
	if c.Options.Echo {
		return s.echo(ctx, c)
	}
	return c.failure(s.run(ctx, c.Ops))
}

// run carries out operations in order, up to the first that fails.
func (s *Session) run(ctx context.Context, ops []engine.Op) error {
	for _, op := range ops {
		if err := s.Engine.Do(ctx, op); err != nil {
			return err
		}
	}
	return nil
}

// Main reads a command line and carries it out. It reports errors on Stderr and
// returns the exit status.
func (s *Session) Main(ctx context.Context, program string, args []string) int {
	c, err := Parse(program, args, s.Extra)
	if err == nil {
		err = s.Do(ctx, c)
	}
	s.tell(program, err)
	return Status(err)
}

// warn prints a message of whole lines to standard error.
func (s *Session) warn(text string) { fmt.Fprintln(s.Stderr, plain.Lines(text)) }

// tell prints a program's error unless it has already been reported.
func (s *Session) tell(program string, err error) {
	switch e, ok := err.(*Error); {
	case err == nil || ok && e.Err == nil:
	case s.AsPeer:
		fmt.Fprint(s.Stderr, plain.Lines(PeerText(program, err)))
	default:
		s.warn(err.Error())
	}
}

// conn returns the socket in the namespace of the options.
func (s *Session) conn(o *Options) (*rtnl.Conn, error) {
	c, err := s.Engine.Conn(o.NetNS)
	if err != nil {
		return nil, &Error{Status: statusUsage, Err: err}
	}
	return c, nil
}

// dir is the directory of the namespaces' names.
func (s *Session) dir() nsfs.Dir { return s.Engine.Dir }
