package lab

import (
	"errors"
	"io"
	"io/fs"

	"golang.org/x/sys/unix"
)

// makeDir makes a directory in that of the lab.
func (p *labDir) makeDir(name string, mode uint32) error {
	if err := unix.Mkdirat(int(p.dir.Fd()), name, mode); err != nil {
		return &fs.PathError{Op: "mkdir", Path: p.path(name), Err: err}
	}
	return nil
}

// removeDir removes a directory of the lab with what is in it, or what else has its name; one
// that is not there is no error.
func (p *labDir) removeDir(name string) error {
	err := unix.Unlinkat(int(p.dir.Fd()), name, unix.AT_REMOVEDIR)
	switch err {
	case unix.ENOTDIR: // nor nslab's
		err = unix.Unlinkat(int(p.dir.Fd()), name, 0)
	case unix.ENOTEMPTY:
		if err := p.empty(name); err != nil {
			return err
		}
		err = unix.Unlinkat(int(p.dir.Fd()), name, unix.AT_REMOVEDIR)
	}
	if err != nil && err != unix.ENOENT {
		return &fs.PathError{Op: "remove", Path: p.path(name), Err: err}
	}
	return nil
}

// removeAll removes the lab's directory: it is nobody else's.
func (p *labDir) removeAll() error {
	if err := p.empty("."); err != nil {
		return err
	}
	// The lock is the last, so that another process waits until all is gone.
	if err := p.remove(lockFile); err != nil {
		return err
	}
	err := unix.Rmdir(p.root.dir(p.name))
	// Without the lock, another process may have begun to create the lab again.
	if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ENOTEMPTY) {
		return &fs.PathError{Op: "remove", Path: p.root.dir(p.name), Err: err}
	}
	return nil
}

// removeUnused removes the lab's directory if nothing but the lock is in it: an `up`
// that has done nothing leaves nothing. It opens no file, for that may be what failed.
func (p *labDir) removeUnused() error {
	if _, err := p.dir.Seek(0, io.SeekStart); err != nil {
		return err
	}
	names, err := p.dir.Readdirnames(-1)
	if err != nil || len(names) > 1 || len(names) == 1 && names[0] != lockFile {
		return err
	}
	err = unix.Unlinkat(int(p.dir.Fd()), lockFile, 0)
	if err == nil || err == unix.ENOENT {
		err = unix.Rmdir(p.root.dir(p.name))
	}
	if err != nil && err != unix.ENOENT && err != unix.ENOTEMPTY {
		return &fs.PathError{Op: "remove", Path: p.root.dir(p.name), Err: err}
	}
	return nil
}

// empty removes what is in a directory of the lab, the lock aside.
func (p *labDir) empty(name string) error {
	d, err := openDir(int(p.dir.Fd()), name, p.path(name))
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	return emptyDir(d, lockFile, maxDepth)
}
