package sysctl

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// A Proc reads and writes settings in the namespace of the calling thread, for
// callers that go through many namespaces.
//
// After a few files it uses a mount of proc of its own. In a shared mount, the entries of all
// namespaces with the same name are in one hash chain, and each lookup walks
// that chain (proc_sys_compare in fs/proc/proc_sysctl.c): the more namespaces a
// file has been opened in, the longer opening it takes. A Proc replaces its
// mount after a number of files, which drops the entries.
//
// The zero value is ready to use. Several goroutines may use it. Close it after
// use.
type Proc struct {
	mu     sync.Mutex
	fd     int // 0 before the first mount, noMount if /proc has to be used
	first  int // files opened before the first mount
	opened int // files opened through mounts
}

// shared returns a Proc that uses the system's /proc.
func shared() *Proc { return &Proc{fd: noMount} }

const noMount = -1

// filesPerMount is how many files one mount serves. Mounting takes as long as
// opening a few files; walking a chain of a hundred entries takes as long as
// opening one.
const filesPerMount = 64

// filesBeforeMount is how many files the system's /proc serves: dropping a mount
// waits for an RCU grace period, up to tens of milliseconds on a busy machine.
const filesBeforeMount = 16

// open opens a file, given by its path below /proc.
func (p *Proc) open(path string, flags int) (*os.File, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fd == 0 && p.first < filesBeforeMount {
		p.first++
		if f, err := os.OpenFile("/proc/"+path, flags, 0); err == nil {
			return f, nil
		}
		// A mount of our own may do where another /proc, or one that is
		// read-only, does not; if not, it says what is wrong.
	}
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

// Close drops the mount. The Proc may be used again.
func (p *Proc) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closeMount()
	p.first, p.opened = 0, 0
}

// mountProc mounts proc without attaching it to the file tree (fsmount(2),
// Linux 5.2). It returns noMount if that is not allowed, for example in a
// container that masks parts of /proc; then the container's /proc has to do.
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
