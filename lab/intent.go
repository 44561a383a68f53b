package lab

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/nodename"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/plan"
	"github.com/nslab/nslab/topology"
)

// What a run is going to do is written down before it does anything: the file
// as pendingFile, and a phase in the state. Once it has ended well, that file
// is the sourceFile. A run that was interrupted leaves its pendingFile, and
// what that asks for may be there; a further run with another file moves it out
// of its way, as earlierFile says, until one ends well.

// earlierFile is the name of the n-th pending file that has been moved away.
func earlierFile(n int) string { return fmt.Sprintf("next-%d.yaml", n) }

// isPending reports whether a name is that of a pending file, moved away or
// not.
func isPending(name string) bool {
	return name == pendingFile || strings.HasPrefix(name, "next-") && strings.HasSuffix(name, ".yaml")
}

// pendingFiles returns the names of all pending files.
func (s *session) pendingFiles() ([]string, error) {
	names, err := s.Names()
	return slices.DeleteFunc(names, func(name string) bool { return !isPending(name) }), err
}

// loadFiles reads the files that the lab was made from. A file with the same
// contents as that of now is not read again, but is now itself: of a large lab,
// a second topology would take memory and time. now may be nil.
func (s *session) loadFiles(now *topology.Topology) error {
	pending, err := s.pendingFiles()
	if err != nil {
		return err
	}
	s.files = make(map[string]*topology.Topology)
	for _, name := range append([]string{sourceFile}, pending...) {
		b, err := s.Read(name)
		if err != nil {
			return err
		}
		if b == nil {
			continue
		}
		t := now
		if t == nil || t.ReadsFiles() || !bytes.Equal(b, t.Source) {
			var sources *view.Sources
			if sources, err = readStored(s.Dir, sourcesOf(name)); err != nil {
				return err
			}
			t, err = topology.Parse(s.Path(name), b, storedText(s.Name, sources))
		}
		if err != nil {
			return fmt.Errorf("lab %q: nslab's copy of the lab file cannot be read; run \"nslab down %s\" and start again: %w", s.Name, s.Name, err)
		}
		s.files[name] = t
		s.old = append(s.old, t)
	}
	if s.oldSources, err = readStored(s.Dir, sourcesFile); err != nil {
		return err
	}
	s.journal, err = s.ReadJournal(s.old)
	return err
}

// pending reports whether an interrupted run has left its file, or drafts.
func (s *session) pending() bool {
	for name := range s.files {
		if isPending(name) {
			return true
		}
	}
	return s.hasDrafts()
}

// written is what a run has done to the lab's directory.
type written struct {
	// stashed is where the pending file of an interrupted run has gone, and
	// again says that it is as this run's, and stays where it is.
	stashed string
	again   bool
	// pending says that it has written one.
	pending bool
	// intent says that the state is that of the intent.
	intent bool
	// swaps are the files that were to change places with drafts, in order.
	swaps []labdir.Swap
}

// intend writes down what is going to be done, before anything is, and all that
// is to be written after it.
func (s *session) intend(t *topology.Topology, hash string, byHand plan.ByHand) error {
	s.previous, s.target = s.state, t
	if s.hasDrafts() {
		if err := s.removeDrafts(); err != nil {
			return err
		}
	}
	if err := s.stash(t.Source); err != nil {
		return err
	}
	s.written.pending = !s.written.again
	if err := s.Write(pendingFile, t.Source, draftMode); err != nil {
		return err
	}
	if err := errors.Join(s.draftEtc(t), s.draftSources()); err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Second)
	next := s.state
	if s.createsLab || next.Phase == PhaseCreating {
		next.Phase = PhaseCreating
		if s.createsLab {
			next.Created = now
		}
	} else {
		next.Phase = PhaseChanging
	}
	next.Version, next.Name, next.Renamed, next.Prefix, next.BootID = stateVersion, t.Name, t.Renamed(), t.Prefix, s.boot
	next.Source, next.Hash, next.Changed = t.Path, hash, now
	next.Nodes, next.Links, next.ByHand = len(t.Nodes), len(t.Links), byHand
	up := next
	up.Phase = PhaseUp
	if err := writeState(s.Dir, stateUp, up); err != nil {
		return err
	}
	if !s.createsLab {
		if err := writeState(s.Dir, stateWas, s.previous); err != nil {
			return err
		}
	}
	s.written.intent = true
	if err := writeState(s.Dir, stateFile, next); err != nil {
		return err
	}
	s.state = next
	return nil
}

