package testenv

import "testing"

// Row reports whether row i of a long table of cases against the kernel is to be run.
// With -short, which is for runs beside a whole one, each third row is.
func Row(i int) bool { return !testing.Short() || i%3 == 0 }
