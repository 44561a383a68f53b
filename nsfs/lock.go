package nsfs

import (
	"context"
	"errors"

	"golang.org/x/sys/unix"
)

// session is the time in which an operation holds the directory's lock.
type session struct {
	d Dir
	// lock is the descriptor that the lock is held on. It may be open on the
	// directory below the mount that share makes.
	lock int
	// dir is the directory as it is under the lock, opened with O_PATH.
	dir int
	// step, unless nil, is called between the steps of an operation. Tests set it.
	step func(name string)
}

func (s *session) at(step string) {
	if s.step != nil {
		s.step(step)
	}
}

// begin takes the directory's lock. It is ip-netns(8)'s own, an exclusive flock(2)
// on the directory. The caller ends the session.
func (d Dir) begin(ctx context.Context, step func(string)) (*session, error) {
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
	return &session{d: d, lock: lock, dir: -1, step: step}, nil
}

// open opens the directory itself.
func (s *session) open() (err error) {
	s.dir, err = openat(unix.AT_FDCWD, s.d.path(), unix.O_PATH|unix.O_DIRECTORY, 0)
	return called(err, "open", s.d.path())
}

// end gives the lock back.
func (s *session) end() {
	if s.dir >= 0 {
		unix.Close(s.dir)
	}
	// Closing alone would not unlock while a child of this process that has not
	// called execve yet holds a copy of the descriptor.
	unix.Flock(s.lock, unix.LOCK_UN)
	unix.Close(s.lock)
}

// flock locks fd, and closes it where the context ends first. A blocked flock(2)
// cannot be called off, so that it then ends on its own, later, and unlocks.
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

// setup makes the directory and makes it a shared mount, as ip-netns(8) does, so
// that a namespace that is removed in one mount namespace goes away in all of them
// (mount_namespaces(7)). It returns a session that holds the lock.
func (d Dir) setup(ctx context.Context, step func(string)) (*session, error) {
	if err := unix.Mkdir(d.path(), 0o755); err != nil && err != unix.EEXIST {
		return nil, called(err, "mkdir", d.path())
	}
	s, err := d.begin(ctx, step)
	if err != nil {
		return nil, err
	}
	if err := s.share(); err != nil {
		s.end()
		return nil, err
	}
	if err := s.open(); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// share makes the directory a shared mount. Two that did this at once would mount
// the directory on itself again and again (bugs.debian.org/949235): hence the lock.
func (s *session) share() error {
	path := s.d.path()
	mount := func(source string, flags uintptr, call string) error {
		err := retry(func() error { return unix.Mount(source, path, "none", flags, "") })
		return called(err, call, path)
	}
	err := mount("", unix.MS_SHARED|unix.MS_REC, "mount --make-rshared")
	if !errors.Is(err, unix.EINVAL) {
		return err
	}
	// The directory is no mount point yet.
	if err := mount(path, unix.MS_BIND|unix.MS_REC, "mount --rbind"); err != nil {
		return err
	}
	s.at("bound")
	// Private first and shared then gives it a peer group of its own, apart from
	// that of the file system it is in.
	if err := mount("", unix.MS_PRIVATE|unix.MS_REC, "mount --make-rprivate"); err != nil {
		return err
	}
	s.at("private")
	return mount("", unix.MS_SHARED|unix.MS_REC, "mount --make-rshared")
}
