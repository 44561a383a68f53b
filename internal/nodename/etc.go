package nodename

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/nslab/nslab/internal/labdir"
	"golang.org/x/sys/unix"
)

// Not every machine has an /etc/netns. One that nslab has made goes with the
// last name in it; one that was there before stays.

// etcMark is a symlink in the directory of all labs. It says which directory
// nslab has made as Places.Etc: its target is what identity returned then. No
// lab can have this name.
const etcMark = ".made-etc-netns"

// makeEtc makes the directory for names of HostsEtc, unless it is there, and
// then marks it as made by nslab.
func (p Places) makeEtc() error {
	if os.Mkdir(p.Etc, 0o755) != nil {
		return labdir.MakeDir(p.Etc) // it is there, or says why not
	}
	id, err := identity(p.Etc)
	if err == nil {
		err = unlinkName(p.Root.Path(etcMark)) // of one that is gone
	}
	if err == nil {
		err = os.Symlink(id, p.Root.Path(etcMark))
	}
	if err != nil {
		return errors.Join(err, os.Remove(p.Etc))
	}
	return nil
}

// RemoveEtc removes the directory for names of HostsEtc if nslab has made it
// and nothing is in it.
func (p Places) RemoveEtc() error {
	made, err := os.Readlink(p.Root.Path(etcMark))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	id, err := identity(p.Etc)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case id != made:
		return nil
	default:
		err := unix.Rmdir(p.Etc)
		switch {
		case errors.Is(err, unix.ENOTEMPTY), errors.Is(err, unix.EBUSY):
			return nil
		case err != nil && !errors.Is(err, unix.ENOENT):
			return &fs.PathError{Op: "remove", Path: p.Etc, Err: err}
		}
	}
	return unlinkName(p.Root.Path(etcMark))
}

// identity returns what tells a directory from all others that have its path,
// also if its inode's number is used again: when it was made. Some file systems
// do not know that.
func identity(dir string) (string, error) {
	var st unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, dir, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_INO|unix.STATX_BTIME, &st); err != nil {
		return "", &fs.PathError{Op: "stat", Path: dir, Err: err}
	}
	return fmt.Sprintf("%s dev %d:%d ino %d btime %d.%09d", dir, st.Dev_major, st.Dev_minor, st.Ino, st.Btime.Sec, st.Btime.Nsec), nil
}
