package labdir

import (
	"strings"
	"testing"
)

// Exchanging two entries again undoes the exchange, whichever of them exists.
func TestSwap(t *testing.T) {
	p, err := Root(t.TempDir()).Open(t.Context(), "t", true, DontWait)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close() //nolint:errcheck // it is open
	read := func() (texts [2]string) {
		for i, name := range []string{"a", "b"} {
			b, err := p.Read(name)
			if err != nil {
				t.Fatal(err)
			}
			texts[i] = string(b)
		}
		return texts
	}
	for _, files := range []string{"", "a", "b", "ab"} {
		for _, name := range strings.Split(files, "") {
			if err := p.Write(name, []byte(name), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		before := read()
		if err := p.Swap("a", "b"); err != nil {
			t.Error(err)
		}
		if now := read(); now[0] != before[1] || now[1] != before[0] {
			t.Errorf("%q: %q, then %q", files, before, now)
		}
		if err := p.Swap("a", "b"); err != nil {
			t.Error(err)
		}
		if now := read(); now != before {
			t.Errorf("%q: %q, and swapped twice %q", files, before, now)
		}
		for _, name := range []string{"a", "b"} {
			if err := p.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
	}
}
