package lab

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
	"github.com/nslab/nslab/topology"
)

// names returns the symlinks, in /run/netns and /etc/netns, that lead into a lab's
// own directory.
func (c *Config) names(lab string) ([]nameNode, error) {
	var all []nameNode
	for _, dir := range []string{c.netns(), c.etc()} {
		names, err := c.namesIn(dir, lab)
		if err != nil {
			return nil, err
		}
		all = append(all, names...)
	}
	return all, nil
}

func (c *Config) namesIn(dir, lab string) ([]nameNode, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var links []nameNode
	for _, e := range entries {
		if e.Type() != fs.ModeSymlink {
			continue
		}
		at := filepath.Join(dir, e.Name())
		target, err := os.Readlink(at)
		if err != nil {
			continue // gone by now
		}
		if strings.HasPrefix(target, c.dir(lab)+"/") {
			links = append(links, nameNode{at: at, target: target})
		}
	}
	return links, nil
}

// errTaken is about a name that is there.
var errTaken = fmt.Errorf("its name is taken (%w)", fs.ErrExist)

// taken returns an error for each node whose name in /run/netns, or in /etc/netns
// where the lab wants it, is somebody else's, before anything is done. Names that
// are about to be removed do not count.
func (c *Config) taken(t *topology.Topology, leaving []nameNode) error {
	there := make(map[string]bool)
	for _, dir := range []string{c.netns(), c.etc()} {
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
		for _, want := range c.symlinks(t, i) {
			if !there[want.at] || want.done() {
				continue
			}
			if slices.ContainsFunc(leaving, func(n nameNode) bool { return n.at == want.at }) {
				continue
			}
			errs = append(errs, fmt.Errorf("node %q: %w: %s %s", t.Nodes[i].Name, errTaken, want.at, c.owner(want.at)))
		}
	}
	return few.Errors(errs)
}

// symlinks are those of a node: its name in /run/netns, and with "hosts: etc" the
// one in /etc/netns.
func (c *Config) symlinks(t *topology.Topology, node int) []nameNode {
	name := t.NetNSName(node)
	links := []nameNode{{
		at:     filepath.Join(c.netns(), name),
		target: c.dir(t.Name) + "/" + labdir.NamespaceDir + "/" + t.Nodes[node].Name,
	}}
	if t.Hosts == topology.HostsEtc {
		links = append(links, nameNode{at: filepath.Join(c.etc(), name), target: c.dir(t.Name) + "/" + labdir.EtcDir})
	}
	return links
}

// ensureDirs makes the directories that the symlinks of a lab are in.
func (c *Config) ensureDirs(t *topology.Topology) error {
	if t.Hosts == topology.HostsEtc {
		if err := labdir.MakeDir(c.etc()); err != nil {
			return err
		}
	}
	return labdir.MakeDir(c.netns())
}
