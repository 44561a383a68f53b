// Command nslab builds network labs from Linux network namespaces, veth pairs
// and bridges. It builds every rtnetlink message itself.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/internal/sandbox"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/trace"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"
)

// Exit statuses of the commands that have none of their own.
const (
	exitFailed = 1 // the work failed
	exitUsage  = 2 // the command line or a file is wrong
)

// exitBrokenPipe is the exit status of a program that SIGPIPE ended, as in
// sh(1): the reader of standard output has stopped reading.
const exitBrokenPipe = 128 + int(unix.SIGPIPE)

// inSandbox is the annotation of a command that runs itself again in new
// namespaces.
const inSandbox = "sandbox"

// A statusError ends the program with a status. Without an error, nothing more
// is printed.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *statusError) Unwrap() error { return e.err }

// usage makes err end the program with exit status 2.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &statusError{status: exitUsage, err: err}
}

func main() {
	trace.Stage()
	lab.Stage()
	os.Exit(run(os.Args[0], os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run runs nslab under a name with its arguments and returns the exit status.
func run(name string, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{
		stdin: stdin, stdout: stdout, stderr: stderr,
		process: stdin == os.Stdin && stdout == os.Stdout && stderr == os.Stderr,
		asPeer:  iproute.IsProgram(name),
	}
	brokenPipesAreErrors()
	var err error
	ctx, verb := context.Background(), ""
	if program, words := asProgram(name, args); program != "" {
		// Most of the time of such a command is start-up, so cobra is not used.
		// A signal ends it as it ends ip.
		if err = a.runProgram(ctx, program, words); !iproute.IsProgram(name) {
			err = asRoot(err)
		}
	} else {
		ctx, a.interrupt = signal.NotifyContext(ctx, interrupts()...)
		defer a.interrupt()
		// A second signal ends nslab as if it did not handle signals, unless
		// there is something to undo.
		context.AfterFunc(ctx, a.interrupt)
		root := a.root()
		root.SetArgs(args)
		root.SetIn(stdin)
		root.SetOut(heedful(ctx, stdout))
		root.SetErr(stderr)
		var cmd *cobra.Command
		cmd, err = root.ExecuteContextC(ctx)
		verb = cmd.Name()
	}
	// Do not report that the reader has stopped reading.
	quiet := errors.Is(err, unix.EPIPE)
	lost := a.watch.close(statusOf(err) == exitUsage)
	if lost != nil && (quiet || isWordless(err)) {
		err, lost, quiet = failureOf(verb, lost), nil, false
	}
	switch {
	case quiet:
		return exitBrokenPipe
	case isWordless(err):
		return statusOf(err)
	}
	if a.asPeer {
		program, cause := filepath.Base(name), err
		if se := (*statusError)(nil); errors.As(err, &se) {
			cause = se.err
		}
		text := iproute.PeerText(program, cause)
		if lost != nil {
			text += fmt.Sprintf("%s: %v\n", program, lost)
		}
		fmt.Fprint(stderr, plain.Lines(text))
		return statusOf(err)
	}
	text := err.Error()
	if !strings.HasPrefix(text, "nslab: ") {
		text = "nslab: " + text
	}
	if lost != nil {
		text += "\nnslab: " + lost.Error()
	}
	said := say(stderr, "%s\n", plain.Lines(text))
	hurried, hurry := context.WithCancel(ctx)
	defer hurry()
	if errors.Is(errors.Join(err, lost), errNotRead) {
		hurry()
	}
	select {
	case <-said:
	case <-hurried.Done(): // nobody may ever read it
		select {
		case <-said:
		case <-time.After(queueGrace):
		}
	}
	return statusOf(err)
}

// statusOf returns the exit status for an error.
func statusOf(err error) int {
	var se *statusError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &se):
		return se.status
	}
	return exitFailed
}

// isWordless reports whether an error needs no message.
func isWordless(err error) bool {
	var se *statusError
	return err == nil || errors.As(err, &se) && se.err == nil
}

// failureOf gives a failure of nslab itself, such as of its recording, a status
// that is not one of the command's results.
func failureOf(verb string, err error) error {
	switch verb {
	case "exec", "shell", "run", "trace", "audit":
		return own(err)
	case "ping":
		return usage(err) // every error of ping has status 2
	}
	return err
}

// app is one run of the program.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	watch          observation
	interrupt      func() // acts like the first of the interrupts
	// process says that the streams are the process's own, so that another
	// program may replace it.
	process bool
	// asPeer says that nslab runs under the name of ip, bridge or brctl.
	asPeer bool
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "nslab",
		Short: "Build network labs from namespaces, veth pairs and bridges, over raw netlink",
		Long: `nslab builds network labs from Linux network namespaces, veth pairs and bridges.
It builds every netlink message itself, runs no other program, and can show each
message that it sends to the kernel and each reply.

Start with "nslab demo": it needs no root and no file.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return usage(unknownVerb(cmd, args[0]))
		},
		PersistentPreRunE: func(cmd *cobra.Command, args []string) error {
			if err := exclusive(cmd); err != nil {
				return usage(fmt.Errorf("%s: %w", cmd.Name(), err))
			}
			// cobra checks this too, but its error would not be a usage error.
			if err := cmd.ValidateFlagGroups(); err != nil {
				return usage(fmt.Errorf("%s: %w", cmd.Name(), err))
			}
			if err := emptyFlag(cmd); err != nil {
				return usage(err)
			}
			if cmd.Annotations[inSandbox] != "" && (!sandbox.Inside() || sandbox.IsInit()) {
				return nil // the same command line will run again, inside
			}
			if len(args) == 0 {
				args = defaultFiles // which a command may then read
			}
			return a.watch.open(cmd.Context(), streamsOf(cmd), args...)
		},
	}
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(fmt.Errorf("%s: %w; see \"%s --help\"", cmd.Name(), flagError(err), cmd.CommandPath()))
	})
	root.SetUsageFunc(func(cmd *cobra.Command) error { return writeUsage(cmd.OutOrStderr(), cmd) })
	a.watch.flags(root)
	for _, cmd := range []*cobra.Command{a.up(), a.down(), a.run(), a.inspect(), a.exec(), a.shell(), a.ping(), a.ps(), a.logs()} {
		root.AddCommand(hinted(cmd, exitUsage))
	}
	for _, cmd := range a.control() {
		root.AddCommand(hinted(cmd, exitUsage))
	}
	root.AddCommand(a.plan(), a.ls(), a.impair(), a.validate(), a.convert(), schemaCommand(), a.doctor(), doctorInside(), a.decode(), a.traceCommand(), a.audit(), hinted(a.watchCommand(), exitUsage))
	root.AddCommand(a.demo(), versionCommand(), completion(), hinted(a.batch()),
		a.program("ip", "ip(8), in this process"),
		a.program("bridge", "bridge(8), in this process"),
		a.program("brctl", "brctl(8), in this process, over netlink"))
	for _, object := range shortcuts {
		root.AddCommand(a.short(object))
	}
	for _, cmd := range root.Commands() {
		if cmd.ValidArgsFunction != nil {
			cmd.ValidArgsFunction = printable(cmd.ValidArgsFunction)
		}
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.InitDefaultHelpCmd()
	if help, _, err := root.Find([]string{"help"}); err == nil {
		help.Run = nil
		help.RunE = func(_ *cobra.Command, args []string) error {
			verb, _, err := root.Find(args)
			if len(args) > 0 && (err != nil || verb == root) {
				return usage(unknownVerb(root, args[0]))
			}
			return verb.Help()
		}
	}
	return root
}

// exclusive returns an error if two flags are given of which only one is
// allowed. The annotation is that of cobra's MarkFlagsMutuallyExclusive, whose
// own message lists the whole group.
func exclusive(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		for _, group := range f.Annotations["cobra_annotation_mutually_exclusive"] {
			for _, other := range strings.Fields(group) {
				if err == nil && other != f.Name && cmd.Flags().Changed(other) {
					err = fmt.Errorf("--%s and --%s exclude each other", f.Name, other)
				}
			}
		}
	})
	return err
}

// unknownVerb returns an error that names the unknown command, and a similar
// one.
func unknownVerb(cmd *cobra.Command, name string) error {
	text := fmt.Sprintf("unknown command %q; see \"nslab --help\"", name)
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		text = fmt.Sprintf("unknown command %q; did you mean %q?", name, near[0])
	}
	return errors.New(text)
}

// emptyFlag refuses an empty name. Without the flag, nslab does something else,
// and in a script an empty variable is a mistake.
func emptyFlag(cmd *cobra.Command) error {
	for _, name := range []string{"lab", "netns", "record", "output", "report"} {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && f.Value.String() == "" {
			return fmt.Errorf("%s: --%s: its value is empty", cmd.Name(), name)
		}
	}
	return nil
}

// between requires from least to most arguments.
func between(least, most int) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < least && least-len(args) == 1:
			return errors.New("an argument is missing")
		case len(args) < least:
			return fmt.Errorf("%d arguments are missing", least-len(args))
		case len(args) > most && most == 0:
			return fmt.Errorf("it takes no arguments, but got %q", args[0])
		case len(args) > most:
			return fmt.Errorf("one argument too many: %q", args[most])
		}
		return nil
	}
}

// flagError says what a flag's value must be, instead of the message of the
// package that parses it.
func flagError(err error) error {
	var bad *pflag.InvalidValueError
	if !errors.As(err, &bad) {
		return err
	}
	var num *strconv.NumError
	what := "the flag wants " + wants(bad.GetFlag())
	if errors.As(err, &num) && errors.Is(num.Err, strconv.ErrRange) {
		what = "it is out of range"
	}
	return fmt.Errorf("--%s %q: %s", bad.GetFlag().Name, bad.GetValue(), what)
}

// wants returns what a flag's value must be.
func wants(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "bool":
		return "true or false"
	case "int", "int64", "int32", "uint", "uint64", "uint32", "uint16", "uint8":
		return "a whole number"
	case "float64":
		return "a number"
	case "duration":
		return "a time with its unit, such as 10s or 500ms"
	}
	return "a " + f.Value.Type()
}

// arguments checks the number of arguments. Its error has status 2.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usage(fmt.Errorf("%s: %w; usage: %s", cmd.Name(), err, cmd.UseLine()))
		}
		return nil
	}
}
