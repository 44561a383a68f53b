package testenv

import "testing"

// Sampled reports whether a test that does the same many times is to do it less often: with -short, the fast loop, and
// with the race detector, under which a program takes several times as long to start.
func Sampled() bool { return testing.Short() || race }

// Row reports whether row i of a long table of cases against the kernel is to be run: all, each third where the test
// is [Sampled], and each ninth with -short.
func Row(i int) bool {
	switch {
	case testing.Short():
		return i%9 == 0
	case race:
		return i%3 == 0
	}
	return true
}
