package lab

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// What somebody has mounted in a lab's directory is told before anything is
// taken down.
func TestIntegrationForeignMounts(t *testing.T) {
	cfg := &Config{NetNS: nsfs.Dir{Etc: "/run/etc-netns"}}
	for _, tt := range []struct {
		at   string
		file bool
	}{{"etc", false}, {"etc/hosts", true}, {"more/deep", false}, {"state.json", true}, {"log", false}, {"log/a", false}, {"ns", false}, {"lock", true}} {
		t.Run(tt.at, func(t *testing.T) {
			up(t, cfg, "name: t\nhosts: etc\nnodes: {a: {exec: [\"true\"]}}\n")
			at := "/run/nslab/t/" + tt.at
			if err := os.MkdirAll("/run/nslab/t/more/deep", 0o700); err != nil {
				t.Fatal(err)
			}
			err := unix.Mount("foreign", at, "tmpfs", 0, "")
			if tt.file {
				err = unix.Mount(os.Args[0], at, "", unix.MS_BIND, "")
			}
			if err != nil {
				t.Fatal(err)
			}
			before := handState(t)
			err = Down(bg, "t", cfg, DownOptions{Kill: true})
			if tt.at != "lock" && tt.at != "state.json" && (err == nil || !strings.Contains(err.Error(), at+" has a mount ")) || err == nil {
				t.Errorf("down: %v", err)
			}
			if d := differs(t, before); d != "" {
				t.Errorf("afterwards (-before +after):\n%s", d)
			}
			if err := unix.Unmount(at, 0); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Lstat("/run/netns/t-a"); err != nil {
				t.Error(err)
			}
			if err := Down(bg, "t", cfg, DownOptions{}); err != nil {
				t.Error(err)
			}
			nothingLeft(t, cfg, "t")
		})
	}
}

// A node whose name stands for another's namespace is neither planned nor
// changed.
func TestIntegrationCoveredNode(t *testing.T) {
	const at = "/run/nslab/t/ns/"
	for _, tt := range []struct{ source, want string }{
		{at + "b", `node "a": /run/nslab/t/ns/a stands for the network namespace of node "b": run "umount /run/nslab/t/ns/a", and up again`},
		{"/proc/1/ns/net", `node "a": /run/nslab/t/ns/a stands for the network namespace of the machine: run "umount /run/nslab/t/ns/a", and up again`},
	} {
		up(t, nil, twoNodes)
		if err := unix.Mount(tt.source, at+"a", "", unix.MS_BIND, ""); err != nil {
			if strings.HasPrefix(tt.source, "/proc") && errors.Is(err, unix.EACCES) {
				continue // of a user namespace
			}
			t.Fatal(err)
		}
		other := strings.Replace(twoNodes, "a: {}", "a: {addresses: [192.0.2.1/32]}", 1)
		before := handState(t)
		_, err := Up(bg, parse(t, other), nil, UpOptions{})
		_, perr := PlanUp(bg, parse(t, other), nil, UpOptions{PlanOptions: PlanOptions{Prune: true}})
		for _, err := range []error{err, perr} {
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		}
		if d := differs(t, before); d != "" {
			t.Errorf("afterwards (-before +after):\n%s", d)
		}
		if err := Down(bg, "t", nil, DownOptions{}); err != nil {
			t.Error(err)
		}
		nothingLeft(t, nil, "t")
	}
}

// Where /run/nslab or its like leads nowhere, that is said, and not that there
// is nothing.
func TestIntegrationDanglingDirectories(t *testing.T) {
	cfg := &Config{NetNS: nsfs.Dir{Etc: "/run/etc-netns"}}
	for _, dir := range []string{"/run/nslab", "/run/netns", cfg.NetNS.Etc} {
		t.Run(dir, func(t *testing.T) {
			for unix.Unmount(dir, unix.MNT_DETACH) == nil { // what ip(8) has mounted there
			}
			if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			if err := os.Symlink("/nowhere", dir); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := os.Remove(dir); err != nil {
					t.Error(err)
				}
			}()
			want := dir + " is a symbolic link to /nowhere, which does not exist: create that directory, or remove the link"
			if _, err := Up(bg, parse(t, "name: t\nhosts: etc\nnodes: {a: {}}\n"), cfg, UpOptions{}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("up: %v", err)
			}
			_, lerr := List(cfg)
			_, oerr := Open("t", cfg)
			for _, err := range []error{lerr, oerr, Down(bg, "t", cfg, DownOptions{})} {
				if dir == "/run/nslab" && (err == nil || err.Error() != want) {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}
