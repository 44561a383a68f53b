package processes

import (
	"errors"
	"os"
	"strings"

	"github.com/nslab/nslab/internal/mountinfo"
	"golang.org/x/sys/unix"
)

// openTree opens the tree of cgroups (v2) through a mount of its own, which is
// nowhere in the file system and goes when it is closed: /sys may be another
// one here, or read-only, and after SIGKILL nothing is mounted.
func (g *Group) openTree() error {
	g.opening.Lock()
	defer g.opening.Unlock()
	if g.tree != nil {
		return nil
	}
	fd, err := unix.Fsopen("cgroup2", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("fsopen cgroup2", err)
	}
	defer unix.Close(fd)
	// The options of cgroup2 are those of the tree, whoever mounts it: without
	// them this mount would take nsdelegate, say, away from the machine's own
	// (apply_cgroup_root_flags in kernel/cgroup/cgroup.c).
	for _, o := range treeOptions() {
		if err := unix.FsconfigSetFlag(fd, o); err != nil {
			return os.NewSyscallError("fsconfig "+o, err)
		}
	}
	if err := unix.FsconfigCreate(fd); err != nil {
		return os.NewSyscallError("fsconfig", err)
	}
	m, err := unix.Fsmount(fd, unix.FSMOUNT_CLOEXEC, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV|unix.MOUNT_ATTR_NOEXEC)
	if err != nil {
		return os.NewSyscallError("fsmount", err)
	}
	g.tree = os.NewFile(uintptr(m), "cgroup2")
	return nil
}

// lacksTree reports whether an error of openTree says that there are no cgroups
// for this user, so that nothing can have made one: in a user namespace, or with
// a kernel without cgroup2.
func lacksTree(err error) bool {
	return errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENOSYS)
}

// treeOptions returns the options that cgroup2 is mounted with, in this mount
// namespace or in that of the first process.
func treeOptions() (options []string) {
	for _, file := range []string{mountinfo.Own, "/proc/1/mountinfo"} {
		mounts, err := mountinfo.Read(file)
		if err != nil {
			continue // that of the first process is not for everybody
		}
		for _, m := range mounts {
			if m.Type != "cgroup2" {
				continue
			}
			for o := range strings.SplitSeq(m.Options, ",") {
				if o != "rw" && o != "ro" {
					options = append(options, o)
				}
			}
			return options
		}
	}
	return nil
}
