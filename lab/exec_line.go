package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// execLine runs a command line of the file in a node.
type execLine struct {
	view *view.View
	root labdir.Root
	t    *topology.Topology
	node int
	// number is the line's among those of the node, from 1.
	number int
	line   string
	// group is the process group that the line has run in, 0 before it has.
	group int
}

// Do implements engine.Action. It returns when the shell has ended, whatever
// that leaves in the background.
func (a *execLine) Do(ctx context.Context, _ *engine.Engine, node string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	cmd, err := a.view.Command(ctx, a.node, "/bin/sh", "-c", a.line)
	if err != nil {
		return err
	}
	defer cmd.Close()
	// A file: the end of a pipe would have to be waited for, and what runs in
	// the background holds that open.
	out, err := a.root.NewLog(a.t.Name, node, a.number)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Dir = a.t.Dir()
	// What the line starts goes with it when the context ends: otherwise it
	// would live on in a namespace that is gone. In a session of its own it has
	// no terminal that it could wait for.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error {
		if err := unix.Kill(-cmd.Process.Pid, unix.SIGKILL); err != unix.ESRCH {
			return err
		}
		return os.ErrProcessDone
	}
	if err = cmd.Start(); err == nil {
		a.group = cmd.Process.Pid
		a.view.Warn(cmd.Warnings())
		err = cmd.Wait()
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("%w (%w)", context.Cause(ctx), err)
	}
	text, rerr := endOf(out)
	if text != "" {
		text = ": " + text
	}
	return fmt.Errorf("node %q: exec %q: %w%s", node, a.line, errors.Join(err, rerr), text)
}

// Command is what the line is as a command of a node's namespace, for a script.
// Nil if the command would see other files than the line does.
func (a *execLine) Command() []string {
	if a.t.Nodes[a.node].HasView() {
		return nil
	}
	words := []string{"env"}
	if dir := a.t.Dir(); dir != "." {
		words = append(words, "-C", dir)
	}
	return append(append(words, a.view.Environ(a.node)...), "/bin/sh", "-c", a.line)
}

// execLines returns what makes the actions of a topology's exec lines.
func execLines(cfg *Config, t *topology.Topology, s *view.Sources) func(node string, number int, line string) engine.Action {
	var whole *topology.Topology
	var v *view.View
	return func(node string, number int, line string) engine.Action {
		if v == nil {
			whole = t.Whole()
			v = cfg.view(whole, s)
		}
		return &execLine{view: v, root: cfg.root(), t: whole, node: whole.NodeIndex(node), number: number, line: line}
	}
}

// execOf is the exec line that a step is, nil for another step.
func execOf(s *Step) *execLine {
	if s.Object != "exec" {
		return nil
	}
	a, _ := s.Ops()[0].Action.(*execLine)
	return a
}

// maxOutput is how much of a line's output an error has, in bytes.
const maxOutput = 4 << 10

// endOf returns the end of a line's output.
func endOf(f *os.File) (string, error) {
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
	if st.Size() <= maxOutput {
		return plainText(b), nil
	}
	if _, after, ok := bytes.Cut(b, []byte("\n")); ok && len(after) > 0 {
		b = after // whole lines
	}
	return fmt.Sprintf("the end of %d bytes of output:\n%s", st.Size(), plainText(b)), nil
}

func plainText(b []byte) string { return strings.TrimSpace(plain.Lines(string(b))) }

// execGroups returns the process groups that the lines of a plan have run in.
func execGroups(steps []Step) map[int]bool {
	groups := make(map[int]bool)
	for i := range steps {
		if a := execOf(&steps[i]); a != nil && a.group != 0 {
			groups[a.group] = true
		}
	}
	return groups
}

// undoGrace is for what is ended because what it belongs to is undone.
const undoGrace = time.Second

// endGroups ends what is left of process groups in the lab's namespaces. The
// number of a group that is gone may be another's by now: that one is not in
// the lab.
func (s *session) endGroups(ctx context.Context, groups map[int]bool) error {
	if len(groups) == 0 {
		return nil
	}
	started, err := processes.InGroups(groups)
	if err != nil {
		return err
	}
	_, err = processes.Kill(ctx, s.Dir, started, undoGrace, func() error { return nil })
	return err
}

// endIn ends what runs in nodes that are about to be recreated, and, if the
// plan is to, in those that are removed: in the old ones it would have no
// network any more.
func (s *session) endIn(ctx context.Context, p *Plan) (err error) {
	var nodes []string
	for _, r := range p.Remade {
		nodes = append(nodes, r.Node)
	}
	if p.kill {
		nodes = append(nodes, p.dropped()...)
	}
	if len(nodes) == 0 {
		return nil
	}
	s.ended, err = processes.Kill(ctx, s.Dir, func(p *Process) bool { return slices.Contains(nodes, p.Node) }, 0, func() error {
		s.ending = nodes
		return nil
	})
	return err
}
