package lab

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/plan"
	"golang.org/x/sys/unix"
)

// intruders are what may be in the place of a file. Each is made at a path;
// outside is a directory with a file "kept" in it.
var intruders = []struct {
	name string
	make func(path, outside string) error
}{
	{"FIFO", func(path, _ string) error { return unix.Mkfifo(path, 0o600) }},
	{"socket", func(path, _ string) error { return unix.Mknod(path, unix.S_IFSOCK|0o600, 0) }},
	{"directory", func(path, _ string) error { return os.Mkdir(path, 0o700) }},
	{"full directory", func(path, outside string) error {
		return errors.Join(os.MkdirAll(path+"/x/y", 0o700), os.Symlink(outside, path+"/x/link"), os.WriteFile(path+"/x/y/z", nil, 0o600))
	}},
	{"symlink to a file", func(path, outside string) error { return os.Symlink(outside+"/kept", path) }},
	{"symlink to a directory", func(path, outside string) error { return os.Symlink(outside, path) }},
	{"symlink to nothing", func(path, outside string) error { return os.Symlink(outside+"/new", path) }},
	{"link", func(path, outside string) error { return os.Link(outside+"/kept", path) }},
	{"huge file", func(path, _ string) error {
		return errors.Join(os.WriteFile(path, []byte("{"), 0o600), os.Truncate(path, 1<<40))
	}},
}

const keptText = "what is kept"

// inTime fails the test if a function does not return.
func inTime(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatalf("%s does not return", what)
	}
}

// Whatever is in the place of the files of a lab: nothing waits for it, reads
// it without end, or writes through it; what cannot be done is an error that
// names it, and `down` takes the lab down or says what to remove.
func TestIntegrationIntruders(t *testing.T) {
	outside := "/run/outside"
	cfg := &Config{NetNS: nsfs.Dir{Etc: "/run/etc-netns"}}
	text := "name: t\nhosts: etc\nnodes: {a: {addresses: [10.0.0.1/32], binds: [\"/etc:/srv\"]}, b: {}}\n"
	more := strings.Replace(text, "b: {}", "b: {}, c: {}", 1)
	for i, file := range []string{"lock", stateFile, stateFile + ".tmp", sourceFile, pendingFile, pendingFile + ".tmp", earlierFile(1), stateUp, stateWas, "exec", "exec.before", sourcesFile, sourcesDraft, sourcesDraft + ".tmp", labdir.EtcDir, etcDraft, plan.HostsFile, plan.HostsFile + ".tmp", labdir.NamespaceDir, labdir.LogDir, labdir.ViewDir, "more"} {
		for k, in := range intruders {
			if testing.Short() && (i+k)%len(intruders) != 0 {
				continue // each file and each intruder once
			}
			t.Run(file+"/"+in.name, func(t *testing.T) {
				if err := errors.Join(os.RemoveAll(outside), os.Mkdir(outside, 0o700), os.WriteFile(outside+"/kept", []byte(keptText), 0o600)); err != nil {
					t.Fatal(err)
				}
				if _, err := Up(bg, parse(t, text), cfg, UpOptions{}); err != nil {
					t.Fatal(err)
				}
				path := filepath.Join("/run/nslab/t", file)
				if labdir.IsOwnMount(file) {
					unix.Unmount(path, unix.MNT_DETACH) //nolint:errcheck // there may be none
				}
				if err := errors.Join(os.RemoveAll(path), in.make(path, outside)); err != nil {
					t.Fatal(err)
				}
				named := func(what string, err error) {
					if err != nil && !strings.Contains(err.Error(), path) && !strings.Contains(err.Error(), "namespaces are gone") {
						t.Errorf("%s: %v", what, err)
					}
				}
				inTime(t, "List", func() {
					labs, err := List(cfg)
					if err != nil || len(labs) != 1 {
						t.Errorf("ls: %+v, %v", labs, err)
					}
				})
				inTime(t, "Open", func() {
					l, err := Open("t", cfg)
					if err == nil {
						_, err = l.Inspect(bg)
						err = errors.Join(err, l.Close())
					}
					named("inspect", err)
				})
				inTime(t, "PlanUp", func() {
					_, err := PlanUp(bg, parse(t, more), cfg, UpOptions{})
					named("plan", err)
				})
				inTime(t, "Up", func() {
					_, err := Up(bg, parse(t, more), cfg, UpOptions{})
					named("up", err)
				})
				inTime(t, "Down", func() {
					err := Down(bg, "t", cfg, DownOptions{})
					named("down", err)
					if _, serr := os.Lstat("/run/nslab/t"); err == nil && !errors.Is(serr, fs.ErrNotExist) {
						t.Errorf("down leaves the directory: %v", serr)
					}
					if err != nil && file != "lock" {
						t.Errorf("down: %v", err)
					}
				})
				entries, err := os.ReadDir(outside)
				b, rerr := os.ReadFile(outside + "/kept")
				if err != nil || rerr != nil || len(entries) != 1 || string(b) != keptText {
					t.Errorf("outside there is %v, with %q: %v, %v", entries, b, err, rerr)
				}
				// With what it named removed, it is as good as new.
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				if err := Down(bg, "t", cfg, DownOptions{}); err != nil && !errors.Is(err, ErrNoLab) {
					t.Fatal(err)
				}
			})
		}
	}
}

// A lab's own directory is a directory.
func TestIntegrationNoLabDirectory(t *testing.T) {
	for _, in := range intruders {
		if in.name == "directory" || in.name == "full directory" {
			continue
		}
		if err := errors.Join(os.MkdirAll("/run/nslab", 0o755), os.MkdirAll("/run/outside", 0o755), os.WriteFile("/run/outside/kept", nil, 0o600),
			in.make("/run/nslab/t", "/run/outside")); err != nil {
			t.Fatal(err)
		}
		inTime(t, "each", func() {
			labs, err := List(nil)
			if err != nil || len(labs) != 0 {
				t.Errorf("%s: ls: %+v, %v", in.name, labs, err)
			}
			_, oerr := Open("t", nil)
			_, uerr := Up(bg, parse(t, twoNodes), nil, UpOptions{})
			for _, err := range []error{oerr, uerr, Down(bg, "t", nil, DownOptions{})} {
				if err == nil || !strings.Contains(err.Error(), "/run/nslab/t is a ") {
					t.Errorf("%s: %v", in.name, err)
				}
			}
		})
		if err := os.Remove("/run/nslab/t"); err != nil {
			t.Fatal(err)
		}
	}
}
