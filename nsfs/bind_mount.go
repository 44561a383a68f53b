package nsfs

import "golang.org/x/sys/unix"

// bindMount mounts what fd is open on where at is open, like mount(2) with
// MS_BIND, but using descriptors only. A path through /proc/thread-self/fd
// takes the kernel longer than the mount itself. If a container's system call
// filter does not know open_tree, mount(2) does it or reports what is wrong.
func bindMount(fd, at int) error {
	tree, err := openTree(fd)
	if err != nil {
		return retry(func() error { return unix.Mount(fdPath(fd), fdPath(at), "none", unix.MS_BIND, "") })
	}
	defer unix.Close(tree)
	return retry(func() error {
		return unix.MoveMount(tree, "", at, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
	})
}

// openTree returns a detached mount of what fd is open on. It disappears with
// the descriptor unless move_mount(2) attaches it.
func openTree(fd int) (tree int, err error) {
	err = retry(func() error {
		tree, err = unix.OpenTree(fd, "", unix.AT_EMPTY_PATH|unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
		return err
	})
	return tree, err
}

// netOfThread opens the network namespaces that one thread enters in turn. It
// uses the thread's pidfd if the kernel can (PIDFD_GET_NET_NAMESPACE of Linux
// 6.11), which is quicker than the path in /proc.
type netOfThread struct{ pidfd int }

// newNetOfThread is for the calling thread, which must be locked.
func newNetOfThread() netOfThread {
	fd, err := unix.PidfdOpen(unix.Gettid(), unix.PIDFD_THREAD)
	if err != nil {
		return netOfThread{-1} // before Linux 6.9
	}
	return netOfThread{fd}
}

func (n *netOfThread) open() (int, error) {
	if n.pidfd >= 0 {
		// The descriptor is close-on-exec (open_namespace in fs/nsfs.c).
		fd, err := unix.IoctlRetInt(n.pidfd, unix.PIDFD_GET_NET_NAMESPACE)
		if err == nil {
			return fd, nil
		}
		n.close()
	}
	fd, err := openat(unix.AT_FDCWD, threadNet, unix.O_RDONLY, 0)
	return fd, called(err, "open", threadNet)
}

func (n *netOfThread) close() {
	if n.pidfd >= 0 {
		unix.Close(n.pidfd)
		n.pidfd = -1
	}
}
