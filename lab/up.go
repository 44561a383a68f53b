package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/plain"
)

// UpOptions say how Up goes about it. The zero value creates or changes.
type UpOptions struct {
	PlanOptions
	// NoWait fails with ErrLocked where another process works on the lab,
	// instead of waiting for it.
	NoWait bool
	// Replace changes a lab that another file has made. Without it that is an
	// error which matches ErrOtherSource.
	Replace bool
}

// A RunError is work on a lab that failed midway.
type RunError struct {
	Lab string
	// File and Line are what asks for the step, "" and 0 where no file does.
	File string
	Line int
	// Step is what failed, in words.
	Step string
	// Cause is why.
	Cause error
	// Undo are the errors of undoing what had been done, nil if all of it is
	// undone.
	Undo error
	// Done and Total count steps.
	Done, Total int
}

func (e *RunError) Error() string {
	s := fmt.Sprintf("lab %q: ", e.Lab)
	if e.Line > 0 {
		s += fmt.Sprintf("%s:%d: ", plain.Text(e.File), e.Line)
	}
	s += fmt.Sprintf("%s: %v", e.Step, e.Cause)
	if e.Undo != nil {
		return s + fmt.Sprintf("\nand this could not be undone; \"nslab down %s\" will clean it:\n%v", e.Lab, e.Undo)
	}
	switch e.Done {
	case 0:
		return s + "; nothing had been done"
	case 1:
		return s + "; 1 step before it is undone"
	}
	return s + fmt.Sprintf("; all %d steps before it are undone", e.Done)
}

// Unwrap returns the causes.
func (e *RunError) Unwrap() []error {
	if e.Undo == nil {
		return []error{e.Cause}
	}
	return []error{e.Cause, e.Undo}
}

// session is work on one lab: its place, its engine, and what it knows.
type session struct {
	*place
	state State
	// previous is the state before this run's intent.
	previous State
	engine   *engine.Engine
	boot     string
	// old are the topologies that the lab was made to agree with, or was to
	// be when that was interrupted.
	old []*Topology
	// isNew says that there was no lab.
	isNew bool
	// rest says that there is the rest of one, to be removed first.
	rest bool
	// files are those in its directory that old was read from, by name.
	files map[string]*Topology
	// journal says which exec lines have run, and journalWas, if this run writes another
	// one, did so before; remade are the nodes that it makes anew then, and spoilt those
	// that undoing does not bring back as their lines left them.
	journal, journalWas *journal
	remade              []Remade
	spoilt              map[string]bool
	// newLogs says that this run has mounted the tmpfs of the logs.
	newLogs bool
	written written
	// target is what this run makes it agree with, nil before its intent is
	// written down.
	target *Topology
}

func (cfg *Config) session(ctx context.Context, name string, create bool, wait waiting) (*session, error) {
	p, err := openPlace(ctx, cfg, name, create, wait)
	if err != nil {
		return nil, err
	}
	s := &session{place: p, engine: &engine.Engine{Dir: p.spaces(), Observer: cfg.Observer}}
	if err := s.load(); err != nil {
		if create {
			err = errors.Join(err, s.removeUnused())
		}
		return nil, errors.Join(err, s.end())
	}
	return s, nil
}

// load reads what the directory says.
func (s *session) load() (err error) {
	s.journal = newJournal()
	if s.boot, err = bootID(); err != nil {
		return err
	}
	if s.state, err = s.readState(); err != nil {
		return fmt.Errorf("%w; \"nslab down %s\" removes what is there", err, s.name)
	}
	switch {
	case s.state.Version == 0:
		fd, err := s.mounted()
		if err != nil {
			return err
		}
		if fd >= 0 {
			closeFD(fd)
			return fmt.Errorf("lab %q: %w: it has namespaces and no state; \"nslab down %s\" removes them", s.name, errBroken, s.name)
		}
		s.isNew = true
		return nil
	case s.state.Version > stateVersion:
		return fmt.Errorf("lab %q was made by a newer nslab (state version %d, this one knows %d): use that, or \"nslab down %s\"",
			s.name, s.state.Version, stateVersion, s.name)
	case s.state.Phase == PhaseDeleting, s.state.BootID != s.boot:
		// A `down` was interrupted, and is ended before anything is made. Of
		// another boot nothing is left but files.
		s.isNew, s.rest = true, true
		return nil
	}
	return s.loadFiles()
}

