package labdir

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// Swap exchanges two entries of the directory, either of which may be missing.
// Swapping them again undoes it.
func (p *Dir) Swap(a, b string) error {
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
		// The file system cannot exchange entries. If this is interrupted, b is
		// missing.
		aside := b + ".aside"
		return errors.Join(p.Rename(b, aside), p.Rename(a, b), p.Rename(aside, a))
	}
	return &fs.PathError{Op: "exchange " + a + " with", Path: p.Path(b), Err: err}
}

// A Swap is the exchange of a draft with the file that it is for.
type Swap struct {
	Draft, Name string
	Was         uint64 // the inode that had the name before, or 0
}

// SwapBack undoes an exchange, even if the kernel reported an error: the inode
// that has the name now shows whether it was carried out.
func (p *Dir) SwapBack(w Swap) error {
	now, err := p.Inode(w.Name)
	if err != nil || now == w.Was {
		return err
	}
	return p.Swap(w.Draft, w.Name)
}

// Inode returns the inode number of an entry of the directory, or 0.
func (p *Dir) Inode(name string) (uint64, error) {
	var st unix.Stat_t
	err := unix.Fstatat(int(p.dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if err == unix.ENOENT {
		return 0, nil
	}
	if err != nil {
		return 0, &fs.PathError{Op: "stat", Path: p.Path(name), Err: err}
	}
	return st.Ino, nil
}
