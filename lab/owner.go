package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// checkSource returns an error where a lab is there that another file has made, so that
// two files with one name: do not overwrite each other's lab. A file that was moved, or
// copied as it is, is no other file.
func (s *session) checkSource(t *Topology, opts *UpOptions) error {
	from := s.state.Source
	if s.isNew || opts.Replace || from == "" || from == t.Path || s.state.Hash == sourceHash(t.Source) {
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
	return fmt.Errorf("lab %q: %w: it was created from %s, not from %s; choose another name:, or use --replace",
		s.name, ErrOtherSource, plain.Text(from), plain.Text(t.Path))
}

// ErrOtherSource is matched by the error of a lab that another file has made.
var ErrOtherSource = errors.New("a lab of this name exists already")

// owner says whose a name in /run/netns or /etc/netns is, and what to do about it.
func (c *Config) owner(at string) string {
	target, err := os.Readlink(at)
	rest, ok := strings.CutPrefix(target, c.root()+"/")
	lab, _, below := strings.Cut(rest, "/")
	if err != nil || !ok || !below || checkLabName(lab) != nil {
		return "was not made by nslab: choose another prefix:, or delete it first"
	}
	if _, err := os.Lstat(c.dir(lab)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("is left of lab %q, which is not there any more: run \"rm %s\"", lab, plain.ShellWord(at))
	}
	return fmt.Sprintf("belongs to lab %q: choose another prefix:, or run \"nslab down %s\" first", lab, lab)
}
