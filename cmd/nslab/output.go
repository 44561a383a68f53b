package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/plain"
)

// streams are the standard streams of a command, and of the programs that it
// runs.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func streamsOf(cmd *cobra.Command) streams {
	return streams{cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()}
}

// create opens a file for writing and replaces its content, unless the command
// uses the file: it is one of the names, or a standard stream. For a FIFO, it
// waits for a reader. nslab must not be that reader, so the FIFO is not opened
// for reading too, as os.Create does.
func create(ctx context.Context, name string, std streams, reads ...string) (*os.File, error) {
	f, err := openOutput(ctx, name, os.O_CREATE, std, reads)
	if err != nil {
		return nil, err
	}
	if err := emptyFile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// openOutput opens a file for writing with additional flags, and keeps its
// content.
func openOutput(ctx context.Context, name string, flags int, std streams, reads []string) (*os.File, error) {
	f, err := await(ctx, func() (*os.File, error) { return os.OpenFile(name, os.O_WRONLY|flags, 0o666) })
	if err != nil {
		return nil, err
	}
	if err := otherThan(f, std, reads); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// otherThan refuses a regular file that is one of the names, or a standard
// stream. A file that cannot be examined is refused, too.
func otherThan(f *os.File, std streams, names []string) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	for _, stream := range [...]struct {
		name string
		is   any
	}{{"input", std.in}, {"output", std.out}, {"error", std.err}} {
		file, ok := stream.is.(*os.File)
		if !ok || stream.is != std.in && isDescriptor(f.Name()) {
			continue // /dev/stdout is allowed
		}
		if other, err := file.Stat(); err == nil && os.SameFile(info, other) {
			return fmt.Errorf("%s is standard %s, and would be overwritten", plain.Text(f.Name()), stream.name)
		}
	}
	for _, name := range names {
		if other, err := os.Stat(name); err == nil && os.SameFile(info, other) {
			return fmt.Errorf("%s is used for something else, too, and would be overwritten", plain.Text(f.Name()))
		}
	}
	return nil
}

// emptyFile truncates a regular file.
func emptyFile(f *os.File) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	return f.Truncate(0)
}

// wholeFile is a file that commit writes at once. Until then, its old content
// remains.
type wholeFile struct {
	bytes.Buffer
	name string
	f    *os.File // nil if it does not exist yet
}

// openWhole opens a file that will be written as a whole, unless the command
// reads it (see create).
func openWhole(ctx context.Context, name string, std streams, reads ...string) (*wholeFile, error) {
	f, err := openOutput(ctx, name, 0, std, reads)
	switch {
	case err == nil:
		return &wholeFile{name: name, f: f}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if err := unix.Faccessat(unix.AT_FDCWD, filepath.Dir(name), unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &wholeFile{name: name}, nil
}

// close ends it. What was not committed is not written.
func (w *wholeFile) close() error {
	if w.f == nil {
		return nil
	}
	return w.f.Close()
}

// commit writes the file. A regular file is replaced when the new one is
// complete. If no file with its owner and mode can be created in its directory,
// it is overwritten in place.
func (w *wholeFile) commit() error {
	if w.f == nil {
		var err error
		if w.f, err = os.OpenFile(w.name, os.O_WRONLY|os.O_CREATE, 0o666); err != nil {
			return err
		}
	} else if made, err := w.beside(); made || err != nil {
		return err
	}
	if err := emptyFile(w.f); err != nil {
		return err
	}
	_, err := w.f.Write(w.Bytes())
	return err
}

// beside writes a new file in the directory of a regular file and renames it to
// that file. It returns false if that is not possible.
func (w *wholeFile) beside() (made bool, err error) {
	info, err := w.f.Stat()
	if err != nil || !info.Mode().IsRegular() || isDescriptor(w.name) {
		return false, err
	}
	target, err := filepath.EvalSymlinks(w.name)
	if err != nil {
		return false, err
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".nslab-*")
	if err != nil {
		return false, nil // write in place instead
	}
	defer func() {
		if !made {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	var st unix.Stat_t
	if err := unix.Fstat(int(w.f.Fd()), &st); err != nil {
		return false, err
	}
	if f.Chown(int(st.Uid), int(st.Gid)) != nil || f.Chmod(info.Mode().Perm()) != nil {
		return false, nil
	}
	if _, err := f.Write(w.Bytes()); err != nil {
		return false, err
	}
	if err := os.Rename(f.Name(), target); err != nil {
		return false, err
	}
	return true, f.Close()
}

// isDescriptor reports whether a name stands for an open descriptor, such as
// /dev/stdout. That must be written itself, even if it is a regular file.
func isDescriptor(name string) bool {
	path, err := filepath.Abs(name)
	return err == nil && (strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/"))
}
