package labdir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// nslab makes everything in a lab's directory, and the directory belongs to
// root. If somebody nevertheless put something else there, in place of a file
// or next to it, nslab never waits for it, never reads it without bound, and
// never writes through it.

const (
	// maxFile is the maximum size of a file in bytes.
	maxFile = 64 << 20
	// maxDepth is the maximum depth of directories in a lab's directory.
	maxDepth = 32
)

// MakeDir makes a directory for labs or names.
func MakeDir(path string) error {
	if err := LeadsNowhere(path); err != nil {
		return err
	}
	return os.MkdirAll(path, 0o755)
}

// LeadsNowhere returns an error if a path is a dangling symlink, because then
// the directory is not just missing.
func LeadsNowhere(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // other errors will show when it is used
	}
	target, err := os.Readlink(path)
	if err != nil {
		return nil
	}
	return fmt.Errorf("%s is a symbolic link to %s, which does not exist: create that directory, or remove the link", path, target)
}

// openDir opens a directory, and nothing else, for its names.
func openDir(at int, name, path string) (*os.File, error) {
	fd, err := unix.Openat(at, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, strange(at, name, path, "directory", &fs.PathError{Op: "open", Path: path, Err: err})
	}
	return os.NewFile(uintptr(fd), path), nil
}

// openFile opens a file, and nothing else, and returns its size.
func openFile(at int, name, path string, flags int) (*os.File, int64, error) {
	fd, err := unix.Openat(at, name, flags|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, 0, strange(at, name, path, "file", &fs.PathError{Op: "open", Path: path, Err: err})
	}
	var st unix.Stat_t
	err = unix.Fstat(fd, &st)
	if err == nil && fileType(st.Mode) == "file" {
		return os.NewFile(uintptr(fd), path), st.Size, nil
	}
	unix.Close(fd)
	if err == nil {
		return nil, 0, &strangeError{path, fileType(st.Mode), "file", unix.EINVAL}
	}
	return nil, 0, &fs.PathError{Op: "stat", Path: path, Err: err}
}

// strange explains an error about something that is not the expected file or
// directory. It returns other errors unchanged.
func strange(at int, name, path, want string, err error) error {
	var st unix.Stat_t
	if unix.Fstatat(at, name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil {
		return err
	}
	if what := fileType(st.Mode); what != want {
		return &strangeError{path, what, want, err}
	}
	return err
}

// A strangeError is the error for something else in the place of a lab's file.
type strangeError struct {
	path, is, want string
	err            error
}

func (e *strangeError) Error() string {
	return fmt.Sprintf("%s is a %s in the place of a %s, which nslab has not made: remove it", e.path, e.is, e.want)
}

func (e *strangeError) Unwrap() error { return e.err }

// fileType returns the name of a file's type (inode(7)).
func fileType(mode uint32) string {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return "file"
	case unix.S_IFDIR:
		return "directory"
	case unix.S_IFLNK:
		return "symbolic link"
	case unix.S_IFIFO:
		return "FIFO"
	case unix.S_IFSOCK:
		return "socket"
	}
	return "device"
}

// in calls a function with the directory of a file of the lab, reached without
// following symlinks, and the file's name there.
func (p *Dir) in(name string, f func(at int, base string) error) error {
	dir, base, ok := strings.Cut(name, "/")
	if !ok {
		return f(int(p.dir.Fd()), name)
	}
	d, err := openDir(int(p.dir.Fd()), dir, p.Path(dir))
	if err != nil {
		return err
	}
	defer d.Close()
	return f(int(d.Fd()), base)
}

// Read returns the contents of a file of the directory, or nil if it is
// missing.
func (p *Dir) Read(name string) (data []byte, err error) {
	err = p.in(name, func(at int, base string) error {
		f, size, err := openFile(at, base, p.Path(name), unix.O_RDONLY)
		if err != nil {
			return err
		}
		defer f.Close()
		if size > maxFile {
			return fmt.Errorf("%s has %d bytes, and %d are the most: nslab has not written it", p.Path(name), size, maxFile)
		}
		data = make([]byte, 0, size+1)
		for len(data) <= maxFile {
			n, err := f.Read(data[len(data):cap(data)])
			data = data[:len(data)+n]
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			if len(data) == cap(data) {
				data = append(data, 0)[:len(data)]
			}
		}
		return fmt.Errorf("%s grows while it is read", p.Path(name))
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// emptyDir removes everything in a directory, at any depth, except one name. It
// does not remove mounts, which are an error.
func emptyDir(d *os.File, but string, depth int) error {
	if depth == 0 {
		return fmt.Errorf("%s: directories are nested more than %d deep: remove them", d.Name(), maxDepth)
	}
	entries, err := d.ReadDir(-1)
	if err != nil {
		return err
	}
	at := int(d.Fd())
	for _, e := range entries {
		if e.Name() == but {
			continue
		}
		flags := 0
		if e.IsDir() {
			flags = unix.AT_REMOVEDIR
		}
		path := d.Name() + "/" + e.Name()
		err := unix.Unlinkat(at, e.Name(), flags)
		if errors.Is(err, unix.ENOTEMPTY) {
			if err := emptyBelow(d, e.Name(), path, depth); err != nil {
				return err
			}
			err = unix.Unlinkat(at, e.Name(), flags)
		}
		if errors.Is(err, unix.EBUSY) {
			return foreignMount(path)
		}
		if err != nil && !errors.Is(err, unix.ENOENT) {
			return &fs.PathError{Op: "remove", Path: path, Err: err}
		}
	}
	return nil
}

// emptyBelow empties a directory within a directory, unless something is
// mounted on it.
func emptyBelow(d *os.File, name, path string, depth int) error {
	below, err := openDir(int(d.Fd()), name, path)
	if err != nil {
		return err
	}
	defer below.Close()
	outside, err := mountID(int(d.Fd()))
	if err != nil {
		return err
	}
	inside, err := mountID(int(below.Fd()))
	if err != nil {
		return err
	}
	if inside != outside {
		return foreignMount(path)
	}
	return emptyDir(below, "", depth-1)
}
