package testenv

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// Uint returns the number in an environment variable, or def if it is not set.
func Uint(tb testing.TB, name string, def uint64) uint64 {
	tb.Helper()
	v := os.Getenv(name)
	if v == "" {
		return def
	}
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return n
}

// Seed returns the seed of a random test, and logs how to repeat the test. The
// seed differs each time unless an environment variable sets it.
func Seed(tb testing.TB, name string) uint64 {
	tb.Helper()
	seed := Uint(tb, name, uint64(time.Now().UnixNano())%1_000_000_000)
	tb.Logf("%s=%d", name, seed)
	return seed
}
