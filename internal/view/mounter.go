package view

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/mountinfo"
	"golang.org/x/sys/unix"
)

// A mounter makes the mounts of a node's view, in the mount namespace of the
// calling thread, in which nobody else is. All it makes files and directories
// in is the node's own directory in the lab's tmpfs.
type mounter struct {
	own  string // the directory of all nodes
	node string

	dir int // the node's own directory, open
	// devs are the devices of the lab's tmpfs and of the overlays.
	devs []uint64
	// sources are what is mounted, opened before anything is mounted.
	sources []int
	// oldRoot is the root directory that was replaced, or -1.
	oldRoot int
}

// mountAll makes the mounts.
func (m *mounter) mountAll(mounts []mount) (err error) {
	if len(mounts) == 0 {
		return nil
	}
	defer plainModes()()
	if m.dir, err = m.open(); err != nil {
		return err
	}
	defer func() {
		unix.Close(m.dir)
		for _, fd := range m.sources {
			if fd >= 0 {
				unix.Close(fd)
			}
		}
	}()
	for i := range mounts {
		if mounts[i].kind != isBind {
			m.sources = append(m.sources, -1)
			continue
		}
		fd, err := retryFD(func() (int, error) { return unix.Open(mounts[i].source, unix.O_PATH|unix.O_CLOEXEC, 0) })
		if err != nil {
			return fmt.Errorf("%s: %w", mounts[i].words(), called("open", mounts[i].source, err))
		}
		m.sources = append(m.sources, fd)
	}
	for i := range mounts {
		if err := m.mount(m.sources[i], &mounts[i]); err != nil {
			return fmt.Errorf("%s: %w", mounts[i].words(), err)
		}
	}
	return m.leaveOldRoot()
}

// open opens the node's directory in the lab's tmpfs, and makes it if it is
// missing.
func (m *mounter) open() (int, error) {
	all, err := openPath(unix.AT_FDCWD, m.own)
	if err != nil {
		return -1, called("open", m.own, err)
	}
	defer unix.Close(all)
	if err := m.addDevice(all); err != nil {
		return -1, err
	}
	return makeDir(all, m.node, 0o700)
}

// addDevice notes that what a descriptor is open on is in a file system of the
// node's own.
func (m *mounter) addDevice(fd int) error {
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	m.devs = append(m.devs, st.Dev)
	return called("stat", m.own, err)
}

// mount mounts what a descriptor is open on or, if that is -1, what the node
// has of its own for the mount.
func (m *mounter) mount(source int, what *mount) error {
	dir := what.dir
	if source >= 0 {
		var err error
		if dir, err = isDir(source); err != nil {
			return called("stat", what.source, err)
		}
	}
	at, err := m.place(what.target, dir)
	if err != nil {
		return err
	}
	defer unix.Close(at)
	if source < 0 {
		if source, err = m.ownOf(what, at); err != nil {
			return err
		}
		defer unix.Close(source)
	}
	if err := bind(source, at); err != nil {
		return called("mount --bind "+what.source, what.target, err)
	}
	path, err := pathOf(at)
	switch {
	case err != nil:
		return called("readlink", what.target, err)
	case what.readOnly:
		return restrict(path, unix.MOUNT_ATTR_RDONLY, unix.MS_RDONLY)
	case what.kind == isTmpfs && !what.tmpfs.Exec:
		return restrict(path, unix.MOUNT_ATTR_NOEXEC, unix.MS_NOEXEC)
	}
	return nil
}

