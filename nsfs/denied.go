package nsfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// denied extends the error for a program that execve(2) does not permit, on the
// thread that sees what the program would have seen. dir is what a relative
// path is relative to, "" for the thread's working directory.
func denied(err error, dir string) error {
	var pe *fs.PathError
	if !errors.As(err, &pe) || pe.Op != "exec" && pe.Op != "fork/exec" || !errors.Is(pe.Err, unix.EACCES) {
		return err
	}
	path := pe.Path
	if dir != "" && !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	fi, serr := os.Stat(path)
	var at unix.Statfs_t
	switch {
	case serr != nil:
		return err
	case fi.IsDir():
		return fmt.Errorf("%w: it is a directory", err)
	case !fi.Mode().IsRegular():
		return fmt.Errorf("%w: it is not a regular file", err)
	case fi.Mode()&0o111 == 0:
		return fmt.Errorf("%w: it is not executable, with mode %04o", err, fi.Mode().Perm())
	case unix.Statfs(path, &at) == nil && at.Flags&unix.ST_NOEXEC != 0:
		return fmt.Errorf("%w: it is on a mount without exec", err)
	}
	return err
}
