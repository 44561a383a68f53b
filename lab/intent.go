package lab

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// What a run is going to do is written down before it does anything: the file as
// pendingFile, and a phase in the state. Once it has ended well, that file is the
// sourceFile. A run that was interrupted leaves its pendingFile, and what that asks
// for may be there; a further run with another file moves it out of its way, as
// earlierFile says, until one ends well.

// earlierFile is the name of the n-th pending file that has been moved away.
func earlierFile(n int) string { return fmt.Sprintf("next-%d.yaml", n) }

// isPending reports whether a name is that of a pending file, moved away or not.
func isPending(name string) bool {
	return name == pendingFile || strings.HasPrefix(name, "next-") && strings.HasSuffix(name, ".yaml")
}

// pendingFiles returns the names of all pending files.
func (p *place) pendingFiles() ([]string, error) {
	fd, err := unix.Openat(int(p.dir.Fd()), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: p.cfg.dir(p.name), Err: err}
	}
	d := os.NewFile(uintptr(fd), p.cfg.dir(p.name))
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !isPending(name) })
	slices.Sort(names)
	return names, nil
}

// loadFiles reads the files that the lab was made from.
func (s *session) loadFiles() error {
	pending, err := s.pendingFiles()
	if err != nil {
		return err
	}
	s.files = make(map[string]*Topology)
	for _, name := range append([]string{sourceFile}, pending...) {
		b, err := s.read(name)
		if err != nil {
			return err
		}
		if b == nil {
			continue
		}
		t, err := Parse(s.path(name), b, nil)
		if err != nil {
			return fmt.Errorf("lab %q: the file that it was made from cannot be read any more; \"nslab down %s\" and start anew: %w", s.name, s.name, err)
		}
		s.files[name] = t
		s.old = append(s.old, t)
	}
	s.journal, err = s.readJournal(s.old)
	return err
}

// pending reports whether an interrupted run has left its file.
func (s *session) pending() bool {
	for name := range s.files {
		if isPending(name) {
			return true
		}
	}
	return false
}

// intend writes down what is going to be done, before anything is.
func (s *session) intend(t *Topology, hash string) error {
	s.previous, s.target = s.state, t
	if err := s.stash(t.Source); err != nil {
		return err
	}
	if err := s.write(pendingFile, t.Source, 0o600); err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Second)
	next := s.state
	if s.isNew || next.Phase == PhaseCreating {
		next.Phase = PhaseCreating
		if s.isNew {
			next.Created = now
		}
	} else {
		next.Phase = PhaseChanging
	}
	next.Version, next.Name, next.Prefix, next.BootID = stateVersion, t.Name, t.Prefix, s.boot
	next.Source, next.Hash, next.Changed = t.Path, hash, now
	next.Nodes, next.Links = len(t.Nodes), len(t.Links)
	if err := s.writeState(next); err != nil {
		return err
	}
	s.state = next
	return nil
}

// stash moves the pending file of an interrupted run away, unless it is the same.
func (s *session) stash(source []byte) error {
	b, err := s.read(pendingFile)
	if err != nil || b == nil || bytes.Equal(b, source) {
		return err
	}
	have, err := s.pendingFiles()
	if err != nil {
		return err
	}
	n := 1
	for slices.Contains(have, earlierFile(n)) {
		n++
	}
	return s.rename(pendingFile, earlierFile(n))
}

// agree writes down that the kernel agrees with the file.
func (s *session) agree(t *Topology) error {
	if err := s.writeEtc(t); err != nil {
		return err
	}
	if err := s.rename(pendingFile, sourceFile); err != nil {
		return err
	}
	if s.journalWas != nil {
		if err := s.remove(journalBefore); err != nil {
			return err
		}
	}
	pending, err := s.pendingFiles()
	if err != nil {
		return err
	}
	for _, name := range pending {
		if err := s.remove(name); err != nil {
			return err
		}
	}
	up := s.state
	up.Phase = PhaseUp
	if err := s.writeState(up); err != nil {
		return err
	}
	s.state = up
	return nil
}
