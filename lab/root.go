package lab

import (
	"fmt"
	"path/filepath"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// A labRoot is a directory that has one for each lab.
type labRoot string

// Names within a lab's directory, beside those of what its user writes there.
const (
	lockFile = "lock"
	etcDir   = "etc" // files for a node's /etc, hosts among them
	nsDir    = "ns"  // the tmpfs that its namespaces are bound in
	logDir   = "log" // the tmpfs with the output of exec lines
)

// dir is the path of a lab's directory.
func (r labRoot) dir(lab string) string { return filepath.Join(string(r), lab) }

// namespaces is the directory of a lab's namespaces.
func (r labRoot) namespaces(lab string) nsfs.Dir { return nsfs.Dir{Path: r.dir(lab) + "/" + nsDir} }

// noLab is the error for a lab that has no directory. It matches ErrNoLab where the root is not
// what is wrong.
func (r labRoot) noLab(lab string) error {
	if err := leadsNowhere(string(r)); err != nil {
		return err
	}
	return fmt.Errorf("lab %q: %w", lab, ErrNoLab)
}

// look opens the directory of a lab to read what is there, without a lock: it may change or
// go meanwhile.
func (r labRoot) look(lab string) (*labDir, error) {
	d, err := openDir(unix.AT_FDCWD, r.dir(lab), r.dir(lab))
	if err != nil {
		return nil, err
	}
	return &labDir{root: r, name: lab, dir: d}, nil
}
