package lab

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/nslab/nslab/nsfs"
)

// The directory for names of "hosts: etc" goes with the last name in it if nslab
// has made it, however the name goes; one that somebody else has made stays.
func TestIntegrationEtcNetNSGoes(t *testing.T) {
	etc := t.TempDir() + "/netns"
	cfg := &Config{NetNS: nsfs.Dir{Etc: etc}}
	with := func(lab string) string { return "name: " + lab + "\nhosts: etc\nnodes: {a: {}}\n" }
	without := strings.Replace(with("t"), "hosts: etc\n", "", 1)
	failing := strings.Replace(with("t"), "{}", `{}, b: {exec: ["false"]}`, 1)
	fails := func() {
		t.Helper()
		var e *RunError
		if _, err := Up(bg, parse(t, failing), cfg, UpOptions{}); !errors.As(err, &e) || e.Undo != nil {
			t.Errorf("up: %v", err)
		}
	}
	down := func(lab string) {
		t.Helper()
		if err := Down(bg, lab, cfg, DownOptions{}); err != nil {
			t.Error(err)
		}
	}
	is := func(when string, want bool) {
		t.Helper()
		if _, err := os.Lstat(etc); (err == nil) != want || err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", when, err)
		}
	}
	up(t, cfg, with("t"))
	up(t, cfg, with("u"))
	down("t")
	is("another lab needs it", true)
	down("u")
	is("after the last lab", false)
	fails()
	is("a new lab that fails", false)
	up(t, cfg, without)
	fails()
	is("a change that fails", false)
	up(t, cfg, with("t"))
	up(t, cfg, without)
	is("a change of hosts", false)

	up(t, cfg, with("t"))
	if err := os.Mkdir(etc+"/mine", 0o755); err != nil {
		t.Fatal(err)
	}
	down("t")
	is("somebody uses it", true)
	// Whoever makes it again may get the same inode.
	if err := errors.Join(os.RemoveAll(etc), os.Mkdir(etc, 0o755)); err != nil {
		t.Fatal(err)
	}
	up(t, cfg, with("t"))
	down("t")
	is("somebody else has made it", true)
	entries, err := os.ReadDir(etc)
	if err != nil || len(entries) != 0 {
		t.Errorf("%v, %v", entries, err)
	}
}
