package lab

import (
	"errors"
	"net/netip"
	"strings"
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

// undone runs `up` of a file, and of one node more whose exec line fails at the
// end of it all, so that it is undone.
func undone(t *testing.T, file string, opts UpOptions) *RunError {
	t.Helper()
	fails := strings.Replace(file, "nodes:\n", "nodes:\n  zz: {exec: [\"false\"]}\n", 1)
	_, err := Up(bg, parse(t, fails), nil, opts)
	var re *RunError
	if !errors.As(err, &re) || re.Undo != nil || re.Done != re.Total-1 {
		t.Fatalf("a change that fails at its end: %v", err)
	}
	return re
}
