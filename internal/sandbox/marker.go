package sandbox

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// markerEnv is the environment variable through which Run tells the new process
// that it is in a sandbox: it has the parent's process id and the inodes of its
// mount, network and PID namespaces. A stale or forged value matches no
// process, so that a user's own mounts are never taken for a sandbox's.
const markerEnv = "NSLAB_SANDBOX"

type mark struct {
	pid            int
	mnt, net, pids uint64
	// told is the descriptor from which the process inside reads signals, 0 for
	// none.
	told int
}

func (m mark) String() string {
	return fmt.Sprintf("%d:%d:%d:%d:%d", m.pid, m.mnt, m.net, m.pids, m.told)
}

// newMark describes the calling process.
func newMark() (mark, error) {
	m := mark{pid: os.Getpid()}
	for file, ino := range map[string]*uint64{"mnt": &m.mnt, "net": &m.net, "pid": &m.pids} {
		var err error
		if *ino, err = inode("/proc/self/ns/" + file); err != nil {
			return mark{}, err
		}
	}
	return m, nil
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
	_, in := place()
	return in != outside
}

// IsInit reports whether this process is the first in the PID namespace of a
// sandbox, which must call [Init].
func IsInit() bool {
	_, in := place()
	return in == atInit
}

// where is a process's place in a sandbox.
type where int

const (
	outside where = iota
	inside        // started by Run
	atInit        // started by Run in a PID namespace, as its first process
	below         // started by Init
)

// place returns what Run said to this process and its place.
func place() (mark, where) {
	var m mark
	v, ok := os.LookupEnv(markerEnv)
	if !ok {
		return m, outside
	}
	if n, err := fmt.Sscanf(v, "%d:%d:%d:%d:%d", &m.pid, &m.mnt, &m.net, &m.pids, &m.told); n != 5 || err != nil || m.String() != v {
		return mark{}, outside
	}
	here, err := newMark()
	if err != nil || here.mnt == m.mnt || here.net == m.net {
		return mark{}, outside
	}
	switch parent := os.Getppid(); {
	case here.pids == m.pids && parent == m.pid:
		return m, inside
	case here.pids != m.pids && here.pid == 1:
		return m, atInit
	case here.pids != m.pids && parent == 1:
		return m, below
	}
	return mark{}, outside
}
