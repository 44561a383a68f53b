package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
)

// checkSource returns an error where a lab is there that another file has made,
// so that two files with one name: do not overwrite each other's lab. A file
// that was moved, or copied as it is, is no other file.
func (s *session) checkSource(t *topology.Topology, opts *UpOptions) error {
	from := s.state.Source
	if s.createsLab || opts.Replace || from == "" || from == t.Path || s.state.Hash == sourceHash(t.Source) {
		return nil
	}
	if filepath.IsAbs(from) {
		was, err := os.Stat(from)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if is, serr := os.Stat(t.Path); err == nil && serr == nil && os.SameFile(was, is) {
			return nil
		}
	}
	return fmt.Errorf("lab %q: %w: it was created from %s, not from %s; choose another name (name: in the file, or --name), or use --replace",
		s.Name, ErrOtherSource, plain.Text(from), plain.Text(t.Path))
}

// isMoved reports whether the file of a topology is the lab's at another path,
// and not at the former one any more.
func (s *session) isMoved(t *topology.Topology) bool {
	if !filepath.IsAbs(t.Path) || t.Path == s.state.Source || !filepath.IsAbs(s.state.Source) {
		return false
	}
	_, err := os.Stat(s.state.Source)
	return errors.Is(err, fs.ErrNotExist)
}

// ErrOtherSource is matched by an error that says that another file created the
// lab.
var ErrOtherSource = errors.New("a lab of this name exists already")
