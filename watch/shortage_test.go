package watch

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// Namespaces that appear while all descriptors are in use are watched later.
// That is reported once, and the other namespaces are watched meanwhile.
func TestIntegrationShortage(t *testing.T) {
	_, c := namespace(t, "watch-before")
	aside := aside(t)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		h, err := aside.Create(t.Context(), name)
		must(t, err, h.Close())
		t.Cleanup(func() { must(t, aside.Delete(context.Background(), name)) })
	}
	must(t, os.Symlink("d", aside.File("way")))
	for name, to := range map[string]string{"d": "way", "stays": "d"} {
		must(t, os.Symlink(aside.File(to), nsfs.Dir{}.File(name)))
		t.Cleanup(func() { must(t, os.Remove(nsfs.Dir{}.File(name))) })
	}
	problems := make(chan error, 100)
	events := start(t, Config{Event: func(e *Event) error {
		if e.Action == Problem {
			problems <- e.Err
		}
		return nil
	}})

	// From here on no file can be opened, because the lowest free number is too
	// high.
	var was unix.Rlimit
	must(t, unix.Prlimit(0, unix.RLIMIT_NOFILE, nil, &was))
	free, err := os.Open("/")
	must(t, err)
	full := unix.Rlimit{Cur: uint64(free.Fd()), Max: was.Max}
	must(t, free.Close(), unix.Prlimit(0, unix.RLIMIT_NOFILE, &full, nil))
	t.Cleanup(func() { must(t, unix.Prlimit(0, unix.RLIMIT_NOFILE, &was, nil)) })
	for _, name := range []string{"a", "b", "c"} {
		must(t, os.Symlink(aside.File(name), nsfs.Dir{}.File(name)))
		t.Cleanup(func() { must(t, os.Remove(nsfs.Dir{}.File(name))) })
	}
	if err := <-problems; !errors.Is(err, unix.EMFILE) {
		t.Errorf("got %v", err)
	}
	do(t, c, linkUp("lo"))
	sentence(t, events, "watch-before: link lo went up")
	// A name no longer belongs to its old namespace, even if the new one cannot
	// be opened.
	must(t, os.Symlink("e", aside.File("new")), os.Rename(aside.File("new"), aside.File("way")))
	sentence(t, events, "d: namespace is gone")
	sentence(t, events, "stays: namespace appeared; it was d")

	must(t, unix.Prlimit(0, unix.RLIMIT_NOFILE, &was, nil))
	missing := map[string]bool{"a": true, "b": true, "c": true, "d": true}
	until(t, events, "of all four", func(e *Event) bool {
		if e.Action == Appeared {
			delete(missing, e.Space.NetNS)
		}
		return len(missing) == 0
	})
	for len(problems) > 0 {
		t.Errorf("said again: %v", <-problems)
	}
}
