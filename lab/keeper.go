package lab

import (
	"context"
	"errors"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/process"
	"github.com/nslab/nslab/topology"
)

// Stage must be called first in main by every program that brings up labs with
// restart policies: such a lab has a keeper, which is the same program in another
// process. There Stage does not return. Everywhere else it does nothing.
func Stage() { process.Stage(startAgain) }

// startAgain starts a process that has ended again, for the keeper of its lab.
func startAgain(root labdir.Root, etc, netns, name string, contained bool, a *process.Again) (err error) {
	cfg := &Config{Root: string(root), NetNS: nsfs.Dir{Path: netns, Etc: etc}, Contained: contained}
	s, err := cfg.begin(context.Background(), name, nil, false, labdir.WaitForLock)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	r, err := processes.ReadRecord(s.Dir, a.Node, a.Name)
	if err != nil || r == nil || r.PID != a.PID || r.StartTime != a.StartTime || r.Stopped {
		return err // somebody was quicker
	}
	n, proc := s.asStarted(s.old, a.Node, a.Name, r.From)
	if n == nil {
		return errors.New("it is not known what to start it from again")
	}
	return s.programs.StartAgain(context.Background(), n, proc, r, a.Tries)
}

// asStarted finds what a process was started from among topologies that the lab
// was made to agree with, nil if that is in none.
func (s *session) asStarted(all []*topology.Topology, node, name string, from map[string]string) (*process.Node, *topology.Process) {
	for _, t := range all {
		i := t.NodeIndex(node)
		if i < 0 {
			continue
		}
		v := s.cfg.view(t, s.oldSources)
		if proc := t.Nodes[i].Process(name); proc != nil && process.Same(from, process.From(&t.Nodes[i], proc, v.Seen(i))) {
			return &process.Node{Topology: t, Index: i, View: v}, proc
		}
	}
	return nil, nil
}
