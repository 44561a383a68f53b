package main

import (
	"runtime"
	"strconv"
	"strings"
	"testing"
)

const output = `goos: linux
BenchmarkAddr/Impl=nslab-2      100   2000 ns/op   500 user-ns/op   1000 sys-ns/op   0 B/op   0 allocs/op
BenchmarkAddr/Impl=other-2      100   3000 ns/op   250 user-ns/op   1000 sys-ns/op   96 B/op   4 allocs/op
PASS
`

func TestTable(t *testing.T) {
	procs := "-" + strconv.Itoa(runtime.GOMAXPROCS(0))
	if procs == "-1" {
		procs = "" // as package testing has it
	}
	results, err := parse(strings.ReplaceAll(output, "-2 ", procs+" "))
	if err != nil {
		t.Fatal(err)
	}
	var tab table
	var names []string
	for _, r := range results {
		names = append(names, r.name)
		tab.add(r.name, r.values)
		// An even number of samples: the median lies between them.
		r.values[wall] += 1e-6
		tab.add(r.name, r.values)
	}
	var got strings.Builder
	if err := tab.write(&got, names); err != nil {
		t.Fatal(err)
	}
	want := "" +
		"| Addr | nslab | 2.5 µs | 1.00 | 500 ns | 1.00 | 1 µs | 0 | 0 |\n" +
		"| Addr | other | 3.5 µs | 1.40 | 250 ns | 0.50 | 1 µs | 4 | 96 |\n"
	if _, rows, _ := strings.Cut(got.String(), "--:|\n"); rows != want {
		t.Errorf("got:\n%s\nwant:\n%s", rows, want)
	}
}

func TestParseMalformed(t *testing.T) {
	if r, err := parse("BenchmarkAddr/Impl=nslab 100 many ns/op\n"); err == nil {
		t.Errorf("got %v, want an error", r)
	}
}

func TestTableWithoutBase(t *testing.T) {
	var tab table
	for _, names := range [][]string{{"Addr/Impl=other"}, {"Addr/Impl=nslab", "Dump/Impl=other"}, {"Addr"}} {
		if err := tab.write(new(strings.Builder), names); err == nil {
			t.Errorf("%q: no error", names)
		}
	}
}
