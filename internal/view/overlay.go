package view

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// An overlay is a file system (Documentation/filesystems/overlayfs.rst) that is
// mounted once, in the lab's tmpfs, as long as the node is there: two of them
// with the same upper directory would disagree. Programs see a bind of it.

const (
	// overlays is the directory of the overlays, within the node's own. Each has
	// a directory with the three that follow.
	overlays = "overlays"
	// overlayUpper has what programs have changed, overlayWork is the kernel's
	// own, and on overlayMerged is the mount.
	overlayUpper, overlayWork, overlayMerged = "upper", "work", "merged"
)

// ErrOverlay is matched by an error that says that an overlay cannot be mounted.
var ErrOverlay = errors.New("an overlay cannot be mounted")

// overlayError is an ErrOverlay that says why.
type overlayError struct{ error }

func (e overlayError) Is(target error) bool { return target == ErrOverlay }
func (e overlayError) Unwrap() error        { return e.error }

// Mount mounts what stays mounted for the nodes, overlays and tmpfs with a size,
// unless it is there. The lab's tmpfs has to be mounted, and the lab locked.
func (v *View) Mount() error {
	if !slices.ContainsFunc(v.t.Nodes, func(n topology.Node) bool { return hasLasting(&n) }) {
		return nil
	}
	user, err := inUserNamespace()
	if err != nil {
		return err
	}
	for i := range v.t.Nodes {
		n := &v.t.Nodes[i]
		if !hasLasting(n) {
			continue
		}
		m := &mounter{own: v.own, node: n.Name, oldRoot: -1}
		if m.dir, err = m.open(); err != nil {
			return err
		}
		for _, target := range n.Overlays {
			if err = m.mountOverlay(target, user, "nslab:"+v.t.Name); err != nil {
				err = overlayError{fmt.Errorf("node %q: overlay %s: %w", n.Name, plain.Name(target), err)}
				break
			}
		}
		for k := range n.Tmpfs {
			if t := &n.Tmpfs[k]; err == nil && t.Size != "" {
				if err = m.mountSized(t, "nslab:"+v.t.Name); err != nil {
					err = fmt.Errorf("node %q: tmpfs %s: %w", n.Name, plain.Name(t.Target), err)
				}
			}
		}
		if err == nil && hasEtc(n) {
			err = m.layerFiles(n, v.etcFiles(i))
		}
		unix.Close(m.dir)
		if err != nil {
			return err
		}
	}
	return nil
}

// hasLasting reports whether something stays mounted for a node.
func hasLasting(n *topology.Node) bool {
	return len(n.Overlays) > 0 || slices.ContainsFunc(n.Tmpfs, func(t topology.Tmpfs) bool { return t.Size != "" })
}

// mountOverlay mounts the overlay over a directory of the machine, unless it is
// there.
func (m *mounter) mountOverlay(target string, user bool, source string) error {
	all, err := makeDir(m.dir, overlays, 0o700)
	if err != nil {
		return err
	}
	defer unix.Close(all)
	dir, err := makeDir(all, nameFor(target), 0o700)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	merged, err := makeDir(dir, overlayMerged, 0o700)
	if err != nil {
		return err
	}
	defer unix.Close(merged)
	if is, err := onOverlay(merged); is || err != nil {
		return err
	}
	lower, st, err := openLower(dir, target)
	if err != nil {
		return err
	}
	defer unix.Close(lower)
	upper, err := openPath(dir, overlayUpper)
	if err == unix.ENOENT {
		upper, err = makeOwned(dir, overlayUpper, st.Uid, st.Gid, st.Mode&0o7777)
	}
	if err != nil {
		return err
	}
	defer unix.Close(upper)
	work, err := makeDir(dir, overlayWork, 0o700)
	if err != nil {
		return err
	}
	defer unix.Close(work)
	// Paths in options would have to be quoted.
	options := "lowerdir=" + fdPath(lower) + ",upperdir=" + fdPath(upper) + ",workdir=" + fdPath(work)
	if user {
		options += ",userxattr"
	}
	err = unix.Mount(source, fdPath(merged), "overlay", unix.MS_NOSUID|unix.MS_NODEV, options)
	switch {
	case err == nil:
		return nil
	case err == unix.ENODEV:
		return fmt.Errorf("the kernel has no overlayfs (CONFIG_OVERLAY_FS, module overlay): %w", named(err))
	case err == unix.EPERM && user:
		return fmt.Errorf("in a user namespace overlayfs needs Linux 5.11, and has to be allowed there; run nslab as root: %w", named(err))
	case err == unix.EINVAL:
		return fmt.Errorf("overlayfs refuses the file system that %s is on; the kernel's log (dmesg) says why: %w", plain.Name(target), named(err))
	}
	return called("mount -t overlay on", target, err)
}

// openLower opens the machine's directory at a path, and says what is known of
// it. Instead of one that is missing, or that may not be read, it opens an empty
// directory.
func openLower(dir int, target string) (lower int, st unix.Stat_t, err error) {
	lower, missing, err := walk(target)
	if err != nil {
		return -1, st, called("open", target, err)
	}
	if len(missing) > 0 {
		st.Uid, st.Gid, st.Mode, err = uint32(os.Geteuid()), uint32(os.Getegid()), 0o755, unix.ENOENT
	} else if err = unix.Fstat(lower, &st); err == nil && st.Mode&unix.S_IFMT != unix.S_IFDIR {
		err = unix.ENOTDIR
	} else if err == nil {
		// In a user namespace, whoever mounts it may not have all rights.
		err = unix.Faccessat(lower, ".", unix.R_OK|unix.X_OK, unix.AT_EACCESS)
	}
	if err == nil {
		return lower, st, nil
	}
	unix.Close(lower)
	if err != unix.ENOENT && err != unix.EACCES {
		return -1, st, called("open", target, err)
	}
	lower, err = makeDir(dir, "lower", 0o755)
	return lower, st, err
}

// openOverlay opens the node's overlay over a directory.
func (m *mounter) openOverlay(what *mount) (int, error) {
	path := strings.Join([]string{overlays, what.id(), overlayMerged}, "/")
	fd, err := openPath(m.dir, path)
	is := false
	if err == nil {
		if is, err = onOverlay(fd); is {
			err = m.addDevice(fd)
		}
		if err == nil && is {
			return fd, nil
		}
		unix.Close(fd)
	}
	if err == nil || errors.Is(err, unix.ENOENT) {
		return -1, errNotMounted
	}
	return -1, called("open", what.target, err)
}

// onOverlay reports whether a descriptor is open on an overlay.
func onOverlay(fd int) (bool, error) {
	var st unix.Statfs_t
	err := unix.Fstatfs(fd, &st)
	return st.Type == unix.OVERLAYFS_SUPER_MAGIC, called("statfs", overlayMerged, err)
}
