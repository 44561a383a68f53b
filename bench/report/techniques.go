package report

import (
	"fmt"
	"io"
	"time"
)

// Techniques writes a table of floor's variants, compared with the first one.
func Techniques(w io.Writer, variants []string, samples map[string][]Sample) error {
	p := &printer{w: w}
	p.printf("| floor | up | × | system CPU | × | least up | CPU after | down | clean-up |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	var up, system time.Duration
	for i, v := range variants {
		s := samples[v]
		if len(s) == 0 {
			return fmt.Errorf("no samples of %q", v)
		}
		wall := spread(s, func(s *Sample) time.Duration { return s.Up })
		sys := spread(s, func(s *Sample) time.Duration { return s.System }).Median
		if i == 0 {
			up, system = wall.Median, sys
		}
		name := "as it is"
		if v != "" {
			name = "`" + v + "`"
		}
		p.printf("| %s | %s | %.2f | %s | %.2f | %s | %s | %s | %s |\n", name,
			short(wall.Median), ratio(wall.Median, up), short(sys), ratio(sys, system), short(wall.Min),
			short(spread(s, func(s *Sample) time.Duration { return s.After }).Median),
			short(spread(s, func(s *Sample) time.Duration { return s.Down }).Median),
			short(spread(s, func(s *Sample) time.Duration { return s.Cleanup }).Median))
	}
	return p.err
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(1, b)) }
