package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/iproute"
	"github.com/spf13/cobra"
)

// session returns a Session with this run's streams, observed by --trace and
// --record.
func (a *app) session() *iproute.Session {
	return &iproute.Session{
		Engine: &engine.Engine{Observer: a.watch.observer(), OnInterrupted: iproute.TellInterrupted(a.stderr)},
		Stdin:  a.stdin, Stdout: a.stdout, Stderr: a.stderr,
		Replace: a.process && !a.watch.active(),
		AsPeer:  a.asPeer,
		Extra:   a.watch.option,
	}
}

// shortcuts are objects of ip that are commands of nslab: "nslab link" is short
// for "nslab ip link".
var shortcuts = []string{"netns", "link", "addr", "route", "neigh", "rule", "monitor"}

// asProgram returns the program that a command line is for, and its words.
// Under the name of ip, bridge or brctl, nslab is that program, and each is
// also a command of nslab. The program is "" for nslab's own commands.
func asProgram(name string, args []string) (program string, words []string) {
	switch {
	case iproute.IsProgram(name):
		return filepath.Base(name), args
	case len(args) == 0:
		return "", nil
	case slices.Contains([]string{"ip", "bridge", "brctl"}, args[0]):
		return args[0], args[1:]
	case slices.Contains(shortcuts, args[0]):
		return "ip", shortWords(args[0], args[1:])
	}
	return "", nil
}

// shortWords inserts an object after the options: "nslab link -j show" is "ip
// -j link show", and "nslab link --help" is "ip link help".
func shortWords(object string, args []string) []string {
	n, help, err := iproute.CountOptions("ip", args, new(observation).option)
	switch {
	case err != nil:
		return args // it will be refused
	case help:
		return []string{object, "help"}
	}
	return slices.Concat(args[:n], []string{object}, args[n:])
}

// program is the command "ip", "bridge" or "brctl". All words are that
// program's, including options.
func (a *app) program(name, short string) *cobra.Command {
	return &cobra.Command{
		Use:                name + " [OPTION ...] OBJECT [COMMAND ...]",
		Short:              short,
		DisableFlagParsing: true,
		ValidArgsFunction:  ofProgram(name),
		RunE: func(cmd *cobra.Command, args []string) error {
			signal.Reset(interrupts()...) // they end it as they end ip
			return a.runProgram(cmd.Context(), name, args)
		},
	}
}

// short is "netns", "link" and so on: "nslab ip" with that object.
func (a *app) short(object string) *cobra.Command {
	return &cobra.Command{
		Use:                object + " [COMMAND ...]",
		Short:              "Short for \"nslab ip " + object + "\"",
		DisableFlagParsing: true,
		ValidArgsFunction:  ofProgram("ip", object),
		RunE: func(cmd *cobra.Command, args []string) error {
			signal.Reset(interrupts()...) // see program
			return a.runProgram(cmd.Context(), "ip", shortWords(object, args))
		},
	}
}

// runProgram returns the program's own exit status.
func (a *app) runProgram(ctx context.Context, name string, args []string) error {
	// Observation starts after the options have been read.
	c, err := iproute.Parse(name, args, a.watch.option)
	if err == nil {
		if err = a.watch.open(ctx, streams{a.stdin, a.stdout, a.stderr}, c.Options.Batch); err != nil {
			return err
		}
		if c.Endless && !a.asPeer {
			defer endless(nil)()
		}
		s := a.session()
		err = s.Do(ctx, c)
		if cerr := s.Engine.Close(); cerr != nil && err == nil {
			err = cerr
		}
	}
	if err == nil {
		return nil
	}
	status := iproute.Status(err)
	if e := (*iproute.Error)(nil); errors.As(err, &e) && e.Err == nil {
		return &statusError{status: status}
	}
	return &statusError{status: status, err: err}
}

func (a *app) batch() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "batch [FILE|-]",
		Short: "Run commands of ip, bridge and brctl from a file",
		Long: `Run commands of ip, bridge and brctl from a file or from standard input. Each
line begins with the program's name; "ip" may be left out. Quotes, backslashes
and comments work as in a shell; anything else that a shell would expand is
refused. A line that begins with another word runs the program of that name.

The whole file is read first. If a line is wrong, nothing is done, and the exit
status is 2. Then each change is acknowledged by the kernel before the next line
is sent. The first line that fails ends the run with exit status 1, and no later
line takes effect.

With --force every line is carried out. Successive changes go to the kernel in
batches, and each line that failed is reported.`,
		Example: `  nslab batch examples/bridge.sh
  echo 'link show' | nslab batch -`,
		Args: arguments(between(0, 1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "-"
			if len(args) == 1 {
				name = args[0]
			}
			return a.runBatch(cmd, name, force)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "go on after a line fails")
	return cmd
}

func (a *app) runBatch(cmd *cobra.Command, name string, force bool) (err error) {
	s := a.session()
	s.Replace = false
	defer func() { err = errors.Join(err, s.Engine.Close()) }()
	ctx := cmd.Context()
	in, err := openInput(ctx, name, s.Stdin)
	if err != nil {
		return inputError(ctx, fmt.Errorf("batch: %w", err))
	}
	defer in.Close()
	if name == "-" {
		name = "standard input"
		// The lines are not the input of a program.
		s.Stdin = strings.NewReader("")
		if !force {
			return batchError(s.RunStream(ctx, name, in))
		}
	}
	script, err := iproute.ReadScript(name, in, nil)
	if err != nil {
		return inputError(ctx, inAShell(fmt.Errorf("batch: nothing was done:\n%w", err)))
	}
	if !force {
		return batchError(s.RunScript(ctx, script))
	}
	n := s.ForceScript(ctx, script, func(e *iproute.LineError) { tell(cmd.ErrOrStderr(), "%v", e) })
	if n > 0 {
		return &statusError{status: exitFailed, err: fmt.Errorf("batch: %d of %d lines failed", n, len(script.Lines))}
	}
	return nil
}

func batchError(err error) error {
	if err == nil {
		return nil
	}
	return &statusError{status: exitFailed, err: inAShell(fmt.Errorf("batch: %w", err))}
}

// inAShell adds to the error for a shell script how to run it.
func inAShell(err error) error {
	var word *iproute.ShellWordError
	var char *iproute.SplitError
	if !errors.As(err, &word) && !errors.As(err, &char) {
		return err
	}
	self, selfErr := os.Executable()
	if selfErr != nil {
		self = "nslab"
	}
	return fmt.Errorf("%w\nbatch is not a shell; to run a shell script, make nslab its ip:\n  mkdir as && ln -s %s as/ip && PATH=$PWD/as:$PATH sh SCRIPT", err, quoteWord(self))
}

// quoteWord quotes a word for a shell.
func quoteWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
