package labdir

import (
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/nslab/nslab/internal/few"
	"github.com/nslab/nslab/internal/plain"
	"golang.org/x/sys/unix"
)

func foreignMount(path string) error {
	return fmt.Errorf("%s has a mount on it, which is not the lab's; run \"umount %s\" first", path, plain.ShellWord(path))
}

// ForeignMounts returns an error if somebody has mounted something in the lab's
// directory. It must be called before anything of the lab is removed. Mounts in
// the tmpfs of the namespaces, in that of the views, and on single logs, do not
// count, because they go with it.
func (p *Dir) ForeignMounts() error {
	var errs []error
	for _, own := range ownMounts {
		fd, err := p.mountedOn(own)
		if err != nil {
			errs = append(errs, err)
		}
		if fd >= 0 {
			unix.Close(fd)
		}
		if fd < 0 || own != LogDir {
			continue
		}
		d, err := openDir(int(p.dir.Fd()), own, p.Path(own))
		if err != nil {
			return err
		}
		err = mountsIn(d, 1, &errs)
		d.Close()
		if err != nil {
			return err
		}
	}
	if _, err := p.dir.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := mountsIn(p.dir, maxDepth, &errs); err != nil {
		return err
	}
	return few.Errors(errs)
}

// mountsIn adds an error for each mount in a directory, except nslab's own
// tmpfs.
func mountsIn(d *os.File, depth int, errs *[]error) error {
	at := int(d.Fd())
	outside, known, err := mountOf(at, "", unix.AT_EMPTY_PATH)
	if err != nil || !known {
		return err
	}
	entries, err := d.ReadDir(-1)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := d.Name() + "/" + e.Name()
		id, _, err := mountOf(at, e.Name(), unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT)
		switch {
		case err == unix.ENOENT:
			continue
		case err != nil:
			return &fs.PathError{Op: "statx", Path: path, Err: err}
		case id != outside:
			if !IsOwnMount(e.Name()) {
				*errs = append(*errs, foreignMount(path))
			}
			continue
		}
		if !e.IsDir() || depth <= 1 {
			continue
		}
		below, err := openDir(at, e.Name(), path)
		if err != nil {
			return err
		}
		err = mountsIn(below, depth-1, errs)
		below.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// mountOf returns the id of the mount that a file is in (statx(2), Linux 5.8).
func mountOf(at int, name string, flags int) (id uint64, known bool, err error) {
	var st unix.Statx_t
	err = unix.Statx(at, name, flags, unix.STATX_MNT_ID, &st)
	return st.Mnt_id, st.Mask&unix.STATX_MNT_ID != 0, err
}
