package lab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/process"
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
	// programs are those of the run that carries it out.
	programs *process.Programs
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
	adopted, err := a.programs.Adopt(cmd, &a.t.Nodes[a.node])
	if err != nil {
		return err
	}
	if err = errors.Join(cmd.Start(), adopted.Close()); err == nil {
		a.group = cmd.Process.Pid
		a.view.Warn(cmd.Warnings())
		err = cmd.Wait()
		adopted.Leave()
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("%w (%w)", context.Cause(ctx), err)
	}
	text, rerr := process.EndOf(out, 0)
	if text != "" {
		text = ": " + text
	}
	return fmt.Errorf("node %q: exec %q: %w%s", node, a.line, errors.Join(err, rerr), text)
}

// hasWords reports whether "ip netns exec" and env(1) can start a program as it
// is started in a node: they can give it no other files, user or directory.
func hasWords(n *topology.Node) bool { return !n.HasMounts() && n.User == "" && n.WorkingDir == "" }

// Command is what the line is as a command of a node's namespace, for a script,
// nil if that has no words.
func (a *execLine) Command() []string {
	if !hasWords(&a.t.Nodes[a.node]) {
		return nil
	}
	words := []string{"env"}
	if dir := a.t.Dir(); dir != "." {
		words = append(words, "-C", dir)
	}
	return append(append(words, a.view.Environ(a.node)...), "/bin/sh", "-c", a.line)
}

// execLines returns what makes the actions of a topology's exec lines, which
// see what the view gives them.
func execLines(cfg *Config, t *topology.Topology, v func() *view.View) func(node string, number int, line string) engine.Action {
	return func(node string, number int, line string) engine.Action {
		return &execLine{view: v(), root: cfg.root(), t: t, node: t.NodeIndex(node), number: number, line: line}
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

// endIn ends what runs in nodes that are about to be recreated, and in those
// that are removed what the file has started, and if the plan is to the rest:
// in the old ones it would have no network any more.
func (s *session) endIn(ctx context.Context, p *Plan) (err error) {
	remade := make(map[string]bool)
	for _, r := range p.Remade {
		remade[r.Node] = true
	}
	dropped := p.dropped()
	if len(remade)+len(dropped) == 0 {
		return nil
	}
	s.ended, err = s.programs.End(ctx, func(proc *Process) bool {
		return remade[proc.Node] || slices.Contains(dropped, proc.Node) && (p.kill || proc.Member != "")
	}, 0, func() error {
		s.ending = slices.AppendSeq(slices.Clone(dropped), maps.Keys(remade))
		return nil
	})
	return err
}