// place returns a descriptor of a file or directory at a path to mount on. One
// that is missing is made; where the directory for it is not the node's own,
// another takes its place, which is.
func (m *mounter) place(target string, dir bool) (int, error) {
	for range maxLinks {
		at, missing, err := walk(target)
		if err != nil {
			return -1, called("open", target, err)
		}
		if len(missing) == 0 {
			is, err := isDir(at)
			if err == nil && is == dir {
				return at, nil
			}
			unix.Close(at)
			switch {
			case err != nil:
				return -1, called("stat", target, err)
			case dir:
				return -1, called("mount a directory on", target, unix.ENOTDIR)
			}
			return -1, called("mount a file on", target, unix.EISDIR)
		}
		own, err := m.isOwn(at)
		if err != nil {
			unix.Close(at)
			return -1, fmt.Errorf("make %s: %w", target, err)
		}
		if own {
			err = makePlace(at, missing, dir)
			// In an overlay, a directory of the machine may belong to a user that
			// the user namespace does not have.
			own = !errors.Is(err, unix.EACCES)
		}
		if !own {
			err = m.standIn(at)
		}
		unix.Close(at)
		if err != nil {
			return -1, fmt.Errorf("make %s: %w", target, err)
		}
	}
	return -1, called("open", target, unix.ELOOP)
}

// isOwn reports whether a descriptor is open on a directory of the lab's tmpfs
// or of an overlay.
func (m *mounter) isOwn(fd int) (bool, error) {
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	return slices.Contains(m.devs, st.Dev), called("stat", "", err)
}

// makePlace makes the names that are missing in a directory of the node's own:
// directories and, unless dir says that the last is one too, a file.
func makePlace(at int, names []string, dir bool) error {
	last := len(names) - 1
	for i, name := range names {
		if name == ".." {
			return unix.ENOENT // of a directory that is missing
		}
		if i == last && !dir {
			fd, err := retryFD(func() (int, error) {
				return unix.Openat(at, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o644)
			})
			if err == unix.EEXIST {
				return nil // another program was quicker
			}
			if err != nil {
				return called("create", name, err)
			}
			return unix.Close(fd)
		}
		next, err := makeDir(at, name, 0o755)
		if err != nil {
			return err
		}
		defer unix.Close(next)
		at = next
	}
	return nil
}

// makeDir makes a directory, unless it is there, and opens it.
func makeDir(at int, name string, mode uint32) (int, error) {
	if err := unix.Mkdirat(at, name, mode); err != nil && err != unix.EEXIST {
		return -1, called("mkdir", name, err)
	}
	fd, err := openPath(at, name)
	return fd, called("open", name, err)
}

// plainModes makes what the calling thread makes have its mode from the start,
// whatever the umask is: nslab may be killed before it sets one, and nobody
// could tell the mode then from one that programs have set. It returns a
// function that undoes this. A thread with a mount namespace of its own shares
// its umask with no other (unshare(2), CLONE_NEWNS).
func plainModes() (undo func()) {
	old := unix.Umask(0)
	return func() { unix.Umask(old) }
}

// bind mounts what one descriptor is open on, with all that is mounted below
// it, where the other is open. Only so may an unprivileged user mount a
// directory on which somebody else has mounted something.
func bind(source, at int) error {
	return unix.Mount(fdPath(source), fdPath(at), "none", unix.MS_BIND|unix.MS_REC, "")
}

// restrict sets an attribute of a mount, and of those below it: read-only, or
// without programs. flag is that of mount(2) for it.
func restrict(path string, attr uint64, flag uintptr) error {
	err := unix.MountSetattr(unix.AT_FDCWD, path, unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: attr})
	if err != unix.ENOSYS {
		return called("mount_setattr", path, err)
	}
	// Before Linux 5.12, one by one.
	mounts, err := mountinfo.Read(mountinfo.Own)
	if err != nil {
		return err
	}
	for _, m := range mounts {
		if m.Path != path && !strings.HasPrefix(m.Path, path+"/") {
			continue
		}
		var st unix.Statfs_t
		if err := unix.Statfs(m.Path, &st); err != nil {
			return called("statfs", m.Path, err)
		}
		flags := uintptr(st.Flags) & (unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME)
		if err := unix.Mount("", m.Path, "", unix.MS_REMOUNT|unix.MS_BIND|flag|flags, ""); err != nil {
			return called("remount", m.Path, err)
		}
	}
	return nil
}
