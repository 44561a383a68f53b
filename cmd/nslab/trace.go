package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/trace"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// traceFlags are the flags of trace.
type traceFlags struct {
	follow, rw, extAck, explain, requests bool
	output                                string
	pid                                   int
}

func (a *app) traceCommand() *cobra.Command {
	var f traceFlags
	cmd := &cobra.Command{
		Use:   "trace [OPTION ...] [--] PROGRAM [ARG ...] | -p PID",
		Short: "Show what another program says to the kernel over netlink",
		Long: `Run a program, or attach to a running one, and write each netlink message that
it sends or receives on one line, as --trace does for nslab's own. This needs no
root for your own programs. --requests instead writes one line for each request;
--explain also writes the line of ip or bridge that makes the same request.

Lines go to standard error, or to the FILE of -o; - is standard output. A
FILE.jsonl contains more: sockets and their options, groups, errors of calls,
times, process ids.

nslab stops the program only at socket calls. It does not see what goes through
read(2) and write(2) unless you give --rw, which makes programs that read and
write a lot many times slower. It never sees what goes through io_uring, or what
32-bit programs do.

Exit status: the program's own, 128 and the signal's number if one ended it;
127 if it was not found, 126 if it could not be executed, 125 if nslab itself
failed, 2 if the command line is wrong.`,
		Example: `  nslab trace ip link show lo
  nslab trace -f -o ifup.jsonl -- ifup -a
  nslab trace -p "$(pidof zebra)"`,
		Args:              arguments(func(cmd *cobra.Command, args []string) error { return f.check(cmd, args) }),
		ValidArgsFunction: firstProgram,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.runTrace(cmd, &f, args) },
	}
	fl := cmd.Flags()
	// What follows the first argument belongs to the program.
	fl.SetInterspersed(false)
	fl.BoolVarP(&f.follow, "follow", "f", false, "also trace the programs that it starts")
	fl.StringVarP(&f.output, "output", "o", "", "write to `FILE`: lines of text, or the format of the suffix .jsonl, .pcapng or .pcap")
	fl.IntVarP(&f.pid, "pid", "p", 0, "attach to the process `PID`, until it ends or you press Ctrl-C")
	fl.BoolVar(&f.requests, "requests", false, "write one line for each request, with its result and the time it took")
	fl.BoolVar(&f.explain, "explain", false, "write the line of ip or bridge for each request that has one")
	fl.BoolVar(&f.extAck, "ext-ack", false, "show what the kernel says to programs that did not ask (as root)")
	fl.BoolVar(&f.rw, "rw", false, "also trace read, write, close and peeks, which slows the program down")
	return cmd
}

// check reads the arguments that cobra leaves.
func (f *traceFlags) check(cmd *cobra.Command, args []string) error {
	attach := cmd.Flags().Changed("pid")
	switch {
	case attach && len(args) > 0:
		return errors.New("-p and a program exclude each other")
	case attach && f.pid < 1:
		return fmt.Errorf("-p %d: a process id is at least 1", f.pid)
	case !attach && len(args) == 0:
		return errors.New("a program is missing")
	case !attach && args[0] == "":
		return errors.New("the program's name is empty")
	case f.explain && f.requests:
		return errors.New("--explain and --requests exclude each other")
	case (f.explain || f.requests) && isRecording(f.output):
		return fmt.Errorf("--explain and --requests are for lines of text; %s is a recording, for nslab decode to read", f.output)
	}
	return nil
}

