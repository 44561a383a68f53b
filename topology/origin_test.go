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

func TestNameOfOptions(t *testing.T) {
	for _, tt := range []struct {
		file, given, name, prefix string
		renamed                   bool
	}{
		{"name: x\nnodes: {a: {}}\n", "", "x", "x-", false},
		{"name: x\nnodes: {a: {}}\n", "x", "x", "x-", false},
		{"name: x\nnodes: {a: {}}\n", "y", "y", "y-", true},
		{"nodes: {a: {}}\n", "y", "y", "y-", true},
		{"name: x\nprefix: ${LAB}.\nnodes: {a: {}}\n", "y", "y", "y.", true},
	} {
		top, err := Parse("f", []byte(tt.file), &ParseOptions{Name: tt.given})
		if err != nil {
			t.Fatal(err)
		}
		if top.Name != tt.name || top.Prefix != tt.prefix || top.Renamed() != tt.renamed || string(top.Source) != tt.file {
			t.Errorf("%q as %q: %q, prefix %q, renamed %v, source %q", tt.file, tt.given, top.Name, top.Prefix, top.Renamed(), top.Source)
		}
	}
	for _, tt := range [][2]string{{"name: X\nnodes: {a: {}}\n", "y"}, {"name: x\nnodes: {a: {}}\n", "Y"}} {
		if _, err := Parse("f", []byte(tt[0]), &ParseOptions{Name: tt[1]}); err == nil {
			t.Errorf("%q as %q: no error", tt[0], tt[1])
		}
	}
}
