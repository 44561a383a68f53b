package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Result says what [Setup] could not do and went on without.
type Result struct {
	// SysfsErr is nil when /sys describes the new network namespace. Otherwise it
	// says why the mount was denied; /sys/class/net then still lists the
	// interfaces of the namespace outside, and brctl(8) and the kernel's other
	// sysfs readers see those. The kernel denies it in a user namespace where part
	// of the outer /sys is hidden, as containers hide it (mount_too_revealing in
	// fs/namespace.c).
	SysfsErr error
}

// ErrNotInside is returned by [Setup] in a process that [Run] did not start.
var ErrNotInside = errors.New("not in a sandbox: sandbox.Run did not start this process")

// Setup gives the process mounts of its own: nothing that is mounted from now on
// shows outside, /run is an empty tmpfs, and /sys describes the new network
// namespace. The environment variable that marked the process is removed, so that
// the programs it starts are not taken for a sandbox. Setup is called once, at the
// start. The loopback interface is left as the kernel made it: down.
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

// mountSysfs mounts a sysfs over /sys. In a user namespace the kernel insists that
// it be read-only where the one outside is.
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
