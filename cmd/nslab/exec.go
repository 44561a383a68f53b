package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"

	"github.com/nslab/nslab/nsfs"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// Exit statuses of exec and shell if the program did not run, as in env(1).
const (
	exitOwn           = 125 // nslab itself failed
	exitNotExecutable = 126
	exitNotFound      = 127
)

// execFlags are the flags of exec.
type execFlags struct {
	lab, nodes string
	all        bool
	jobs       int
}

func (a *app) exec() *cobra.Command {
	var f execFlags
	cmd := &cobra.Command{
		Use:   "exec [LAB/]NODE [--] PROGRAM [ARG ...]",
		Short: "Run a program in a node, or in many at once",
		Long: `Run a program in a node. The program replaces nslab, so the terminal, signals
and exit status are the program's own. It sees the node's network and host name,
the names of the lab's nodes in /etc/hosts, the node's name servers in
/etc/resolv.conf, and NSLAB_LAB, NSLAB_NODE and the file's env: in its
environment.

With --all, or --nodes and a pattern, the program runs in all these nodes,
several at a time and without input. Each line of output begins with the node's
name, and a summary follows on standard error.

Exit status: the program's own; 127 if it was not found, 126 if it could not be
executed, 125 if nslab itself failed, 2 if there is no such node. In many
nodes: 0 if it was 0 in all of them, else 1.`,
		Example: `  nslab exec seed/net0 ping -c 1 net1
  nslab exec -l seed net0 -- ip -4 address
  nslab exec -l seed --nodes 'h*' -j 8 -- ping -c 1 -W 1 gateway`,
		Args:              arguments(func(cmd *cobra.Command, args []string) error { return f.check(cmd, args) }),
		ValidArgsFunction: a.nodeThen(programNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.many() {
				return a.execMany(cmd, &f, args)
			}
			return a.execOne(cmd, f.lab, args)
		},
	}
	fl := cmd.Flags()
	// What follows the node belongs to the program.
	fl.SetInterspersed(false)
	a.labFlag(cmd, &f.lab)
	fl.BoolVar(&f.all, "all", false, "run in all nodes of the lab")
	fl.StringVar(&f.nodes, "nodes", "", "run in the nodes whose names match `GLOB`")
	fl.IntVarP(&f.jobs, "jobs", "j", 0, "run at most `N` at a time (default 4 per processor)")
	cmd.MarkFlagsMutuallyExclusive("all", "nodes")
	return cmd
}

func (f *execFlags) many() bool { return f.all || f.nodes != "" }

// check reads the arguments that cobra leaves.
func (f *execFlags) check(cmd *cobra.Command, args []string) error {
	switch {
	case cmd.Flags().Changed("jobs") && f.jobs < 1:
		return fmt.Errorf("-j %d: use at least 1", f.jobs)
	case cmd.Flags().Changed("jobs") && !f.many():
		return errors.New("-j needs --all or --nodes")
	case cmd.Flags().Changed("nodes") && f.nodes == "":
		return errors.New("--nodes: the pattern is empty")
	case f.many() && len(args) == 0:
		return errors.New("a program is missing")
	case !f.many() && len(args) == 0:
		return errors.New("a node and a program are missing")
	case !f.many() && len(withoutDashes(args[1:])) == 0:
		return errors.New("a program is missing")
	}
	return nil
}

// withoutDashes removes the "--" between a node and a program.
func withoutDashes(args []string) []string {
	if len(args) > 0 && args[0] == "--" {
		return args[1:]
	}
	return args
}

func (a *app) execOne(cmd *cobra.Command, flag string, args []string) (err error) {
	n, err := a.findNode(args[0], flag)
	if err != nil {
		return own(err)
	}
	defer func() { err = errors.Join(err, own(n.Lab().Close())) }()
	argv := withoutDashes(args[1:])
	c, err := n.Command(context.WithoutCancel(cmd.Context()), argv[0], argv[1:]...)
	if err != nil {
		return own(err)
	}
	return a.become(cmd, c)
}

// own gives an error of nslab itself status 125, unless it has another.
func own(err error) error {
	var se *statusError
	if err == nil || errors.As(err, &se) {
		return err
	}
	return &statusError{status: exitOwn, err: err}
}

// become runs a program in place of this process or, if that would lose
// something, as a child, and returns its exit status.
func (a *app) become(cmd *cobra.Command, c *nsfs.Cmd) error {
	warn := newWarner(cmd.ErrOrStderr()).warn
	if a.process && !a.watch.active() {
		return notStarted(c.Replace(warn))
	}
	c.Stdin, c.Stdout, c.Stderr = cmd.InOrStdin(), a.stdout, cmd.ErrOrStderr()
	if err := c.Start(); err != nil {
		return notStarted(err)
	}
	for _, w := range c.Warnings() {
		warn(w)
	}
	stop := forwardSignals(c.Process, terminal(cmd.InOrStdin()))
	err := c.Wait()
	stop()
	return ended(err)
}

// notStarted returns the exit status for a program that did not start, as in
// env(1).
func notStarted(err error) error {
	if err == nil {
		return nil
	}
	status := exitOwn
	var pe *fs.PathError
	var ee *exec.Error
	switch {
	case errors.As(err, &ee) && (errors.Is(ee.Err, exec.ErrNotFound) || errors.Is(ee.Err, fs.ErrNotExist)):
		status = exitNotFound
	case errors.As(err, &ee):
		status = exitNotExecutable
	case errors.As(err, &pe) && (pe.Op == "exec" || pe.Op == "fork/exec"):
		status = exitNotExecutable
		if errors.Is(pe.Err, fs.ErrNotExist) {
			status = exitNotFound
		}
	}
	return &statusError{status: status, err: withInterpreter(err)}
}

// ended returns the exit status of a program that ran. If a signal ended it,
// that is 128 plus the signal's number, as in sh(1).
func ended(err error) error {
	var exit *exec.ExitError
	if err == nil || !errors.As(err, &exit) {
		return own(err)
	}
	if ws, ok := exit.Sys().(interface{ Signal() unix.Signal }); ok && !exit.Exited() {
		return &statusError{status: 128 + int(ws.Signal())}
	}
	return &statusError{status: exit.ExitCode()}
}

// forwardSignals passes signals on to a child. Those that a terminal sends, by
// Ctrl-C, reach the child directly, and do not end nslab before it.
func forwardSignals(p interface{ Signal(os.Signal) error }, byTerminal bool) (stop func()) {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, unix.SIGHUP, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2, unix.SIGINT, unix.SIGQUIT)
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case s := <-signals:
				if byTerminal && (s == unix.SIGINT || s == unix.SIGQUIT) {
					continue
				}
				// It may already have ended.
				if err := p.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
					go tell(os.Stderr, "pass on %v: %v", s, err)
				}
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
		<-stopped
	}
}
