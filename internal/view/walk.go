package view

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is how many symbolic links a path may lead through: MAXSYMLINKS in
// include/linux/namei.h.
const maxLinks = 40

// walk follows a path through symbolic links, as programs in the calling
// thread's mount namespace see them. It returns a descriptor (O_PATH) of what
// it leads to or, if that is missing, of the last directory on the way, and the
// names that are missing there.
func walk(path string) (fd int, missing []string, err error) {
	fd, err = openPath(unix.AT_FDCWD, "/")
	if err != nil {
		return -1, nil, err
	}
	names := split(path)
	for links := 0; len(names) > 0; {
		name := names[0]
		var st unix.Stat_t
		err = unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
		if err == unix.ENOENT {
			return fd, names, nil
		}
		next := -1
		switch {
		case err != nil:
		case st.Mode&unix.S_IFMT == unix.S_IFLNK:
			var to string
			if to, err = readlink(fd, name); err != nil {
				break
			}
			if links++; links > maxLinks {
				err = unix.ELOOP
				break
			}
			names = append(split(to), names[1:]...)
			if !strings.HasPrefix(to, "/") {
				continue
			}
			next, err = openPath(unix.AT_FDCWD, "/")
		case len(names) > 1 && st.Mode&unix.S_IFMT != unix.S_IFDIR:
			err = unix.ENOTDIR
		default:
			next, err = openPath(fd, name)
			names = names[1:]
		}
		unix.Close(fd)
		if err != nil {
			return -1, nil, err
		}
		fd = next
	}
	return fd, nil, nil
}

// split returns the names of a path.
func split(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// openPath opens a name without following a symbolic link, and without opening
// the file itself: nothing happens to a FIFO or a device.
func openPath(at int, name string) (int, error) {
	return retryFD(func() (int, error) {
		return unix.Openat(at, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
}

// retryFD repeats a call that was interrupted by a signal.
func retryFD(call func() (int, error)) (int, error) {
	for {
		if fd, err := call(); err != unix.EINTR {
			return fd, err
		}
	}
}

func readlink(at int, name string) (string, error) {
	b := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(at, name, b)
	if err != nil {
		return "", err
	}
	return string(b[:n]), nil
}

// fdPath is a path to what a descriptor is open on.
func fdPath(fd int) string { return "/proc/thread-self/fd/" + strconv.Itoa(fd) }

// pathOf returns the path at which the calling thread sees what a descriptor is
// open on.
func pathOf(fd int) (string, error) { return readlink(unix.AT_FDCWD, fdPath(fd)) }

// isDir reports whether a descriptor is open on a directory.
func isDir(fd int) (bool, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return false, err
	}
	return st.Mode&unix.S_IFMT == unix.S_IFDIR, nil
}

// called adds a call and its object to an error, and the errno's name.
func called(call, on string, err error) error {
	if err == nil {
		return nil
	}
	return &os.PathError{Op: call, Path: on, Err: named(err)}
}

// named adds its name to an errno.
func named(err error) error {
	errno, ok := err.(unix.Errno)
	if name := unix.ErrnoName(errno); ok && name != "" {
		return fmt.Errorf("%w (%s)", err, name)
	}
	return err
}
