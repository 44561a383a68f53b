package nsfs_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/nslab/nslab/nsfs"
)

func BenchmarkDo(b *testing.B) {
	h, err := nsfs.New()
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	b.ReportAllocs()
	for b.Loop() {
		if err := h.Do(func() error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBind gives one namespace another name, in a directory that already
// has some.
func BenchmarkBind(b *testing.B) {
	for _, there := range []int{0, 1000} {
		b.Run(fmt.Sprint(there), func(b *testing.B) {
			ctx := context.Background()
			d := nsfs.Dir{Path: filepath.Join(scratch(b), "ns")}
			h, err := nsfs.New()
			if err != nil {
				b.Fatal(err)
			}
			defer h.Close()
			for i := range there {
				if err := d.Bind(ctx, fmt.Sprint(i), h); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if err := d.Bind(ctx, "x", h); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := d.Delete(ctx, "x"); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}
