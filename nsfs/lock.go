package nsfs

import (
	"context"
	"errors"

	"golang.org/x/sys/unix"
)

// dirLock is a directory whose lock an operation holds.
type dirLock struct {
	d Dir
	// fd is the descriptor that holds the lock. It may be open on the directory
	// below the mount that share makes.
	fd int
	// dir is the directory as it is under the lock, opened with O_PATH.
	dir int
	// step, unless nil, is called between the steps of an operation. Tests set
	// it.
	step func(name string)
}

func (lk *dirLock) at(step string) {
	if lk.step != nil {
		lk.step(step)
	}
}

// begin takes the directory's lock, which is ip-netns(8)'s own: an exclusive
// flock(2) on the directory. The caller must call end.
func (d Dir) begin(ctx context.Context, step func(string)) (*dirLock, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	lock, err := openat(unix.AT_FDCWD, d.path(), unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, called(err, "open", d.path())
	}
	if err := flock(ctx, lock); err != nil {
		return nil, called(err, "flock", d.path())
	}
	return &dirLock{d: d, fd: lock, dir: -1, step: step}, nil
}

// open opens the directory itself.
func (lk *dirLock) open() (err error) {
	lk.dir, err = openat(unix.AT_FDCWD, lk.d.path(), unix.O_PATH|unix.O_DIRECTORY, 0)
	return called(err, "open", lk.d.path())
}

// end releases the lock.
func (lk *dirLock) end() {
	if lk.dir >= 0 {
		unix.Close(lk.dir)
	}
	// Closing alone would not unlock it while a child of this process that has
	// not called execve yet has a copy of the descriptor.
	unix.Flock(lk.fd, unix.LOCK_UN)
	unix.Close(lk.fd)
}

// flock locks fd. If the context ends first, it closes fd. A blocked flock(2)
// cannot be cancelled, so the call ends later and then unlocks.
func flock(ctx context.Context, fd int) error {
	err := retry(func() error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) })
	if !errors.Is(err, unix.EWOULDBLOCK) {
		if err != nil {
			unix.Close(fd)
		}
		return err
	}
	locked := make(chan error, 1)
	go func() {
		locked <- retry(func() error { return unix.Flock(fd, unix.LOCK_EX) })
	}()
	select {
	case err := <-locked:
		if err != nil {
			unix.Close(fd)
		}
		return err
	case <-ctx.Done():
		go func() {
			<-locked
			unix.Close(fd)
		}()
		return context.Cause(ctx)
	}
}

// setup creates the directory and makes it a shared mount, as ip-netns(8) does,
// so that a namespace removed in one mount namespace disappears in all of them
// (mount_namespaces(7)). It returns with the lock held.
func (d Dir) setup(ctx context.Context, step func(string)) (*dirLock, error) {
	if err := unix.Mkdir(d.path(), 0o755); err != nil && err != unix.EEXIST {
		return nil, called(err, "mkdir", d.path())
	}
	lk, err := d.begin(ctx, step)
	if err != nil {
		return nil, err
	}
	if err := lk.share(); err != nil {
		lk.end()
		return nil, err
	}
	if err := lk.open(); err != nil {
		lk.end()
		return nil, err
	}
	return lk, nil
}

// share makes the directory a shared mount. It needs the lock: two processes
// that did this at once would mount the directory on itself again and again
// (bugs.debian.org/949235).
func (lk *dirLock) share() error {
	path := lk.d.path()
	mount := func(source string, flags uintptr, call string) error {
		err := retry(func() error { return unix.Mount(source, path, "none", flags, "") })
		return called(err, call, path)
	}
	err := mount("", unix.MS_SHARED|unix.MS_REC, "mount --make-rshared")
	if !errors.Is(err, unix.EINVAL) {
		return err
	}
	// The directory is not a mount point yet.
	if err := mount(path, unix.MS_BIND|unix.MS_REC, "mount --rbind"); err != nil {
		return err
	}
	lk.at("bound")
	// Making it private first and then shared gives it its own peer group,
	// apart from that of its file system.
	if err := mount("", unix.MS_PRIVATE|unix.MS_REC, "mount --make-rprivate"); err != nil {
		return err
	}
	lk.at("private")
	return mount("", unix.MS_SHARED|unix.MS_REC, "mount --make-rshared")
}
