// Package cgroup2 reaches the tree of control groups, version 2.
package cgroup2

import (
	"os"
	"strings"

	"github.com/nslab/nslab/internal/mountinfo"
	"golang.org/x/sys/unix"
)

// Open opens the root of the tree through a mount of its own, which is nowhere
// in the file system and goes when it is closed: /sys may be another one here,
// or read-only, and after SIGKILL nothing is mounted.
func Open() (*os.File, error) {
	fd, err := unix.Fsopen("cgroup2", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("fsopen cgroup2", err)
	}
	defer unix.Close(fd)
	// The options of cgroup2 are those of the tree, whoever mounts it: without
	// them this mount would take nsdelegate, say, away from the machine's own
	// (apply_cgroup_root_flags in kernel/cgroup/cgroup.c).
	for _, o := range options() {
		if err := unix.FsconfigSetFlag(fd, o); err != nil {
			return nil, os.NewSyscallError("fsconfig "+o, err)
		}
	}
	if err := unix.FsconfigCreate(fd); err != nil {
		return nil, os.NewSyscallError("fsconfig", err)
	}
	m, err := unix.Fsmount(fd, unix.FSMOUNT_CLOEXEC, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV|unix.MOUNT_ATTR_NOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("fsmount", err)
	}
	return os.NewFile(uintptr(m), "cgroup2"), nil
}

// Mounted returns where the tree is mounted in this mount namespace, if all of
// it is.
func Mounted() (path string, ok bool) {
	mounts, err := mountinfo.Read(mountinfo.Own)
	if err != nil {
		return "", false
	}
	for _, m := range mounts {
		var at unix.Statfs_t
		if m.Type == "cgroup2" && m.Root == "/" && unix.Statfs(m.Path, &at) == nil && at.Type == unix.CGROUP2_SUPER_MAGIC {
			return m.Path, true // and not hidden by another mount
		}
	}
	return "", false
}

// options returns the options that cgroup2 is mounted with, in this mount
// namespace or in that of the first process.
func options() (all []string) {
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
					all = append(all, o)
				}
			}
			return all
		}
	}
	return nil
}

// Of returns the path of the cgroup that a process is in, from the root of the
// tree that this cgroup namespace shows, such as "/a/b", or "/". It begins with
// "/.." if the cgroup is outside of that. pid is the process's id, or "self".
// It is "" if the process is in no cgroup of version 2.
func Of(pid string) (string, error) {
	b, err := os.ReadFile("/proc/" + pid + "/cgroup")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(b)) {
		// The line of version 2 has neither a number nor controllers
		// (cgroups(7)).
		if at, ok := strings.CutPrefix(line, "0::"); ok {
			return strings.TrimSuffix(at, "\n"), nil
		}
	}
	return "", nil
}
