package lab

import (
	"strings"
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
	e := &RunError{Lab: "x", Step: "end processes", Cause: unix.EINTR, Ended: []Process{{PID: 7, Node: "a", Command: "sleep"}}, Total: 3}
	for done, want := range map[int]string{
		0: `lab "x": end processes: interrupted system call; nothing had been done, except that these processes were told to end:
  7 in a: sleep`,
		2: `lab "x": end processes: interrupted system call; all 2 steps before it are undone
these processes had been told to end before, which cannot be taken back:
  7 in a: sleep`,
	} {
		e.Done = done
		if got := e.Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	e.Undo = unix.EMFILE
	if got := e.Error(); !strings.HasSuffix(got, "too many open files\nthese processes had been told to end before, which cannot be taken back:\n  7 in a: sleep") {
		t.Errorf("got %s", got)
	}
}
