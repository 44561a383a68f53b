package lab

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// swap exchanges two entries of the directory, of which either may be missing. To
// swap them again takes that back.
func (p *labDir) swap(a, b string) error {
	at := int(p.dir.Fd())
	err := unix.Renameat2(at, a, at, b, unix.RENAME_EXCHANGE)
	switch err {
	case nil:
		return nil
	case unix.ENOENT:
		if err = unix.Renameat(at, a, at, b); err == unix.ENOENT {
			err = unix.Renameat(at, b, at, a)
		}
		if err == nil || err == unix.ENOENT {
			return nil
		}
	case unix.EINVAL, unix.ENOSYS, unix.EOPNOTSUPP:
		// A file system that cannot exchange. Interrupted here, it lacks b.
		aside := b + ".aside"
		return errors.Join(p.rename(b, aside), p.rename(a, b), p.rename(aside, a))
	}
	return &fs.PathError{Op: "exchange " + a + " with", Path: p.path(b), Err: err}
}

// A swapping is a draft that was to change places with what it is for.
type swapping struct {
	draft, name string
	was         uint64 // the inode that had the name before, 0 for none
}

// swapBack takes a swapping back, whatever the kernel has said of it: what has the
// name tells whether it was carried out.
func (p *labDir) swapBack(w swapping) error {
	now, err := p.inode(w.name)
	if err != nil || now == w.was {
		return err
	}
	return p.swap(w.draft, w.name)
}

// inode returns the inode number of an entry of the directory, 0 if there is none.
func (p *labDir) inode(name string) (uint64, error) {
	var st unix.Stat_t
	err := unix.Fstatat(int(p.dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if err == unix.ENOENT {
		return 0, nil
	}
	if err != nil {
		return 0, &fs.PathError{Op: "stat", Path: p.path(name), Err: err}
	}
	return st.Ino, nil
}
