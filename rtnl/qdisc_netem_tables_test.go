package rtnl

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The tables are those of iproute2 but for rounding.
func TestNetemTables(t *testing.T) {
	for name, table := range map[string][]int16{"normal": NetemNormal(), "pareto": NetemPareto(), "paretonormal": NetemParetoNormal()} {
		mean, square := 0.0, 0.0
		for i, v := range table {
			x := float64(v) / netemDistUnit / netemTableLen
			mean += x
			square += x * float64(v) / netemDistUnit
			if i > 0 && v < table[i-1] {
				t.Errorf("%s: it falls at %d", name, i)
			}
		}
		// Pareto's tail is cut off, which makes both a little smaller.
		if d := math.Sqrt(square); math.Abs(mean) > 0.04 || d < 0.55 || d > 1.01 {
			t.Errorf("%s: mean %.4f, standard deviation %.4f", name, mean, d)
		}
		var theirs []string
		for _, dir := range []string{"/usr/lib/tc", "/usr/lib/x86_64-linux-gnu/tc", "/usr/share/tc"} {
			if b, err := os.ReadFile(filepath.Join(dir, name+".dist")); err == nil {
				_, text, _ := strings.Cut(string(b), "\n") // a comment
				theirs = strings.Fields(text)
				break
			}
		}
		if theirs == nil {
			t.Logf("%s: iproute2's table is not installed", name)
			continue
		}
		if len(theirs) != len(table) {
			t.Fatalf("%s: %d values, iproute2 has %d", name, len(table), len(theirs))
		}
		for i, s := range theirs {
			v, err := strconv.Atoi(s)
			if err != nil {
				t.Fatal(err)
			}
			if d := v - int(table[i]); d < -2 || d > 2 {
				t.Errorf("%s: value %d is %d, iproute2's %d", name, i, table[i], v)
			}
		}
	}
}

func BenchmarkNetemNormal(b *testing.B) {
	for b.Loop() {
		netemTable(normalQuantile)
	}
}
