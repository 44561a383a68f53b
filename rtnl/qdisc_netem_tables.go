package rtnl

import (
	"math"
	"slices"
	"sync"
)

// The tables of netem's distributions, each value as likely as the others. They
// are those of iproute2's files normal.dist, pareto.dist and paretonormal.dist
// but for rounding.

// NetemNormal returns the normal distribution, with Jitter as its standard
// deviation.
func NetemNormal() []int16 { return slices.Clone(netemNormal()) }

// NetemPareto returns a Pareto distribution of shape 3, moved and scaled so
// that its mean is 0: most delays are a little shorter than the mean, few are
// much longer.
func NetemPareto() []int16 { return slices.Clone(netemPareto()) }

// NetemParetoNormal returns a mixture of a quarter NetemNormal and three
// quarters NetemPareto, which resembles the Internet best.
func NetemParetoNormal() []int16 { return slices.Clone(netemParetoNormal()) }

const (
	// netemTableLen is how many values the tables have.
	netemTableLen = 4096
	// netemMax is the highest value, in units of the jitter.
	netemMax = float64(math.MaxInt16) / netemDistUnit
)

var (
	netemNormal       = sync.OnceValue(func() []int16 { return netemTable(normalQuantile) })
	netemPareto       = sync.OnceValue(func() []int16 { return netemTable(paretoQuantile) })
	netemParetoNormal = sync.OnceValue(func() []int16 {
		return netemTable(func(i int) float64 { return (normalQuantile(i) + 3*min(paretoQuantile(i), netemMax)) / 4 })
	})
)

// netemTable returns a table of quantiles, given in units of the jitter.
func netemTable(quantile func(i int) float64) []int16 {
	table := make([]int16, netemTableLen)
	for i := range table {
		v := math.RoundToEven(quantile(i) * netemDistUnit)
		table[i] = int16(min(max(v, math.MinInt16), math.MaxInt16))
	}
	return table
}

// normalQuantile returns the upper bound of the i-th of four times as many
// parts as the table has values, of which the first has half the width.
func normalQuantile(i int) float64 {
	p := (float64(i) + 1.0/8) / netemTableLen
	return math.Sqrt2 * math.Erfinv(2*p-1)
}

// paretoQuantile returns the i-th quantile. The mean of a Pareto distribution
// of shape 3 is 3/2.
func paretoQuantile(i int) float64 {
	p := float64(i) / netemTableLen
	return (math.Pow(1-p, -1.0/3) - 1.5) * 4 / 3
}
