package probe

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// Inside calls a function on a thread in the namespace of a file. The thread
// ends afterwards if it cannot return.
func Inside(path string, f func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		result <- inside(path, f)
	}()
	return <-result
}

func inside(path string, f func() error) error {
	home, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("this thread's namespace: %w", err)
	}
	defer unix.Close(home)
	if err := enter(path); err != nil {
		return err
	}
	ferr := f()
	if err := unix.Setns(home, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("leave %s: %w", path, err) // locked: the thread ends
	}
	runtime.UnlockOSThread()
	return ferr
}

// enter moves the thread into the namespace of a file.
func enter(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer unix.Close(fd)
	if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter %s: %w", path, err)
	}
	return nil
}
