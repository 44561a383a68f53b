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

// A Dir is the open directory of a lab, locked unless Look or Enter opened it.
// Everything is done relative to its descriptor, so that another directory
// cannot take its place meanwhile.
type Dir struct {
	root Root
	Name string
	dir  *os.File
	lock *os.File // nil if it was not asked for
	// reserved are descriptors that are held open so that others can be opened
	// instead.
	reserved []int
}

// ErrLocked is matched by the error for a lab that another process is working
// on.
var ErrLocked = errors.New("another process works on the lab")

// ErrNoLab is matched by the error for a lab that does not exist. It also
// matches fs.ErrNotExist.
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

// Open opens and locks the directory of a lab; with create it makes the
// directory if it is missing.
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
		// A failed start leaves nothing. If another process works there by now,
		// the directory is not empty and stays.
		unix.Rmdir(path) //nolint:errcheck // see above
	}
	return p, err
}

// openLocked opens and locks an existing directory.
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
	// The directory and its lock may have gone while this waited, and another
	// process may have made new ones.
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
		// A lab without a lock was only begun, or has lost its lock. `down`
		// must be able to remove it all the same, and locks the directory.
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
	// Record the holder for those who do not get the lock. A failed write, for
	// example on a full file system, must not keep `down` from making room. Do
	// not write to something else in the lock's place, or to a file with
	// several names.
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
// it. If the context ends first, that thread releases the lock once it gets it.
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

// holder says which process holds the lock, if that process recorded it.
func (p *Dir) holder() string {
	b := make([]byte, 64)
	n, _ := p.lock.ReadAt(b, 0) // an empty file says nothing
	pid, since, ok := strings.Cut(strings.TrimSpace(string(b[:n])), " ")
	if _, err := strconv.Atoi(pid); !ok || err != nil {
		return ""
	}
	return fmt.Sprintf(" (process %s, since %s)", pid, since)
}

// Close closes the directory and releases its lock.
func (p *Dir) Close() error {
	p.Release()
	if p.lock == nil {
		return p.dir.Close()
	}
	return errors.Join(p.lock.Close(), p.dir.Close())
}

// Write replaces a file of the directory completely.
func (p *Dir) Write(name string, data []byte, mode uint32) error {
	return p.in(name, func(at int, base string) error {
		tmp, path := base+tmpEnd, p.Path(name)
		if err := writeAt(at, tmp, path+tmpEnd, data, mode); err != nil {
			return err
		}
		if err := renameAt(at, tmp, base, path); err != nil {
			return errors.Join(err, unix.Unlinkat(at, tmp, 0))
		}
		return nil
	})
}

// tmpEnd is what the name of a file ends in before it takes its place.
const tmpEnd = ".tmp"

// writeAt makes a file in the place of any other.
func writeAt(at int, name, path string, data []byte, mode uint32) error {
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW | unix.O_CLOEXEC
	fd, err := unix.Openat(at, name, flags, mode)
	if errors.Is(err, unix.EEXIST) {
		// A killed run may have left this, or it may be something else with
		// that name.
		if err = unix.Unlinkat(at, name, 0); err == nil {
			fd, err = unix.Openat(at, name, flags, mode)
		}
	}
	if err != nil {
		return strange(at, name, path, "file", &fs.PathError{Op: "create", Path: path, Err: err})
	}
	f := os.NewFile(uintptr(fd), path)
	_, err = f.Write(data)
	if err == nil {
		err = unix.Fchmod(fd, mode)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return errors.Join(err, unix.Unlinkat(at, name, 0))
	}
	return nil
}

// Rename renames a file of the directory, replacing a file with the new name.
func (p *Dir) Rename(from, to string) error {
	return renameAt(int(p.dir.Fd()), from, to, p.Path(to))
}

func renameAt(at int, from, to, path string) error {
	if err := unix.Renameat(at, from, at, to); err != nil {
		return strange(at, to, path, "file", &fs.PathError{Op: "replace", Path: path, Err: err})
	}
	return nil
}

// Remove removes a file of the directory. A missing file is not an error.
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

// Path returns the path of a file of the directory, for errors and for
// functions that need paths.
func (p *Dir) Path(name string) string { return p.root.Path(p.Name) + "/" + name }

// Names returns the names of all entries of the directory, in ascending order.
func (p *Dir) Names() ([]string, error) {
	fd, err := unix.Openat(int(p.dir.Fd()), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: p.root.Path(p.Name), Err: err}
	}
	return sortedNames(os.NewFile(uintptr(fd), p.root.Path(p.Name)))
}

// NamesIn is Names for a directory of the lab, none where it is missing.
func (p *Dir) NamesIn(name string) ([]string, error) {
	d, err := openDir(int(p.dir.Fd()), name, p.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return sortedNames(d)
}

// sortedNames returns the names in a directory, and closes it.
func sortedNames(d *os.File) ([]string, error) {
	defer d.Close()
	names, err := d.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}