// end closes everything.
func (s *session) end() error {
	return errors.Join(s.engine.Close(), s.journal.close(), s.journalWas.close(), s.close())
}

// nodeNames are the nodes of the topologies that matter, each once.
func nodeNames(ts ...*Topology) []string {
	var names []string
	seen := make(map[string]bool)
	for _, t := range ts {
		for i := range t.Nodes {
			if n := t.Nodes[i].Name; !seen[n] {
				seen[n] = true
				names = append(names, n)
			}
		}
	}
	return names
}

// plan compares a topology with the kernel.
func (s *session) plan(ctx context.Context, t *Topology, opts PlanOptions) (*Plan, error) {
	if opts.NoRefresh && opts.Prune {
		return nil, errors.New("to prune all nodes have to be looked at, and not refreshing looks at few: choose one")
	}
	stale, err := s.cfg.names(s.name)
	if err != nil {
		return nil, err
	}
	if s.rest {
		stale = nil
	}
	part, old := t, s.old
	if opts.NoRefresh && s.state.Phase == PhaseUp && len(s.old) == 1 && s.journal.complete() {
		if was, now := touched(s.old[0], t); now != nil {
			part, old, stale = now, []*Topology{was}, t.namesOf(stale, now)
		}
	}
	p, err := s.compare(ctx, part, old, stale, opts)
	if err != nil {
		return nil, err
	}
	p.Topology = t
	p.Exec = p.execChanges(s.journal)
	s.mendEtc(p)
	return p, nil
}

// compare plans what makes the kernel agree with t, where it was made to agree with
// old before.
func (s *session) compare(ctx context.Context, t *Topology, old []*Topology, stale []nameNode, opts PlanOptions) (*Plan, error) {
	all := append(slices.Clone(old), t)
	keys := sysctlKeys(all...)
	fresh := &newNode{noIPv6: !hasIPv6()}
	if len(keys) > 0 {
		var err error
		if fresh, err = readNewNode(ctx, opts, all...); err != nil {
			return nil, s.cfg.noTrial(t, err)
		}
		fresh.withoutDirectories(keys)
	}
	w := newWorld(t)
	fd, err := s.mounted()
	if err != nil {
		return nil, err
	}
	if fd >= 0 {
		closeFD(fd)
	}
	if fd >= 0 && !s.rest {
		if w, err = readWorld(ctx, s.engine, reading{nodes: nodeNames(all...), sysctls: keys, files: all, whole: opts.Prune, rest: opts.Prune}); err != nil {
			return nil, err
		}
		w.interrupted, w.journal = s.state.Phase != PhaseUp, s.journal
		if err := w.readSettings(t); err != nil {
			return nil, s.cfg.noTrial(t, err)
		}
	}
	if len(keys) == 0 && (len(w.nodes) < len(t.Nodes) || opts.Prune || len(opts.Recreate) > 0 || !s.journal.complete()) {
		if fresh, err = readNewNode(ctx, opts, all...); err != nil {
			return nil, s.cfg.noTrial(t, err)
		}
	}
	return makePlan(s.cfg, t, old, w, fresh, stale, opts)
}

// sysctlKeys are the settings that topologies speak of, by node, and those of
// interfaces that follow a default which is not the same in all of them.
func sysctlKeys(ts ...*Topology) map[string][]string {
	keys := make(map[string][]string)
	add := func(node, key string) {
		if !slices.Contains(keys[node], key) {
			keys[node] = append(keys[node], key)
		}
	}
	for _, t := range ts {
		for i := range t.Nodes {
			n := &t.Nodes[i]
			for _, c := range n.Sysctls {
				add(n.Name, c.Key)
				add(n.Name, resetBy(c.Key))
			}
			if !slices.ContainsFunc(n.Sysctls, func(c Sysctl) bool { return isDefault(c.Key) }) {
				continue
			}
			for _, byDefault := range changedDefaults(n.Name, ts) {
				for _, key := range t.heirs(n.Name, byDefault) {
					add(n.Name, key)
				}
			}
		}
	}
	return keys
}

