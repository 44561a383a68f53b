package topology

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// PathBeside returns the path of a file that a lab file refers to as p: below
// dir, the lab file's directory, unless p is absolute or begins with "~/",
// which stands for home. With a home that is not absolute "~" is a name.
func PathBeside(dir, home, p string) string {
	if rest, ok := strings.CutPrefix(p, "~/"); ok && filepath.IsAbs(home) {
		return filepath.Join(home, rest)
	}
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(dir, p)
}

// ReadText reads a file that a lab file refers to, of at most MaxContent bytes.
// It waits for nobody: what is not a regular file is an error.
func ReadText(path string) (string, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !fi.Mode().IsRegular() {
		return "", errors.New("it is not a regular file")
	}
	b, err := io.ReadAll(io.LimitReader(f, MaxContent+1))
	if err == nil && len(b) > MaxContent {
		err = fmt.Errorf("it has more than %d bytes", MaxContent)
	}
	return string(b), err
}

// readBeside returns a function that reads files that a lab file refers to,
// which is in a directory.
func readBeside(dir string) func(path string) (string, error) {
	return func(path string) (string, error) { return ReadText(PathBeside(dir, os.Getenv("HOME"), path)) }
}

// ReadsFiles reports whether the topology depends on files beside the lab file.
func (t *Topology) ReadsFiles() bool { return t.reads }

// reason is an error without the path and the call, which the message has.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error()
}
