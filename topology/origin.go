package topology

import (
	"os"
	"path/filepath"
	"strings"
)

// A file may have no name, or none that others can use: a shell's <(…) is a
// pipe at /dev/fd/63. Its Topology has a description instead of a path, and its
// exec lines run where those of standard input do: in the caller's directory.
// So do those of a FIFO, because its directory says nothing about the lab.

// Renamed reports whether the lab has another name than its file gives it: that
// of ParseOptions.
func (t *Topology) Renamed() bool { return t.renamed }

// IsFile reports whether Path is the path of a file. It is false for what was
// read from a pipe or given to Parse.
func (t *Topology) IsFile() bool { return t.isFile }

// came notes where ParseFile read a topology from.
func (t *Topology) came(path string, f *os.File) error {
	is, err := f.Stat()
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		var was os.FileInfo
		if was, err = os.Stat(real); err == nil && !os.SameFile(was, is) {
			err = os.ErrNotExist // the path in /proc/self/fd is another file's by now
		}
	}
	t.stream = !is.Mode().IsRegular()
	switch abs, aerr := filepath.Abs(path); {
	case aerr != nil:
		return aerr
	case err != nil:
		t.Path, t.stream = unnamed(is.Mode()), true
		return nil
	case strings.HasPrefix(abs, "/dev/") || strings.HasPrefix(abs, "/proc/"):
		t.Path = real // where the descriptor leads
	}
	t.isFile = true
	return nil
}

// unnamed describes a file without a name.
func unnamed(mode os.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a file without a name"
	case mode&os.ModeNamedPipe != 0:
		return "a pipe"
	case mode&os.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// Dir returns the directory where exec lines run: that of the lab's file, or
// "." if there is no such file.
func (t *Topology) Dir() string {
	if t.stream {
		return "."
	}
	return filepath.Dir(t.Path)
}
