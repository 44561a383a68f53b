package lab

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/internal/nodename"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/plan"
	"github.com/nslab/nslab/process"
	"github.com/nslab/nslab/topology"
)

// plan compares a topology with the kernel.
func (s *session) plan(ctx context.Context, t *topology.Topology, opts PlanOptions) (*Plan, error) {
	if opts.NoRefresh && opts.Prune {
		return nil, errors.New("options Prune and NoRefresh cannot be used together: Prune has to read all nodes")
	}
	stale, err := s.cfg.places().Of(s.Name)
	if err != nil {
		return nil, err
	}
	if s.rest {
		stale = nil
	}
	part, old := t, s.old
	if opts.NoRefresh && s.state.Phase == PhaseUp && len(s.old) == 1 && s.journal.Complete() && s.sources.Equal(s.oldSources) {
		if was, now := topology.Diff(s.old[0], t); now != nil {
			part, old, stale = now, []*topology.Topology{was}, namesOf(t, stale, now)
		}
	}
	p, err := s.compare(ctx, part, old, stale, opts)
	if err != nil {
		return nil, err
	}
	p.Topology = t
	p.Exec = p.execChanges(s.journal)
	p.View = s.viewChanges(p)
	return p, nil
}

// namesOf returns those names that are of nodes of a part of t, or of none of
// t.
func namesOf(t *topology.Topology, names []nodename.Name, part *topology.Topology) []nodename.Name {
	return slices.DeleteFunc(slices.Clone(names), func(n nodename.Name) bool {
		node := strings.TrimPrefix(filepath.Base(n.At), t.Prefix)
		return t.NodeIndex(node) >= 0 && part.NodeIndex(node) < 0
	})
}

// compare plans what makes the kernel agree with t, where it was made to agree
// with old before.
func (s *session) compare(ctx context.Context, t *topology.Topology, old []*topology.Topology, stale []nodename.Name, opts PlanOptions) (*Plan, error) {
	all := append(slices.Clone(old), t)
	keys := plan.Settings(all...)
	fresh := live.UnreadNewNode()
	if len(keys) > 0 {
		var err error
		if fresh, err = plan.ReadFresh(ctx, t, keys, opts); err != nil {
			return nil, s.cfg.noTrial(t, err)
		}
		fresh.WithoutDirectories(keys)
	}
	in := &plan.Input{Topology: t, Old: old, World: live.NewWorld(t), Stale: stale, HostsFault: s.hostsFault(t), Options: opts}
	mounted, err := s.IsMounted()
	if err != nil {
		return nil, err
	}
	if mounted && !s.rest {
		if in.World, err = live.Read(ctx, s.engine, live.Reading{Nodes: nodeNames(all...), Sysctls: keys, Files: all, Whole: opts.Prune, Rest: opts.Prune}); err != nil {
			return nil, err
		}
		in.Interrupted, in.Journal, in.ByHand = s.state.Phase != PhaseUp, s.journal, s.state.ByHand
		if s.states, err = process.Read(s.Dir); err != nil {
			return nil, err
		}
		s.programs.Before(s.states)
		in.Programs, in.SetLimits = s.states, s.programs.SetLimits
		if in.StartKeeper, err = s.programs.LostKeeper(s.states, s.cfg.view(t, s.sources)); err != nil {
			return nil, err
		}
		if in.Limits, err = s.programs.Limits(); err != nil {
			return nil, err
		}
		if err := in.World.ReadSettings(t); err != nil {
			return nil, s.cfg.noTrial(t, err)
		}
	}
	if len(keys) == 0 && (len(in.World.Nodes) < len(t.Nodes) || opts.Prune || in.Interrupted || len(opts.Recreate) > 0 || !s.journal.Complete() || t.HasImpairments() || t.FiltersVLANs()) {
		if fresh, err = plan.ReadFresh(ctx, t, keys, opts); err != nil {
			return nil, s.cfg.noTrial(t, err)
		}
	}
	in.Fresh = fresh
	return newPlan(s.cfg, in, s.sources)
}

