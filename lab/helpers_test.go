package lab

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/nslab/nslab/nsfs"
)

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// in runs a function in a namespace.
func in(t testing.TB, netns string, f func() error) {
	t.Helper()
	h, err := nsfs.Dir{}.Open(netns)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(h.Do(f), h.Close()); err != nil {
		t.Fatal(err)
	}
}
