package labdir

import (
	"errors"
	"io"
	"io/fs"

	"golang.org/x/sys/unix"
)

// MakeDir makes a directory in the lab's directory.
func (p *Dir) MakeDir(name string, mode uint32) error {
	if err := unix.Mkdirat(int(p.dir.Fd()), name, mode); err != nil {
		return &fs.PathError{Op: "mkdir", Path: p.Path(name), Err: err}
	}
	return nil
}

// RemoveDir removes a directory of the lab with its contents, or anything else
// of that name. It is not an error if it is missing.
func (p *Dir) RemoveDir(name string) error {
	err := unix.Unlinkat(int(p.dir.Fd()), name, unix.AT_REMOVEDIR)
	switch err {
	case unix.ENOTDIR: // nor nslab's
		err = unix.Unlinkat(int(p.dir.Fd()), name, 0)
	case unix.ENOTEMPTY:
		if err := p.Empty(name); err != nil {
			return err
		}
		err = unix.Unlinkat(int(p.dir.Fd()), name, unix.AT_REMOVEDIR)
	}
	if err != nil && err != unix.ENOENT {
		return &fs.PathError{Op: "remove", Path: p.Path(name), Err: err}
	}
	return nil
}

// RemoveAll removes the lab's directory with its contents.
func (p *Dir) RemoveAll() error {
	if err := p.Empty("."); err != nil {
		return err
	}
	// The lock goes last, so that another process waits until everything is
	// gone.
	if err := p.Remove(lockFile); err != nil {
		return err
	}
	err := unix.Rmdir(p.root.Path(p.Name))
	// Without the lock, another process may have begun to create the lab again.
	if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ENOTEMPTY) {
		return &fs.PathError{Op: "remove", Path: p.root.Path(p.Name), Err: err}
	}
	return nil
}

// RemoveUnused removes the lab's directory if it contains only the lock, so
// that an `up` that has done nothing leaves nothing. It opens no file, because
// opening one may have failed.
func (p *Dir) RemoveUnused() error {
	if _, err := p.dir.Seek(0, io.SeekStart); err != nil {
		return err
	}
	names, err := p.dir.Readdirnames(-1)
	if err != nil || len(names) > 1 || len(names) == 1 && names[0] != lockFile {
		return err
	}
	err = unix.Unlinkat(int(p.dir.Fd()), lockFile, 0)
	if err == nil || err == unix.ENOENT {
		err = unix.Rmdir(p.root.Path(p.Name))
	}
	if err != nil && err != unix.ENOENT && err != unix.ENOTEMPTY {
		return &fs.PathError{Op: "remove", Path: p.root.Path(p.Name), Err: err}
	}
	return nil
}

// Empty removes everything in a directory of the lab, except the lock.
func (p *Dir) Empty(name string) error {
	d, err := openDir(int(p.dir.Fd()), name, p.Path(name))
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	return emptyDir(d, lockFile, maxDepth)
}
