package trace

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/audit"
)

func TestQueue(t *testing.T) {
	var got []string
	q := newQueue(func(e *audit.Event) { got = append(got, e.Text) })
	at := func(ms int) time.Time { return time.Unix(1, int64(ms)*1e6) }
	add := func(ms, oldest int) {
		o := time.Time{}
		if oldest > 0 {
			o = at(oldest)
		}
		q.add(audit.Event{Time: at(ms), Text: fmt.Sprint(ms)}, o)
	}
	expect := func(want string) {
		t.Helper()
		if s := strings.Join(got, " "); s != want {
			t.Errorf("got %q, want %q", s, want)
		}
	}
	add(1, 0)
	add(2, 5)
	expect("1 2")
	add(7, 5) // a call that began at 5 has not returned
	add(6, 5)
	add(8, 5)
	expect("1 2")
	add(5, 7) // it returns; another began at 7
	expect("1 2 5 6 7")
	q.release(at(7))
	expect("1 2 5 6 7")
	q.flush()
	expect("1 2 5 6 7 8")
	got = nil
	for i := range maxWaiting + 10 {
		add(1000+i, 1)
	}
	if len(got) != 10 || len(q.waiting) != maxWaiting {
		t.Errorf("%d handed over, %d wait", len(got), len(q.waiting))
	}
}

// Whatever the order of the calls, the events come in the order of their times.
func TestQueueOrder(t *testing.T) {
	var got []time.Time
	q := newQueue(func(e *audit.Event) { got = append(got, e.Time) })
	var open []time.Time // calls that have begun
	oldest := func() (o time.Time) {
		if len(open) > 0 {
			o = slices.MinFunc(open, time.Time.Compare)
		}
		return o
	}
	r := rand.New(rand.NewPCG(1, 2))
	now, n := time.Unix(1, 0), 0
	for range 10000 {
		now = now.Add(time.Millisecond)
		switch r.IntN(3) {
		case 0:
			open = append(open, now)
		case 1:
			if len(open) > 0 {
				i := r.IntN(len(open))
				began := open[i]
				open = slices.Delete(open, i, i+1)
				q.add(audit.Event{Time: began}, oldest())
				q.release(oldest())
				n++
			}
		case 2:
			q.add(audit.Event{Time: now}, oldest())
			n++
		}
	}
	q.flush()
	if len(got) != n || !slices.IsSortedFunc(got, time.Time.Compare) {
		t.Errorf("%d of %d, sorted: %t", len(got), n, slices.IsSortedFunc(got, time.Time.Compare))
	}
}