// PlanUp returns what Up would do, and changes nothing.
func PlanUp(ctx context.Context, t *topology.Topology, cfg *Config, opts UpOptions) (*Plan, error) {
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
	s, err := cfg.begin(ctx, t.Name, t, false, opts.waiting())
	if errors.Is(err, ErrNoLab) {
		if err := cfg.places().Taken(t, nil); err != nil {
			return nil, err
		}
		fresh, err := plan.ReadFresh(ctx, t, plan.Settings(t), PlanOptions{})
		if err != nil {
			return nil, cfg.noTrial(t, err)
		}
		stale, err := cfg.places().Of(t.Name)
		if err != nil {
			return nil, err
		}
		return newPlan(cfg, &plan.Input{Topology: t, World: live.NewWorld(t), Fresh: fresh, Stale: stale, Options: opts.PlanOptions}, sources)
	}
	if err != nil {
		return nil, err
	}
	s.sources = sources
	p, err := s.planUp(ctx, t, opts)
	return p, errors.Join(err, s.end())
}

// planUp fails where up would, before anything is done.
func (s *session) planUp(ctx context.Context, t *topology.Topology, opts UpOptions) (*Plan, error) {
	if err := s.checkSource(t, &opts); err != nil {
		return nil, err
	}
	var leaving []nodename.Name
	if s.rest {
		// Up ends the interrupted down first.
		var err error
		if leaving, err = s.cfg.places().Of(s.Name); err != nil {
			return nil, err
		}
	}
	if err := s.cfg.places().Taken(t, leaving); err != nil {
		return nil, err
	}
	p, err := s.plan(ctx, t, opts.PlanOptions)
	if err == nil {
		var unseen *UnseenError
		if p.Dropped, err = s.inDropped(p); errors.As(err, &unseen) {
			err = nil // up says it
		}
	}
	if err != nil || !opts.Foreign || opts.Prune {
		return p, err
	}
	opts.Prune, opts.NoRefresh = true, false
	pruned, err := s.plan(ctx, t, opts.PlanOptions)
	if err != nil {
		return nil, err
	}
	p.Foreign = p.beside(pruned)
	return p, nil
}

// beside are the steps of another plan that are not among those of p.
func (p *Plan) beside(other *Plan) (steps []Step) {
	mine := make(map[string]int)
	for i := range p.Steps {
		mine[p.Steps[i].String()]++
	}
	for i := range other.Steps {
		if key := other.Steps[i].String(); mine[key] > 0 {
			mine[key]--
		} else {
			steps = append(steps, other.Steps[i])
		}
	}
	return steps
}

// Validate reports what may be wrong with a topology apart from what Parse
// found: that no plan can be made of it, that it refers to files that are not
// there, or that this machine's kernel lacks a setting. An error about the file
// is of type topology.Errors. Validate needs no privilege, but finds more if it
// may create a namespace.
func Validate(t *topology.Topology) (warnings topology.Errors, err error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	sources, err := readSources(t)
	if err != nil {
		return nil, err
	}
	fresh, err := live.NewNodeFor(t)
	if err != nil {
		return nil, err
	}
	p, err := newPlan(new(Config), &plan.Input{Topology: t, World: live.NewWorld(t), Fresh: fresh}, sources)
	if err != nil {
		return nil, err
	}
	return p.Warnings, nil
}

// PlanOffline returns what Up would do on a machine without the lab. It looks
// at nothing of the machine but the files that the lab file reads, and assumes
// that new namespaces do not forward. It needs no privilege.
func PlanOffline(t *topology.Topology, cfg *Config) (*Plan, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	sources, err := view.ReadSources(t)
	if err != nil {
		return nil, err
	}
	return newPlan(cfg.orDefault(), &plan.Input{Topology: t, World: live.NewWorld(t), Fresh: live.UnseenNewNode()}, sources)
}
