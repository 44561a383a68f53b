package nsfs

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Handle is an open network namespace. The namespace exists at least as long as
// the handle is open. Several goroutines may call its methods. The zero value
// is a closed handle.
type Handle struct {
	file *os.File
	id   ID
}

// ID identifies a network namespace among those that exist at the same time:
// its inode in the kernel's nsfs (namespaces(7)). The kernel reuses inodes at
// once, but not that of a namespace that an open [Handle] refers to.
type ID struct {
	// Dev is the st_dev of nsfs. Ino is the st_ino, the number in
	// "net:[4026531840]".
	Dev, Ino uint64
}

// String returns what readlink(2) returns for /proc/PID/ns/net.
func (id ID) String() string { return fmt.Sprintf("net:[%d]", id.Ino) }

// identify returns the identity of what fd is open on.
func identify(fd int) (ID, error) {
	var st unix.Stat_t
	if err := retry(func() error { return unix.Fstat(fd, &st) }); err != nil {
		return ID{}, called(err, "fstat", "")
	}
	return ID{st.Dev, st.Ino}, nil
}

// newHandle takes over fd if it is open on a network namespace. Otherwise it
// closes it.
func newHandle(fd int, path string) (*Handle, error) {
	id, err := identify(fd)
	if err == nil {
		err = checkNet(fd)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &Handle{os.NewFile(uintptr(fd), path), id}, nil
}

// onNsfs reports whether fd is open on a file of the kernel's nsfs. It may have
// been opened with O_PATH.
func onNsfs(fd int) (bool, error) {
	var st unix.Statfs_t
	if err := retry(func() error { return unix.Fstatfs(fd, &st) }); err != nil {
		return false, called(err, "fstatfs", "")
	}
	return st.Type == unix.NSFS_MAGIC, nil
}

// checkNet returns an error unless fd is open on a network namespace
// (ioctl_nsfs(2)).
func checkNet(fd int) error {
	ok, err := onNsfs(fd)
	if err != nil {
		return err
	}
	if !ok {
		return ErrNotNamespace
	}
	kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE)
	if err != nil {
		return called(err, "ioctl NS_GET_NSTYPE", "")
	}
	if kind != unix.CLONE_NEWNET {
		return fmt.Errorf("%w but one of another kind", ErrNotNamespace)
	}
	return nil
}

// OpenPath opens the network namespace that is mounted at path, or that path
// leads to, as /proc/PID/ns/net does. If the file is not a namespace, the error
// matches [ErrNotNamespace].
func OpenPath(path string) (*Handle, error) {
	h, err := openPath(unix.AT_FDCWD, path)
	if err != nil {
		return nil, &Error{Op: "open network namespace", Path: path, Err: err}
	}
	return h, nil
}

func openPath(dir int, path string) (*Handle, error) {
	// O_PATH opens nothing yet: a device or a FIFO at path would notice an
	// open.
	at, err := openat(dir, path, unix.O_PATH, 0)
	if err != nil {
		return nil, called(err, "open", path)
	}
	defer unix.Close(at)
	if ok, err := onNsfs(at); err != nil {
		return nil, err
	} else if !ok {
		return nil, ErrNotNamespace
	}
	fd, err := openat(unix.AT_FDCWD, fdPath(at), unix.O_RDONLY, 0)
	if err != nil {
		return nil, called(err, "open", path)
	}
	return newHandle(fd, path)
}

// OpenPID opens the network namespace of a process, or of a thread by its id.
// The error matches fs.ErrNotExist if there is no such process, or if it has
// ended and waits to be reaped.
func OpenPID(pid int) (*Handle, error) {
	const op = "open network namespace of process"
	path := fmt.Sprintf("/proc/%d/ns/net", pid)
	if pid <= 0 {
		return nil, &Error{Op: op, Path: fmt.Sprint(pid), Err: unix.EINVAL}
	}
	h, err := openPath(unix.AT_FDCWD, path)
	if err != nil {
		return nil, &Error{Op: op, Path: fmt.Sprint(pid), Err: err}
	}
	return h, nil
}

// Current opens the network namespace of the calling thread. Without
// runtime.LockOSThread, that may be any thread of the process.
func Current() (*Handle, error) { return OpenPath(threadNet) }

