package nsfs

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Delete removes a name. The namespace itself disappears when nothing else
// keeps it: no process, socket, descriptor or other name. Its interfaces
// disappear a little later, when the kernel has cleaned up. Like `ip netns
// delete`, Delete also removes an empty file that an interrupted creation left
// behind. It does not remove any other file that is not a namespace; the error
// then matches [ErrNotNamespace]. If the name does not exist, the error matches
// fs.ErrNotExist.
func (d Dir) Delete(ctx context.Context, name string) error {
	return d.remove(ctx, name, nil)
}

// DeleteSame removes a name if it still refers to the namespace that h is open
// on. Otherwise it leaves the name alone, and the error matches [ErrReplaced].
func (d Dir) DeleteSame(ctx context.Context, name string, h *Handle) error {
	return d.remove(ctx, name, h)
}

const opDelete = "delete network namespace"

func (d Dir) remove(ctx context.Context, name string, only *Handle) error {
	if err := checkFileName(name); err != nil {
		return d.fail(opDelete, name, err)
	}
	lk, err := d.begin(ctx, nil)
	if err != nil {
		return d.fail(opDelete, name, err)
	}
	defer lk.end()
	if err := lk.open(); err != nil {
		return d.fail(opDelete, name, err)
	}
	if err := lk.remove(name, only); err != nil {
		return d.fail(opDelete, name, err)
	}
	return nil
}

// remove unmounts everything mounted on a name's file, which may be several
// mounts, and then unlinks the file. It unmounts what it looked at, by
// descriptor. The kernel refuses with EBUSY to unlink a file that something is
// mounted on in this mount namespace.
func (lk *dirLock) remove(name string, only *Handle) error {
	path := lk.d.File(name)
	done := false
	for range tries {
		e, err := lk.look(name)
		if err != nil {
			return err
		}
		defer e.close()
		switch {
		case e.kind == missing && done:
			return nil // somebody else has unlinked it
		case e.kind == missing:
			return called(unix.ENOENT, "find", path)
		case only != nil && done && e.kind == namespace:
			return nil // somebody else has given the name away
		case only != nil && !done && (e.kind != namespace || e.id != only.id):
			return ErrReplaced
		case e.kind == other:
			return fmt.Errorf("%s is %w and not an empty file: remove it by hand if it is not needed", path, ErrNotNamespace)
		case e.kind == namespace:
			err := retry(func() error { return unix.Unmount(fdPath(e.fd), unix.MNT_DETACH) })
			if err == nil {
				done = true
				continue // now the name stands for the file, or another mount
			}
			// A symbolic link to /proc/PID/ns/net leads to no mount.
			if !errors.Is(err, unix.EINVAL) {
				return called(err, "umount", path)
			}
		}
		err = unix.Unlinkat(lk.dir, name, 0)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, unix.ENOENT):
			done = true
		case errors.Is(err, unix.EBUSY):
		default:
			return called(err, "unlink", path)
		}
	}
	return fmt.Errorf("another process mounted or removed %s %d times meanwhile", path, tries)
}
