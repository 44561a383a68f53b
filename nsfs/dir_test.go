package nsfs_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nsfs"
)

// TestForeignFiles puts things that are not namespaces into the directory.
func TestForeignFiles(t *testing.T) {
	ctx := context.Background()
	dir := scratch(t)
	d := nsfs.Dir{Path: filepath.Join(dir, "ns")}
	create(t, d, "real")
	mode := func(name string, m os.FileMode) {
		t.Helper()
		if err := errors.Join(os.WriteFile(d.File(name), nil, 0o600), os.Chmod(d.File(name), m)); err != nil {
			t.Fatal(err)
		}
	}
	mode("stub", 0)
	mode("empty", 0o644)
	mode("setuid", os.ModeSetuid|os.ModeSticky)
	if err := errors.Join(
		os.WriteFile(d.File("full"), []byte("precious"), 0o600),
		os.Mkdir(d.File("directory"), 0o755),
		unix.Mkfifo(d.File("fifo"), 0o600),
		os.Symlink("nowhere", d.File("dangling")),
		os.Symlink("loop", d.File("loop")),
		os.WriteFile(filepath.Join(dir, "target"), []byte("precious"), 0o600),
		os.Symlink(filepath.Join(dir, "target"), d.File("link")),
		os.WriteFile(d.File("odd\nname \xff"), nil, 0o600),
	); err != nil {
		t.Fatal(err)
	}
	names, err := d.List()
	if err != nil || len(names) != 11 || !slices.Contains(names, "odd\nname \xff") || !slices.IsSorted(names) {
		t.Errorf("List: %q, %v", names, err)
	}
	if got, want := nsfs.QuoteName("odd\nname \xff"), `"odd\nname \xff"`; got != want {
		t.Errorf("QuoteName: %s, want %s", got, want)
	}
	for name, removable := range map[string]bool{
		"stub": true, "empty": true, "setuid": true, "dangling": true, "loop": true, "link": true, "odd\nname \xff": true,
		"full": false, "directory": false, "fifo": false,
	} {
		if nsfs.CheckName(name) == nil {
			_, err := d.Create(ctx, name)
			if !errors.Is(err, fs.ErrExist) || !errors.Is(err, nsfs.ErrNotNamespace) {
				t.Errorf("Create %q: %v", name, err)
			}
			if name == "stub" && !strings.Contains(err.Error(), "ip netns delete stub") {
				t.Errorf("the error does not say what to do: %v", err)
			}
		}
		if h, err := d.Open(name); err == nil {
			h.Close()
			t.Errorf("Open %q made a handle", name)
		} else if name == "full" && !errors.Is(err, nsfs.ErrNotNamespace) {
			t.Errorf("Open %q: %v", name, err)
		}
		err := d.Delete(ctx, name)
		if removable && err != nil || !removable && !errors.Is(err, nsfs.ErrNotNamespace) {
			t.Errorf("Delete %q: %v", name, err)
		}
		if _, err := os.Lstat(d.File(name)); (err != nil) != removable {
			t.Errorf("after Delete %q: %v", name, err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "target")); err != nil || string(b) != "precious" {
		t.Errorf("the link's target: %q, %v", b, err)
	}
	for _, name := range []string{"", ".", "..", "../target", "a/b", "a\x00b", strings.Repeat("a", 256)} {
		_, openErr := d.Open(name)
		_, pidsErr := d.Pids(ctx, name)
		_, commandErr := d.Command(ctx, name, "true")
		_, createErr := d.Create(ctx, name)
		_, attachErr := d.Attach(ctx, name, os.Getpid())
		for _, err := range []error{openErr, pidsErr, commandErr, createErr, attachErr, d.Delete(ctx, name)} {
			var nameErr *nsfs.NameError
			if !errors.As(err, &nameErr) {
				t.Errorf("%q: %v is no NameError", name, err)
			}
		}
	}
}

// TestLinks deletes symbolic links to namespaces, as labs have them.
func TestLinks(t *testing.T) {
	ctx := context.Background()
	dir := scratch(t)
	lab, d := nsfs.Dir{Path: filepath.Join(dir, "lab")}, nsfs.Dir{Path: filepath.Join(dir, "ns")}
	h := create(t, lab, "node")
	create(t, d, "x")
	if err := errors.Join(
		os.Symlink(lab.File("node"), d.File("lab-node")),
		os.Symlink(fmt.Sprintf("/proc/%d/ns/net", os.Getpid()), d.File("process")),
	); err != nil {
		t.Fatal(err)
	}
	opened, err := d.Open("lab-node")
	if err != nil || !opened.Same(h) {
		t.Fatalf("Open through a link: %v", err)
	}
	opened.Close()
	if names, err := d.NamesOf(h); err != nil || !slices.Equal(names, []string{"lab-node"}) {
		t.Errorf("NamesOf: %q, %v", names, err)
	}
	for _, name := range []string{"lab-node", "process"} {
		if err := d.Delete(ctx, name); err != nil {
			t.Errorf("Delete %s: %v", name, err)
		}
		if _, err := os.Lstat(d.File(name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("after Delete %s: %v", name, err)
		}
	}
	if got := mountsUnder(t, lab.Path); len(got) != 1 {
		t.Errorf("mounts in the lab:\n%s", strings.Join(got, ""))
	}
}

// TestStacked deletes a name that several namespaces are mounted on, one on
// another.
func TestStacked(t *testing.T) {
	ctx := context.Background()
	d := nsfs.Dir{Path: filepath.Join(scratch(t), "ns")}
	h := create(t, d, "x")
	for range 2 {
		if err := unix.Mount(fmt.Sprintf("/proc/self/fd/%d", h.FD()), d.File("x"), "none", unix.MS_BIND, ""); err != nil {
			t.Fatal(err)
		}
	}
	if got := mountsUnder(t, d.Path); len(got) != 4 {
		t.Fatalf("not stacked:\n%s", strings.Join(got, ""))
	}
	if err := d.Delete(ctx, "x"); err != nil {
		t.Error(err)
	}
	if got := mountsUnder(t, d.Path); len(got) != 1 {
		t.Errorf("mounts left:\n%s", strings.Join(got, ""))
	}
}

func TestDeleteSame(t *testing.T) {
	ctx := context.Background()
	d := nsfs.Dir{Path: filepath.Join(scratch(t), "ns")}
	first := create(t, d, "x")
	if err := d.Delete(ctx, "x"); err != nil {
		t.Fatal(err)
	}
	if err := d.DeleteSame(ctx, "x", first); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with the name free: %v", err)
	}
	second := create(t, d, "x")
	if err := d.DeleteSame(ctx, "x", first); !errors.Is(err, nsfs.ErrReplaced) {
		t.Errorf("with another namespace: %v", err)
	}
	if err := os.WriteFile(d.File("file"), nil, 0); err != nil {
		t.Fatal(err)
	}
	if err := d.DeleteSame(ctx, "file", first); !errors.Is(err, nsfs.ErrReplaced) {
		t.Errorf("with a file: %v", err)
	}
	if err := d.DeleteSame(ctx, "x", second); err != nil {
		t.Error(err)
	}
	if names, err := d.List(); err != nil || !slices.Equal(names, []string{"file"}) {
		t.Errorf("left: %q, %v", names, err)
	}
}

func TestBind(t *testing.T) {
	ctx := context.Background()
	d := nsfs.Dir{Path: filepath.Join(scratch(t), "ns")}
	h, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b", "a"} {
		if err := d.Bind(ctx, name, h); err != nil {
			t.Error(err)
		}
	}
	if names, err := d.NamesOf(h); err != nil || !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("NamesOf: %q, %v", names, err)
	}
	if err := d.Bind(ctx, "a", h); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Bind again: %v", err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := d.Bind(ctx, "c", h); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Bind of a closed handle: %v", err)
	}
	if names, err := d.List(); err != nil || !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("left: %q, %v", names, err)
	}
}

