package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/plan"
	"github.com/nslab/nslab/topology"
)

// UpOptions say how Up works. The zero value creates the lab, or changes it.
type UpOptions struct {
	PlanOptions
	// NoWait makes Up fail with ErrLocked if another process is working on the
	// lab, instead of waiting for it.
	NoWait bool
	// Replace allows changing a lab that another file created. Without it, the
	// error matches ErrOtherSource.
	Replace bool
	// Keep leaves the lab as it is if something is not ready, instead of undoing
	// what has been done. The error is the same: see ErrNotReady.
	Keep bool
	// Kill ends processes in nodes that are no longer in the file: SIGTERM, and
	// 5 seconds later SIGKILL. Without it, Up refuses with a *ProcessesError
	// before it does anything, or with an *UnseenError if it cannot tell
	// whether there are any.
	Kill bool
	// OnUnseen, if set, is called if Up cannot tell whether there are
	// processes; with Kill it goes on.
	OnUnseen func(*UnseenError)
}

func (o *UpOptions) check(t *topology.Topology) error {
	if o.NoRefresh && len(o.Recreate) > 0 {
		return errors.New("options Recreate and NoRefresh cannot be used together: Recreate has to read all nodes")
	}
	return checkPatterns(t, o.Recreate)
}

func (o UpOptions) waiting() labdir.Waiting {
	if o.NoWait {
		return labdir.DontWait
	}
	return labdir.WaitForLock
}

// Up makes the kernel agree with a topology, whatever exists of the lab. It
// returns the plan that it carried out, which is empty if there was nothing to
// do. If it fails midway or the context ends, it undoes what it did; the error
// is a *RunError. Exec lines inherit those of the caller's descriptors that are
// not close-on-exec; Go opens none that are not.
func Up(ctx context.Context, t *topology.Topology, cfg *Config, opts UpOptions) (*Plan, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	if err := opts.check(t); err != nil {
		return nil, err
	}
	sources, err := cfg.readFor(t)
	if err != nil {
		return nil, err
	}
	cfg = cfg.orDefault()
	s, err := cfg.begin(ctx, t.Name, t, true, opts.waiting())
	if err != nil {
		return nil, err
	}
	s.sources = sources
	plan, err := s.up(ctx, t, opts)
	if err != nil && s.createsLab && s.target == nil && s.state.Version == 0 {
		err = errors.Join(err, s.RemoveUnused())
	}
	return plan, errors.Join(err, s.end())
}

func (s *session) up(ctx context.Context, t *topology.Topology, opts UpOptions) (*Plan, error) {
	if err := s.checkSource(t, &opts); err != nil {
		return nil, err
	}
	if s.rest {
		if err := s.endDown(ctx, opts.Kill); err != nil {
			return nil, err
		}
	} else if s.createsLab {
		// A `down` that was interrupted at its end may have left files.
		if err := s.Empty("."); err != nil {
			return nil, err
		}
	}
	if err := s.cfg.places().Taken(t, nil); err != nil {
		return nil, err
	}
	plan, err := s.plan(ctx, t, opts.PlanOptions)
	if err != nil {
		return nil, err
	}
	hash := sourceHash(t.Source)
	s.keep = opts.Keep
	if plan.Empty() && s.state.Phase == PhaseUp && s.state.Hash == hash && !s.isMoved(t) && !s.pending() && s.sources.Equal(s.oldSources) {
		return plan, s.stillReady(ctx, t, plan)
	}
	if err := s.mayDrop(ctx, plan, &opts); err != nil {
		return nil, err
	}
	plan.kill = opts.Kill
	if err := s.fits(plan); err != nil {
		return nil, err
	}
	if err := s.run(ctx, t, hash, plan); err != nil {
		return nil, err
	}
	if s.notReady != nil {
		return plan, fmt.Errorf("lab %q is up as its file says, but: %w", s.Name, s.notReady)
	}
	return plan, nil
}

// stillReady waits until all of a lab is ready in which there is nothing to do.
// Its processes may need room in their logs.
func (s *session) stillReady(ctx context.Context, t *topology.Topology, p *Plan) error {
	if slices.ContainsFunc(t.Nodes, func(n topology.Node) bool { return len(n.Processes) > 0 }) {
		if _, err := s.MountLogs(); err != nil {
			return fmt.Errorf("lab %q: make room in the logs: %w", s.Name, err)
		}
	}
	_, _, err := s.runPrograms(ctx, p, len(p.Steps))
	if err != nil {
		return fmt.Errorf("lab %q is up as its file says, but: %w", s.Name, err)
	}
	return nil
}

