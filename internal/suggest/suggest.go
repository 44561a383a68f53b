// Package suggest finds the known word that an unknown one may stand for.
package suggest

import (
	"iter"
	"strings"
)

// maxCandidates bounds the search among many names.
const maxCandidates = 20_000

// Nearest returns the candidate nearest to a word, or "" if none is near: three
// letters may differ in a long word, and at most one in a word of up to three.
// It looks at 20,000 candidates at most, and at none for a word of more than 64
// bytes.
func Nearest(word string, candidates iter.Seq[string]) string {
	if len(word) > 64 {
		return ""
	}
	limit := min(1+len(word)/4, 3, len(word)-1)
	best, found := limit+1, ""
	n := 0
	for c := range candidates {
		if n++; n > maxCandidates {
			break
		}
		if c == word || len(c) > len(word)+limit || len(word) > len(c)+limit {
			continue
		}
		if d := distance(strings.ToLower(word), strings.ToLower(c), best); d < best {
			best, found = d, c
		}
	}
	return found
}

// distance returns the number of letters to add, leave out, change or swap with
// their neighbour to get from a to b (optimal string alignment). It may return
// any number from limit on if the distance is at least limit.
func distance(a, b string, limit int) int {
	var rows [3][72]int
	if len(b) >= len(rows[0]) {
		return limit
	}
	two, one, row := rows[0][:len(b)+1], rows[1][:len(b)+1], rows[2][:len(b)+1]
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, two[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least >= limit {
			return limit
		}
		two, one, row = one, row, two
	}
	return one[len(b)]
}
