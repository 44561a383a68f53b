package labdir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// A Dir is a lab's directory, open, and locked unless Look or Enter has opened it. What is done in it is done
// relative to its descriptor, so that it cannot be another directory meanwhile.
type Dir struct {
	root Root
	Name string
	dir  *os.File
	lock *os.File // nil where it was not asked for
	// reserved are files that are open so that others can be opened in their place.
	reserved []int
}

// ErrLocked is matched by the error of a lab that another process works on.
var ErrLocked = errors.New("another process works on the lab")

// ErrNoLab is matched by the error of a lab that is not there. It is
// fs.ErrNotExist too.
var ErrNoLab error = noLab{}

type noLab struct{}

func (noLab) Error() string { return "no such lab" }

func (noLab) Is(target error) bool { return target == fs.ErrNotExist }

// Waiting says what to do when a lab is locked.
type Waiting uint8

const (
	WaitForLock Waiting = iota
	DontWait
)

// Open opens and locks the directory of a lab; create makes it.
func (r Root) Open(ctx context.Context, name string, create bool, wait Waiting) (*Dir, error) {
	if err := errors.Join(topology.CheckName(name), CheckProc()); err != nil {
		return nil, err
	}
	if create {
		if err := MakeDir(string(r)); err != nil {
			return nil, err
		}
	}
	for {
		p, err := r.try(ctx, name, create, wait)
		if err == nil || !errors.Is(err, errGone) {
			return p, err
		}
		// A `down` that held the lock has removed the directory.
	}
}

var errGone = errors.New("the directory was removed")

