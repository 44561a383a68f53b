package nsfs_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

func TestCreateEach(t *testing.T) {
	d := nsfs.Dir{Path: filepath.Join(scratch(t), "ns")}
	create(t, d, "taken")
	before := testenv.Snapshot(t)
	l, err := d.Lock(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"a", "taken", "-b", "c"}
	inside := make(map[string]uint64) // inodes, which belong to a namespace as long as it is bound
	var made []string
	err = l.CreateEach(slices.Values(names), func(name string, h *nsfs.Handle, err error) error {
		made = append(made, name)
		switch name {
		case "taken":
			if h != nil || !errors.Is(err, fs.ErrExist) {
				t.Errorf("a name that is taken: %v, %v", h, err)
			}
			return nil
		case "-b":
			if h != nil || !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("a name that is none: %v, %v", h, err)
			}
			return nil
		}
		if err != nil {
			return err
		}
		defer h.Close()
		// The thread is inside.
		var thread unix.Stat_t
		err = unix.Stat("/proc/thread-self/ns/net", &thread)
		inside[name] = thread.Ino
		return err
	})
	if err != nil || !slices.Equal(made, names) {
		t.Errorf("told of %q, %v", made, err)
	}
	for _, name := range []string{"a", "c"} {
		h, err := d.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		var bound unix.Stat_t
		if err := unix.Fstat(h.FD(), &bound); err != nil || bound.Ino != inside[name] {
			t.Errorf("%s is inode %d, %v, and the thread was in %d", name, bound.Ino, err, inside[name])
		}
		h.Close()
	}

	// The first error of the function ends CreateEach.
	stop := errors.New("stop")
	many := func(yield func(string) bool) {
		for i := 0; yield(fmt.Sprint("n", i)); i++ {
		}
	}
	err = l.CreateEach(many, func(name string, h *nsfs.Handle, err error) error {
		if err != nil {
			return err
		}
		h.Close()
		if name == "n2" {
			return stop
		}
		return nil
	})
	if err != stop {
		t.Errorf("got %v", err)
	}
	// A panic happens in the caller.
	func() {
		defer func() {
			var p *nsfs.PanicError
			if v, _ := recover().(error); !errors.As(v, &p) || p.Value != "oh" {
				t.Errorf("recovered %v", v)
			}
		}()
		l.CreateEach(slices.Values([]string{"p"}), func(_ string, h *nsfs.Handle, _ error) error { //nolint:errcheck // it panics
			h.Close()
			panic("oh")
		})
	}()
	for _, name := range []string{"a", "c", "n0", "n1", "n2", "p"} {
		if err := l.Delete(name); err != nil {
			t.Error(err)
		}
	}
	if err := l.Unlock(); err != nil {
		t.Error(err)
	}
	err = l.CreateEach(slices.Values([]string{"late"}), func(_ string, _ *nsfs.Handle, err error) error { return err })
	if !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Unlock: %v", err)
	}
	before.Check(t)
}
