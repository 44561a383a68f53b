package nsfs

import (
	"errors"
	"iter"
	"os"

	"golang.org/x/sys/unix"
)

// CreateEach creates a network namespace for each name, one after the other,
// all on one thread. It calls made for each before it creates the next. Made
// runs on that thread, inside the new namespace, so a socket that it opens
// belongs to the namespace. Made must close the handle. If a namespace could
// not be created or named, made gets the error instead, which is that of
// [Dir.Create]; the namespace it runs in is then unspecified.
//
// CreateEach ends after the last name, or with the first error that made
// returns, which it returns. A panic in made happens in the caller, as with
// [Handle.Do].
func (l *Locked) CreateEach(names iter.Seq[string], made func(name string, h *Handle, err error) error) error {
	return onThread(func(t *thread) error {
		// Going back to the old namespace is not worth it: the thread ends.
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
		// The call takes so long that Go's scheduler would hand over the
		// processor each time, although nobody else can use it.
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
		return l.lock.bind(name, h)
	})
	if err != nil && h != nil {
		err, h = errors.Join(err, h.Close()), nil
	}
	return h, err
}
