package view

import (
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
)

// A mount is a file or directory that programs in a node see in a place where
// the machine has something else, or nothing.
type mount struct {
	key      string // the file's
	target   string // an absolute, clean path
	source   string // an absolute path
	dir      bool   // it is a directory: set where that is known
	readOnly bool
}

// words names the mount in messages.
func (m *mount) words() string { return m.key + " " + plain.Name(m.target) }

// mountsOf returns the mounts of a node in the order in which they are made: a
// directory before what is below it.
func mountsOf(n *topology.Node, s *Sources) []mount {
	var all []mount
	for _, b := range n.Binds {
		all = append(all, mount{key: "bind", target: b.Target, source: s.path(b.Source), readOnly: b.ReadOnly})
	}
	slices.SortStableFunc(all, func(a, b mount) int { return strings.Compare(a.target, b.target) })
	return all
}
