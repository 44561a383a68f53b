package nsfs

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// A file that is to become a namespace is created with this mode and given mode 0,
// ip-netns(8)'s, once the namespace is mounted on it; both under the directory's
// lock. So a file with this mode and nothing mounted on it, seen under the lock, was
// left by a process of ours that died between, and nobody is using it. The sticky
// bit of a regular file means nothing to Linux (inode(7)), and no umask clears it.
const stubMode = unix.S_ISVTX

// tries bounds how often an operation starts again because somebody who takes no
// lock, as `ip netns delete` does, changed the file meanwhile.
const tries = 100

// Create creates a network namespace and gives it a name. The error matches
// fs.ErrExist if the name is taken, and is a [*NameError] if the name is not valid.
// If Create is interrupted, it leaves either the namespace or nothing that prevents
// a later Create.
func (d Dir) Create(ctx context.Context, name string) (*Handle, error) {
	return d.create(ctx, "create network namespace", name, New)
}

// Attach gives a name to the network namespace of a process, or of a thread given by
// its id. Errors are as with [Dir.Create].
func (d Dir) Attach(ctx context.Context, name string, pid int) (*Handle, error) {
	return d.create(ctx, "attach network namespace", name, func() (*Handle, error) { return OpenPID(pid) })
}

func (d Dir) create(ctx context.Context, op, name string, get func() (*Handle, error)) (*Handle, error) {
	if err := CheckName(name); err != nil {
		return nil, d.fail(op, name, err)
	}
	h, err := get()
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Op == op {
			err = e.Err // it lacks the name
		}
		return nil, d.fail(op, name, err)
	}
	if err := d.bind(ctx, name, h, nil); err != nil {
		return nil, errors.Join(d.fail(op, name, err), h.Close())
	}
	return h, nil
}

// Bind gives a name to an open namespace. Errors are as with [Dir.Create]. A namespace
// may have several names.
func (d Dir) Bind(ctx context.Context, name string, h *Handle) error {
	if err := CheckName(name); err != nil {
		return d.fail(opBind, name, err)
	}
	if err := d.bind(ctx, name, h, nil); err != nil {
		return d.fail(opBind, name, err)
	}
	return nil
}

const opBind = "bind network namespace"

func (d Dir) bind(ctx context.Context, name string, h *Handle, step func(string)) error {
	s, err := d.setup(ctx, step)
	if err != nil {
		return err
	}
	defer s.end()
	return s.bind(name, h)
}

func (s *session) bind(name string, h *Handle) error {
	for range tries {
		stub, err := s.stub(name)
		if err != nil {
			return err
		}
		s.at("stub")
		err = s.mount(stub, name, h)
		unix.Close(stub)
		if !errors.Is(err, unix.ENOENT) {
			return err
		}
		// Somebody removed the file.
	}
	return fmt.Errorf("another process removed the file %d times before a namespace could be mounted on it", tries)
}

// mount mounts the namespace on the file that stub is open on: on that one and no
// other that may have taken its name.
func (s *session) mount(stub int, name string, h *Handle) error {
	err := h.control(func(fd int) error { return bindMount(fd, stub) })
	if err != nil {
		return errors.Join(called(err, "mount --bind", s.d.File(name)), s.removeStub(stub, name))
	}
	s.at("mounted")
	return called(unix.Fchmod(stub, 0), "fchmod", s.d.File(name))
}

// removeStub removes the file of a name where it still is the one that stub is
// open on.
func (s *session) removeStub(stub int, name string) error {
	mine, err := identify(stub)
	if err != nil {
		return err
	}
	e, err := s.look(name)
	if err != nil || e.kind == missing {
		return err
	}
	defer e.close()
	if e.kind != deadStub || e.id != mine {
		return nil
	}
	err = unix.Unlinkat(s.dir, name, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return called(err, "unlink", s.d.File(name))
}

// stub returns a descriptor of a file of that name that nothing is mounted on and
// that nobody else is about to mount anything on.
func (s *session) stub(name string) (int, error) {
	for range tries {
		fd, err := openat(s.dir, name, unix.O_RDONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, stubMode)
		if !errors.Is(err, unix.EEXIST) {
			return fd, called(err, "create", s.d.File(name))
		}
		e, err := s.look(name)
		if err != nil {
			return -1, err
		}
		switch e.kind {
		case missing:
			continue
		case deadStub:
			fd, err := openat(unix.AT_FDCWD, fdPath(e.fd), unix.O_RDONLY, 0)
			e.close()
			return fd, called(err, "open", s.d.File(name))
		default:
			kind := e.kind
			e.close()
			return -1, s.taken(name, kind)
		}
	}
	return -1, fmt.Errorf("another process created and removed the file %d times meanwhile", tries)
}

// taken returns the error for a name that has a file already.
func (s *session) taken(name string, kind kind) error {
	exists := called(unix.EEXIST, "create", s.d.File(name))
	switch kind {
	case namespace:
		return exists
	case emptyFile:
		return fmt.Errorf("%w, but nothing is mounted on it (%w): an interrupted `ip netns add` leaves such a file; "+
			"if none is running, remove it with `ip netns delete %s`", exists, ErrNotNamespace, QuoteName(name))
	default:
		return fmt.Errorf("%w, and it is %w: move it away", exists, ErrNotNamespace)
	}
}
