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
	// Signals are those that were sent to the process that called [Run], or to
	// the whole process group; nil without a PID namespace. They must be
	// received.
	Signals <-chan os.Signal
}

// ErrNotInside is returned by [Setup] in a process that [Run] did not start.
var ErrNotInside = errors.New("not in a sandbox: sandbox.Run did not start this process")

// Setup gives the process its own mounts: nothing that is mounted from now on
// is visible outside, /run is an empty tmpfs, /sys describes the new network
// namespace, and /proc the new PID namespace, if there is one. It removes the environment variable that marked the
// process, so that the programs it starts are not taken for a sandbox. Call
// Setup once, at the start. The loopback interface stays down, as the kernel
// made it.
func Setup() (Result, error) {
	m, in := place()
	if in != inside && in != below {
		return Result{}, ErrNotInside
	}
	var r Result
	if m.told != 0 {
		r.Signals = heard(m.told)
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
	if in == below {
		if err := mountProc(); err != nil {
			return Result{}, err
		}
		if err := os.WriteFile(enclosedFile, nil, 0o444); err != nil {
			return Result{}, err
		}
	}
	r.SysfsErr = mountSysfs()
	return r, nil
}

// enclosedFile exists in the /run of a sandbox with a PID namespace.
const enclosedFile = "/run/nslab-sandbox"

// Enclosed reports whether this process is in a sandbox with a PID namespace,
// whoever started it there. All processes there end with it, so what is made
// outside to find and end them is not needed, and would stay if nslab were
// killed.
func Enclosed() bool {
	_, err := os.Lstat(enclosedFile)
	return err == nil
}

// mountProc mounts the proc of the new PID namespace. With that of another,
// numbers would mean other processes.
func mountProc() error {
	err := mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	if errors.Is(err, fs.ErrPermission) {
		return &DeniedError{"a /proc of which parts are hidden, as in containers", "",
			"start the container with --security-opt systempaths=unconfined, or --privileged", err}
	}
	return err
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
