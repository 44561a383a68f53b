package lab

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestRunErrorCounts(t *testing.T) {
	for done, want := range map[int]string{
		0: `lab "x": create link e in a: file exists; nothing had been done`,
		1: `lab "x": create link e in a: file exists; 1 step before it is undone`,
		2: `lab "x": create link e in a: file exists; all 2 steps before it are undone`,
	} {
		e := &RunError{Lab: "x", Step: "create link e in a", Cause: unix.EEXIST, Done: done, Total: 3}
		if got := e.Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
