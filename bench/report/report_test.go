package report

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func result() *Result {
	l := Lab{"star", 10, 11, 10}
	r := &Result{Machine: "A <machine> & more", Clean: "tracepoints", Date: time.Unix(0, 0),
		Builders: []Builder{{Name: "nslab", Version: "1"}, {Name: "floor"}, {Name: "idle"}}}
	for i, up := range []time.Duration{30, 10, 20} {
		r.Samples = append(r.Samples, Sample{Lab: l, Builder: "nslab", Round: i, Up: up * time.Millisecond, Pings: 9, AllPings: 2 * time.Millisecond},
			Sample{Lab: l, Builder: "floor", Round: i, Up: 10 * time.Millisecond})
	}
	r.Counts = []Count{{Lab: l, Builder: "nslab", Messages: 70, Syscalls: 200}}
	return r
}

func TestMarkdown(t *testing.T) {
	var b strings.Builder
	if err := result().Markdown(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"**star 10: 11 namespaces, 10 links**",
		"| nslab | 3 | 20 ms (10 ms to 30 ms) | 2.00 | 1.82 ms | – | 2 ms of 9 |",
		"| floor | 3 | 10 ms (10 ms to 10 ms) | 1.00 | 0.909 ms | – | – |",
		"| star 10 | nslab | 70 | 7.0 | 200 | 20.0 |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q:\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "| idle | 0") {
		t.Error("a builder without samples has a row")
	}
}

func TestChart(t *testing.T) {
	r := result()
	var b strings.Builder
	if err := r.Chart(&b, r.Labs()[0]); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(b.String()))
	bars := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			bars++
		}
	}
	if bars != 2 {
		t.Errorf("%d bars, want 2", bars)
	}
	if err := r.Chart(&b, Lab{Topology: "none"}); err == nil {
		t.Error("a chart of nothing")
	}
}
