package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Result says what [Setup] could not do.
type Result struct {
	// SysfsErr is nil if /sys describes the new network namespace. Otherwise it
	// says why the mount was denied; /sys/class/net then still lists the
	// interfaces of the namespace outside, and brctl(8) and other readers of
	// sysfs see those. The kernel denies the mount in a user namespace if part
	// of the outer /sys is hidden, as in containers (mount_too_revealing in
	// fs/namespace.c).
	SysfsErr error
}

// ErrNotInside is returned by [Setup] in a process that [Run] did not start.
var ErrNotInside = errors.New("not in a sandbox: sandbox.Run did not start this process")

// Setup gives the process its own mounts: nothing that is mounted from now on
// is visible outside, /run is an empty tmpfs, and /sys describes the new
// network namespace. It removes the environment variable that marked the
// process, so that the programs it starts are not taken for a sandbox. Call
// Setup once, at the start. The loopback interface stays down, as the kernel
// made it.
func Setup() (Result, error) {
	if !Inside() {
		return Result{}, ErrNotInside
	}
	if err := os.Unsetenv(markerEnv); err != nil {
		return Result{}, err
	}
	if err := mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return Result{}, denied(err)
	}
	if err := mount("nslab", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755"); err != nil {
		return Result{}, denied(err)
	}
	return Result{SysfsErr: mountSysfs()}, nil
}

// mountSysfs mounts a sysfs over /sys. In a user namespace the kernel insists
// that it is read-only if the one outside is.
func mountSysfs() error {
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	err := mount("sysfs", "/sys", "sysfs", flags, "")
	if errors.Is(err, fs.ErrPermission) {
		if mount("sysfs", "/sys", "sysfs", flags|unix.MS_RDONLY, "") == nil {
			return nil
		}
	}
	return err
}

func mount(source, target, fstype string, flags uintptr, data string) error {
	if err := unix.Mount(source, target, fstype, flags, data); err != nil {
		what := fstype
		if fstype == "" {
			what = "make private"
		}
		return &os.PathError{Op: fmt.Sprintf("mount (%s)", what), Path: target, Err: err}
	}
	return nil
}
