package labdir

import (
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"
)

// Listen makes a socket (AF_UNIX, SOCK_SEQPACKET) in the lab's directory that
// listens, in place of one that nobody listens at any more.
func (p *Dir) Listen(name string) (fd int, err error) {
	if fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0); err != nil {
		return -1, err
	}
	if err = p.Remove(name); err == nil {
		if err = unix.Bind(fd, p.address(name)); err == nil {
			err = unix.Listen(fd, 64)
		}
		if err != nil {
			err = &fs.PathError{Op: "listen", Path: p.Path(name), Err: err}
		}
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Connect connects to such a socket. The error matches unix.ECONNREFUSED or
// fs.ErrNotExist where nobody listens.
func (p *Dir) Connect(name string) (fd int, err error) {
	if fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0); err != nil {
		return -1, err
	}
	if err := unix.Connect(fd, p.address(name)); err != nil {
		unix.Close(fd)
		return -1, &fs.PathError{Op: "connect to", Path: p.Path(name), Err: err}
	}
	return fd, nil
}

// address is that of a file of the directory. A path of its own may be longer
// than an address can be.
func (p *Dir) address(name string) *unix.SockaddrUnix {
	return &unix.SockaddrUnix{Name: fmt.Sprintf("/proc/self/fd/%d/%s", p.dir.Fd(), name)}
}

// IsGone reports whether the directory has been removed, or moved.
func (p *Dir) IsGone() bool {
	var have, now unix.Stat_t
	err := unix.Lstat(p.root.Path(p.Name), &now)
	return err == unix.ENOENT || err == nil && (unix.Fstat(int(p.dir.Fd()), &have) != nil || have.Dev != now.Dev || have.Ino != now.Ino)
}

// LockFD is the descriptor that holds the lock, -1 for none. The lock is held as
// long as any copy of it is open.
func (p *Dir) LockFD() int {
	if p.lock == nil {
		return -1
	}
	return int(p.lock.Fd())
}
