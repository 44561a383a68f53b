package nsfs

import (
	"errors"
	"iter"
	"os"

	"golang.org/x/sys/unix"
)

// CreateEach makes a network namespace for each name and gives it that name, one
// after the other, all on one thread. Made is told of each before the next one is
// made. It is called on that thread while the thread is in the new namespace: a
// socket that it opens without further ado is in there. The handle is its to
// close. Where a namespace could not be made or named, made is given the error
// instead, which is that of [Dir.Create], and the thread's namespace means nothing.
//
// CreateEach ends with the names, or with the first error that made returns, and
// returns that. A panic in made happens in the caller, as with [Handle.Do].
func (l *Locked) CreateEach(names iter.Seq[string], made func(name string, h *Handle, err error) error) error {
	return onThread(func(t *thread) error {
		// What the thread leaves is not worth the way back: it ends.
		t.spoilt = true
		net := newNetOfThread()
		defer net.close()
		for name := range names {
			h, err := l.create(name, &net)
			if err := made(name, h, err); err != nil {
				return err
			}
		}
		return nil
	})
}

// create leaves the calling thread in the new namespace.
func (l *Locked) create(name string, net *netOfThread) (h *Handle, err error) {
	err = l.do("create network namespace", name, func() error {
		if err := CheckName(name); err != nil {
			return err
		}
		// It takes the kernel so long that Go's scheduler would give the processor
		// away meanwhile, each time. But there is nobody else to have it.
		if _, _, errno := unix.RawSyscall(unix.SYS_UNSHARE, unix.CLONE_NEWNET, 0, 0); errno != 0 {
			return called(errno, "unshare", "")
		}
		fd, err := net.open()
		if err != nil {
			return err
		}
		id, err := identify(fd)
		if err != nil {
			unix.Close(fd)
			return err
		}
		h = &Handle{os.NewFile(uintptr(fd), name), id}
		return l.s.bind(name, h)
	})
	if err != nil && h != nil {
		err, h = errors.Join(err, h.Close()), nil
	}
	return h, err
}
