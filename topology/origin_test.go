package topology

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOrigin checks Path and Dir for files of each kind.
func TestOrigin(t *testing.T) {
	const text = "name: t\nnodes: {a: {}}\n"
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	open := func(path string) *os.File {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	byFD := func(f *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", f.Fd()) }
	file, gone, reused := open(dir+"/lab.yaml"), open(dir+"/gone"), open(dir+"/reused")
	pipe, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	if _, err := in.WriteString(text); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{in.Close(), os.Remove(dir + "/gone"), os.Remove(dir + "/reused"),
		os.WriteFile(dir+"/reused (deleted)", []byte(text), 0o600), os.Symlink(dir+"/lab.yaml", dir+"/link")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(dir+"/fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		if err := os.WriteFile(dir+"/fifo", []byte(text), 0); err != nil {
			t.Error(err)
		}
	}()
	for _, tt := range []struct {
		path, name, dir string
		isFile          bool
	}{
		{file.Name(), file.Name(), dir, true},
		{dir + "/link", dir + "/link", dir, true},
		{byFD(file), file.Name(), dir, true},
		{byFD(gone), "a file without a name", ".", false},
		{byFD(reused), "a file without a name", ".", false},
		{byFD(pipe), "a pipe", ".", false},
		{dir + "/fifo", dir + "/fifo", ".", true},
	} {
		top, err := ParseFile(tt.path, nil)
		if err != nil {
			t.Errorf("%s: %v", tt.path, err)
			continue
		}
		if top.Path != tt.name || top.Dir() != tt.dir || top.IsFile() != tt.isFile {
			t.Errorf("%s: path %q, directory %q, a file: %v", tt.path, top.Path, top.Dir(), top.IsFile())
		}
	}
	if top := mustParse(t, text); top.IsFile() || top.Dir() != "." {
		t.Errorf("of Parse: a file: %v, directory %q", top.IsFile(), top.Dir())
	}
}
