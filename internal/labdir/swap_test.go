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

// Rewriting needs two files, and no more.
func TestRewrite(t *testing.T) {
	p, err := Root(t.TempDir()).Open(t.Context(), "t", true, DontWait)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close() //nolint:errcheck // it is open
	var had [2]uint64
	for i, text := range []string{"aa", "bb", "cc", "dd", "longer", "longes"} {
		if err := p.Rewrite("f", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := p.Read("f")
		if err != nil || string(b) != text {
			t.Errorf("%q: got %q, %v", text, b, err)
		}
		var now [2]uint64
		for k, name := range []string{"f", "f.tmp"} {
			if now[k], err = p.Inode(name); err != nil {
				t.Fatal(err)
			}
		}
		if (i == 2 || i == 3) && (now[0] != had[1] || now[1] != had[0] || now[0] == 0) {
			t.Errorf("%q: inodes %v, then %v", text, had, now)
		}
		had = now
	}
	if err := p.ReserveFile("g", 2, 0o600); err != nil {
		t.Fatal(err)
	}
	reserved, err := p.Inode("g.tmp")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Rewrite("g", []byte("ab"), 0o600); err != nil {
		t.Fatal(err)
	}
	if ino, err := p.Inode("g"); err != nil || ino != reserved {
		t.Errorf("inode %d, %v, reserved was %d", ino, err, reserved)
	}
}
