package labdir

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// Reserve opens so many files of the directory, which are files of their own, for not only this
// process has a limit of them (ENFILE). As many others can be opened after Release.
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

// Release closes what Reserve has opened.
func (p *Dir) Release() {
	for _, fd := range p.reserved {
		unix.Close(fd)
	}
	p.reserved = nil
}
