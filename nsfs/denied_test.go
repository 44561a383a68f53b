package nsfs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// The error for a program that may not be run says why not, as far as its file
// tells, and is still the same error.
func TestDenied(t *testing.T) {
	ns, err := nsfs.OpenPath("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	dir := t.TempDir()
	noexec := filepath.Join(dir, "noexec")
	if err := os.Mkdir(noexec, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("t", noexec, "tmpfs", unix.MS_NOEXEC, ""); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(noexec, 0)
	for name, mode := range map[string]fs.FileMode{"plain": 0o640, "noexec/program": 0o755} {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(file, []byte("#!/bin/sh\n"), 0o600), os.Chmod(file, mode)); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ dir, program, want string }{
		{"", dir + "/plain", "permission denied: it is not executable, with mode 0640"},
		{dir, "./plain", "permission denied: it is not executable, with mode 0640"},
		{"", noexec + "/program", "permission denied: it is on a mount without exec"},
		{"", dir, "permission denied: it is a directory"},
		{"", "/dev/null", "permission denied: it is not a regular file"},
	} {
		for what, start := range map[string]func(*nsfs.Cmd) error{
			"start":   (*nsfs.Cmd).Start,
			"replace": func(c *nsfs.Cmd) error { return c.Replace(nil) },
		} {
			c := ns.Command(t.Context(), test.program)
			c.Dir = test.dir
			err := start(c)
			var pe *fs.PathError
			if !errors.As(err, &pe) || !errors.Is(err, fs.ErrPermission) || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("%s %s: %v, want %s", what, test.program, err, test.want)
			}
		}
	}
}
