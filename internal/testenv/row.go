package testenv

import "testing"

// Sampled reports whether a test that does the same many times should do it
// less often: with -short, the fast loop, and with the race detector, which
// makes programs start several times as slowly.
func Sampled() bool { return testing.Short() || race }

// Row reports whether to run row i of a long table of cases against the kernel:
// every row, each third if the test is [Sampled], and each ninth with -short.
func Row(i int) bool {
	switch {
	case testing.Short():
		return i%9 == 0
	case race:
		return i%3 == 0
	}
	return true
}