// stash moves the pending file of an interrupted run away, unless it is the
// same.
func (s *session) stash(source []byte) error {
	b, err := s.Read(pendingFile)
	if err != nil || b == nil {
		return err
	}
	if bytes.Equal(b, source) {
		s.written.again = true
		return nil
	}
	have, err := s.pendingFiles()
	if err != nil {
		return err
	}
	n := 1
	for slices.Contains(have, earlierFile(n)) {
		n++
	}
	if err := s.Rename(pendingFile, earlierFile(n)); err != nil {
		return err
	}
	s.written.stashed = earlierFile(n)
	return nil
}

// agree writes down that the kernel agrees with the file. It needs no room.
func (s *session) agree() error {
	swaps := []labdir.Swap{{Draft: etcDraft, Name: labdir.EtcDir}}
	if s.sources != nil || s.oldSources != nil {
		swaps = append(swaps, labdir.Swap{Draft: sourcesDraft, Name: sourcesFile})
	}
	for _, w := range append(swaps, labdir.Swap{Draft: pendingFile, Name: sourceFile}) {
		var err error
		if w.Was, err = s.Inode(w.Name); err != nil {
			return err
		}
		s.written.swaps = append(s.written.swaps, w)
		if err := s.Swap(w.Draft, w.Name); err != nil {
			return err
		}
	}
	return s.Rename(stateUp, stateFile)
}

// tidy removes what was only needed meanwhile. The pending files are the last:
// where one is left, the next run does it.
func (s *session) tidy(p *Plan) error {
	err := errors.Join(p.forgetNames(), s.cfg.places().RemoveEtc())
	if s.createsLab {
		return s.leaves(err) // all drafts have taken their places
	}
	err = errors.Join(err, s.removeDrafts(), s.TidyJournal(), s.forgetPrograms(p))
	for name := range s.files {
		if isPending(name) && name != pendingFile {
			err = errors.Join(err, s.Remove(name))
		}
	}
	if s.written.stashed != "" {
		err = errors.Join(err, s.Remove(s.written.stashed))
	}
	return s.leaves(errors.Join(err, s.Remove(pendingFile)))
}

// leaves says of what could not be removed at the end that it does no harm.
func (s *session) leaves(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("lab %q is up, but the change left something behind; the next up removes it: %w", s.Name, err)
}

// forgetNames removes the names that were kept in case their removal was
// undone.
func (p *Plan) forgetNames() error {
	var errs []error
	for i := range p.Steps {
		if p.Steps[i].Object != "name" {
			continue
		}
		for _, op := range p.Steps[i].Ops() {
			if a, ok := op.Action.(*nodename.Removal); ok {
				errs = append(errs, a.Forget())
			}
		}
	}
	return errors.Join(errs...)
}

// disagree makes the lab's directory say what it said before this run. It needs
// no room.
func (s *session) disagree() error {
	var err error
	for _, w := range slices.Backward(s.written.swaps) {
		err = errors.Join(err, s.SwapBack(w))
	}
	err = errors.Join(err, s.disagreeLines(), s.programs.Undo())
	if s.newLogs {
		err = errors.Join(err, s.UnmountFrom(labdir.LogDir))
	}
	if s.newView {
		err = errors.Join(err, s.UnmountFrom(labdir.ViewDir))
	}
	if s.written.intent {
		err = errors.Join(err, s.Rename(stateWas, stateFile))
	}
	if err != nil {
		return err // the drafts may be needed
	}
	if s.written.pending {
		err = s.Remove(pendingFile)
	}
	if s.written.stashed != "" {
		err = errors.Join(err, s.Rename(s.written.stashed, pendingFile))
	}
	return errors.Join(err, s.removeDrafts())
}
