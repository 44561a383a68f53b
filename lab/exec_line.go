package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/nslab/nslab/engine"
	"golang.org/x/sys/unix"
)

// execLine runs a command line of the file in a node.
type execLine struct {
	view *view
	node int
	line string
	// group is the process group that the line has run in, 0 before it has.
	group int
}

// Do implements engine.Action. It returns when the shell has ended, whatever that
// leaves in the background.
func (a *execLine) Do(ctx context.Context, _ *engine.Engine, node string) error {
	cmd, err := a.view.command(ctx, a.node, "/bin/sh", "-c", a.line)
	if err != nil {
		return err
	}
	defer cmd.Close()
	out, err := outputFile()
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	// What the line starts goes with it when the context ends: otherwise it
	// would live on in a namespace that is gone.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		if err := unix.Kill(-cmd.Process.Pid, unix.SIGKILL); err != unix.ESRCH {
			return err
		}
		return os.ErrProcessDone
	}
	if err = cmd.Start(); err == nil {
		a.group = cmd.Process.Pid
		a.view.warn(cmd.Warnings())
		err = cmd.Wait()
	}
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w (%w)", context.Cause(ctx), err)
	}
	text, rerr := endOutput(out)
	switch {
	case err == nil && rerr == nil:
		return nil
	case err == nil || rerr != nil:
		return fmt.Errorf("node %q: exec %q: %w", node, a.line, errors.Join(err, rerr))
	case text == "":
		return fmt.Errorf("node %q: exec %q: %w", node, a.line, err)
	}
	return fmt.Errorf("node %q: exec %q: %w: %s", node, a.line, err, text)
}

// outputFile makes a file in memory for the output of a line. With a pipe its end
// would have to be waited for, and what runs in the background holds that open.
func outputFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("nslab-exec", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	// A line may write to /dev/stderr, which is the file opened once more.
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFL, unix.O_APPEND); err != nil {
		return nil, errors.Join(os.NewSyscallError("fcntl", err), unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), "output of exec"), nil
}

// maxOutput is how much of a line's output an error has, in bytes.
const maxOutput = 4 << 10

// endOutput returns the end of a line's output, and makes the file one that does
// not grow: what is in the background has it for as long as it runs.
func endOutput(f *os.File) (string, error) {
	st, err := f.Stat()
	if err != nil {
		return "", err
	}
	b := make([]byte, min(st.Size(), maxOutput))
	n, err := f.ReadAt(b, st.Size()-int64(len(b)))
	if n < len(b) {
		// Emptied meanwhile, by what is in the background.
		b, err = b[:n], nil
	}
	if err != nil {
		return "", err
	}
	if err := f.Truncate(0); err != nil {
		return "", err
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_GROW); err != nil {
		return "", os.NewSyscallError("fcntl", err)
	}
	if st.Size() <= maxOutput {
		return plainText(b), nil
	}
	if _, after, ok := bytes.Cut(b, []byte("\n")); ok && len(after) > 0 {
		b = after // whole lines
	}
	return fmt.Sprintf("the end of %d bytes of output:\n%s", st.Size(), plainText(b)), nil
}

func plainText(b []byte) string { return strings.TrimSpace(strings.ToValidUTF8(string(b), "?")) }

// execGroups returns the process groups that the lines of a plan have run in.
func execGroups(steps []Step) map[int]bool {
	groups := make(map[int]bool)
	for i := range steps {
		for _, op := range steps[i].ops {
			if a, ok := op.Action.(*execLine); ok && a.group != 0 {
				groups[a.group] = true
			}
		}
	}
	return groups
}

// undoGrace is for what is ended because what it belongs to is undone.
const undoGrace = time.Second

// endGroups ends what is left of process groups in the lab's namespaces. The number
// of a group that is gone may be another's by now: that one is not in the lab.
func (s *session) endGroups(ctx context.Context, groups map[int]bool) error {
	if len(groups) == 0 {
		return nil
	}
	all, err := s.processes()
	if err != nil {
		return err
	}
	var procs []Process
	for _, p := range all {
		if group, err := unix.Getpgid(p.PID); err == nil && groups[group] {
			procs = append(procs, p)
		}
	}
	return s.kill(ctx, procs, undoGrace)
}
