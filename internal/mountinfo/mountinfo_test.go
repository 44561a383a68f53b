package mountinfo

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Mounts are read as they are, and lines that are none left out. One is found by its id.
func TestRead(t *testing.T) {
	const text = `22 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw,hidepid=invisible
36 35 98:0 /a\040b /mnt\011\134 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
40 28 0:50 / /run/nslab/t/ns rw - tmpfs nslab:t
no mount
x 35 98:0 / / rw - ext3 /dev/root rw
`
	file := filepath.Join(t.TempDir(), "mountinfo")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	want := []Mount{
		{ID: 22, Root: "/", Path: "/proc", Type: "proc", Source: "proc", Options: "rw,hidepid=invisible"},
		{ID: 36, Root: "/a b", Path: "/mnt\t\\", Type: "ext3", Source: "/dev/root", Options: "rw,errors=continue"},
		{ID: 40, Root: "/", Path: "/run/nslab/t/ns", Type: "tmpfs", Source: "nslab:t"},
	}
	if got, err := Read(file); err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	for _, m := range want {
		if got, ok, err := Find(file, m.ID); err != nil || !ok || got != m {
			t.Errorf("mount %d: %+v, %v, %v", m.ID, got, ok, err)
		}
	}
	if got, ok, err := Find(file, 35); err != nil || ok || got != (Mount{}) {
		t.Errorf("mount 35: %+v, %v, %v", got, ok, err)
	}
}

func TestReadOwn(t *testing.T) {
	mounts, err := Read(Own)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(mounts, func(m Mount) bool { return m.Path == "/proc" && m.Type == "proc" }) {
		t.Errorf("no proc on /proc: %+v", mounts)
	}
	if _, err := Read(t.TempDir()); err == nil {
		t.Error("a directory was read")
	}
}
