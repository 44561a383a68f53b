package lab

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// small makes labs in a tmpfs of a size of their own.
func small(t *testing.T) (cfg *Config, root string) {
	t.Helper()
	root = t.TempDir()
	if err := unix.Mount("small", root, "tmpfs", 0, "size=1m,nr_inodes=200"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(root, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	// A size of 0 would be no limit.
	if err := errors.Join(os.Mkdir(root+"/netns", 0o755), os.WriteFile(root+"/page", []byte{1}, 0o600)); err != nil {
		t.Fatal(err)
	}
	return &Config{Root: root + "/nslab", NetNS: nsfs.Dir{Path: root + "/netns"}}, root
}

// fill leaves so many pages and inodes free, until it is called again with -1.
func fill(t *testing.T, root string, pages, inodes int) {
	t.Helper()
	var st unix.Statfs_t
	if err := unix.Statfs(root, &st); err != nil {
		t.Fatal(err)
	}
	options := "size=1m,nr_inodes=200"
	if pages >= 0 {
		used, files := int(st.Blocks-st.Bfree), int(st.Files-st.Ffree)
		options = "size=" + strconv.Itoa((used+pages)*int(st.Bsize)) + ",nr_inodes=" + strconv.Itoa(files+inodes)
	}
	if err := unix.Mount("", root, "", unix.MS_REMOUNT, options); err != nil {
		t.Fatal(err)
	}
}

// tree lists what is below a directory, with the contents of files.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		all[path] = ""
		if d.Type().IsRegular() && d.Name() != "lock" && filepath.Base(filepath.Dir(path)) != labdir.NamespaceDir {
			b, err := os.ReadFile(path)
			all[path] = string(b)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// With any number of free pages and inodes a change is made or undone, and a
// new lab is made or leaves nothing.
func TestIntegrationFullFileSystem(t *testing.T) {
	cfg, root := small(t)
	with := func(address, rest string) *topology.Topology {
		return parse(t, "name: t\nhosts: etc\nnodes: {a: {addresses: [\""+address+"/32\"]}, b: {}"+rest+"}\n")
	}
	cfg.NetNS.Etc = root + "/etc"
	made, failed := 0, 0
	for _, limit := range []struct{ pages, inodes int }{
		{0, 99}, {1, 99}, {2, 99}, {3, 99}, {4, 99}, {5, 99}, {8, 99},
		{99, 0}, {99, 1}, {99, 2}, {99, 3}, {99, 4}, {99, 5}, {99, 6}, {99, 7}, {99, 8}, {99, 9}, {99, 12},
	} {
		fill(t, root, limit.pages, limit.inodes)
		_, err := Up(bg, with("192.0.2.1", ""), cfg, UpOptions{})
		if labs, lerr := List(cfg); lerr != nil || err != nil && len(labs) > 0 {
			t.Errorf("%v: a new lab failed (%v) and left %+v, %v", limit, err, labs, lerr)
		}
		fill(t, root, -1, -1)
		if err != nil {
			failed++
			if _, err := Up(bg, with("192.0.2.1", ""), cfg, UpOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		before := tree(t, root)
		fill(t, root, limit.pages, limit.inodes)
		_, err = Up(bg, with("192.0.2.2", ", c: {}"), cfg, UpOptions{})
		// `down` needs no room, also where nothing is left for its own notes.
		var re *RunError
		switch {
		case err == nil:
			made++
		case errors.As(err, &re) && re.Undo != nil:
			t.Errorf("%v: %v", limit, err)
		default:
			failed++
			for path, text := range tree(t, root) {
				if was, ok := before[path]; !ok || was != text {
					t.Errorf("%v: %v\n%s was %q and is %q", limit, err, path, was, text)
				}
				delete(before, path)
			}
			for path := range before {
				t.Errorf("%v: %v\n%s is gone", limit, err, path)
			}
		}
		if err := Down(bg, "t", cfg, DownOptions{}); err != nil {
			t.Errorf("%v: down: %v", limit, err)
		}
		fill(t, root, -1, -1)
	}
	if made == 0 || failed < 10 {
		t.Errorf("%d changes were made, %d ups failed", made, failed)
	}
	// A directory without its lock, and no inode for one.
	if err := os.MkdirAll(cfg.Root+"/t/etc", 0o700); err != nil {
		t.Fatal(err)
	}
	fill(t, root, 0, 0)
	if labs, err := List(cfg); err != nil || len(labs) != 1 || labs[0].Phase != PhaseCreating {
		t.Errorf("%+v, %v", labs, err)
	}
	if err := Down(bg, "t", cfg, DownOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(cfg.Root + "/t"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
