package view

import (
	"errors"
	"fmt"
	"os"

	"github.com/nslab/nslab/internal/plain"
	"golang.org/x/sys/unix"
)

// An overlay is a file system (Documentation/filesystems/overlayfs.rst) that is
// mounted once: two of them with the same upper directory would disagree.
// Programs see a bind of it.

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
	if is, err := m.isMounted(merged); is || err != nil {
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
