package cgroup2

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	own, err := Of("self")
	if err != nil {
		t.Fatal(err)
	}
	same, err := Of(fmt.Sprint(os.Getpid()))
	if err != nil || same != own {
		t.Errorf("%q by the process's id, %q by self: %v", same, own, err)
	}
	b, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	if line := "0::" + own + "\n"; own != "" && !strings.Contains(string(b), line) || own == "" && strings.Contains(string(b), "0::") {
		t.Errorf("%q, but /proc/self/cgroup has\n%s", own, b)
	}
	if _, err := Of("0"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a process that does not exist: %v", err)
	}
}

// The tree can be seen as long as it is open, by a path without a mount in the
// file system.
func TestOpen(t *testing.T) {
	f, err := Open()
	if err != nil {
		t.Skip(err) // not for every user, nor on every kernel
	}
	defer f.Close()
	if _, err := os.ReadFile(fmt.Sprintf("/proc/self/fd/%d/cgroup.procs", f.Fd())); err != nil {
		t.Error(err)
	}
}
