package nsfs_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nsfs"
)

// stopped starts a process that stops at a step of a Bind, and returns a
// function that kills it there.
func stopped(t *testing.T, d nsfs.Dir, name, step string) (kill func()) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := helper("bind", d.Path, name, step)
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	t.Cleanup(func() { cmd.Process.Kill() }) //nolint:errcheck // it has ended unless the test failed
	if line, err := bufio.NewReader(r).ReadString('\n'); line != "stopped\n" {
		t.Fatalf("the helper said %q, %v", line, err)
	}
	return func() {
		t.Helper()
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != unix.SIGKILL {
			t.Fatalf("the helper ended with %v", err)
		}
	}
}

// TestKilledBetweenSteps kills a process at each step of a creation.
func TestKilledBetweenSteps(t *testing.T) {
	ctx := context.Background()
	for _, step := range []string{"bound", "private", "stub"} {
		t.Run(step, func(t *testing.T) {
			d := nsfs.Dir{Path: filepath.Join(scratch(t), "ns")}
			stopped(t, d, "x", step)()
			h := create(t, d, "x")
			same, err := d.Open("x")
			if err != nil || !same.Same(h) {
				t.Fatalf("Open: %v", err)
			}
			same.Close()
			if err := d.Delete(ctx, "x"); err != nil {
				t.Error(err)
			}
			if got := mountsUnder(t, d.Path); len(got) != 1 {
				t.Errorf("mounts left:\n%s", strings.Join(got, ""))
			}
		})
	}
	t.Run("mounted", func(t *testing.T) {
		d := nsfs.Dir{Path: filepath.Join(scratch(t), "ns")}
		stopped(t, d, "x", "mounted")()
		// The namespace exists; only the file's last mode was missing.
		if _, err := d.Create(ctx, "x"); !errors.Is(err, fs.ErrExist) || errors.Is(err, nsfs.ErrNotNamespace) {
			t.Errorf("Create: %v", err)
		}
		h, err := d.Open("x")
		if err != nil {
			t.Fatal(err)
		}
		h.Close()
		if err := d.Delete(ctx, "x"); err != nil {
			t.Error(err)
		}
		create(t, d, "x")
	})
	t.Run("deleted instead", func(t *testing.T) {
		d := nsfs.Dir{Path: filepath.Join(scratch(t), "ns")}
		stopped(t, d, "x", "stub")()
		if err := d.Delete(ctx, "x"); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(d.File("x")); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	})
}

// TestStubReplaced removes the file of a creation before anything is mounted on
// it, as `ip netns delete` may, and in one case replaces it with another file,
// as `ip netns add` may.
func TestStubReplaced(t *testing.T) {
	ctx := context.Background()
	h, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	t.Run("removed", func(t *testing.T) {
		d := nsfs.Dir{Path: filepath.Join(scratch(t), "ns")}
		steps := 0
		if err := d.BindSteps(ctx, "x", h, func(step string) {
			if step != "stub" {
				return
			}
			if steps++; steps < 5 {
				if err := os.Remove(d.File("x")); err != nil {
					t.Error(err)
				}
			}
		}); err != nil || steps != 5 {
			t.Errorf("%v after %d tries, want success after 5", err, steps)
		}
		if names, err := d.NamesOf(h); err != nil || !slices.Equal(names, []string{"x"}) {
			t.Errorf("NamesOf: %q, %v", names, err)
		}
	})
	t.Run("removed for ever", func(t *testing.T) {
		d := nsfs.Dir{Path: filepath.Join(scratch(t), "ns")}
		err := d.BindSteps(ctx, "x", h, func(step string) {
			if step == "stub" {
				os.Remove(d.File("x"))
			}
		})
		if err == nil || !strings.Contains(err.Error(), "another process removed") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("replaced", func(t *testing.T) {
		d := nsfs.Dir{Path: filepath.Join(scratch(t), "ns")}
		err := d.BindSteps(ctx, "x", h, func(step string) {
			if step == "stub" {
				if err := errors.Join(os.Remove(d.File("x")), os.WriteFile(d.File("x"), nil, 0)); err != nil {
					t.Error(err)
				}
			}
		})
		if !errors.Is(err, fs.ErrExist) {
			t.Errorf("got %v", err)
		}
		if got := mountsUnder(t, d.Path); len(got) != 1 {
			t.Errorf("mounted on another's file:\n%s", strings.Join(got, ""))
		}
		if _, err := os.Lstat(d.File("x")); err != nil {
			t.Errorf("the other's file: %v", err)
		}
	})
}

// TestStubIsNotTakenFromTheLiving stops a process between the steps and checks
// that others wait for it as long as their context lasts.
func TestStubIsNotTakenFromTheLiving(t *testing.T) {
	d := nsfs.Dir{Path: filepath.Join(scratch(t), "ns")}
	create(t, d, "other")
	kill := stopped(t, d, "x", "stub")

	ctx, cancel := context.WithCancelCause(context.Background())
	reason := errors.New("enough")
	result := make(chan error)
	go func() {
		_, err := d.Create(ctx, "x")
		result <- err
	}()
	waitBlocked(t, d.Path, 1)
	cancel(reason)
	if err := <-result; !errors.Is(err, reason) {
		t.Errorf("Create while another has the lock: %v", err)
	}
	go func() { result <- d.Delete(context.Background(), "other") }()
	// The first one still waits: a flock(2) cannot be cancelled.
	waitBlocked(t, d.Path, 2)
	kill()
	if err := <-result; err != nil {
		t.Error(err)
	}
	create(t, d, "other")
	if err := d.Delete(context.Background(), "other"); err != nil {
		t.Error(err)
	}
	create(t, d, "x")
}

// waitBlocked waits until that many callers wait for the lock of a directory.
func waitBlocked(t *testing.T, dir string, want int) {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		t.Fatal(err)
	}
	inode := fmt.Sprintf(":%d", st.Ino)
	for {
		locks, err := os.ReadFile("/proc/locks")
		if err != nil {
			t.Fatal(err)
		}
		blocked := 0
		for line := range strings.Lines(string(locks)) {
			// In proc_locks(5), "1: -> FLOCK ADVISORY WRITE 4711 00:31:2 0 EOF"
			// is a waiting lock.
			f := strings.Fields(line)
			if len(f) > 6 && f[1] == "->" && f[2] == "FLOCK" && strings.HasSuffix(f[6], inode) {
				blocked++
			}
		}
		if blocked >= want {
			return
		}
		runtime.Gosched()
	}
}
