package nsfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	// DefaultPath is the directory of ip-netns(8).
	DefaultPath = "/run/netns"
	// DefaultEtc is where ip-netns(8) looks for a namespace's own files of
	// /etc.
	DefaultEtc = "/etc/netns"
)

// Dir is a directory of named network namespaces. The zero value is the one
// that ip-netns(8) uses. A Dir keeps nothing open and may be copied. Several
// goroutines and processes may call its methods at once.
type Dir struct {
	// Path is the directory; empty means DefaultPath.
	Path string
	// Etc is the directory with a subdirectory for each name, whose files
	// [Dir.Command] mounts over those in /etc; empty means DefaultEtc.
	Etc string
}

func (d Dir) path() string {
	if d.Path == "" {
		return DefaultPath
	}
	return d.Path
}

func (d Dir) etc() string {
	if d.Etc == "" {
		return DefaultEtc
	}
	return d.Etc
}

// File returns the path of a name's file in the directory.
func (d Dir) File(name string) string { return filepath.Join(d.path(), name) }

// fail returns the error of an operation on a name.
func (d Dir) fail(op, name string, err error) error {
	return &Error{Op: op, Name: name, Path: d.File(name), Err: err}
}

// Open opens the namespace of that name. The error matches fs.ErrNotExist if
// there is no such name, ErrNotNamespace if its file is not a namespace, and is
// a *NameError if it cannot be the name of a file.
func (d Dir) Open(name string) (*Handle, error) {
	const op = "open network namespace"
	if err := checkFileName(name); err != nil {
		return nil, d.fail(op, name, err)
	}
	h, err := OpenPath(d.File(name))
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			err = e.Err
		}
		return nil, d.fail(op, name, err)
	}
	return h, nil
}

// List returns the names of all files in the directory, sorted by their bytes.
// Like `ip netns list`, it includes files that are not namespaces. Names are
// not escaped; use [QuoteName] to print one. If the directory does not exist,
// the list is nil.
func (d Dir) List() ([]string, error) {
	entries, err := os.ReadDir(d.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &Error{Op: "list network namespaces", Path: d.path(), Err: err}
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}
