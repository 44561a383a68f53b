package nsfs

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Delete removes a name. The namespace itself disappears when nothing else keeps it:
// no process, socket, descriptor or other name. Its interfaces disappear a little
// later, when the kernel has cleaned up. Like `ip netns delete`, Delete also removes an
// empty file that an interrupted creation left behind. It leaves any other file that is
// not a namespace alone; the error then matches [ErrNotNamespace]. If there is no such
// name, the error matches fs.ErrNotExist.
func (d Dir) Delete(ctx context.Context, name string) error {
	return d.remove(ctx, name, nil)
}

// DeleteSame removes a name if it still refers to the namespace that h is open on. If
// it refers to another one now, DeleteSame leaves that alone, and the error matches
// [ErrReplaced].
func (d Dir) DeleteSame(ctx context.Context, name string, h *Handle) error {
	return d.remove(ctx, name, h)
}

const opDelete = "delete network namespace"

func (d Dir) remove(ctx context.Context, name string, only *Handle) error {
	if err := checkFileName(name); err != nil {
		return d.fail(opDelete, name, err)
	}
	s, err := d.begin(ctx, nil)
	if err != nil {
		return d.fail(opDelete, name, err)
	}
	defer s.end()
	if err := s.open(); err != nil {
		return d.fail(opDelete, name, err)
	}
	if err := s.remove(name, only); err != nil {
		return d.fail(opDelete, name, err)
	}
	return nil
}

// remove unmounts what is mounted on a name's file, all of it where several are
// mounted on each other, and then unlinks the file. What is unmounted is what was
// looked at, by its descriptor. The kernel refuses with EBUSY to unlink a file that
// something is mounted on in this mount namespace.
func (s *session) remove(name string, only *Handle) error {
	path := s.d.File(name)
	done := false
	for range tries {
		e, err := s.look(name)
		if err != nil {
			return err
		}
		defer e.close()
		switch {
		case e.kind == missing && done:
			return nil // Somebody else unlinked it meanwhile.
		case e.kind == missing:
			return called(unix.ENOENT, "find", path)
		case only != nil && done && e.kind == namespace:
			return nil // Somebody else gave the name away meanwhile.
		case only != nil && !done && (e.kind != namespace || e.id != only.id):
			return ErrReplaced
		case e.kind == other:
			return fmt.Errorf("%s is %w and not an empty file: remove it by hand if it is not needed", path, ErrNotNamespace)
		case e.kind == namespace:
			err := retry(func() error { return unix.Unmount(fdPath(e.fd), unix.MNT_DETACH) })
			if err == nil {
				done = true
				continue // The file, or another mount, is what the name stands for now.
			}
			// A symbolic link to /proc/PID/ns/net leads to no mount.
			if !errors.Is(err, unix.EINVAL) {
				return called(err, "umount", path)
			}
		}
		err = unix.Unlinkat(s.dir, name, 0)
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
