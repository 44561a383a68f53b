package nsfs_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
)

func TestLocked(t *testing.T) {
	ctx := context.Background()
	d := nsfs.Dir{Path: filepath.Join(scratch(t), "ns")}
	create(t, d, "there")
	h, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	before := testenv.Snapshot(t)

	l, err := d.Lock(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 25 {
				if err := l.Bind(fmt.Sprintf("n%d.%d", i, j), h); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if names, err := d.NamesOf(h); err != nil || len(names) != 100 {
		t.Errorf("%d names, %v; want 100", len(names), err)
	}
	if err := l.Bind("there", h); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Bind of a name that is there: %v", err)
	}
	for _, name := range []string{"", "a/b", "-a"} {
		if err := l.Bind(name, h); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Bind %q: %v", name, err)
		}
	}
	if err := l.Delete("../ns"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("Delete ../ns: %v", err)
	}
	if err := l.Delete("missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Delete of a name that is not there: %v", err)
	}

	// Others wait.
	result := make(chan error)
	go func() { result <- d.Bind(ctx, "late", h) }()
	waitBlocked(t, d.Path, 1)
	if _, err := os.Lstat(d.File("late")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Bind did not wait: %v", err)
	}
	for i := range 4 {
		for j := range 25 {
			if err := l.Delete(fmt.Sprintf("n%d.%d", i, j)); err != nil {
				t.Error(err)
			}
		}
	}
	if err := l.Unlock(); err != nil {
		t.Error(err)
	}
	if err := <-result; err != nil {
		t.Error(err)
	}
	if err := d.Delete(ctx, "late"); err != nil {
		t.Error(err)
	}
	before.Check(t)

	for _, err := range []error{l.Unlock(), l.Bind("x", h), l.Delete("x")} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("after Unlock: %v", err)
		}
	}
	if got := mountsUnder(t, d.Path); len(got) != 2 {
		t.Errorf("mounts left:\n%s", strings.Join(got, ""))
	}
}
