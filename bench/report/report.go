// Package report writes the results of the benchmarks as JSON, as Markdown
// tables and as charts.
package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// A Result is everything that one run of the program measured.
type Result struct {
	Machine  string    `json:"machine"`
	Date     time.Time `json:"date"`
	Clean    string    `json:"cleanup"` // how the end of the clean-up is known
	Builders []Builder `json:"builders"`
	Lacking  []string  `json:"lacking,omitempty"` // missing builders, and why
	Samples  []Sample  `json:"samples"`
	Counts   []Count   `json:"counts,omitempty"`
	Differed []string  `json:"differed,omitempty"` // runs that left another state and were repeated
}

// A Builder is a program that made labs.
type Builder struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Missing []string `json:"missing,omitempty"` // fields of the state that it does not set
	Note    string   `json:"note,omitempty"`
}

// A Lab is a topology of a certain size.
type Lab struct {
	Topology string `json:"topology"`
	N        int    `json:"n"`
	Nodes    int    `json:"nodes"`
	Links    int    `json:"links"`
}

// A Sample is one lab made and removed. Durations are in nanoseconds in JSON.
type Sample struct {
	Lab
	Builder   string        `json:"builder"`
	Round     int           `json:"round"`
	Up        time.Duration `json:"up"`
	User      time.Duration `json:"user"`
	System    time.Duration `json:"system"`
	MaxRSS    int64         `json:"max_rss"` // bytes
	Others    time.Duration `json:"others"`  // CPU time of everything else during up
	FirstPing time.Duration `json:"first_ping"`
	Settle    time.Duration `json:"settle"`      // how long After was measured
	Before    time.Duration `json:"busy_before"` // machine CPU as long before up, scaled to that
	After     time.Duration `json:"busy_after"`  // and after it
	Pings     int           `json:"pings"`
	AllPings  time.Duration `json:"all_pings"`
	Down      time.Duration `json:"down"`
	Cleanup   time.Duration `json:"cleanup_done"` // from the start of down
}

// A Count is of a separate run under strace.
type Count struct {
	Lab
	Builder  string `json:"builder"`
	Messages int    `json:"messages"`
	Syscalls int    `json:"syscalls"`
}

// Spread is the median and the extremes of some values.
type Spread[T cmp.Ordered] struct{ Min, Median, Max T }

// SpreadOf returns the Spread of a list, which must not be empty.
func SpreadOf[T cmp.Ordered](values []T) Spread[T] {
	v := slices.Sorted(slices.Values(values))
	return Spread[T]{v[0], v[len(v)/2], v[len(v)-1]}
}

// Labs returns the labs of the samples, in their order.
func (r *Result) Labs() []Lab {
	var labs []Lab
	for i := range r.Samples {
		if !slices.Contains(labs, r.Samples[i].Lab) {
			labs = append(labs, r.Samples[i].Lab)
		}
	}
	return labs
}

// of returns the samples of a lab and a builder.
func (r *Result) of(l Lab, builder string) []Sample {
	var all []Sample
	for i := range r.Samples {
		if r.Samples[i].Lab == l && r.Samples[i].Builder == builder {
			all = append(all, r.Samples[i])
		}
	}
	return all
}

func spread[T cmp.Ordered](samples []Sample, value func(*Sample) T) Spread[T] {
	values := make([]T, len(samples))
	for i := range samples {
		values[i] = value(&samples[i])
	}
	return SpreadOf(values)
}

// Up returns the spread of the time of up, and whether there is one.
func (r *Result) Up(l Lab, builder string) (Spread[time.Duration], bool) {
	samples := r.of(l, builder)
	if len(samples) == 0 {
		return Spread[time.Duration]{}, false
	}
	return spread(samples, func(s *Sample) time.Duration { return s.Up }), true
}

// Name returns a lab's name.
func (l Lab) Name() string { return fmt.Sprintf("%s %d", l.Topology, l.N) }

func (l Lab) title() string {
	return fmt.Sprintf("%s: %d namespaces, %d links", l.Name(), l.Nodes, l.Links)
}

