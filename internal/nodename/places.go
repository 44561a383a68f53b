package nodename

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/few"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
)

// Places are the directories of the names of nodes.
type Places struct {
	Root labdir.Root
	// NetNS has the names of namespaces, and Etc has, under the same names,
	// directories of files for /etc, as for `ip netns`.
	NetNS, Etc string
}

// Of returns the symlinks in /run/netns and /etc/netns that lead into a lab's
// directory.
func (p Places) Of(lab string) ([]Name, error) {
	var all []Name
	for _, dir := range []string{p.NetNS, p.Etc} {
		names, err := In(dir, p.Root.Path(lab))
		if err != nil {
			return nil, err
		}
		all = append(all, names...)
	}
	return all, nil
}

// In returns the symlinks in a directory that lead into another one.
func In(dir, into string) ([]Name, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var links []Name
	for _, e := range entries {
		if e.Type() != fs.ModeSymlink {
			continue
		}
		at := filepath.Join(dir, e.Name())
		target, err := os.Readlink(at)
		if err != nil {
			continue // it has gone by now
		}
		if strings.HasPrefix(target, into+"/") {
			links = append(links, Name{At: at, Target: target})
		}
	}
	return links, nil
}

// errTaken is the error for a name that exists already.
var errTaken = fmt.Errorf("its name is taken (%w)", fs.ErrExist)

// Taken returns an error for each node whose name in /run/netns, or in
// /etc/netns if the lab needs it, belongs to somebody else. It is called before
// anything is done. Names that are about to be removed do not count.
func (p Places) Taken(t *topology.Topology, leaving []Name) error {
	there := make(map[string]bool)
	for _, dir := range []string{p.NetNS, p.Etc} {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			there[filepath.Join(dir, e.Name())] = true
		}
	}
	var errs []error
	for i := range t.Nodes {
		if len(there) == 0 {
			break
		}
		for _, want := range p.Wanted(t, i) {
			if !there[want.At] || want.Done() {
				continue
			}
			if slices.ContainsFunc(leaving, func(n Name) bool { return n.At == want.At }) {
				continue
			}
			errs = append(errs, fmt.Errorf("node %q: %w: %s %s", t.Nodes[i].Name, errTaken, want.At, p.owner(want.At)))
		}
	}
	return few.Errors(errs)
}

// Wanted returns the names that a node needs: the one in /run/netns and, with
// "hosts: etc", the one in /etc/netns.
func (p Places) Wanted(t *topology.Topology, node int) []Name {
	name := t.NetNSName(node)
	links := []Name{{
		At:     filepath.Join(p.NetNS, name),
		Target: p.Root.Path(t.Name) + "/" + labdir.NamespaceDir + "/" + t.Nodes[node].Name,
	}}
	if t.Hosts == topology.HostsEtc {
		links = append(links, Name{At: filepath.Join(p.Etc, name), Target: p.Root.Path(t.Name) + "/" + labdir.EtcDir})
	}
	return links
}

// MakeDirs makes the directories for a lab's symlinks.
func (p Places) MakeDirs(t *topology.Topology) error {
	if t.Hosts == topology.HostsEtc {
		if err := p.makeEtc(); err != nil {
			return err
		}
	}
	return labdir.MakeDir(p.NetNS)
}

// NodeOf returns the node that a name in NetNS leads to. ok is false if the
// name leads elsewhere.
func (p Places) NodeOf(name string) (lab, node string, ok bool) {
	lab, below, ok := p.labOf(filepath.Join(p.NetNS, name))
	node, in := strings.CutPrefix(below, labdir.NamespaceDir+"/")
	return lab, node, ok && in
}

// keptName returns the name under which a node's name is kept while the lab
// removes it.
func keptName(name string) string { return "." + name + keptSuffix }

const keptSuffix = ".nslab"

// IsKept reports whether a name that leads to a node is one under which a
// Removal keeps it. The node's own name ends with the node's name.
func IsKept(name, node string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, node+keptSuffix)
}

// labOf returns the lab that a symlink leads into, and its target there.
func (p Places) labOf(at string) (lab, below string, ok bool) {
	target, err := os.Readlink(at)
	rest, ok := strings.CutPrefix(target, string(p.Root)+"/")
	lab, below, in := strings.Cut(rest, "/")
	return lab, below, err == nil && ok && in && topology.CheckName(lab) == nil
}

// owner says who owns a name in /run/netns or /etc/netns, and what to do about
// it.
func (p Places) owner(at string) string {
	lab, _, ok := p.labOf(at)
	if !ok {
		return "was not made by nslab: choose another prefix:, or delete it first"
	}
	if _, err := os.Lstat(p.Root.Path(lab)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("is left over from lab %q, which no longer exists: run \"rm %s\"", lab, plain.ShellWord(at))
	}
	return fmt.Sprintf("belongs to lab %q: choose another prefix:, or run \"nslab down %s\" first", lab, lab)
}
