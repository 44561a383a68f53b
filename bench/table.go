package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// A result is one line of a benchmark's output: values by unit, times in
// seconds.
type result struct {
	name   string // without the GOMAXPROCS suffix
	values map[string]float64
}

// parse reads the output of go test -bench.
func parse(output string) ([]result, error) {
	var results []result
	suffix := "-" + strconv.Itoa(runtime.GOMAXPROCS(0)) // absent for 1
	for r := benchfmt.NewReader(strings.NewReader(output), "output"); r.Scan(); {
		switch line := r.Result().(type) {
		case *benchfmt.SyntaxError:
			return nil, line
		case *benchfmt.Result:
			got := result{strings.TrimSuffix(string(line.Name.Full()), suffix), make(map[string]float64)}
			for _, v := range line.Values {
				got.values[v.Unit] = v.Value
			}
			results = append(results, got)
		}
	}
	return results, nil
}

// The units of the table, as benchfmt normalizes them.
const (
	wall   = "sec/op"
	user   = "user-sec/op"
	system = "sys-sec/op"
	allocs = "allocs/op"
	size   = "B/op"
)

// A table collects samples by benchmark and unit. The zero table is empty.
type table struct {
	samples map[string]map[string][]float64
}

func (t *table) add(name string, values map[string]float64) {
	if t.samples == nil {
		t.samples = make(map[string]map[string][]float64)
	}
	if t.samples[name] == nil {
		t.samples[name] = make(map[string][]float64)
	}
	for unit, v := range values {
		t.samples[name][unit] = append(t.samples[name][unit], v)
	}
}

// write prints one row for each of names, with the ratios to nslab's row for
// the same thing.
func (t *table) write(w io.Writer, names []string) error {
	var s strings.Builder
	s.WriteString("| benchmark | library | wall | × | user CPU | × | system CPU | allocations | bytes |\n")
	s.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|\n")
	base := ""
	for _, name := range names {
		what, library, ok := strings.Cut(name, "/Impl=")
		if !ok {
			return fmt.Errorf("%s: no /Impl= in the name", name)
		}
		if library == "nslab" {
			base = name
		}
		if !strings.HasPrefix(base, what+"/Impl=") {
			return fmt.Errorf("%s: nslab does not come before it", name)
		}
		ratio := func(unit string) string {
			of := t.median(base, unit)
			if of == 0 {
				return "–" // too small to be measured
			}
			return strconv.FormatFloat(t.median(name, unit)/of, 'f', 2, 64)
		}
		fmt.Fprintf(&s, "| %s | %s | %s | %s | %s | %s | %s | %.0f | %.0f |\n", what, library,
			duration(t.median(name, wall)), ratio(wall), duration(t.median(name, user)), ratio(user),
			duration(t.median(name, system)), t.median(name, allocs), t.median(name, size))
	}
	_, err := io.WriteString(w, s.String())
	return err
}

// median returns 0 without samples.
func (t *table) median(name, unit string) float64 {
	v := slices.Sorted(slices.Values(t.samples[name][unit]))
	switch n := len(v); {
	case n == 0:
		return 0
	case n%2 == 0:
		return (v[n/2-1] + v[n/2]) / 2
	default:
		return v[n/2]
	}
}

// duration prints seconds with three digits.
func duration(s float64) string {
	switch {
	case s >= 1e-3:
		return strconv.FormatFloat(s*1e3, 'g', 3, 64) + " ms"
	case s >= 1e-6:
		return strconv.FormatFloat(s*1e6, 'g', 3, 64) + " µs"
	}
	return strconv.FormatFloat(s*1e9, 'g', 3, 64) + " ns"
}
