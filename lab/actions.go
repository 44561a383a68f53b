package lab

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// bindNode makes the namespace of a node again when its removal is undone. A file
// without a namespace on it, which that removal may have left, is in the way and is
// the lab's own.
type bindNode struct{ name string }

// Do implements engine.Action.
func (a *bindNode) Do(ctx context.Context, e *engine.Engine, _ string) error {
	h, err := e.Dir.Create(ctx, a.name)
	if errors.Is(err, nsfs.ErrNotNamespace) {
		if err := e.Dir.Delete(ctx, a.name); err != nil {
			return err
		}
		h, err = e.Dir.Create(ctx, a.name)
	}
	if err != nil {
		return err
	}
	return h.Close()
}

// nameNode makes the name of a node in /run/netns: a symlink to where its
// namespace is bound.
type nameNode struct{ at, target string }

// done reports whether the name is there.
func (a *nameNode) done() bool {
	have, err := os.Readlink(a.at)
	return err == nil && have == a.target
}

// Do implements engine.Action.
func (a *nameNode) Do(context.Context, *engine.Engine, string) error {
	err := unix.Symlink(a.target, a.at)
	if errors.Is(err, unix.EEXIST) {
		if a.done() {
			return nil
		}
		return &fs.PathError{Op: "name a namespace", Path: a.at, Err: fs.ErrExist}
	}
	if err != nil {
		return &fs.PathError{Op: "name a namespace", Path: a.at, Err: err}
	}
	return nil
}

// DoEarly implements engine.Early.
func (a *nameNode) DoEarly(ctx context.Context, e *engine.Engine, node string) error {
	return a.Do(ctx, e, node)
}

// unnameNode removes a name that nameNode created. What else has that name is left
// alone.
type unnameNode struct {
	nameNode
	idle
	// keep says that the removal may be undone, and kept is where the name is until then:
	// to create a symlink anew would take an inode, which may have gone meanwhile.
	keep bool
	kept string
}

// Do implements engine.Action.
func (a *unnameNode) Do(context.Context, *engine.Engine, string) error {
	if !a.done() {
		a.nothing = true
		return nil
	}
	if a.keep {
		// Elsewhere than in its directory it could not be kept: that may be a mount.
		dir, name := filepath.Split(a.at)
		kept := dir + keptName(name)
		err := unix.Renameat2(unix.AT_FDCWD, a.at, unix.AT_FDCWD, kept, unix.RENAME_NOREPLACE)
		// An error does not tell that nothing happened.
		if err == nil || !a.done() && (&nameNode{kept, a.target}).done() {
			a.kept = kept
			return nil
		} // else the name is too long, or the file system cannot do it
	}
	return unlinkName(a.at)
}

// forget removes the name that is kept.
func (a *unnameNode) forget() error {
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

// nameAgain takes the removal of a name back.
type nameAgain struct{ removed *unnameNode }

// Do implements engine.Action.
func (a *nameAgain) Do(ctx context.Context, e *engine.Engine, node string) error {
	from, to := a.removed.kept, a.removed.at
	if from == "" {
		return a.removed.nameNode.Do(ctx, e, node)
	}
	if err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE); err != nil {
		return &fs.PathError{Op: "name a namespace", Path: to, Err: err}
	}
	return nil
}

// dropLink deletes a link unless it is gone.
type dropLink struct {
	*engine.Request
	idle
}

// Do implements engine.Action.
func (a *dropLink) Do(ctx context.Context, e *engine.Engine, node string) error {
	err := a.Request.Do(ctx, e, node)
	if a.nothing = errors.Is(err, unix.ENODEV); a.nothing {
		return nil
	}
	return err
}

// idle is for an action that ends well where there is nothing to do for it: nothing
// says that it was so.
type idle struct{ nothing bool }

func (i *idle) didNothing() bool { return i.nothing }

// deletion is what deletes an end of a veth pair. If the other end is in none of the
// lab's namespaces, that one may have been deleted, and the kernel delete both at any
// time.
func deletion(l *liveLink) engine.Action {
	del := delLink(l.Name, l.Index)
	if l.peerNode == "" {
		return &dropLink{Request: del}
	}
	del.Touches = []string{l.peerNode}
	return del
}