// New creates a network namespace without a name. It disappears when the handle
// is closed, unless a process, a socket or a mount ([Dir.Bind]) keeps it.
func New() (*Handle, error) {
	var h *Handle
	err := onThread(func(t *thread) error {
		return t.away(func() error {
			if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
				return called(err, "unshare", "")
			}
			fd, err := openat(unix.AT_FDCWD, threadNet, unix.O_RDONLY, 0)
			if err != nil {
				return called(err, "open", threadNet)
			}
			h, err = newHandle(fd, "network namespace")
			return err
		})
	})
	if err != nil {
		return nil, errors.Join(&Error{Op: "create network namespace", Err: err}, h.discard())
	}
	return h, nil
}

// discard closes a handle that may be nil.
func (h *Handle) discard() error {
	if h == nil {
		return nil
	}
	return h.Close()
}

// FD returns the descriptor, or -1 if the handle is closed. The descriptor
// belongs to the handle: use it only while the handle is open and reachable.
func (h *Handle) FD() int {
	if h == nil || h.file == nil {
		return -1
	}
	return int(h.file.Fd())
}

// Close closes the handle. A second Close returns an error that matches
// os.ErrClosed.
func (h *Handle) Close() error {
	if h == nil || h.file == nil {
		return os.ErrClosed
	}
	return h.file.Close()
}

// ID returns the namespace's identity. It works after Close.
func (h *Handle) ID() ID { return h.id }

// Inode returns the inode number that ID has.
func (h *Handle) Inode() uint64 { return h.id.Ino }

// Same reports whether two open handles refer to one namespace.
func (h *Handle) Same(other *Handle) bool { return h.id == other.id && h.id != ID{} }

// control calls fn with the descriptor, which stays open meanwhile.
func (h *Handle) control(fn func(fd int) error) error {
	if h == nil || h.file == nil {
		return os.ErrClosed
	}
	conn, err := h.file.SyscallConn()
	if err != nil {
		return os.ErrClosed
	}
	var failed error
	if err := conn.Control(func(fd uintptr) { failed = fn(int(fd)) }); err != nil {
		return os.ErrClosed
	}
	return failed
}

// Do runs fn inside the namespace and returns its error.
//
// Fn runs on a goroutine and a thread of its own. The thread enters the
// namespace before fn starts and leaves it afterwards. The caller's thread does
// not move. Goroutines that fn starts are not in the namespace. A socket that
// fn opens stays in the namespace as long as it is open. A panic in fn happens
// in the caller as a [*PanicError]; so does a runtime.Goexit, for example by
// testing's FailNow.
//
// Fn must not unlock its thread. If fn changes the thread for good, for example
// with unshare(2), it must call runtime.LockOSThread once more and not unlock
// it; the thread then ends with fn. A thread that cannot leave the namespace
// ends too, and the error says so.
func (h *Handle) Do(fn func() error) error {
	return onThread(func(t *thread) error {
		return t.away(func() error {
			if err := h.control(setns); err != nil {
				return &Error{Op: "enter network namespace", Path: h.path(), Err: err}
			}
			return fn()
		})
	})
}

// path returns where the handle was opened, for errors.
func (h *Handle) path() string {
	if h == nil || h.file == nil {
		return ""
	}
	return h.file.Name()
}

// ErrNotSupported is the cause of an [*Error] if the running kernel lacks a
// feature. It matches errors.ErrUnsupported.
var ErrNotSupported error = notSupported{}

// notSupported is a type because fmt.Errorf would cost time at each start of
// the program.
type notSupported struct{}

func (notSupported) Error() string {
	return "this kernel does not support it: " + errors.ErrUnsupported.Error()
}
func (notSupported) Unwrap() error { return errors.ErrUnsupported }

// Cookie returns the namespace's cookie, a number that the kernel gives to no
// other network namespace until the next boot (SO_NETNS_COOKIE,
// net/core/net_namespace.c). Before Linux 5.14 the error matches
// [ErrNotSupported].
func (h *Handle) Cookie() (uint64, error) {
	var cookie uint64
	err := h.Do(func() error {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return called(err, "socket", "")
		}
		defer unix.Close(fd)
		cookie, err = unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
		if errors.Is(err, unix.ENOPROTOOPT) {
			return fmt.Errorf("SO_NETNS_COOKIE needs Linux 5.14 or later: %w", ErrNotSupported)
		}
		return called(err, "getsockopt SO_NETNS_COOKIE", "")
	})
	if err != nil {
		return 0, &Error{Op: "read the cookie of network namespace", Path: h.path(), Err: err}
	}
	return cookie, nil
}
