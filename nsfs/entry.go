package nsfs

import (
	"errors"

	"golang.org/x/sys/unix"
)

// kind is what a name in the directory stands for.
type kind int

const (
	missing   kind = iota
	namespace      // a mounted namespace, or a symbolic link to one
	deadStub       // a file that a Create of ours left
	emptyFile      // an empty file that another program made
	link           // a symbolic link that leads to no namespace
	other          // anything else
)

// entry is what a name stands for, with a descriptor opened with O_PATH.
type entry struct {
	kind kind
	fd   int
	id   ID
}

func (e entry) close() {
	if e.kind != missing {
		unix.Close(e.fd)
	}
}

// look finds out what a name stands for. The caller closes the entry.
func (lk *dirLock) look(name string) (entry, error) {
	fd, err := openat(lk.dir, name, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if errors.Is(err, unix.ENOENT) {
		return entry{kind: missing}, nil
	}
	if err != nil {
		return entry{}, called(err, "open", lk.d.File(name))
	}
	e := entry{kind: other, fd: fd}
	if err := lk.classify(&e); err != nil {
		e.close()
		return entry{}, err
	}
	if e.kind != link {
		return e, nil
	}
	target, err := openat(lk.dir, name, unix.O_PATH, 0)
	if err != nil {
		return e, nil // the link leads nowhere
	}
	to := entry{kind: other, fd: target}
	if err := lk.classify(&to); err != nil || to.kind != namespace {
		to.close()
		return e, err
	}
	e.close()
	return to, nil
}

// classify fills in what the entry's descriptor is open on.
func (lk *dirLock) classify(e *entry) error {
	ok, err := onNsfs(e.fd)
	if err != nil {
		return err
	}
	var st, dir unix.Stat_t
	if err := unix.Fstat(e.fd, &st); err != nil {
		return called(err, "fstat", "")
	}
	if err := unix.Fstat(lk.dir, &dir); err != nil {
		return called(err, "fstat", lk.d.path())
	}
	e.id = ID{st.Dev, st.Ino}
	empty := st.Mode&unix.S_IFMT == unix.S_IFREG && st.Size == 0 && st.Dev == dir.Dev
	switch {
	case ok:
		e.kind = namespace
	case st.Mode&unix.S_IFMT == unix.S_IFLNK:
		e.kind = link
	case empty && st.Nlink == 1 && st.Mode&0o7000 == stubMode:
		e.kind = deadStub
	case empty:
		e.kind = emptyFile
	}
	return nil
}
