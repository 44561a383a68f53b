package lab

import (
	"bytes"
	"errors"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/plan"
	"github.com/nslab/nslab/topology"
)

// What a run writes at its end, and what undoing it would write, is written
// before anything changes, as drafts next to the files that they are for,
// because the file system may be full by then. Each takes its place by a
// rename, and goes by an unlink.
const (
	stateUp  = stateFile + ".up"       // the state once the run has ended well
	stateWas = stateFile + ".was"      // the state before it
	etcDraft = labdir.EtcDir + ".next" // the files for `ip netns exec`
	// sourcesDraft is what the file refers to.
	sourcesDraft = sourcesFile + ".next"
	draftMode    = 0o600
)

// hasDrafts reports whether an interrupted run has left drafts.
func (s *session) hasDrafts() bool {
	for _, name := range []string{stateUp, stateWas, etcDraft, sourcesDraft} {
		if ino, err := s.Inode(name); err == nil && ino != 0 {
			return true
		}
	}
	return false
}

// removeDrafts removes all drafts but the pending files.
func (s *session) removeDrafts() error {
	return errors.Join(s.RemoveDir(etcDraft), s.Remove(stateUp), s.Remove(stateWas), s.Remove(sourcesDraft))
}

// draftEtc writes the files for `ip netns exec`, if the lab wants them. They
// take the place of those that are there when the lab has come up.
func (s *session) draftEtc(t *topology.Topology) error {
	if t.Hosts != topology.HostsEtc {
		return nil
	}
	if err := s.MakeDir(etcDraft, 0o755); err != nil {
		return err
	}
	return s.Write(etcDraft+"/hosts", view.Hosts(t), 0o644)
}

// hostsFault says how the file differs from what the lab's own file says, since
// what runs in one node can write to it; "" where it does not, or is written
// anyway.
func (s *session) hostsFault(t *topology.Topology) string {
	if s.state.Phase != PhaseUp || len(s.old) != 1 || s.old[0].Hosts != topology.HostsEtc || t.Hosts != topology.HostsEtc {
		return ""
	}
	have, err := s.Read(plan.HostsFile)
	switch {
	case err == nil && bytes.Equal(have, view.Hosts(s.old[0])):
		return ""
	case err == nil && have == nil:
		return "missing"
	}
	return "altered"
}
