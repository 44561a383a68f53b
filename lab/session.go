package lab

import (
	"context"
	"errors"
	"fmt"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/process"
	"github.com/nslab/nslab/topology"
)

// A session is work on one lab: its directory, its engine, and what it knows.
type session struct {
	*labdir.Dir
	cfg   *Config
	state State
	// previous is the state before this run's intent.
	previous State
	engine   *engine.Engine
	boot     string
	// old are the topologies that the lab was made to agree with, or was to be
	// when that was interrupted.
	old []*topology.Topology
	// createsLab says that there was no lab before this run.
	createsLab bool
	// rest says that a lab was removed only in part: what is left goes first.
	rest bool
	// files are those in its directory that old was read from, by name.
	files map[string]*topology.Topology
	// journal says which exec lines have run, and journalWas, if this run
	// writes another one, did so before; ending are the nodes whose processes
	// it has begun to end, ended those processes, and spoilt the nodes that
	// undoing does not bring back as their lines left them.
	journal, journalWas *labdir.Journal
	ending              []string
	ended               []Process
	spoilt              map[string]bool
	// programs are what the lab's file has started; states are as they were
	// when the plan was made, and made the nodes that it makes. keep says that
	// the lab stays if something is not ready, and notReady what is not.
	programs *process.Programs
	states   []process.State
	made     map[string]bool
	keep     bool
	notReady error
	// lost are links that undoing has not made again.
	lost []string
	// newLogs says that this run has mounted the tmpfs of the logs.
	newLogs bool
	// sources are what the file of this run refers to, and oldSources what the
	// lab's present file does. newView says that this run has mounted the tmpfs
	// of the nodes' views.
	sources, oldSources *view.Sources
	newView             bool
	written             written
	// target is what this run makes it agree with, nil before its intent is
	// written down.
	target *topology.Topology
}

// begin begins work on a lab, which end ends. t is what the lab is to agree
// with, nil if that is not known or does not matter.
func (c *Config) begin(ctx context.Context, name string, t *topology.Topology, create bool, wait labdir.Waiting) (*session, error) {
	p, err := c.root().Open(ctx, name, create, wait)
	if err != nil {
		return nil, err
	}
	s := &session{Dir: p, cfg: c, engine: &engine.Engine{Dir: p.Namespaces(), Observer: c.Observer}}
	if err := s.load(t); err != nil {
		if create {
			err = errors.Join(err, s.RemoveUnused())
		}
		return nil, errors.Join(err, s.end())
	}
	return s, nil
}

// load reads what the directory says.
func (s *session) load(t *topology.Topology) (err error) {
	s.journal = labdir.NewJournal()
	if s.boot, err = bootID(); err != nil {
		return err
	}
	if err := processes.KeepGroup(s.Dir); err != nil {
		return err
	}
	s.programs = process.New(s.Dir, s.cfg.root(), s.boot)
	s.programs.Contained, s.programs.NetNS = s.cfg.Contained, s.cfg.netns()
	if s.state, err = readState(s.Dir); err != nil {
		return fmt.Errorf("%w; \"nslab down %s\" removes what is left", err, s.Name)
	}
	switch {
	case s.state.Version == 0:
		mounted, err := s.IsMounted()
		if err != nil {
			return err
		}
		if mounted {
			return fmt.Errorf("lab %q: %w: it has namespaces but no state; \"nslab down %s\" removes them", s.Name, errBroken, s.Name)
		}
		s.createsLab = true
		return nil
	case s.state.Version > stateVersion:
		return fmt.Errorf("lab %q was created by a newer nslab (state version %d, this one knows %d): use that version, or run \"nslab down %s\"",
			s.Name, s.state.Version, stateVersion, s.Name)
	case s.state.Phase == PhaseDeleting, s.state.BootID != s.boot:
		// A `down` was interrupted, and is ended before anything is made. Of
		// another boot nothing is left but files.
		s.createsLab, s.rest = true, true
		return nil
	}
	return s.loadFiles(t)
}

// end closes everything.
func (s *session) end() error {
	return errors.Join(s.engine.Close(), s.programs.Close(), s.journal.Close(), s.journalWas.Close(), s.Close())
}

// nodeNames are the nodes of the topologies that matter, each once.
func nodeNames(ts ...*topology.Topology) []string {
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
