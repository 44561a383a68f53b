package nsfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// enter moves the thread, which is not used again, to the command's network
// namespace and to a new mount namespace, and makes the mounts that the program
// is to see.
func (c *Cmd) enter(t *thread) error {
	t.spoilt = true
	if err := c.ns.control(setns); err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return called(err, "unshare mount namespace", "")
	}
	if err := mount("", "/", "none", unix.MS_SLAVE|unix.MS_REC); err != nil {
		return err
	}
	c.warnings = bindAll(c.Etc, "/etc")
	if c.Prepare != nil {
		return c.Prepare(c.mounts)
	}
	return c.mounts()
}

// mounts makes the mounts of Files, /sys and Binds, and sets the host name.
func (c *Cmd) mounts() error {
	missing, err := putFiles(c.Files)
	if err != nil {
		return err
	}
	c.warnings = append(c.warnings, missing...)
	if err := mountSysfs(); err != nil {
		return err
	}
	if err := setHostname(c.Hostname); err != nil {
		return err
	}
	for _, b := range c.Binds {
		if err := mount(b.Source, b.Target, "none", unix.MS_BIND); err != nil {
			return err
		}
	}
	return nil
}

// mountSysfs mounts a sysfs that describes the thread's network namespace. An
// old one that a user namespace must not remove is covered. If that is
// read-only, the kernel allows only a read-only one to cover it
// (mount_too_revealing in fs/namespace.c).
func mountSysfs() error {
	var flags uintptr
	if err := unix.Unmount("/sys", unix.MNT_DETACH); err != nil {
		var st unix.Statfs_t
		if err := retry(func() error { return unix.Statfs("/sys", &st) }); err != nil {
			return called(err, "statfs", "/sys")
		}
		if st.Flags&unix.ST_RDONLY != 0 {
			flags |= unix.MS_RDONLY
		}
	}
	return mount("sysfs", "/sys", "sysfs", flags)
}

// setHostname moves the thread to a new UTS namespace with that host name.
func setHostname(name string) error {
	if name == "" {
		return nil
	}
	if err := unix.Unshare(unix.CLONE_NEWUTS); err != nil {
		return called(err, "unshare UTS namespace", "")
	}
	return called(unix.Sethostname([]byte(name)), "sethostname", name)
}

// bindAll mounts each file in from over the file of the same name in to. Files
// that cannot be mounted are returned as warnings. If from does not exist or is
// empty, there is nothing to do.
func bindAll(from, to string) (warnings []error) {
	if from == "" {
		return nil
	}
	entries, err := os.ReadDir(from)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		warnings = append(warnings, err)
	}
	for _, e := range entries {
		if err := mount(filepath.Join(from, e.Name()), filepath.Join(to, e.Name()), "none", unix.MS_BIND); err != nil {
			warnings = append(warnings, err)
		}
	}
	return warnings
}

// mount is mount(2) with an error that says what was to be mounted where.
func mount(source, target, fstype string, flags uintptr) error {
	err := retry(func() error { return unix.Mount(source, target, fstype, flags, "") })
	switch {
	case flags&unix.MS_BIND != 0:
		return called(err, "mount --bind "+source, target)
	case flags&unix.MS_SLAVE != 0:
		return called(err, "mount --make-rslave", target)
	}
	return called(err, "mount -t "+fstype, target)
}