// PlanUp says what Up would do, and changes nothing.
func PlanUp(ctx context.Context, t *Topology, cfg *Config, opts UpOptions) (*Plan, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if err := opts.check(t); err != nil {
		return nil, err
	}
	cfg = cfg.orDefault()
	s, err := cfg.session(ctx, t.Name, false, opts.waiting())
	if errors.Is(err, ErrNoLab) {
		if err := cfg.taken(t, nil); err != nil {
			return nil, err
		}
		fresh, err := readNewNode(ctx, PlanOptions{}, t)
		if err != nil {
			return nil, cfg.noTrial(t, err)
		}
		stale, err := cfg.names(t.Name)
		if err != nil {
			return nil, err
		}
		return makePlan(cfg, t, nil, newWorld(t), fresh, stale, opts.PlanOptions)
	}
	if err != nil {
		return nil, err
	}
	p, err := s.planUp(ctx, t, opts)
	return p, errors.Join(err, s.end())
}

// planUp fails where up would, before anything is done.
func (s *session) planUp(ctx context.Context, t *Topology, opts UpOptions) (*Plan, error) {
	if err := s.checkSource(t, &opts); err != nil {
		return nil, err
	}
	var leaving []nameNode
	if s.rest {
		// Up ends the interrupted down first.
		var err error
		if leaving, err = s.cfg.names(s.name); err != nil {
			return nil, err
		}
	}
	if err := s.cfg.taken(t, leaving); err != nil {
		return nil, err
	}
	p, err := s.plan(ctx, t, opts.PlanOptions)
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

// Validate says what may be wrong with a topology beside what Parse has found: that no
// plan can be made of it, or that this machine's kernel has no such setting. The error is
// of type Errors where it is about the file. It needs no privilege, and knows the more of
// new namespaces if it may make one.
func Validate(t *Topology) (warnings Errors, err error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	fresh := newNodeUnseen()
	if fresh.unusable, err = settingsHere(t); err != nil {
		return nil, err
	}
	fresh.unseen = true
	p, err := makePlan(new(Config), t, nil, newWorld(t), fresh, nil, PlanOptions{})
	if err != nil {
		return nil, err
	}
	return p.Warnings, nil
}

// PlanOffline says what Up would do on a machine where nothing of the lab is
// there, as far as can be told without looking: that new namespaces do not
// forward. It needs no privilege.
func PlanOffline(t *Topology, cfg *Config) (*Plan, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	return makePlan(cfg.orDefault(), t, nil, newWorld(t), newNodeUnseen(), nil, PlanOptions{})
}

func (o *UpOptions) check(t *Topology) error {
	if o.NoRefresh && len(o.Recreate) > 0 {
		return errors.New("to make nodes anew all have to be looked at, and not refreshing looks at few: choose one")
	}
	return t.checkPatterns(o.Recreate)
}

func (o UpOptions) waiting() waiting {
	if o.NoWait {
		return dontWait
	}
	return waitForLock
}

// Up makes the kernel agree with a topology, whatever of the lab is there. It
// returns the plan that it carried out, an empty one if there was nothing to do.
// If it fails midway, or the context ends, what it has done is undone; the
// error is a *RunError. Exec lines inherit those of the caller's descriptors that are
// not close-on-exec; Go makes none that are not.
func Up(ctx context.Context, t *Topology, cfg *Config, opts UpOptions) (*Plan, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if err := opts.check(t); err != nil {
		return nil, err
	}
	cfg = cfg.orDefault()
	s, err := cfg.session(ctx, t.Name, true, opts.waiting())
	if err != nil {
		return nil, err
	}
	plan, err := s.up(ctx, t, opts)
	if err != nil && s.isNew && s.target == nil && s.state.Version == 0 {
		err = errors.Join(err, s.removeUnused())
	}
	return plan, errors.Join(err, s.end())
}

func (s *session) up(ctx context.Context, t *Topology, opts UpOptions) (*Plan, error) {
	if err := s.checkSource(t, &opts); err != nil {
		return nil, err
	}
	if s.rest {
		if err := s.endDown(); err != nil {
			return nil, err
		}
	} else if s.isNew {
		// A `down` that was interrupted at its end may have left files.
		if err := s.emptyAll(); err != nil {
			return nil, err
		}
	}
	if err := s.cfg.taken(t, nil); err != nil {
		return nil, err
	}
	plan, err := s.plan(ctx, t, opts.PlanOptions)
	if err != nil {
		return nil, err
	}
	hash := sourceHash(t.Source)
	if plan.Empty() && s.state.Phase == PhaseUp && s.state.Hash == hash && !s.pending() {
		return plan, nil
	}
	if err := s.fits(plan); err != nil {
		return nil, err
	}
	if err := s.run(ctx, t, hash, plan); err != nil {
		return nil, err
	}
	return plan, nil
}

// run carries out a plan, or undoes what of it has been done; its error is a
// *RunError.
func (s *session) run(ctx context.Context, t *Topology, hash string, plan *Plan) error {
	ran, step, what, err := s.carryOut(ctx, t, hash, plan)
	if err == nil {
		return s.tidy()
	}
	e := &RunError{Lab: s.name, Step: what, Cause: err, Done: ran.Done, Total: len(plan.Steps)}
	if step != nil {
		e.Step, e.File, e.Line = step.String(), t.Path, t.line(step)
	}
	e.Undo = s.undo(context.WithoutCancel(ctx), plan.Steps, &ran)
	return e
}

// carryOut does all that a plan asks for, after its intent is written down. If it
// fails it returns the step that failed, or what else it was doing, and how far the steps had
// come.
func (s *session) carryOut(ctx context.Context, t *Topology, hash string, plan *Plan) (ran engine.Progress, step *Step, what string, err error) {
	if err := s.intend(t, hash); err != nil {
		return ran, nil, "write down what is to be done", err
	}
	if err := s.intendLines(plan); err != nil {
		return ran, nil, "write down what exec lines are to run", err
	}
	if err := s.cfg.ensureDirs(t); err != nil {
		return ran, nil, "make the directories of names", err
	}
	if err := s.mount(); err != nil {
		return ran, nil, "mount the lab's tmpfs", err
	}
	for _, name := range plan.stubs {
		if err := s.engine.Dir.Delete(ctx, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return ran, nil, "remove what an interrupted removal left", err
		}
	}
	first := plan.firstLine()
	if first < len(plan.Steps) {
		if s.newLogs, err = s.mountLogs(); err != nil {
			return ran, nil, "mount the tmpfs of the lab's logs", err
		}
	}
	if err := s.endIn(ctx, plan.Remade); err != nil {
		return ran, nil, "end what lives in nodes that are made anew", err
	}
	work := engine.Work{
		N:     first,
		Ops:   func(i int) []engine.Op { return plan.Steps[i].Ops() },
		Plain: func(i int) bool { return plan.Steps[i].make != nil },
	}
	if progress := s.cfg.Progress; progress != nil {
		work.Done = func(i int) { progress(i+1, len(plan.Steps), plan.Steps[i].String()) }
	}
	ran = s.engine.RunAll(ctx, work)
	if ran.Err != nil {
		return ran, &plan.Steps[ran.Failed], "", ran.Err
	}
	done, failed, err := s.runLines(ctx, plan, first)
	ran.Done += done
	if err != nil {
		return ran, &plan.Steps[failed], "", err
	}
	if err := s.agree(); err != nil {
		return ran, nil, "write down what has been done", err
	}
	return ran, nil, "", nil
}
