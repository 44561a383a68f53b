package view

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// A node's own directories and files are in its directory in the lab's tmpfs,
// each under the name that mount.id gives it. They are made when a program
// first sees them and stay as they are, whatever programs do with them. One
// that the lab file says something else of by now has another name.

// ownOf opens what the node has of its own for a tmpfs, an overlay or a file,
// and makes it if it is missing; an overlay is there. at is what it covers.
func (m *mounter) ownOf(what *mount, at int) (int, error) {
	switch what.kind {
	case isTmpfs:
		return m.ownDir(what, at)
	case isOverlay:
		return m.openMounted(what, overlays+"/"+what.id()+"/"+overlayMerged)
	}
	return m.ownFile(what)
}

// ownDir is ownOf for a tmpfs.
func (m *mounter) ownDir(what *mount, at int) (int, error) {
	all, err := m.tmpfsFor(what)
	if err != nil {
		return -1, err
	}
	defer unix.Close(all)
	fd, err := openPath(all, what.id())
	if err != unix.ENOENT {
		return fd, called("open", what.target, err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(at, &st); err != nil {
		return -1, called("stat", what.target, err)
	}
	o := &what.tmpfs
	if err := errors.Join(mapped("uid", int(o.UID.Or(0))), mapped("gid", int(o.GID.Or(0)))); err != nil {
		return -1, err
	}
	return makeOwned(all, what.id(), o.UID.Or(st.Uid), o.GID.Or(st.Gid), o.Mode.Or(st.Mode&0o7777))
}

// ownFile is ownOf for a file.
func (m *mounter) ownFile(what *mount) (int, error) {
	all, err := makeDir(m.dir, "files", 0o700)
	if err != nil {
		return -1, err
	}
	defer unix.Close(all)
	name := what.id()
	fd, err := openPath(all, name)
	if err != unix.ENOENT {
		return fd, called("open", what.target, err)
	}
	uid, gid := -1, -1
	if what.file.Owner != "" {
		u, err := findUser(what.file.Owner)
		if err != nil {
			return -1, err
		}
		uid, gid = u.Uid, u.Gid
	}
	// It has no name before it is complete, and is gone if nslab is killed.
	fd, err = retryFD(func() (int, error) {
		return unix.Openat(all, ".", unix.O_WRONLY|unix.O_TMPFILE|unix.O_CLOEXEC, 0o600)
	})
	if err != nil {
		return -1, called("create", what.target, err)
	}
	f := os.NewFile(uintptr(fd), what.target)
	_, err = io.WriteString(f, what.content)
	if err == nil {
		err = called("chown", what.target, unix.Fchown(fd, uid, gid))
	}
	if err == nil {
		err = called("chmod", what.target, unix.Fchmod(fd, what.file.Mode)) // after chown, which clears bits
	}
	if err == nil {
		err = unix.Linkat(unix.AT_FDCWD, fdPath(fd), all, name, unix.AT_SYMLINK_FOLLOW)
		if err == unix.EEXIST {
			err = nil // another program was quicker
		}
		err = called("create", what.target, err)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return -1, err
	}
	fd, err = openPath(all, name)
	return fd, called("open", what.target, err)
}
