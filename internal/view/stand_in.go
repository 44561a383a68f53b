package view

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Something is to be seen in a directory of the machine in which it does not
// exist, and nothing may be made there. So a directory of the node's own stands
// in for that one, with the same owner and mode. In it, each entry of the
// machine's directory is mounted on a stub. What programs create in it stays
// there, for all programs of the node and as long as the lab is up.

const (
	// standIns is the directory of the directories that stand in for others,
	// within the node's own.
	standIns = "dirs"
	// stubMode tells a stub from what programs create: no permissions, and the
	// sticky bit.
	stubMode = unix.S_ISVTX
	// maxEntries is how many entries a directory may have that another stands
	// in for. Each is a mount.
	maxEntries = 4096
)

// An entry is an entry of a directory.
type entry struct {
	name string
	fd   int // O_PATH
	mode uint32
}

// standIn replaces a directory.
func (m *mounter) standIn(at int) error {
	path, err := pathOf(at)
	if err != nil {
		return err
	}
	entries, err := entriesOf(at, path)
	defer func() {
		for _, e := range entries {
			unix.Close(e.fd)
		}
	}()
	if err != nil {
		return err
	}
	own, ownPath, err := m.ownFor(at, path)
	if err != nil {
		return err
	}
	defer unix.Close(own)
	if err := removeStubs(own, entries); err != nil {
		return err
	}
	// The root directory is replaced when all is in the other one.
	on, onPath := at, path
	if path == "/" {
		on, onPath = own, ownPath
	}
	if err := bind(own, on); err != nil {
		return called("mount a directory on", path, err)
	}
	top, err := retryFD(func() (int, error) { return unix.Open(onPath, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0) })
	if err != nil {
		return called("open", onPath, err)
	}
	defer unix.Close(top)
	for i := range entries {
		if err := putEntry(top, &entries[i]); err != nil {
			return fmt.Errorf("in the stand-in for %s: %w", path, err)
		}
	}
	if path == "/" {
		return m.changeRoot(top)
	}
	return nil
}

