package labdir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/mountinfo"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// All namespaces of a lab are bound in one tmpfs of the lab, so that one umount
// takes them all down. Each has a symlink in /run/netns. Everything bound in
// that tmpfs belongs to the lab; a name in /run/netns belongs to the lab only
// if it is a symlink into it (package nodename).

// Mounted returns a descriptor of the tmpfs of the lab's namespaces, or -1 if
// it is not mounted. It is an error if something else is mounted there.
func (p *Dir) Mounted() (int, error) { return p.mountedOn(NamespaceDir) }

// IsMounted reports whether that tmpfs is mounted.
func (p *Dir) IsMounted() (bool, error) {
	fd, err := p.Mounted()
	if fd >= 0 {
		unix.Close(fd)
	}
	return fd >= 0, err
}

// mountedOn is Mounted for any directory of the lab.
func (p *Dir) mountedOn(name string) (int, error) {
	fd, err := unix.Openat(int(p.dir.Fd()), name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return -1, nil // nothing can be mounted on something that is not a directory
	}
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: p.Path(name), Err: err}
	}
	id, err := mountID(fd)
	if err == nil {
		var own int
		if own, err = mountID(int(p.dir.Fd())); err == nil && own == id {
			unix.Close(fd)
			return -1, nil // a directory without a mount
		}
	}
	if err == nil {
		err = p.checkMount(name, id)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// mountID returns the id in mountinfo of the mount of an open file.
func mountID(fd int) (int, error) {
	b, err := os.ReadFile("/proc/thread-self/fdinfo/" + strconv.Itoa(fd))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "mnt_id:"); ok {
			return strconv.Atoi(strings.TrimSpace(v))
		}
	}
	return 0, fmt.Errorf("no mnt_id in fdinfo of descriptor %d", fd)
}

// checkMount returns an error unless a mount on a directory is the lab's own
// tmpfs.
func (p *Dir) checkMount(name string, id int) error {
	m, found, err := mountinfo.Find(mountinfo.Own, id)
	switch {
	case err != nil:
		return err
	case !found:
		return fmt.Errorf("%s is a mount that /proc/self/mountinfo does not list", p.Path(name))
	case m.Type != "tmpfs" || m.Source != mountSource(p.Name):
		return fmt.Errorf("%s has a mount of %s on it (type %s), which is not the lab's; unmount it first",
			p.Path(name), m.Source, m.Type)
	}
	return nil
}

// Mount mounts the tmpfs of the lab's namespaces if it is missing.
func (p *Dir) Mount() error { return p.mountOn(NamespaceDir, "mode=0700,size=64m,nr_inodes=1m") }

// ownMounts are the directories of a lab on which nslab mounts a tmpfs.
var ownMounts = []string{NamespaceDir, LogDir, ViewDir}

// IsOwnMount reports whether nslab mounts a tmpfs on a lab's directory of that
// name.
func IsOwnMount(name string) bool { return slices.Contains(ownMounts, name) }

// mountOn mounts a tmpfs on a directory of the lab if it is missing. The mount
// is shared, so that copies in other mount namespaces go with it.
func (p *Dir) mountOn(name, options string) error {
	return p.mountWith(name, options, unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC)
}

// mountWith is mountOn with other flags of mount(2).
func (p *Dir) mountWith(name, options string, flags uintptr) error {
	fd, err := p.mountedOn(name)
	if err != nil {
		return err
	}
	if fd >= 0 {
		unix.Close(fd)
		return p.share(name) // a run may have been killed before it did
	}
	if err := unix.Mkdirat(int(p.dir.Fd()), name, 0o700); err != nil {
		err = strange(int(p.dir.Fd()), name, p.Path(name), "directory", &fs.PathError{Op: "mkdir", Path: p.Path(name), Err: err})
		if strange := (*strangeError)(nil); errors.As(err, &strange) || !errors.Is(err, unix.EEXIST) {
			return err
		}
	}
	at := p.Path(name)
	// Mounting under a shared parent makes the mount appear in the parent's
	// peers. Because it is shared itself, what is bound in it appears there
	// too.
	err = unix.Mount(mountSource(p.Name), at, "tmpfs", flags, options)
	if err != nil {
		return &fs.PathError{Op: "mount tmpfs on", Path: at, Err: err}
	}
	return p.share(name)
}

// share makes the mount on a directory of the lab shared.
func (p *Dir) share(name string) error {
	if err := unix.Mount("", p.Path(name), "", unix.MS_SHARED, ""); err != nil {
		return &fs.PathError{Op: "make shared", Path: p.Path(name), Err: err}
	}
	return nil
}

// Unmount takes down the lab's mounts, and with them every namespace that no
// process in it and no other name keeps alive.
func (p *Dir) Unmount() error {
	var errs []error
	for _, name := range ownMounts {
		errs = append(errs, p.UnmountFrom(name))
	}
	return errors.Join(errs...)
}

// UnmountFrom takes down the tmpfs on a directory of the lab, and removes the
// directory if it is empty then.
func (p *Dir) UnmountFrom(name string) error {
	for {
		fd, err := p.mountedOn(name)
		if err != nil {
			return err
		}
		if fd < 0 {
			break
		}
		unix.Close(fd)
		if err := unix.Unmount(p.Path(name), unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil {
			return &fs.PathError{Op: "umount", Path: p.Path(name), Err: err}
		}
	}
	err := unix.Unlinkat(int(p.dir.Fd()), name, unix.AT_REMOVEDIR)
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ENOTEMPTY):
		return nil // anything else there is removed with the rest
	case err != nil:
		return &fs.PathError{Op: "remove", Path: p.Path(name), Err: err}
	}
	return nil
}

// mountSource is the source of a lab's tmpfs in /proc/self/mountinfo.
func mountSource(name string) string { return "nslab:" + name }

// Namespaces returns the directory of the lab's namespaces.
func (p *Dir) Namespaces() nsfs.Dir { return p.root.Namespaces(p.Name) }

// CheckProc returns an error that says what to do if /proc does not show this
// process's mounts and processes.
func CheckProc() error {
	var st unix.Statfs_t
	if err := unix.Statfs("/proc", &st); err != nil || st.Type != unix.PROC_SUPER_MAGIC {
		return errors.New(`proc is not mounted on /proc, and nslab needs it to look at labs; run "mount -t proc proc /proc"`)
	}
	if _, err := os.Readlink("/proc/thread-self"); errors.Is(err, fs.ErrNotExist) {
		return errors.New(`/proc belongs to a PID namespace that this process is not in; run "mount -t proc proc /proc" in a mount namespace of your own`)
	}
	return nil
}
