package nsfs

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// A new file gets this mode. It gets mode 0, ip-netns(8)'s, once the namespace
// is mounted on it, both under the directory's lock. So a file with this mode
// and no mount, seen under the lock, was left by a process of ours that died in
// between, and nobody uses it. Linux ignores the sticky bit of a regular file
// (inode(7)), and no umask clears it.
const stubMode = unix.S_ISVTX

// tries bounds how often an operation starts again because a program that takes
// no lock, such as `ip netns delete`, changed the file meanwhile.
const tries = 100

// Create creates a network namespace and gives it a name. The error matches
// fs.ErrExist if the name is taken, and is a [*NameError] if the name is not
// valid. If Create is interrupted, it leaves either the namespace or nothing
// that prevents a later Create.
func (d Dir) Create(ctx context.Context, name string) (*Handle, error) {
	return d.create(ctx, "create network namespace", name, New)
}

// Attach gives a name to the network namespace of a process, or of a thread
// given by its id. Errors are as with [Dir.Create].
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
			err = e.Err // it has no name
		}
		return nil, d.fail(op, name, err)
	}
	if err := d.bind(ctx, name, h, nil); err != nil {
		return nil, errors.Join(d.fail(op, name, err), h.Close())
	}
	return h, nil
}

// Bind gives a name to an open namespace. Errors are as with [Dir.Create]. A
// namespace may have several names.
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
	lk, err := d.setup(ctx, step)
	if err != nil {
		return err
	}
	defer lk.end()
	return lk.bind(name, h)
}

func (lk *dirLock) bind(name string, h *Handle) error {
	for range tries {
		stub, err := lk.stub(name)
		if err != nil {
			return err
		}
		lk.at("stub")
		err = lk.mount(stub, name, h)
		unix.Close(stub)
		if !errors.Is(err, unix.ENOENT) {
			return err
		}
		// Somebody removed the file.
	}
	return fmt.Errorf("another process removed the file %d times before a namespace could be mounted on it", tries)
}

// mount mounts the namespace on the file that stub is open on, and on no other
// file that may have taken its name.
func (lk *dirLock) mount(stub int, name string, h *Handle) error {
	err := h.control(func(fd int) error { return bindMount(fd, stub) })
	if err != nil {
		return errors.Join(called(err, "mount --bind", lk.d.File(name)), lk.removeStub(stub, name))
	}
	lk.at("mounted")
	return called(unix.Fchmod(stub, 0), "fchmod", lk.d.File(name))
}

// removeStub removes the file of a name if it is still the one that stub is
// open on.
func (lk *dirLock) removeStub(stub int, name string) error {
	mine, err := identify(stub)
	if err != nil {
		return err
	}
	e, err := lk.look(name)
	if err != nil || e.kind == missing {
		return err
	}
	defer e.close()
	if e.kind != deadStub || e.id != mine {
		return nil
	}
	err = unix.Unlinkat(lk.dir, name, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return called(err, "unlink", lk.d.File(name))
}

// stub returns a descriptor of a file with that name. Nothing is mounted on it,
// and nobody else is about to mount anything on it.
func (lk *dirLock) stub(name string) (int, error) {
	for range tries {
		fd, err := openat(lk.dir, name, unix.O_RDONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, stubMode)
		if !errors.Is(err, unix.EEXIST) {
			return fd, called(err, "create", lk.d.File(name))
		}
		e, err := lk.look(name)
		if err != nil {
			return -1, err
		}
		switch e.kind {
		case missing:
			continue
		case deadStub:
			fd, err := openat(unix.AT_FDCWD, fdPath(e.fd), unix.O_RDONLY, 0)
			e.close()
			return fd, called(err, "open", lk.d.File(name))
		default:
			kind := e.kind
			e.close()
			return -1, lk.taken(name, kind)
		}
	}
	return -1, fmt.Errorf("another process created and removed the file %d times meanwhile", tries)
}

// taken returns the error for a name that already has a file.
func (lk *dirLock) taken(name string, kind kind) error {
	exists := called(unix.EEXIST, "create", lk.d.File(name))
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
