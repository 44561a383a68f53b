package lab

import (
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"
)

// undoFiles is how many files are opened before anything changes, so that undoing can open
// as many: undoSockets, in a namespace of another link end each, maxWatched processes, and a
// few. They are files of their own, for not only this process has a limit of them (ENFILE).
const undoFiles = 32

// reserve opens them.
func (s *session) reserve() error {
	for len(s.reserved) < undoFiles {
		fd, err := unix.Openat(int(s.dir.Fd()), ".", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("%w; run \"ulimit -Hn %d\" before, as root", &fs.PathError{Op: "open", Path: s.cfg.dir(s.name), Err: err}, descriptors)
		}
		s.reserved = append(s.reserved, fd)
	}
	return nil
}

// release closes them.
func (s *session) release() {
	for _, fd := range s.reserved {
		unix.Close(fd)
	}
	s.reserved = nil
}
