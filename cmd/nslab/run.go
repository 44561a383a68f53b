package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/internal/sandbox"
	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
	"github.com/spf13/cobra"
)

// runFlags are the flags of run.
type runFlags struct {
	node, dir, logs string
	verbose         bool
}

func (a *app) run() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [FILE] [flags] -- PROGRAM [ARG ...]",
		Short: "Bring a lab up for a program, and take it down after it",
		Long: `Bring up the lab of a file, run a program, and take the lab down. All this
happens in mount, network and PID namespaces of its own, and without root in a
user namespace besides: nothing on the machine changes, several runs of one file
do not disturb each other, and nothing is left even if nslab is killed.

The program runs outside of the nodes, where there is only lo, or with --node in
a node. It can use "nslab exec", "ls", "inspect" and so on: $NSLAB_LAB names the
lab. It has nslab's standard streams, its terminal, its descriptors, and its
signals. When it has ended, what it has left in the nodes gets SIGTERM, and 5 s
later SIGKILL. All other processes are killed.

Without a FILE, run reads lab.yaml or nslab.yaml in this directory, or else the
only file whose name ends in .clab.yml or .clab.yaml; - is standard input.

Exit status: the program's own, or 128 plus the number of the signal that ended
it; 127 if it was not found, 126 if it could not be executed, 125 if nslab
itself failed, 2 if the file or the command line is wrong.`,
		Example: `  nslab run lab.yaml -- ./test.sh
  nslab run lab.yaml --node h1 -- ping -c 1 h2
  nslab run -v -- bash`,
		Annotations: map[string]string{inSandbox: "true"},
		Args: arguments(func(cmd *cobra.Command, args []string) error {
			switch dash := cmd.ArgsLenAtDash(); {
			case dash < 0:
				return errors.New(`a "--" is missing before the program`)
			case dash == len(args):
				return errors.New(`a program is missing after the "--"`)
			case dash > 1:
				return fmt.Errorf(`one argument too many before the "--": %q`, args[1])
			}
			return nil
		}),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			if dash := cmd.ArgsLenAtDash(); dash >= 0 {
				return firstProgram(cmd, args[dash:], word)
			}
			return labFiles(false)(cmd, args, word)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dash := cmd.ArgsLenAtDash()
			return a.runPlace(cmd, f, args[:dash], args[dash:])
		},
	}
	clabFlags(cmd)
	a.nameOption(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.node, "node", "", "run the program in `NODE`")
	fl.StringVarP(&f.dir, "workdir", "w", "", "run the program in `DIR`")
	fl.StringVar(&f.logs, "logs", "", "if it fails, keep the logs of the lab in `DIR`")
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "say on standard error what nslab does")
	return cmd
}

// runPlace does what run does in each of its processes: outside of the new
// namespaces, in the first process inside, and in the one that does the work.
func (a *app) runPlace(cmd *cobra.Command, f runFlags, files, argv []string) error {
	place := sandbox.Init
	if !sandbox.Inside() {
		if err := f.check(cmd); err != nil {
			return usage(err)
		}
		place = func() (int, error) { return sandbox.Run(sandbox.Config{PIDNamespace: true}) }
	} else if !sandbox.IsInit() {
		return own(a.runInside(cmd, f, files, argv))
	}
	status, err := place()
	if err != nil {
		return own(fmt.Errorf("run: %w", err))
	}
	if status != 0 {
		return &statusError{status: status}
	}
	return nil
}

func (f *runFlags) check(cmd *cobra.Command) error {
	for _, name := range []string{"node", "workdir", "logs"} {
		if fl := cmd.Flags().Lookup(name); fl.Changed && fl.Value.String() == "" {
			word := "--" + name
			if fl.Shorthand != "" {
				word = "-" + fl.Shorthand
			}
			return fmt.Errorf("run: %s: its value is empty", word)
		}
	}
	if f.dir != "" {
		if err := isDir(f.dir); err != nil {
			return fmt.Errorf("run: -w: %w", err)
		}
	}
	if f.logs != "" {
		if err := canKeepLogs(f.logs); err != nil {
			return fmt.Errorf("run: --logs: %w", err)
		}
	}
	return nil
}

func isDir(path string) error {
	fi, err := os.Stat(path)
	if err == nil && !fi.IsDir() {
		err = fmt.Errorf("%s is not a directory", plain.Text(path))
	}
	return named(err)
}