func (a *app) runTrace(cmd *cobra.Command, f *traceFlags, args []string) (err error) {
	path, err := f.lookUp(args)
	if err != nil {
		return err
	}
	ctx, signals := cmd.Context(), interrupts()
	if f.pid != 0 {
		if signal.Ignored(unix.SIGINT) {
			// In the background of a script, only this signal can make nslab
			// detach as Ctrl-C does.
			signals = append(signals, unix.SIGINT)
		}
		var cancel context.CancelFunc
		ctx, cancel = signal.NotifyContext(ctx, signals...)
		defer cancel()
	}
	out, err := f.open(ctx, cmd, a.stdout, append(args[:len(args):len(args)], path, a.watch.record)...)
	if err != nil {
		return own(fmt.Errorf("trace: -o: %w", err))
	}
	o := trace.Options{Every: f.rw, Alone: !f.follow, ExtAck: f.extAck, Label: namespaceLabel}
	ends, stop := out.heed(f.pid != 0, signals...)
	defer stop()
	defer func() {
		ends()
		if cerr := out.close(); cerr != nil && (err == nil || errors.As(err, new(*statusError))) {
			err = own(fmt.Errorf("trace: %w", cerr))
		}
	}()
	if f.pid != 0 {
		if err := attachTo(ctx, f.pid, o, out, cmd.ErrOrStderr()); err != nil {
			return own(fmt.Errorf("trace: %w", err))
		}
		return nil
	}
	status, err := runTraced(cmd, o, out.observe, path, args)
	switch {
	case err != nil:
		return err
	case status.Signaled():
		return &statusError{status: 128 + int(status.Signal())}
	case status.ExitStatus() != 0:
		return &statusError{status: status.ExitStatus()}
	}
	return nil
}

// lookUp looks for the process to attach to, or for the program's file, before
// anything is written. Its error has an exit status.
func (f *traceFlags) lookUp(args []string) (path string, err error) {
	if f.pid == 0 {
		return lookUpProgram("trace", args[0])
	}
	if unix.Kill(f.pid, 0) == unix.ESRCH {
		return "", own(fmt.Errorf("trace: attach to process %d: there is no such process", f.pid))
	}
	return "", nil
}

// lookUpProgram finds the file of a program that a command is to run. Its error
// has an exit status.
func lookUpProgram(verb, name string) (path string, err error) {
	program := exec.Command(name)
	err = program.Err
	if err == nil {
		_, err = os.Stat(program.Path) // a name with a slash has not been looked up
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		pe.Op = "exec"
	}
	if err != nil {
		return "", notStarted(fmt.Errorf("%s: %w", verb, err))
	}
	return program.Path, nil
}

// runTraced traces a program until it and all programs that it starts have
// ended. It returns how the program ended. Its error has an exit status.
func runTraced(cmd *cobra.Command, o trace.Options, observe func(*audit.Event), path string, args []string) (unix.WaitStatus, error) {
	t, err := trace.Start(&trace.Command{Path: path, Args: args}, o, observe)
	if err != nil {
		return 0, own(fmt.Errorf("%s: %w", cmd.Name(), err))
	}
	stop := forwardSignals(t, terminal(cmd.InOrStdin()))
	defer stop()
	go outlived(t, args[0], cmd.ErrOrStderr())
	status, err := t.Wait()
	if err != nil {
		return 0, notStarted(fmt.Errorf("%s: %w", cmd.Name(), err))
	}
	return status, nil
}

// outlivedAfter is how long the children of a program may outlive it before
// nslab says that it waits for them.
const outlivedAfter = time.Second

// outlived says what nslab waits for after a program has ended. A signal then
// ends the wait.
func outlived(t *trace.Trace, name string, stderr io.Writer) {
	<-t.Ended()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, interrupts()...)
	defer signal.Stop(signals)
	late := time.NewTimer(outlivedAfter)
	defer late.Stop()
	for {
		select {
		case <-t.Done():
			return
		case <-signals:
			t.Stop()
		case <-late.C:
			go tell(stderr, "%s has ended; waiting for the programs that it started; Ctrl-C kills them", name)
		}
	}
}

// attachTo traces a process until it ends, the context ends, or nothing can be
// written any more.
func attachTo(ctx context.Context, pid int, o trace.Options, out *traceOutput, stderr io.Writer) error {
	t, err := trace.Attach(pid, o, out.observe)
	if err != nil {
		return err
	}
	go func() {
		select {
		case <-ctx.Done():
		case <-out.broken:
		case <-t.Done():
		}
		t.Stop()
	}()
	select {
	case <-say(stderr, "nslab: attached to process %d\n", pid):
	case <-t.Done(): // the reader does not read
	}
	_, err = t.Wait()
	return err
}