// run carries out a plan, or undoes what of it has been done; its error is a
// *RunError.
func (s *session) run(ctx context.Context, t *topology.Topology, hash string, p *Plan) error {
	ran, step, what, err := s.carryOut(ctx, t, hash, p)
	if err == nil {
		s.Release()
		return s.tidy(p)
	}
	if s.keep && errors.Is(err, ErrNotReady) {
		return fmt.Errorf("lab %q: %w\nthe lab is left as it is; %s with its file goes on, \"nslab down %s\" removes it", s.Name, err, s.state.upAgain(), s.Name)
	}
	e := &RunError{Lab: s.Name, Step: what, Cause: err, Done: ran.Done, Total: len(p.Steps), Ended: s.ended}
	if step != nil {
		e.Step, e.File, e.Line = step.String(), t.Path, plan.Line(t, step)
	}
	e.Undo = s.undo(context.WithoutCancel(ctx), p.Steps, &ran)
	e.Lost = s.lost
	return e
}

// carryOut does all that a plan asks for, after its intent is written down. If
// it fails it returns the step that failed, or what else it was doing, and how
// far the steps had come.
func (s *session) carryOut(ctx context.Context, t *topology.Topology, hash string, p *Plan) (ran engine.Progress, step *Step, what string, err error) {
	if err := s.reserveFiles(); err != nil {
		return ran, nil, "open files for undoing", err
	}
	if err := s.intend(t, hash, p.byHand); err != nil {
		return ran, nil, "record the plan", err
	}
	if err := s.intendLines(p); err != nil {
		return ran, nil, "record the exec lines", err
	}
	if err := s.cfg.places().MakeDirs(t); err != nil {
		return ran, nil, "make the directories of names", err
	}
	if err := s.Mount(); err != nil {
		return ran, nil, "mount the lab's tmpfs", err
	}
	for _, name := range p.stubs {
		if err := s.engine.Dir.Delete(ctx, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return ran, nil, "remove what an interrupted down left", err
		}
	}
	s.made = p.made
	first := p.firstProgram()
	if first < len(p.Steps) {
		if s.newLogs, err = s.MountLogs(); err != nil {
			return ran, nil, "mount the tmpfs of the lab's logs", err
		}
		if err = s.MakeLogs(p.nodesWithPrograms(first)); err != nil {
			return ran, nil, "make the directories of the logs", err
		}
	}
	if err := s.mountView(t); err != nil {
		return ran, nil, "mount the tmpfs of the nodes' views", err
	}
	if err := s.endIn(ctx, p); err != nil {
		return ran, nil, "end processes in nodes to be recreated or removed", err
	}
	work := engine.Work{
		N:     first,
		Ops:   func(i int) []engine.Op { return p.Steps[i].Ops() },
		Plain: func(i int) bool { return plan.IsPlain(&p.Steps[i]) },
	}
	if progress := s.cfg.Progress; progress != nil {
		work.Done = func(i int) { progress(i+1, len(p.Steps), p.Steps[i].String()) }
	}
	ran = s.engine.RunAll(ctx, work)
	if ran.Err != nil {
		return ran, &p.Steps[ran.Failed], "", ran.Err
	}
	if err := s.forgetViews(p); err != nil {
		return ran, nil, "remove the files of nodes that were recreated", err
	}
	if err := s.cfg.view(t, s.sources).Mount(); err != nil {
		return ran, nil, "mount what nodes have of their own", err
	}
	if err := s.Unbar(); err != nil { // a line may run nslab exec
		return ran, nil, "let programs enter the lab", err
	}
	done, failed, err := s.runPrograms(ctx, p, first)
	ran.Done += done
	switch {
	case err == nil:
	case failed >= 0 && failed < len(p.Steps):
		return ran, &p.Steps[failed], "", err
	case s.keep && ran.Done == len(p.Steps):
		s.notReady = err
	default:
		return ran, nil, "wait until the lab is ready", err
	}
	if err := s.agree(); err != nil {
		return ran, nil, "record what was done", err
	}
	return ran, nil, "", nil
}