// Markdown writes the tables.
func (r *Result) Markdown(w io.Writer) error {
	p := &printer{w: w}
	p.printf("%s. %s. Medians", r.Machine, r.Date.Format(time.DateOnly))
	p.printf("; of up also the least and the most. × is to floor's median. Clean-up is from the start of down; its end is known by %s.\n\n", r.Clean)
	p.printf("| builder | version | does not set |\n|---|---|---|\n")
	for _, b := range r.Builders {
		note := strings.Join(b.Missing, ", ")
		if b.Note != "" {
			note = strings.TrimPrefix(note+"; "+b.Note, "; ")
		}
		p.printf("| %s | %s | %s |\n", b.Name, b.Version, note)
	}
	for _, l := range r.Labs() {
		r.table(p, l)
	}
	if len(r.Differed) > 0 {
		p.printf("\nRuns that left another state than the first builder did, and were repeated: %d.\n", len(r.Differed))
	}
	r.counts(p)
	return p.err
}

func (r *Result) table(p *printer, l Lab) {
	p.printf("\n**%s**\n\n", l.title())
	p.printf("| builder | runs | up | × | a node | first ping | all pings | down | clean-up | user | system | memory | CPU after | before | others |\n")
	p.printf("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	base, _ := r.Up(l, "floor")
	for _, b := range r.Builders {
		samples := r.of(l, b.Name)
		if len(samples) == 0 {
			continue
		}
		d := func(value func(*Sample) time.Duration) string { return short(spread(samples, value).Median) }
		up := spread(samples, func(s *Sample) time.Duration { return s.Up })
		ratio := "–"
		if base.Median > 0 {
			ratio = fmt.Sprintf("%.2f", float64(up.Median)/float64(base.Median))
		}
		pings := "–"
		if n := spread(samples, func(s *Sample) int { return s.Pings }).Median; n > 0 {
			pings = fmt.Sprintf("%s of %d", d(func(s *Sample) time.Duration { return s.AllPings }), n)
		}
		p.printf("| %s | %d | %s (%s to %s) | %s | %s | %s | %s | %s | %s | %s | %s | %.1f MB | %s | %s | %.0f%% |\n",
			b.Name, len(samples), short(up.Median), short(up.Min), short(up.Max), ratio, short(up.Median/time.Duration(l.Nodes)),
			d(func(s *Sample) time.Duration { return s.FirstPing }), pings,
			d(func(s *Sample) time.Duration { return s.Down }), d(func(s *Sample) time.Duration { return s.Cleanup }),
			d(func(s *Sample) time.Duration { return s.User }), d(func(s *Sample) time.Duration { return s.System }),
			float64(spread(samples, func(s *Sample) int64 { return s.MaxRSS }).Median)/1e6,
			d(func(s *Sample) time.Duration { return s.After }), d(func(s *Sample) time.Duration { return s.Before }),
			100*spread(samples, func(s *Sample) float64 { return float64(s.Others) / float64(max(1, s.Up)) }).Median)
	}
	p.printf("\n")
	if settle := spread(r.samples(l), func(s *Sample) time.Duration { return s.Settle }).Median; settle > 0 {
		p.printf("CPU after: of the whole machine, in the %s after up; before: the same before up, by what else runs. ", short(settle))
	}
	p.printf("Others: what all other processes and the kernel's own threads used during up, in percent of one CPU.\n")
}

func (r *Result) samples(l Lab) []Sample {
	var all []Sample
	for _, b := range r.Builders {
		all = append(all, r.of(l, b.Name)...)
	}
	return all
}

func (r *Result) counts(p *printer) {
	if len(r.Counts) == 0 {
		return
	}
	p.printf("\nRequests to rtnetlink and system calls of up and all that it starts, by strace:\n\n")
	p.printf("| lab | builder | requests | a link | system calls | a link |\n|---|---|--:|--:|--:|--:|\n")
	for _, c := range r.Counts {
		links := float64(max(1, c.Links))
		p.printf("| %s | %s | %d | %.1f | %d | %.1f |\n", c.Name(), c.Builder,
			c.Messages, float64(c.Messages)/links, c.Syscalls, float64(c.Syscalls)/links)
	}
}

// short returns a duration with three digits.
func short(d time.Duration) string {
	switch {
	case d == 0:
		return "–"
	case d < 100*time.Microsecond:
		return fmt.Sprintf("%.3g µs", float64(d)/1e3)
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.3g s", d.Seconds())
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
