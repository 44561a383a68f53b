package sandbox

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// markerEnv is the environment variable through which Run tells the new process
// that it is in a sandbox: it has the parent's process id and the inodes of its
// mount and network namespaces. A stale or forged value matches no process, so
// that a user's own mounts are never taken for a sandbox's.
const markerEnv = "NSLAB_SANDBOX"

type mark struct {
	pid      int
	mnt, net uint64
}

func (m mark) String() string { return fmt.Sprintf("%d:%d:%d", m.pid, m.mnt, m.net) }

// newMark describes the calling process.
func newMark() (string, error) {
	m := mark{pid: os.Getpid()}
	var err error
	if m.mnt, err = inode("/proc/self/ns/mnt"); err != nil {
		return "", err
	}
	if m.net, err = inode("/proc/self/ns/net"); err != nil {
		return "", err
	}
	return m.String(), nil
}

func inode(path string) (uint64, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return 0, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return st.Ino, nil
}

// Inside reports whether [Run] started this process and [Setup] has not been
// called yet. It compares the parent and the namespaces, and does not trust the
// environment alone.
func Inside() bool {
	v, ok := os.LookupEnv(markerEnv)
	if !ok {
		return false
	}
	var m mark
	if n, err := fmt.Sscanf(v, "%d:%d:%d", &m.pid, &m.mnt, &m.net); n != 3 || err != nil || m.String() != v {
		return false
	}
	if m.pid != os.Getppid() {
		return false
	}
	mnt, err := inode("/proc/self/ns/mnt")
	if err != nil || mnt == m.mnt {
		return false
	}
	net, err := inode("/proc/self/ns/net")
	return err == nil && net != m.net
}
