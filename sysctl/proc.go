package sysctl

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// A Proc reads and writes settings of the namespace that the calling thread is in, for callers that go through many
// namespaces. It uses a mount of proc that nobody else sees: the entries of all namespaces under one name share a hash
// chain there, which each look-up walks (proc_sys_compare in fs/proc/proc_sysctl.c), so that with thousands of namespaces
// a file of /proc takes the longer to open the more of them it has been opened in. A mount is given up after some files,
// and its entries with it.
//
// The zero value is ready to use, by several goroutines too. Close it after use.
type Proc struct {
	mu     sync.Mutex
	fd     int // 0 before the first mount, noMount where /proc has to do
	opened int
}

// shared returns a Proc that uses the /proc of all.
func shared() *Proc { return &Proc{fd: noMount} }

const noMount = -1

// filesPerMount is how many files a mount serves: making one takes as long as
// opening a few, and walking a chain of a hundred as long as opening one.
const filesPerMount = 64

// open opens a file of /proc, given by its path below that.
func (p *Proc) open(path string, flags int) (*os.File, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fd >= 0 && p.opened%filesPerMount == 0 {
		p.closeMount()
		p.fd = mountProc()
	}
	p.opened++
	if p.fd < 0 {
		return os.OpenFile("/proc/"+path, flags, 0)
	}
	for {
		fd, err := unix.Openat(p.fd, path, flags|unix.O_CLOEXEC, 0)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, &os.PathError{Op: "open", Path: "/proc/" + path, Err: err}
		default:
			return os.NewFile(uintptr(fd), "/proc/"+path), nil
		}
	}
}

func (p *Proc) closeMount() {
	if p.fd > 0 {
		unix.Close(p.fd)
	}
	p.fd = 0
}

// Close gives the mount up. The Proc may be used again.
func (p *Proc) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closeMount()
	p.opened = 0
}

// mountProc mounts proc without a place among the mounts (fsmount(2), Linux 5.2),
// and returns noMount where it may not: in a container that masks parts of /proc, for
// one, whose own /proc then has to do.
func mountProc() int {
	fs, err := unix.Fsopen("proc", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return noMount
	}
	defer unix.Close(fs)
	if err := unix.FsconfigCreate(fs); err != nil {
		return noMount
	}
	fd, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, 0)
	if err != nil {
		return noMount
	}
	return fd
}