// entriesOf opens all entries of a directory, without opening the files
// themselves.
func entriesOf(at int, path string) (entries []entry, err error) {
	fd, err := retryFD(func() (int, error) { return unix.Openat(at, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, called("open", path, err)
	}
	d := os.NewFile(uintptr(fd), path)
	defer d.Close()
	names, err := d.Readdirnames(maxEntries + 1)
	if len(names) > maxEntries {
		return nil, fmt.Errorf("%s has more than %d entries: create what is missing in it", path, maxEntries)
	}
	for _, name := range names {
		fd, err := openPath(at, name)
		if err == unix.ENOENT {
			continue // it has gone meanwhile
		}
		if err != nil {
			return entries, called("open", filepath.Join(path, name), err)
		}
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			unix.Close(fd)
			return entries, called("stat", filepath.Join(path, name), err)
		}
		if st.Nlink == 0 {
			// A mount of a file that has been removed since. The kernel does
			// not let it be mounted again.
			unix.Close(fd)
			continue
		}
		entries = append(entries, entry{name, fd, st.Mode})
	}
	if errors.Is(err, io.EOF) {
		err = nil // it is empty
	}
	return entries, err
}

// ownFor opens the node's directory that stands in for one of the machine, and
// makes it if it is missing.
func (m *mounter) ownFor(at int, path string) (fd int, own string, err error) {
	all, err := makeDir(m.dir, standIns, 0o700)
	if err != nil {
		return -1, "", err
	}
	defer unix.Close(all)
	name := nameFor(path)
	own = filepath.Join(m.own, m.node, standIns, name)
	fd, err = openPath(all, name)
	if err != unix.ENOENT {
		return fd, own, called("open", own, err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(at, &st); err != nil {
		return -1, "", called("stat", path, err)
	}
	fd, err = makeOwned(all, name, st.Uid, st.Gid, st.Mode&0o7777)
	return fd, own, err
}

// makeOwned makes a directory with an owner and a mode, and opens it. It gets
// its name when it is complete. If nslab is killed before, an empty draft stays
// that nothing uses: its name is random, as programs of other PID namespaces
// may make the same directory at the same time.
func makeOwned(at int, name string, uid, gid, mode uint32) (int, error) {
	draft := fmt.Sprintf("%s.%016x", name, rand.Uint64())
	fd, err := makeDir(at, draft, 0o700)
	if err != nil {
		return -1, err
	}
	err = unix.Fchownat(at, draft, int(uid), int(gid), unix.AT_SYMLINK_NOFOLLOW)
	if err == unix.EINVAL {
		err = nil // a user namespace has no such user: it stays the caller's
	}
	err = called("chown", name, err)
	if err == nil {
		err = called("chmod", name, unix.Fchmodat(at, draft, mode, 0)) // after chown, which clears bits
	}
	if err == nil {
		err = called("rename", name, unix.Renameat2(at, draft, at, name, unix.RENAME_NOREPLACE))
	}
	if err == nil {
		return fd, nil
	}
	unix.Close(fd)
	rm := unix.Unlinkat(at, draft, unix.AT_REMOVEDIR)
	if errors.Is(err, unix.EEXIST) && rm == nil {
		fd, err = openPath(at, name) // another program was quicker
		return fd, called("open", name, err)
	}
	return -1, errors.Join(err, rm)
}

// nameFor returns a name for a file or directory that is made for a text.
func nameFor(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// removeStubs removes stubs for entries that the machine's directory does not
// have any more, or has of another type.
func removeStubs(own int, entries []entry) error {
	types := make(map[string]bool, len(entries)) // whether they are directories
	for _, e := range entries {
		types[e.name] = e.mode&unix.S_IFMT == unix.S_IFDIR
	}
	fd, err := retryFD(func() (int, error) { return unix.Openat(own, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return err
	}
	d := os.NewFile(uintptr(fd), "stand-in")
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, name := range names {
		stub, dir := isStub(own, name)
		if is, there := types[name]; !stub || there && is == dir {
			continue
		}
		flags := 0
		if dir {
			flags = unix.AT_REMOVEDIR
		}
		if err := unix.Unlinkat(own, name, flags); err != nil && err != unix.ENOENT {
			return called("remove", name, err)
		}
	}
	return nil
}

// isStub reports whether an entry is a stub, and whether it is a directory.
func isStub(at int, name string) (stub, dir bool) {
	var st unix.Stat_t
	if unix.Fstatat(at, name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil {
		return false, false
	}
	dir = st.Mode&unix.S_IFMT == unix.S_IFDIR
	return st.Mode&0o7777 == stubMode && (dir || st.Mode&unix.S_IFMT == unix.S_IFREG && st.Size == 0), dir
}

// putEntry shows an entry of the machine's directory in the one that stands in
// for it, unless the node has an entry of that name of its own.
func putEntry(top int, e *entry) error {
	var err error
	switch e.mode & unix.S_IFMT {
	case unix.S_IFLNK:
		var to string
		if to, err = readlink(e.fd, ""); err != nil {
			return called("readlink", e.name, err)
		}
		if err = unix.Symlinkat(to, top, e.name); err == unix.EEXIST {
			err = nil
		}
		return called("symlink", e.name, err)
	case unix.S_IFDIR:
		err = unix.Mkdirat(top, e.name, stubMode)
	default:
		err = unix.Mknodat(top, e.name, unix.S_IFREG|stubMode, 0)
	}
	if err != nil && err != unix.EEXIST {
		return called("create", e.name, err)
	}
	if stub, _ := isStub(top, e.name); !stub {
		return nil
	}
	at, err := openPath(top, e.name)
	if err == unix.ENOENT {
		return nil // another program has found that the machine's has gone
	}
	if err != nil {
		return called("open", e.name, err)
	}
	defer unix.Close(at)
	return called("mount --bind on", e.name, bind(e.fd, at))
}

// changeRoot makes a directory the root directory of the calling thread.
func (m *mounter) changeRoot(to int) error {
	old, err := openPath(unix.AT_FDCWD, "/")
	if err != nil {
		return called("open", "/", err)
	}
	if err := unix.Fchdir(to); err != nil {
		unix.Close(old)
		return called("chdir", "/", err)
	}
	// The old one is mounted on the new one then (pivot_root(2), NOTES). It
	// stays until nothing of it is to be mounted any more.
	if err := unix.PivotRoot(".", "."); err != nil {
		unix.Close(old)
		return called("pivot_root", "/", err)
	}
	m.oldRoot = old
	return called("chdir", "/", unix.Chdir("/"))
}

// leaveOldRoot unmounts the root directory that was replaced.
func (m *mounter) leaveOldRoot() error {
	if m.oldRoot < 0 {
		return nil
	}
	err := unix.Fchdir(m.oldRoot)
	if err == nil {
		err = unix.Unmount(".", unix.MNT_DETACH)
	}
	unix.Close(m.oldRoot)
	m.oldRoot = -1
	if err != nil {
		return called("umount", "/", err)
	}
	return called("chdir", "/", unix.Chdir("/"))
}
