package watch

import (
	"math"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A waker lets Run's goroutine wait for everything at once.
type waker struct {
	*os.File // an eventfd
	fd       int32
}

func newWaker() (*waker, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	return &waker{os.NewFile(uintptr(fd), "eventfd"), int32(fd)}, nil
}

// wake ends the present wait or the next one. Any goroutine may call it.
func (w *waker) wake() {
	// This fails only if the waker is closed, or was woken extremely often.
	w.Write([]byte{1, 0, 0, 0, 0, 0, 0, 0}) //nolint:errcheck
}

// wait waits for an event of the directory, for a notification to the listener,
// for wake, or for the duration.
func (w *waker) wait(most time.Duration, d *directory, l *listener) error {
	fds := []unix.PollFd{
		{Fd: w.fd, Events: unix.POLLIN},
		{Fd: int32(d.mounts), Events: unix.POLLPRI},
		{Fd: int32(d.inotify), Events: unix.POLLIN},
	}
	for _, fd := range l.fds {
		fds = append(fds, unix.PollFd{Fd: fd, Events: unix.POLLIN})
	}
	ms := math.Ceil(max(0, float64(most)/float64(time.Millisecond)))
	if _, err := unix.Poll(fds, int(ms)); err != nil && err != unix.EINTR {
		return os.NewSyscallError("poll", err)
	}
	if fds[0].Revents != 0 {
		var b [8]byte
		if _, err := unix.Read(int(w.fd), b[:]); err != nil && err != unix.EAGAIN && err != unix.EINTR {
			return os.NewSyscallError("read eventfd", err)
		}
	}
	if fds[1].Revents != 0 {
		d.mounted = true
	}
	return nil
}
