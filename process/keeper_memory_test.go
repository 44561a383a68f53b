package process

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Giving back memory leaves pages of the program's file as they are that were
// written to, and are read-only now: a dynamic linker makes such.
func TestShrinkRelocated(t *testing.T) {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := unix.Mmap(int(f.Fd()), 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(b) //nolint:errcheck // it was mapped
	was := b[0]
	b[0]++
	if err := unix.Mprotect(b, unix.PROT_READ); err != nil {
		t.Fatal(err)
	}
	shrink()
	if b[0] != was+1 {
		t.Errorf("byte %#x, want %#x", b[0], was+1)
	}
}
