package nsfs

import (
	"errors"
	"iter"
	"os"

	"golang.org/x/sys/unix"
)

// CreateEach creates a network namespace for each name, one after the other, all on
// one thread. It calls made for each before it creates the next. Made runs on that
// thread, inside the new namespace, so a socket that it opens belongs to the namespace.
// Made has to close the handle. If a namespace could not be created or named, made gets
// the error instead, which is that of [Dir.Create], and the namespace it runs in is
// unspecified.
//
// CreateEach ends after the last name, or with the first error that made returns, which
// it returns. A panic in made happens in the caller, as with [Handle.Do].
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
