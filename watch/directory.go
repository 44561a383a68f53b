package watch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// A directory reports which of its names changed, and when something was
// mounted.
type directory struct {
	path    string
	inotify int
	// mounts is /proc/self/mountinfo, which is ready for POLLPRI when something
	// was mounted or unmounted (proc_pid_mountinfo(5)). Then a name may get or
	// lose its namespace without an event of the directory. mounted is set when
	// this has happened.
	mounts  int
	mounted bool
	// watch is the inotify watch of the directory or, while that does not
	// exist, of one above it. at is the directory that the path led to when the
	// watch began, or zero while it does not exist.
	watch int
	at    nsfs.ID
	stale bool // the watch must be renewed
}

func openDirectory(dir nsfs.Dir) (_ *directory, err error) {
	d := &directory{path: filepath.Dir(dir.File("x")), inotify: -1, mounts: -1, watch: -1}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if d.inotify, err = unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK); err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	const mountinfo = "/proc/self/mountinfo"
	if d.mounts, err = unix.Open(mountinfo, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return nil, &fs.PathError{Op: "open", Path: mountinfo, Err: err}
	}
	return d, d.follow()
}

func (d *directory) close() {
	for _, fd := range []int{d.inotify, d.mounts} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// moved reports whether the path may lead elsewhere than when the watch began:
// the directory was removed or renamed, another was mounted over it, or one
// above it was renamed.
func (d *directory) moved() bool {
	at, _ := inodeAt(d.path)
	return d.stale || at != d.at
}

// follow watches the directory that the path leads to now, or the nearest
// existing one above it.
func (d *directory) follow() error {
	const mask = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_TO | unix.IN_MOVED_FROM |
		unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR
	was := d.watch
	for path := d.path; ; path = filepath.Dir(path) {
		// If another directory takes its place between the two calls, moved
		// will notice.
		at, _ := inodeAt(path)
		wd, err := unix.InotifyAddWatch(d.inotify, path, mask)
		if err == nil {
			if d.watch, d.at, d.stale = wd, at, false; path != d.path {
				d.at = nsfs.ID{}
			}
			if was >= 0 && was != wd {
				unix.InotifyRmWatch(d.inotify, uint32(was)) //nolint:errcheck // it may have gone
			}
			return nil
		}
		if !errors.Is(err, unix.ENOENT) || path == "/" {
			if errors.Is(err, unix.ENOSPC) {
				err = fmt.Errorf("%w; raise fs.inotify.max_user_watches", err)
			}
			return fmt.Errorf("watch %s: %w", path, err)
		}
	}
}

// changed returns the names that may lead elsewhere now. all is set if it
// cannot tell which, or if the directory has moved.
func (d *directory) changed() (names []string, all bool, err error) {
	buf := make([]byte, 16<<10)
	for {
		size, err := unix.Read(d.inotify, buf)
		if err == unix.EAGAIN {
			return names, all, nil
		}
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, false, os.NewSyscallError("read inotify", err)
		}
		for b := buf[:size]; len(b) >= unix.SizeofInotifyEvent; {
			wd := int(int32(binary.NativeEndian.Uint32(b)))
			mask := binary.NativeEndian.Uint32(b[4:])
			length := int(binary.NativeEndian.Uint32(b[12:]))
			if length > len(b)-unix.SizeofInotifyEvent {
				break // the kernel writes whole events
			}
			name := unix.ByteSliceToString(b[unix.SizeofInotifyEvent : unix.SizeofInotifyEvent+length])
			b = b[unix.SizeofInotifyEvent+length:]
			switch {
			case mask&unix.IN_Q_OVERFLOW != 0:
				all = true
			case wd != d.watch:
				// This is about a directory that is no longer watched.
			case d.at == nsfs.ID{} || mask&(unix.IN_DELETE_SELF|unix.IN_MOVE_SELF|unix.IN_UNMOUNT|unix.IN_IGNORED) != 0:
				// The directory may exist now, or no longer.
				d.stale, all = true, true
			default:
				names = append(names, name)
			}
		}
	}
}

// inodeAt returns the identity of the file that a path leads to.
func inodeAt(path string) (nsfs.ID, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return nsfs.ID{}, err
	}
	return nsfs.ID{Dev: uint64(st.Dev), Ino: st.Ino}, nil
}