// runInside brings the lab up, runs the program and takes the lab down, in
// namespaces that end with it.
func (a *app) runInside(cmd *cobra.Command, f runFlags, files, argv []string) (err error) {
	result, err := sandbox.Setup()
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	signals := hearSignals(cmd.Context(), result.Signals)
	cmd.SetContext(signals.ctx)
	messages := a.watch.messages(cmd.ErrOrStderr())
	say := func(format string, args ...any) {
		if f.verbose {
			tell(messages, format, args...)
		}
	}
	if result.SysfsErr != nil {
		say("warning: /sys is the machine's: %v", result.SysfsErr)
	}
	fds, err := inherited()
	if err == nil {
		err = keepDescriptors()
	}
	if err != nil {
		return err
	}
	t, err := labFile(cmd, files)
	if err != nil {
		return signals.instead(err)
	}
	node, err := nodeToRun(t, f.node)
	if err != nil {
		return err
	}
	if err := errors.Join(loUp(cmd.Context(), a), privateEtc(t)); err != nil {
		return fmt.Errorf("run: %w", err)
	}
	progress := func(int, int, string) {}
	bar := newProgress(messages)
	if f.verbose {
		progress = bar.step
	}
	logs := logKeeper{labs: make(map[string]*os.Root)}
	if f.logs != "" {
		if logs.dir, err = filepath.Abs(f.logs); err != nil {
			return err
		}
	}
	start := time.Now()
	plan, err := a.bringUp(cmd, t, lab.UpOptions{Keep: f.logs != ""}, messages, progress)
	bar.clear()
	if err != nil {
		err = signals.instead(err)
	} else {
		warnOf(messages, plan.Warnings)
		say("%s", isUp(t, plan, start))
		err = a.runProgramIn(cmd, t, node, f.dir, argv, fds, signals)
	}
	err = afterwards(err, a.allDown(cmd, messages, say, &logs))
	return afterwards(err, logs.write(err != nil))
}

// nodeToRun returns the node of --node, "" for none.
func nodeToRun(t *topology.Topology, word string) (string, error) {
	name := strings.TrimPrefix(word, t.Name+"/")
	if word == "" || slices.ContainsFunc(t.Nodes, func(n topology.Node) bool { return n.Name == name }) {
		return name, nil
	}
	var names []string
	for i := range t.Nodes {
		names = append(names, t.Nodes[i].Name)
	}
	return "", usage(fmt.Errorf("run: --node: no node %q in lab %q; %s", word, t.Name, candidates("nodes", names)))
}

// loUp brings up lo outside of the nodes: programs expect to reach themselves.
func loUp(ctx context.Context, a *app) (err error) {
	c, err := rtnl.Dial(&rtnl.Config{Observer: a.watch.observer(), Name: "run"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	up := &rtnl.LinkSet{Link: rtnl.LinkName("lo")}
	up.Up()
	return c.Do(ctx, up)
}

// runProgramIn runs the program and returns its exit status as an error.
func (a *app) runProgramIn(cmd *cobra.Command, t *topology.Topology, node, dir string, argv []string, fds []int, signals *runSignals) (err error) {
	if err := passOn(fds); err != nil {
		return err
	}
	if dir != "" {
		if dir, err = filepath.Abs(dir); err == nil {
			err = os.Chdir(dir)
		}
		if err == nil {
			err = os.Setenv("PWD", dir)
		}
		if err != nil {
			return fmt.Errorf("run: -w: %w", named(err))
		}
	}
	var c program
	var std *exec.Cmd
	if node == "" {
		std = exec.Command(argv[0], argv[1:]...)
		std.Env = append(os.Environ(), "NSLAB_LAB="+t.Name)
		c = std
	} else {
		n, err := a.findNode(t.Name+"/"+node, "")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, n.Lab().Close()) }()
		in, err := n.Command(context.WithoutCancel(cmd.Context()), argv[0], argv[1:]...)
		if err != nil {
			return err
		}
		std, c = in.Cmd, in
	}
	std.Stdin, std.Stdout, std.Stderr = a.stdin, a.stdout, a.stderr
	if err := signals.start(c, std); err != nil {
		return err
	}
	if in, ok := c.(interface{ Warnings() []error }); ok {
		warnings := newWarner(cmd.ErrOrStderr())
		for _, w := range in.Warnings() {
			warnings.warn(w)
		}
	}
	err = std.Wait()
	signals.ended()
	return ended(err)
}

// allDown takes down the lab, unless the program did so, and other labs that
// the program made.
func (a *app) allDown(cmd *cobra.Command, messages io.Writer, say func(string, ...any), logs *logKeeper) error {
	ctx := context.WithoutCancel(cmd.Context())
	labs, err := lab.List(a.config())
	errs := []error{err}
	for _, l := range labs {
		start := time.Now()
		errs = append(errs, logs.hold(l.Name))
		err := lab.Down(ctx, l.Name, a.config(), lab.DownOptions{
			Kill:     true,
			OnUnseen: func(e *lab.UnseenError) { tell(messages, "warning: %v", e) },
		})
		switch {
		case err == nil:
			say("Lab %q is down in %s", l.Name, took(start))
		case !errors.Is(err, lab.ErrNoLab):
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// afterwards joins the program's result with an error of what came after it.
// The status is the program's own, unless that is 0.
func afterwards(result, err error) error {
	switch {
	case err == nil:
		return result
	case result == nil:
		return own(err)
	case isWordless(result):
		return &statusError{status: statusOf(result), err: err}
	}
	return &statusError{status: statusOf(own(result)), err: errors.Join(result, err)}
}
