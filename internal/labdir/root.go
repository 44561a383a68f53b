package labdir

import (
	"fmt"
	"path/filepath"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// A Root is a directory that has one for each lab.
type Root string

// Names within a lab's directory, besides those of the files that package lab writes.
const (
	lockFile     = "lock"
	EtcDir       = "etc" // files for a node's /etc, hosts among them
	NamespaceDir = "ns"  // the tmpfs that its namespaces are bound in
	LogDir       = "log" // the tmpfs with the output of exec lines
)

// Path is the path of a lab's directory.
func (r Root) Path(lab string) string { return filepath.Join(string(r), lab) }

// Namespaces is the directory of a lab's namespaces.
func (r Root) Namespaces(lab string) nsfs.Dir {
	return nsfs.Dir{Path: r.Path(lab) + "/" + NamespaceDir}
}

// NoLab is the error for a lab that has no directory. It matches ErrNoLab where the root is not
// what is wrong.
func (r Root) NoLab(lab string) error {
	if err := LeadsNowhere(string(r)); err != nil {
		return err
	}
	return fmt.Errorf("lab %q: %w", lab, ErrNoLab)
}

// Look opens the directory of a lab to read what is there, without a lock: it may change or
// go meanwhile.
func (r Root) Look(lab string) (*Dir, error) {
	d, err := openDir(unix.AT_FDCWD, r.Path(lab), r.Path(lab))
	if err != nil {
		return nil, err
	}
	return &Dir{root: r, Name: lab, dir: d}, nil
}
