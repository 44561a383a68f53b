package testenv

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// State is what a process has that can leak.
type State struct {
	// Descriptors maps each open descriptor to its target.
	Descriptors map[string]string
	// Threads maps each thread's id to its network and mount namespaces.
	Threads map[string]string
	// Mounts are the lines of /proc/self/mountinfo.
	Mounts []string
}

// leakWait bounds the wait for threads that are ending. It only delays a
// failure.
const leakWait = 30 * time.Second

// Snapshot returns what the process has now.
func Snapshot(t testing.TB) State {
	t.Helper()
	// The runtime opens its poller's descriptors with the first pipe.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	w.Close()
	return snapshot(t)
}

func snapshot(t testing.TB) State {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	return State{
		Descriptors: links(t, "/proc/self/fd", func(string) []string { return []string{""} }),
		Threads: links(t, "/proc/self/task", func(string) []string {
			return []string{"/ns/net", "/ns/mnt"}
		}),
		Mounts: slices.Collect(strings.Lines(string(mounts))),
	}
}

// links reads symbolic links under each entry of a directory. It skips an entry
// that disappears meanwhile, such as the descriptor that reads the directory.
func links(t testing.TB, dir string, under func(entry string) []string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	m := make(map[string]string)
	for _, e := range entries {
		var targets []string
		for _, u := range under(e.Name()) {
			if target, err := os.Readlink(dir + "/" + e.Name() + u); err == nil {
				targets = append(targets, target)
			}
		}
		if len(targets) > 0 {
			m[e.Name()] = strings.Join(targets, " ")
		}
	}
	return m
}

// Check fails the test if the process has gained or lost descriptors or mounts
// since the snapshot, or if a thread is in a network or mount namespace that no
// thread was in. Go keeps threads for reuse, so their number may have grown by
// one for each processor and the few that the runtime itself uses, but not
// more.
func (before State) Check(t testing.TB) {
	t.Helper()
	deadline := time.Now().Add(leakWait)
	for {
		diff := before.Diff(t)
		if diff == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the process has changed since the snapshot:\n%s", diff)
		}
		// A process cannot wait for the end of a thread.
		runtime.Gosched()
	}
}

// Diff describes the differences between the process now and the snapshot, by
// the rules of Check, or returns "".
func (before State) Diff(t testing.TB) string {
	t.Helper()
	after := snapshot(t)
	var b strings.Builder
	for fd, target := range after.Descriptors {
		if before.Descriptors[fd] != target {
			fmt.Fprintf(&b, "descriptor %s is %s, was %q\n", fd, target, before.Descriptors[fd])
		}
	}
	for fd, target := range before.Descriptors {
		if _, ok := after.Descriptors[fd]; !ok {
			fmt.Fprintf(&b, "descriptor %s was %s and is closed\n", fd, target)
		}
	}
	known := slices.Collect(maps.Values(before.Threads))
	for tid, ns := range after.Threads {
		if !slices.Contains(known, ns) {
			fmt.Fprintf(&b, "thread %s is in %s; at the start threads were in %q\n", tid, ns, known)
		}
	}
	if slack := 2*runtime.GOMAXPROCS(0) + 4; len(after.Threads) > len(before.Threads)+slack {
		fmt.Fprintf(&b, "%d threads, were %d\n", len(after.Threads), len(before.Threads))
	}
	for _, m := range after.Mounts {
		if !slices.Contains(before.Mounts, m) {
			fmt.Fprintf(&b, "new mount %s", m)
		}
	}
	for _, m := range before.Mounts {
		if !slices.Contains(after.Mounts, m) {
			fmt.Fprintf(&b, "mount gone %s", m)
		}
	}
	return b.String()
}
