package lab

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/labdir"
	"golang.org/x/sys/unix"
)

// Whatever is in the place of a log: nothing is written through it, and the
// error names it. In the place of a log itself it is replaced, unless it is a
// directory.
func TestIntegrationLogIntruders(t *testing.T) {
	const outside = "/run/outside"
	text := withExec("echo said")
	for _, file := range []string{"a", "a/1"} {
		for _, in := range intruders {
			if in.name == "link" {
				continue // there are none into a tmpfs
			}
			t.Run(file+"/"+in.name, func(t *testing.T) {
				up(t, nil, text)
				path := filepath.Join("/run/nslab/t/log", file)
				if err := errors.Join(os.RemoveAll(outside), os.Mkdir(outside, 0o700), os.WriteFile(outside+"/kept", []byte(keptText), 0o600),
					os.RemoveAll(path), in.make(path, outside)); err != nil {
					t.Fatal(err)
				}
				setMarker(t, "t-a")
				_, err := Up(soon(t), parse(t, text), nil, UpOptions{PlanOptions: PlanOptions{Recreate: []string{"a"}}})
				entries, oerr := os.ReadDir(outside)
				b, rerr := os.ReadFile(outside + "/kept")
				if oerr != nil || rerr != nil || len(entries) != 1 || string(b) != keptText {
					t.Errorf("outside there is %v, with %q: %v, %v", entries, b, oerr, rerr)
				}
				isDir := strings.Contains(in.name, "directory") && !strings.Contains(in.name, "symlink")
				if (file == "a") == isDir {
					if err != nil {
						t.Errorf("up: %v", err)
					}
					return
				}
				if err == nil || !strings.Contains(err.Error(), path+" is a ") {
					t.Errorf("up: %v", err)
				}
				// In the place of the directory it is seen before the node is
				// touched.
				if file == "a" && !hasMarker(t, "t-a") {
					t.Error("the node was recreated")
				}
			})
		}
	}
}

// Making room for logs empties no file that is not one of them.
func TestIntegrationLogRoom(t *testing.T) {
	const kept = "/run/kept"
	up(t, nil, withExec("head -c 40M /dev/zero"))
	err := errors.Join(os.WriteFile(kept, []byte(keptText), 0o600), os.Symlink(kept, "/run/nslab/t/log/a/2"), os.Symlink("/run", "/run/nslab/t/log/b"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := new(Config).root().Open(bg, "t", false, labdir.DontWait)
	if err != nil {
		t.Fatal(err)
	}
	mounted, err := p.MountLogs()
	if err := errors.Join(err, p.Close()); err != nil || mounted {
		t.Error(mounted, err)
	}
	if b, err := os.ReadFile(kept); err != nil || string(b) != keptText {
		t.Errorf("%q, %v", b, err)
	}
	var st unix.Statfs_t
	if err := unix.Statfs("/run/nslab/t/log", &st); err != nil || st.Bfree < st.Blocks/2 {
		t.Errorf("%d of %d blocks are free, %v", st.Bfree, st.Blocks, err)
	}
}
