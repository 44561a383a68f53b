package nsfs_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
)

func current(t testing.TB) nsfs.ID {
	t.Helper()
	h, err := nsfs.Current()
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	return h.ID()
}

func TestDo(t *testing.T) {
	h, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	home := current(t)
	if h.ID() == home {
		t.Fatal("New made no namespace")
	}
	failed := errors.New("failed")
	err = h.Do(func() error {
		if id := current(t); id != h.ID() {
			t.Errorf("inside is %v, want %v", id, h.ID())
		}
		if unix.Gettid() == unix.Getpid() {
			t.Error("Do used the main thread")
		}
		return failed
	})
	if err != failed {
		t.Errorf("Do returned %v", err)
	}
	if id := current(t); id != home {
		t.Errorf("afterwards in %v, want %v", id, home)
	}
}

// TestDoConcurrently calls Do on several threads at once.
func TestDoConcurrently(t *testing.T) {
	before := testenv.Snapshot(t)
	var handles []*nsfs.Handle
	for range 4 {
		h, err := nsfs.New()
		if err != nil {
			t.Fatal(err)
		}
		handles = append(handles, h)
	}
	var wg sync.WaitGroup
	for i := range len(handles) {
		h := handles[i]
		wg.Go(func() {
			for range 100 {
				if err := h.Do(func() error {
					runtime.Gosched()
					if unix.Gettid() == unix.Getpid() {
						return errors.New("on the main thread")
					}
					if id := current(t); id != h.ID() {
						return fmt.Errorf("inside %v, want %v", id, h.ID())
					}
					return nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, h := range handles {
		h.Close()
	}
	before.Check(t)
}

// closeHome closes the descriptors that are open on a namespace, as a function
// with a wrong number might.
func closeHome(t *testing.T, home nsfs.ID) (closed []int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		target, _ := os.Readlink("/proc/self/fd/" + e.Name())
		var fd int
		if _, err := fmt.Sscan(e.Name(), &fd); err == nil && target == home.String() {
			if err := unix.Close(fd); err != nil {
				t.Error(err)
			}
			closed = append(closed, fd)
		}
	}
	return closed
}

// injections are the ways in which a function inside Do can go wrong.
func injections(t *testing.T, h *nsfs.Handle, home nsfs.ID) map[string]func(t *testing.T) {
	return map[string]func(t *testing.T){
		"error": func(t *testing.T) {
			failed := errors.New("failed")
			if err := h.Do(func() error { return failed }); err != failed {
				t.Errorf("got %v", err)
			}
		},
		"panic": func(t *testing.T) {
			failed := errors.New("a value")
			defer func() {
				p, ok := recover().(*nsfs.PanicError)
				if !ok || p.Value != failed || !errors.Is(p, failed) || !strings.Contains(string(p.Stack), "injections") {
					t.Errorf("recovered %v", p)
				}
			}()
			err := h.Do(func() error { panic(failed) })
			t.Errorf("Do returned %v after a panic", err)
		},
		"nil dereference": func(t *testing.T) {
			defer func() {
				var re runtime.Error
				if p, ok := recover().(*nsfs.PanicError); !ok || !errors.As(p, &re) {
					t.Errorf("recovered %v", p)
				}
			}()
			err := h.Do(func() error { return *(*error)(nil) })
			t.Errorf("Do returned %v after a panic", err)
		},
		"Goexit": func(t *testing.T) {
			returned, ended := false, make(chan struct{})
			go func() {
				defer close(ended)
				err := h.Do(func() error { runtime.Goexit(); return nil })
				returned = true
				t.Errorf("Do returned %v after Goexit", err)
			}()
			<-ended
			if returned {
				t.Error("Goexit was lost")
			}
		},
		"fn closes the way home": func(t *testing.T) {
			err := h.Do(func() error {
				if len(closeHome(t, home)) == 0 {
					t.Error("no descriptor to close")
				}
				return nil
			})
			var e *nsfs.Error
			if !errors.As(err, &e) || !errors.Is(err, unix.EBADF) {
				t.Errorf("got %v, want EBADF in a nsfs.Error", err)
			}
		},
		"fn closes the way home and its number is taken": func(t *testing.T) {
			var taken *os.File
			err := h.Do(func() error {
				closed := closeHome(t, home)
				if len(closed) != 1 {
					return fmt.Errorf("closed %v, want one descriptor", closed)
				}
				null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
				if err != nil {
					return err
				}
				if null != closed[0] {
					if err := unix.Dup3(null, closed[0], unix.O_CLOEXEC); err != nil {
						return err
					}
					if err := unix.Close(null); err != nil {
						return err
					}
				}
				taken = os.NewFile(uintptr(closed[0]), "taken")
				return nil
			})
			if err == nil || !strings.Contains(err.Error(), "was closed inside") {
				t.Errorf("got %v", err)
			}
			if taken == nil {
				t.Fatal("no number was taken")
			}
			if err := taken.Close(); err != nil {
				t.Errorf("the descriptor that took the number was closed: %v", err)
			}
		},
		"setns fails": func(t *testing.T) {
			f, err := os.Open("/proc/self/ns/mnt")
			if err != nil {
				t.Fatal(err)
			}
			bad := nsfs.Unchecked(f)
			defer bad.Close()
			ran := false
			err = bad.Do(func() error { ran = true; return nil })
			var e *nsfs.Error
			if !errors.Is(err, unix.EINVAL) || !errors.As(err, &e) || ran {
				t.Errorf("got %v, ran %v; want EINVAL", err, ran)
			}
		},
		"closed handle": func(t *testing.T) {
			for _, closed := range []*nsfs.Handle{nil, {}} {
				ran := false
				if err := closed.Do(func() error { ran = true; return nil }); !errors.Is(err, os.ErrClosed) || ran {
					t.Errorf("got %v, ran %v", err, ran)
				}
			}
		},
		"fn spoils its thread and says so": func(t *testing.T) {
			if err := h.Do(func() error {
				runtime.LockOSThread()
				return unix.Unshare(unix.CLONE_NEWNS)
			}); err != nil {
				t.Error(err)
			}
		},
		"fn moves elsewhere": func(t *testing.T) {
			if err := h.Do(func() error { return unix.Unshare(unix.CLONE_NEWNET) }); err != nil {
				t.Error(err)
			}
		},
	}
}

// TestLeaks is the package's promise: after a thousand cycles, and after
// everything that can go wrong inside, the process has the same resources as
// before.
func TestLeaks(t *testing.T) {
	d := nsfs.Dir{Path: filepath.Join(scratch(t), "ns")}
	h := create(t, d, "keep") // the directory's mount exists before the snapshot
	home := current(t)
	ctx := context.Background()

	for name, inject := range injections(t, h, home) {
		t.Run(name, func(t *testing.T) {
			before := testenv.Snapshot(t)
			for range 20 {
				inject(t)
			}
			before.Check(t)
		})
	}
	t.Run("1000 cycles", func(t *testing.T) {
		before := testenv.Snapshot(t)
		for range 1000 {
			h, err := d.Create(ctx, "cycle")
			if err != nil {
				t.Fatal(err)
			}
			if err := h.Do(func() error { return nil }); err != nil {
				t.Fatal(err)
			}
			if err := d.Delete(ctx, "cycle"); err != nil {
				t.Fatal(err)
			}
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
		}
		before.Check(t)
	})
	t.Run("failed operations", func(t *testing.T) {
		before := testenv.Snapshot(t)
		for range 50 {
			if _, err := d.Create(ctx, "keep"); err == nil {
				t.Fatal("keep was created twice")
			}
			if err := d.Delete(ctx, "missing"); err == nil {
				t.Fatal("missing was deleted")
			}
			if _, err := d.Open("missing"); err == nil {
				t.Fatal("missing was opened")
			}
			if _, err := d.Attach(ctx, "x", 1<<30); err == nil {
				t.Fatal("a process that does not exist was attached")
			}
			if c, err := d.Command(ctx, "keep", "/nonexistent"); err != nil || c.Run() == nil {
				t.Fatal("ran a program that does not exist", err)
			}
		}
		before.Check(t)
	})
}

func TestHandle(t *testing.T) {
	h, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	again, err := nsfs.OpenPath(fmt.Sprintf("/proc/self/fd/%d", h.FD()))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	self, err := nsfs.OpenPID(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	if !h.Same(again) || h.Same(self) || h.Inode() != again.Inode() {
		t.Errorf("%v, %v, %v: Same is wrong", h.ID(), again.ID(), self.ID())
	}
	if want, _ := os.Readlink("/proc/self/ns/net"); self.ID().String() != want {
		t.Errorf("ID is %v, the kernel says %s", self.ID(), want)
	}
	cookies := make(map[uint64]bool)
	for _, x := range []*nsfs.Handle{h, again, self} {
		c, err := x.Cookie()
		if errors.Is(err, nsfs.ErrNotSupported) && errors.Is(err, errors.ErrUnsupported) {
			t.Skip(err)
		}
		if err != nil || c == 0 {
			t.Fatal(c, err)
		}
		cookies[c] = true
	}
	if len(cookies) != 2 {
		t.Errorf("cookies %v of two namespaces", cookies)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := h.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
	if _, err := h.Cookie(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Cookie after Close: %v", err)
	}
	if err := new(nsfs.Handle).Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Close of the zero value: %v", err)
	}
	if fd := new(nsfs.Handle).FD(); fd != -1 {
		t.Errorf("FD of the zero value: %d", fd)
	}
}
