package suggest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	words := []string{"kind", "count", "routes", "Addresses"}
	for _, tc := range []struct{ word, want string }{
		{"kidn", "kind"}, {"contu", "count"}, {"cuont", "count"}, {"route", "routes"}, {"roots", "routes"},
		{"ADRESSES", "Addresses"}, {"kind", ""}, {"x", ""}, {"", ""}, {"knots", ""}, {strings.Repeat("k", 65), ""},
	} {
		if got := Nearest(tc.word, slices.Values(words)); got != tc.want {
			t.Errorf("%q is near to %q, want %q", tc.word, got, tc.want)
		}
	}
}

// The search among very many names ends.
func TestNearestOfMany(t *testing.T) {
	looked := 0
	Nearest("node", func(yield func(string) bool) {
		for yield(fmt.Sprint("another", looked)) {
			looked++
		}
	})
	if looked != maxCandidates {
		t.Errorf("it looked at %d names", looked)
	}
}
