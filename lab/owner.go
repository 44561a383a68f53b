package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
)

// checkSource returns an error where a lab is there that another file has made, so that
// two files with one name: do not overwrite each other's lab. A file that was moved, or
// copied as it is, is no other file.
func (s *session) checkSource(t *topology.Topology, opts *UpOptions) error {
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
		s.Name, ErrOtherSource, plain.Text(from), plain.Text(t.Path))
}

// ErrOtherSource is matched by the error of a lab that another file has made.
var ErrOtherSource = errors.New("a lab of this name exists already")

// NodeOf returns the lab and the node whose namespace has a name in /run/netns. It is false
// for a name that no lab has made, and for one that a lab is taking away.
func (c *Config) NodeOf(name string) (lab, node string, ok bool) {
	lab, node, ok = c.orDefault().nodeOf(name)
	if !ok || isKeptName(name, node) {
		return "", "", false
	}
	return lab, node, true
}

// IsTakingAway reports whether a name in /run/netns is one under which a lab keeps that of a
// node until its removal cannot be undone any more.
func (c *Config) IsTakingAway(name string) bool {
	_, node, ok := c.orDefault().nodeOf(name)
	return ok && isKeptName(name, node)
}

// nodeOf returns the node that a name leads to.
func (c *Config) nodeOf(name string) (lab, node string, ok bool) {
	lab, below, ok := c.labOf(filepath.Join(c.netns(), name))
	node, in := strings.CutPrefix(below, labdir.NamespaceDir+"/")
	return lab, node, ok && in
}

// keptName is what the name of a node's namespace is called while the lab takes it away.
func keptName(name string) string { return "." + name + keptSuffix }

const keptSuffix = ".nslab"

// isKeptName reports whether a name that leads to a node is a keptName. The node's own one ends
// with the node's name.
func isKeptName(name, node string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, node+keptSuffix)
}

// labOf returns the lab that a symlink leads to, and what it leads to there.
func (c *Config) labOf(at string) (lab, below string, ok bool) {
	target, err := os.Readlink(at)
	rest, ok := strings.CutPrefix(target, string(c.root())+"/")
	lab, below, in := strings.Cut(rest, "/")
	return lab, below, err == nil && ok && in && topology.CheckName(lab) == nil
}

// owner says whose a name in /run/netns or /etc/netns is, and what to do about it.
func (c *Config) owner(at string) string {
	lab, _, ok := c.labOf(at)
	if !ok {
		return "was not made by nslab: choose another prefix:, or delete it first"
	}
	if _, err := os.Lstat(c.dir(lab)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("is left of lab %q, which is not there any more: run \"rm %s\"", lab, plain.ShellWord(at))
	}
	return fmt.Sprintf("belongs to lab %q: choose another prefix:, or run \"nslab down %s\" first", lab, lab)
}
