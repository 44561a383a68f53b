package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
)

// A mount is a file or directory that programs in a node see in a place where
// the machine has something else, or nothing.
type mount struct {
	kind   mountKind
	target string // an absolute, clean path
	dir    bool   // it is a directory: set where that is known
	// source is the absolute path of what a bind shows.
	source   string
	readOnly bool
	tmpfs    topology.Tmpfs
	file     topology.File
	// content is what the file contains, set where it is to be made.
	content string
}

// mountKind is the key of the lab file that a mount comes from.
type mountKind uint8

const (
	isBind mountKind = iota
	isTmpfs
	isOverlay
	isFile
)

// words names the mount in messages.
func (m *mount) words() string {
	return [...]string{"bind", "tmpfs", "overlay", "file"}[m.kind] + " " + plain.Name(m.target)
}

// id names what the node has of its own for the mount: something that is the
// same as long as the lab file says the same of it.
func (m *mount) id() string {
	switch m.kind {
	case isTmpfs:
		return nameFor(m.tmpfs.String())
	case isOverlay:
		return nameFor(m.target)
	}
	return nameFor(fmt.Sprintf("%q %q %o %q", m.target, m.content, m.file.Mode, m.file.Owner))
}

// mountsOf returns the mounts of a node in the order in which they are made: a
// directory before what is below it, and the accounts first, because names of
// owners are looked up there.
func mountsOf(n *topology.Node, s *Sources) []mount {
	var all []mount
	for _, b := range n.Binds {
		all = append(all, mount{kind: isBind, target: b.Target, source: s.path(b.Source), readOnly: b.ReadOnly})
	}
	for _, m := range n.Tmpfs {
		all = append(all, mount{kind: isTmpfs, target: m.Target, dir: true, tmpfs: m})
	}
	for _, target := range n.Overlays {
		all = append(all, mount{kind: isOverlay, target: target, dir: true})
	}
	for _, f := range n.Files {
		all = append(all, mount{kind: isFile, target: f.Target, file: f})
	}
	order(all)
	return all
}

// order sorts mounts into that order.
func order(all []mount) {
	slices.SortStableFunc(all, func(a, b mount) int {
		if x, y := isAccounts(a.target), isAccounts(b.target); x != y {
			return map[bool]int{true: -1, false: 1}[x]
		}
		return strings.Compare(a.target, b.target)
	})
}

// isAccounts reports whether /etc/passwd or /etc/group is or may be below a
// path.
func isAccounts(path string) bool {
	return path == "/etc" || path == "/etc/passwd" || path == "/etc/group"
}