func TestErrors(t *testing.T) {
	ctx := context.Background()
	dir := scratch(t)
	d := nsfs.Dir{Path: filepath.Join(dir, "missing")}
	if names, err := d.List(); err != nil || len(names) != 0 {
		t.Errorf("List of a directory that is not there: %q, %v", names, err)
	}
	if err := d.Delete(ctx, "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Delete: %v", err)
	}
	if _, err := d.Open("x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open: %v", err)
	}
	if _, err := (nsfs.Dir{Path: d.File("deeper")}).Create(ctx, "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Create without a parent directory: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (nsfs.Dir{Path: filepath.Join(dir, "file")}).Create(ctx, "x"); !errors.Is(err, unix.ENOTDIR) {
		t.Errorf("Create in a file: %v", err)
	}
	for _, pid := range []int{-1, 0} {
		if _, err := nsfs.OpenPID(pid); !errors.Is(err, unix.EINVAL) {
			t.Errorf("OpenPID(%d): %v", pid, err)
		}
	}
	if _, err := d.Identify(1 << 30); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Identify of no process: %v", err)
	}
	if _, err := nsfs.OpenPath("/proc/self/ns/mnt"); !errors.Is(err, nsfs.ErrNotNamespace) {
		t.Errorf("OpenPath of a mount namespace: %v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := d.Create(cancelled, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("Create with a cancelled context: %v", err)
	}

	create(t, d, "x")
	_, err := d.Create(ctx, "x")
	var e *nsfs.Error
	if !errors.As(err, &e) || e.Name != "x" || e.Path != d.File("x") || !errors.Is(err, unix.EEXIST) {
		t.Fatalf("%#v", err)
	}
	if want := fmt.Sprintf("create network namespace \"x\": create %s: file exists (EEXIST)", d.File("x")); err.Error() != want {
		t.Errorf("%q\nwant %q", err, want)
	}
}