func (r Root) try(ctx context.Context, name string, create bool, wait Waiting) (*Dir, error) {
	path := r.Path(name)
	made := false
	if create {
		err := os.Mkdir(path, 0o700)
		if made = err == nil; err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	p, err := r.openLocked(ctx, name, create, wait)
	if err != nil && made {
		// What cannot be begun leaves nothing. Another process may be at work
		// there by now: then it is not empty.
		unix.Rmdir(path) //nolint:errcheck // see above
	}
	return p, err
}

// openLocked opens and locks a directory that is there.
func (r Root) openLocked(ctx context.Context, name string, create bool, wait Waiting) (*Dir, error) {
	p, err := r.Look(name)
	if errors.Is(err, unix.ENOENT) {
		if create {
			return nil, errGone
		}
		return nil, r.NoLab(name)
	}
	if err != nil {
		return nil, fmt.Errorf("lab %q: %w", name, err)
	}
	if err := p.takeLock(ctx, create, wait); err != nil {
		p.dir.Close()
		return nil, err
	}
	// The directory may have gone while the lock was waited for, and the lock
	// with it: then another process may have one by now.
	var lock unix.Stat_t
	if err := unix.Fstat(int(p.lock.Fd()), &lock); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	var now unix.Stat_t
	err = unix.Fstatat(int(p.dir.Fd()), p.lock.Name(), &now, unix.AT_SYMLINK_NOFOLLOW)
	switch {
	case errors.Is(err, unix.ENOENT), err == nil && (lock.Ino != now.Ino || lock.Dev != now.Dev):
		return nil, errors.Join(errGone, p.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("lab %q: lock: %w", name, err), p.Close())
	}
	return p, nil
}

func (p *Dir) takeLock(ctx context.Context, create bool, wait Waiting) error {
	name := lockFile
	fd, err := unix.Openat(int(p.dir.Fd()), name, unix.O_RDWR|unix.O_CREAT|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err == unix.ENOENT {
		return errGone
	}
	if !create && (err == unix.ENOSPC || err == unix.EDQUOT || err == unix.EROFS) {
		// A lab without its lock has come no further, or has lost it. `down` has to
		// remove it all the same, and locks the directory.
		name = "."
		fd, err = unix.Openat(int(p.dir.Fd()), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		return fmt.Errorf("lab %q: lock: %w", p.Name, strange(int(p.dir.Fd()), lockFile, p.Path(lockFile), "file", err))
	}
	p.lock = os.NewFile(uintptr(fd), name)
	err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		if wait == DontWait {
			err = fmt.Errorf("lab %q: %w%s", p.Name, ErrLocked, p.holder())
			p.lock.Close()
			return err
		}
		err = flockContext(ctx, fd, unix.LOCK_EX)
	}
	if err != nil {
		p.lock.Close()
		return fmt.Errorf("lab %q: lock: %w", p.Name, err)
	}
	// For whoever does not get it. That it cannot be written, on a full file
	// system for one, must not keep `down` from making room. Something else in its
	// place, or by another name too, is not written to.
	var lock unix.Stat_t
	if err := unix.Fstat(fd, &lock); err != nil || fileType(lock.Mode) != "file" || lock.Nlink != 1 {
		return nil
	}
	text := fmt.Sprintf("%d %s\n", os.Getpid(), time.Now().UTC().Format(time.RFC3339))
	if err := p.lock.Truncate(0); err == nil {
		p.lock.WriteAt([]byte(text), 0) //nolint:errcheck // see above
	}
	return nil
}

// flockContext waits for a lock. flock(2) has no timeout, so a thread waits in
// it; when the context ends first, that thread lets go of the lock once it has
// it.
func flockContext(ctx context.Context, fd, how int) error {
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	got := make(chan error, 1)
	go func() {
		for {
			err := unix.Flock(dup, how)
			if err != unix.EINTR {
				got <- err
				return
			}
		}
	}()
	select {
	case err := <-got:
		// The lock belongs to the open file, which both descriptors share.
		unix.Close(dup)
		return err
	case <-ctx.Done():
		go func() {
			if err := <-got; err == nil {
				unix.Flock(dup, unix.LOCK_UN)
			}
			unix.Close(dup)
		}()
		return context.Cause(ctx)
	}
}

// holder says which process holds the lock, as far as it wrote it down.
func (p *Dir) holder() string {
	b := make([]byte, 64)
	n, _ := p.lock.ReadAt(b, 0) // an empty file says nothing
	pid, since, ok := strings.Cut(strings.TrimSpace(string(b[:n])), " ")
	if _, err := strconv.Atoi(pid); !ok || err != nil {
		return ""
	}
	return fmt.Sprintf(" (process %s, since %s)", pid, since)
}

// Close closes the directory, and lets go of its lock.
func (p *Dir) Close() error {
	p.Release()
	if p.lock == nil {
		return p.dir.Close()
	}
	return errors.Join(p.lock.Close(), p.dir.Close())
}

// Write replaces a file of the directory whole.
func (p *Dir) Write(name string, data []byte, mode uint32) error {
	return p.in(name, func(at int, base string) error {
		tmp, path := base+".tmp", p.Path(name)+".tmp"
		const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW | unix.O_CLOEXEC
		fd, err := unix.Openat(at, tmp, flags, mode)
		if errors.Is(err, unix.EEXIST) {
			// What a run that was killed has left, or something else by that name.
			if err = unix.Unlinkat(at, tmp, 0); err == nil {
				fd, err = unix.Openat(at, tmp, flags, mode)
			}
		}
		if err != nil {
			return strange(at, tmp, path, "file", &fs.PathError{Op: "create", Path: path, Err: err})
		}
		f := os.NewFile(uintptr(fd), path)
		_, err = f.Write(data)
		if err == nil {
			err = unix.Fchmod(fd, mode)
		}
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err == nil {
			err = renameAt(at, tmp, base, p.Path(name))
		}
		if err != nil {
			return errors.Join(err, unix.Unlinkat(at, tmp, 0))
		}
		return nil
	})
}

// Rename renames a file of the directory; one that has the new name goes.
func (p *Dir) Rename(from, to string) error {
	return renameAt(int(p.dir.Fd()), from, to, p.Path(to))
}

func renameAt(at int, from, to, path string) error {
	if err := unix.Renameat(at, from, at, to); err != nil {
		return strange(at, to, path, "file", &fs.PathError{Op: "replace", Path: path, Err: err})
	}
	return nil
}

// Remove removes a file of the directory; one that is not there is no error.
func (p *Dir) Remove(name string) error {
	err := p.in(name, func(at int, base string) error {
		if err := unix.Unlinkat(at, base, 0); err != nil {
			return strange(at, base, p.Path(name), "file", &fs.PathError{Op: "remove", Path: p.Path(name), Err: err})
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Path names a file of the directory, for errors and for what takes only paths.
func (p *Dir) Path(name string) string { return p.root.Path(p.Name) + "/" + name }

// Names returns the names of what is in the directory, in ascending order.
func (p *Dir) Names() ([]string, error) {
	fd, err := unix.Openat(int(p.dir.Fd()), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: p.root.Path(p.Name), Err: err}
	}
	d := os.NewFile(uintptr(fd), p.root.Path(p.Name))
	defer d.Close()
	names, err := d.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}
