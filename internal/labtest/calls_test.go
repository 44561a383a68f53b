package labtest

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A call is a system call of the program.
type call struct {
	name string
	tid  int
	args [6]uint64
	// detail is the call's object, for messages: usually a path.
	detail string
	// failed says that the kernel refused the call. It is set for the call that
	// a fault hit.
	failed bool
}

func (c *call) String() string {
	if c.detail == "" {
		return c.name
	}
	return c.name + " " + c.detail
}

// names are the calls that are looked at, by number. older has further calls of
// this architecture, which Go avoids.
var names = map[uint64]string{
	unix.SYS_SENDMSG: "sendmsg", unix.SYS_SENDTO: "sendto", unix.SYS_SENDMMSG: "sendmmsg",
	unix.SYS_RECVFROM: "recvfrom", unix.SYS_RECVMSG: "recvmsg",
	unix.SYS_UNSHARE: "unshare", unix.SYS_SETNS: "setns",
	unix.SYS_MOUNT: "mount", unix.SYS_UMOUNT2: "umount2", unix.SYS_MOVE_MOUNT: "move_mount",
	unix.SYS_OPEN_TREE: "open_tree", unix.SYS_FSMOUNT: "fsmount", unix.SYS_MOUNT_SETATTR: "mount_setattr",
	unix.SYS_OPENAT: "openat", unix.SYS_OPENAT2: "openat2",
	unix.SYS_WRITE: "write", unix.SYS_PWRITE64: "pwrite64", unix.SYS_WRITEV: "writev",
	unix.SYS_FTRUNCATE: "ftruncate", unix.SYS_FCHMOD: "fchmod", unix.SYS_FCHMODAT: "fchmodat",
	unix.SYS_RENAMEAT: "renameat", unix.SYS_RENAMEAT2: "renameat2",
	unix.SYS_FALLOCATE: "fallocate", unix.SYS_SOCKET: "socket", unix.SYS_MEMFD_CREATE: "memfd_create",
	unix.SYS_FSOPEN: "fsopen", unix.SYS_PIDFD_OPEN: "pidfd_open",
	unix.SYS_CLONE: "clone", unix.SYS_CLONE3: "clone3", unix.SYS_EXECVE: "execve",
	unix.SYS_UNLINKAT: "unlinkat", unix.SYS_MKDIRAT: "mkdirat", unix.SYS_SYMLINKAT: "symlinkat", unix.SYS_LINKAT: "linkat",
}

// decode returns a call, if it is one of those that are looked at.
func decode(tid int, info *entryInfo) (*call, bool) {
	name, ok := names[info.nr]
	if !ok {
		if name, ok = older[info.nr]; !ok {
			return nil, false
		}
	}
	c := &call{name: name, tid: tid, args: info.args}
	switch name {
	case "open", "mkdir", "rmdir", "unlink", "umount2", "execve":
		c.detail = text(tid, info.args[0])
	case "rename", "symlink", "link", "mount":
		c.detail = text(tid, info.args[0]) + " " + text(tid, info.args[1])
		if name == "mount" {
			c.detail += fmt.Sprintf(" flags %#x", info.args[3])
		}
	case "openat", "openat2", "unlinkat", "mkdirat", "fchmodat":
		c.detail = text(tid, info.args[1])
	case "renameat", "renameat2", "linkat":
		c.detail = text(tid, info.args[1]) + " " + text(tid, info.args[3])
	case "symlinkat":
		c.detail = text(tid, info.args[0]) + " " + text(tid, info.args[2])
	case "write", "pwrite64", "writev", "ftruncate", "fchmod", "fallocate":
		c.detail, _ = os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tid, int32(info.args[0])))
	case "unshare", "clone":
		c.detail = fmt.Sprintf("%#x", info.args[0])
	case "clone3":
		c.detail = fmt.Sprintf("%#x", word(tid, info.args[0])) // clone_args.flags
	}
	return c, true
}

// changing reports whether a call changes something. This includes sending to a
// netlink socket and moving between namespaces. Calls of Go's runtime do not
// count.
func changing(c *call) bool {
	switch c.name {
	case "recvfrom", "recvmsg", "socket", "memfd_create", "fsopen", "pidfd_open", "clone", "clone3", "execve":
		return false
	case "open":
		return c.args[1]&unix.O_CREAT != 0
	case "openat":
		return c.args[2]&unix.O_CREAT != 0
	case "write", "pwrite64", "writev", "ftruncate", "fchmod", "fallocate":
		return c.onFile()
	}
	return true
}

// starting reports whether a call starts a process, and not a thread, or runs a
// program.
func starting(c *call) bool {
	switch c.name {
	case "clone":
		return c.args[0]&unix.CLONE_THREAD == 0
	case "clone3":
		return word(c.tid, c.args[0])&unix.CLONE_THREAD == 0
	}
	return c.name == "execve"
}

// receiving reports whether a call receives datagrams.
func receiving(c *call) bool { return c.name == "recvfrom" || c.name == "recvmsg" }

// onFile reports whether the first argument is open on a regular file, also in
// /proc, and not on a pipe, a socket, a terminal or the runtime's eventfd.
func (c *call) onFile() bool {
	var st unix.Stat_t
	path := fmt.Sprintf("/proc/%d/fd/%d", c.tid, int32(c.args[0]))
	return unix.Stat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG
}
