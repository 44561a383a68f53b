package lab

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// trialNamespaces is how many namespaces an `up` makes to try things in, which
// the kernel may not have cleaned up yet when those of the lab are made.
const trialNamespaces = 2

// roomForNamespaces returns the shortage of user.max_net_namespaces for so many
// new ones, nil for none.
func (m *machine) roomForNamespaces(nodes int) *Shortage {
	limit, ok := m.number("sys/user/max_net_namespaces")
	needed := uint64(nodes + trialNamespaces)
	if !ok || limit >= needed+m.namespacesAtMost() {
		return nil
	}
	have := m.namespaces()
	if limit >= needed+have {
		return nil
	}
	return &Shortage{Name: "user.max_net_namespaces", Value: limit, Needed: needed + have, Fatal: true,
		Why:    fmt.Sprintf("a lab with %d new namespaces, in addition to the %d existing ones and %d for tests,", nodes, have, trialNamespaces),
		Remedy: fmt.Sprintf("run \"sysctl -w user.max_net_namespaces=%d\"", needed+have)}
}

// namespacesAtMost bounds the number of namespaces that there are without
// looking at each: one a mount and one a thread.
func (m *machine) namespacesAtMost() uint64 {
	mounts, _ := m.mounts()
	b, err := os.ReadFile(m.proc + "/loadavg")
	if err != nil {
		return 1 << 32
	}
	fields := strings.Fields(string(b))
	if len(fields) < 4 {
		return 1 << 32
	}
	_, threads, _ := strings.Cut(fields[3], "/")
	n, err := strconv.ParseUint(threads, 10, 32)
	if err != nil {
		return 1 << 32
	}
	return mounts + n
}

// namespaces counts the network namespaces that can be seen, bound somewhere or
// with a process in them, and that count for the limit of this process's user:
// those that its user namespace owns, or one below that the same user has made
// (inc_ucount in kernel/ucount.c).
func (m *machine) namespaces() uint64 {
	own, err := inodeOf(m.proc + "/self/ns/user")
	if err != nil {
		return 0
	}
	seen := make(map[string]bool)
	count := uint64(0)
	consider := func(id, path string) {
		if seen[id] || !strings.HasPrefix(id, "net:[") {
			return
		}
		seen[id] = true
		if countsFor(path, own) {
			count++
		}
	}
	entries, _ := os.ReadDir(m.proc) // what cannot be read is not seen
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		path := m.proc + "/" + e.Name() + "/ns/net"
		if id, err := os.Readlink(path); err == nil {
			consider(id, path)
		}
	}
	mounts, _ := m.mountinfo()
	for _, mount := range mounts {
		consider(mount.Root, mount.Path)
	}
	return count
}

// countsFor reports whether a network namespace counts for the limit of the
// caller's user in a user namespace, given by its inode.
func countsFor(path string, own uint64) bool {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer func() { unix.Close(fd) }()
	request := uint(unix.NS_GET_USERNS)
	for range 33 { // user namespaces nest 32 deep
		owner, err := unix.IoctlRetInt(fd, request)
		if err != nil {
			return false // not below ours
		}
		child := fd
		fd = owner
		var st unix.Stat_t
		if err := unix.Fstat(owner, &st); err != nil {
			unix.Close(child)
			return false
		}
		if st.Ino == own {
			ours := request == unix.NS_GET_USERNS
			if !ours {
				uid, err := unix.IoctlGetUint32(child, unix.NS_GET_OWNER_UID)
				ours = err == nil && int(uid) == os.Geteuid()
			}
			unix.Close(child)
			return ours
		}
		unix.Close(child)
		request = unix.NS_GET_PARENT
	}
	return false
}

func inodeOf(path string) (uint64, error) {
	var st unix.Stat_t
	err := unix.Stat(path, &st)
	return st.Ino, err
}

// noTrial says more of the error of a namespace that was to be made to try
// things in, where the limit of namespaces is the reason.
func (c *Config) noTrial(t *topology.Topology, err error) error {
	if !errors.Is(err, unix.ENOSPC) {
		return err
	}
	nodes := 0
	for i := range t.Nodes {
		if _, err := os.Lstat(c.dir(t.Name) + "/" + labdir.NamespaceDir + "/" + t.Nodes[i].Name); err != nil {
			nodes++
		}
	}
	m := machine{proc: "/proc", netns: c.netns()}
	if short := m.roomForNamespaces(nodes); short != nil {
		return fmt.Errorf("lab %q: nothing was done: %w (%w)", t.Name, short, err)
	}
	return fmt.Errorf("lab %q: user.max_net_namespaces is reached, by namespaces that the kernel is still cleaning up or that nslab cannot see: %w", t.Name, err)
}
