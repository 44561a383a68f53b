package view

import (
	"slices"

	"github.com/nslab/nslab/topology"
)

// A Change is a difference between what programs in a node saw and what those
// that are started from now on see.
type Change struct {
	// Node is the node's name.
	Node string
	// Mounts are the binds that are new, gone or different, in words. Programs
	// that run keep what they have.
	Mounts []string
}

// Changes returns the differences between two topologies of a lab with their
// sources, for the nodes that are in both, in the order of the second.
func Changes(was *topology.Topology, wasSources *Sources, is *topology.Topology, sources *Sources) []Change {
	var all []Change
	for i := range is.Nodes {
		n := &is.Nodes[i]
		old := was.Node(n.Name)
		if old == nil || !old.HasView() && !n.HasView() {
			continue
		}
		if old.HasView() && wasSources == nil {
			continue // the lab has lost them, and nobody can tell
		}
		c := Change{Node: n.Name, Mounts: mountChanges(mountsOf(old, wasSources), mountsOf(n, sources))}
		if c.Mounts != nil {
			all = append(all, c)
		}
	}
	return all
}

// mountChanges compares two lists of mounts.
func mountChanges(old, now []mount) (words []string) {
	same := func(all []mount, target string) *mount {
		if i := slices.IndexFunc(all, func(m mount) bool { return m.target == target }); i >= 0 {
			return &all[i]
		}
		return nil
	}
	for i := range now {
		switch was := same(old, now[i].target); {
		case was == nil:
			words = append(words, now[i].words()+" is new")
		case *was != now[i]:
			words = append(words, now[i].words()+" has changed")
		}
	}
	for i := range old {
		if same(now, old[i].target) == nil {
			words = append(words, old[i].words()+" is gone")
		}
	}
	return words
}
