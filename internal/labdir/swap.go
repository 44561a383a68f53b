package labdir

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// Swap exchanges two entries of the directory, either of which may be missing.
// Swapping them again undoes it.
func (p *Dir) Swap(a, b string) error { return swapAt(int(p.dir.Fd()), a, b, p.Path(b)) }

func swapAt(at int, a, b, path string) error {
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
		return errors.Join(renameAt(at, b, aside, path), renameAt(at, a, b, path), renameAt(at, aside, a, path))
	}
	return &fs.PathError{Op: "exchange " + a + " with", Path: path, Err: err}
}

// Rewrite replaces a file of the directory completely, as Write does, and needs
// no room on disk for it: it writes over the contents before the last, which it
// keeps as NAME.tmp. That takes room only where it is missing or has another
// size: see ReserveFile.
func (p *Dir) Rewrite(name string, data []byte, mode uint32) error {
	return p.in(name, func(at int, base string) error {
		tmp, path := base+tmpEnd, p.Path(name)
		if err := writeOver(at, tmp, path+tmpEnd, data, mode); err != nil {
			return err
		}
		return swapAt(at, tmp, base, path)
	})
}

// ReserveFile makes what the next Rewrite of a file writes over, with a size.
func (p *Dir) ReserveFile(name string, size int, mode uint32) error {
	return p.in(name, func(at int, base string) error {
		return writeOver(at, base+tmpEnd, p.Path(name)+tmpEnd, make([]byte, size), mode)
	})
}

// writeOver writes over a file of the same size, or makes one.
func writeOver(at int, name, path string, data []byte, mode uint32) error {
	f, size, err := openFile(at, name, path, unix.O_WRONLY)
	if err == nil && size != int64(len(data)) {
		err = f.Close()
		if err == nil {
			err = unix.ENOENT
		}
	}
	if err != nil {
		return writeAt(at, name, path, data, mode)
	}
	_, err = f.WriteAt(data, 0)
	return errors.Join(err, f.Close())
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
