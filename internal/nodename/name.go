package nodename

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/labdir"
	"golang.org/x/sys/unix"
)

// A Name makes the name of a node: a symlink to its bound namespace, or to the
// lab's files for /etc.
type Name struct{ At, Target string }

// Done reports whether the name exists.
func (a *Name) Done() bool {
	have, err := os.Readlink(a.At)
	return err == nil && have == a.Target
}

// Do implements engine.Action.
func (a *Name) Do(context.Context, *engine.Engine, string) error {
	err := unix.Symlink(a.Target, a.At)
	for errors.Is(err, unix.ENOENT) && filepath.Base(a.Target) == labdir.EtcDir {
		// The last lab with names there has just gone, and the directory with it.
		places := Places{Root: labdir.Root(filepath.Dir(filepath.Dir(a.Target))), Etc: filepath.Dir(a.At)}
		if err := places.makeEtc(); err != nil {
			return err
		}
		err = unix.Symlink(a.Target, a.At)
	}
	if errors.Is(err, unix.EEXIST) {
		if a.Done() {
			return nil
		}
		return &fs.PathError{Op: "name a namespace", Path: a.At, Err: fs.ErrExist}
	}
	if err != nil {
		return &fs.PathError{Op: "name a namespace", Path: a.At, Err: err}
	}
	return nil
}

// DoEarly implements engine.Early.
func (a *Name) DoEarly(ctx context.Context, e *engine.Engine, node string) error {
	return a.Do(ctx, e, node)
}

// A Removal removes a name. It leaves alone anything else in its place.
type Removal struct {
	Name Name
	// nothing says that the name did not exist.
	nothing bool
	// Keep says that the removal may be undone. kept is the path where the name
	// is kept until then, because creating a new symlink would take an inode,
	// and there may be none.
	Keep bool
	kept string
}

// Do implements engine.Action.
func (a *Removal) Do(context.Context, *engine.Engine, string) error {
	if !a.Name.Done() {
		a.nothing = true
		return nil
	}
	if a.Keep {
		// It must be kept in its own directory, because others may be on
		// another mount.
		dir, name := filepath.Split(a.Name.At)
		kept := dir + keptName(name)
		err := unix.Renameat2(unix.AT_FDCWD, a.Name.At, unix.AT_FDCWD, kept, unix.RENAME_NOREPLACE)
		// Even with an error it may have happened.
		if err == nil || !a.Name.Done() && (&Name{kept, a.Name.Target}).Done() {
			a.kept = kept
			return nil
		} // else the name is too long, or the file system cannot do it
	}
	return unlinkName(a.Name.At)
}

// DidNothing reports whether Do has found nothing to do.
func (a *Removal) DidNothing() bool { return a.nothing }

// Forget removes the kept name.
func (a *Removal) Forget() error {
	if a.kept == "" {
		return nil
	}
	return unlinkName(a.kept)
}

func unlinkName(at string) error {
	if err := unix.Unlink(at); err != nil && !errors.Is(err, unix.ENOENT) {
		return &fs.PathError{Op: "remove", Path: at, Err: err}
	}
	return nil
}

// An Again undoes the removal of a name.
type Again struct{ Removed *Removal }

// Done reports whether the name exists.
func (a *Again) Done() bool { return a.Removed.Name.Done() }

// Do implements engine.Action.
func (a *Again) Do(ctx context.Context, e *engine.Engine, node string) error {
	from, to := a.Removed.kept, a.Removed.Name.At
	if from == "" {
		return a.Removed.Name.Do(ctx, e, node)
	}
	if err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE); err != nil {
		return &fs.PathError{Op: "name a namespace", Path: to, Err: err}
	}
	return nil
}
