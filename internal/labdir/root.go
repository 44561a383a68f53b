package labdir

import (
	"fmt"
	"path/filepath"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// A Root is the directory with the directories of labs.
type Root string

// Names within a lab's directory, besides those of the files that package lab
// writes.
const (
	lockFile     = "lock"
	EtcDir       = "etc" // files for a node's /etc, hosts among them
	NamespaceDir = "ns"  // the tmpfs that its namespaces are bound in
	LogDir       = "log" // the tmpfs with the output of exec lines
)

// Path returns the path of a lab's directory.
func (r Root) Path(lab string) string { return filepath.Join(string(r), lab) }

// Namespaces returns the directory of a lab's namespaces.
func (r Root) Namespaces(lab string) nsfs.Dir {
	return nsfs.Dir{Path: r.Path(lab) + "/" + NamespaceDir}
}

// NoLab returns the error for a lab without a directory. It matches ErrNoLab
// unless the root itself is at fault.
func (r Root) NoLab(lab string) error {
	if err := LeadsNowhere(string(r)); err != nil {
		return err
	}
	return fmt.Errorf("lab %q: %w", lab, ErrNoLab)
}

// Look opens the directory of a lab for reading, without a lock: it may change
// or go meanwhile.
func (r Root) Look(lab string) (*Dir, error) {
	d, err := openDir(unix.AT_FDCWD, r.Path(lab), r.Path(lab))
	if err != nil {
		return nil, err
	}
	return &Dir{root: r, Name: lab, dir: d}, nil
}
