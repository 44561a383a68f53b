package labdir

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// Reserve opens the directory n times. These are separate open files, because
// not only descriptors but also the machine's open files are limited (ENFILE).
// After Release, as many other files can be opened.
func (p *Dir) Reserve(n int) error {
	for len(p.reserved) < n {
		fd, err := unix.Openat(int(p.dir.Fd()), ".", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return &fs.PathError{Op: "open", Path: p.root.Path(p.Name), Err: err}
		}
		p.reserved = append(p.reserved, fd)
	}
	return nil
}

// Release closes the files that Reserve opened.
func (p *Dir) Release() {
	for _, fd := range p.reserved {
		unix.Close(fd)
	}
	p.reserved = nil
}
