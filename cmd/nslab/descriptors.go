package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// keepDescriptors marks the descriptors that the caller left open, except the
// standard streams, as close-on-exec, so that programs named in a file do not
// inherit them. Go opens all files that way.
func keepDescriptors() error {
	if unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return nil
	}
	// For Linux before 5.11, or a container's system call filter.
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("the caller's descriptors: %w", err)
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd < 3 {
			continue
		}
		_, err = unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC)
		if err != nil && !errors.Is(err, unix.EBADF) { // the directory's own descriptor is already closed
			return &fs.PathError{Op: "fcntl", Path: "/proc/self/fd/" + e.Name(), Err: err}
		}
	}
	return nil
}

// inherited returns the descriptors that the caller left open for programs,
// except the standard streams.
func inherited() (fds []int, err error) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil, fmt.Errorf("the caller's descriptors: %w", err)
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd < 3 {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			fds = append(fds, fd)
		}
	}
	return fds, nil
}

// passOn lets programs inherit descriptors again.
func passOn(fds []int) error {
	for _, fd := range fds {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0); err != nil {
			return fmt.Errorf("descriptor %d: %w", fd, os.NewSyscallError("fcntl(F_SETFD)", err))
		}
	}
	return nil
}
