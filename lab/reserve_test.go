package lab

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// exhaust takes all descriptors that this process may open, until the test ends
// it.
func exhaust(t *testing.T) (end func()) {
	t.Helper()
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	low := unix.Rlimit{Cur: uint64(len(entries)) + 64, Max: was.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	var taken []int
	for {
		fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == unix.EMFILE {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, fd)
	}
	return func() {
		for _, fd := range taken {
			unix.Close(fd)
		}
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
			t.Error(err)
		}
	}
}

// A change that lacks open files since others in the process have taken all is
// undone.
func TestIntegrationUndoWithoutFiles(t *testing.T) {
	text := "name: t\nnodes:\n  a: {sysctls: {net.ipv4.ip_default_ttl: 64}}\n  b: {sysctls: {net.ipv4.ip_default_ttl: 64}}\n"
	up(t, nil, text)
	before := handState(t)
	end := func() {}
	cfg := &Config{Progress: func(done, _ int, _ string) {
		if done == 1 {
			end = exhaust(t)
		}
	}}
	_, err := Up(bg, parse(t, strings.ReplaceAll(text, "64", "77")+"  c: {exec: [\"true\"]}\n"), cfg, UpOptions{})
	end()
	var re *RunError
	if !errors.As(err, &re) || re.Undo != nil || re.Done == 0 || !errors.Is(err, unix.EMFILE) {
		t.Fatalf("got %v", err)
	}
	if d := differs(t, before); d != "" {
		t.Errorf("afterwards (-before +after):\n%s", d)
	}
	upAgain(t, text)
}

// A name whose removal is undone takes nothing, and is nowhere else then; one
// that is removed leaves nothing.
func TestIntegrationUndoName(t *testing.T) {
	const both = "name: t\nnodes: {a: {}, b: {}}\n"
	up(t, nil, both)
	inode := func() uint64 {
		t.Helper()
		var st unix.Stat_t
		if err := unix.Lstat("/run/netns/t-b", &st); err != nil {
			t.Fatal(err)
		}
		return st.Ino
	}
	names := func() (all []string) {
		entries, err := os.ReadDir("/run/netns")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			all = append(all, e.Name())
		}
		return all
	}
	was := inode()
	var re *RunError
	if _, err := Up(bg, parse(t, "name: t\nnodes: {a: {}, c: {exec: [\"false\"]}}\n"), nil, UpOptions{}); !errors.As(err, &re) || re.Undo != nil {
		t.Fatalf("got %v", err)
	}
	if now := inode(); now != was {
		t.Errorf("the name was inode %d and is %d", was, now)
	}
	if all := names(); len(all) != 2 {
		t.Errorf("names %q", all)
	}
	up(t, nil, "name: t\nnodes: {a: {}}\n")
	if all := names(); len(all) != 1 || all[0] != "t-a" {
		t.Errorf("names %q", all)
	}
	// One that an interrupted run has kept is removed by the next.
	if err := os.Symlink("/run/nslab/t/ns/b", "/run/netns/.t-b.nslab"); err != nil {
		t.Fatal(err)
	}
	up(t, nil, "name: t\nnodes: {a: {}}\n")
	if all := names(); len(all) != 1 || all[0] != "t-a" {
		t.Errorf("names %q", all)
	}
}
