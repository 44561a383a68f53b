package trace

import (
	"time"

	"github.com/nslab/nslab/audit"
)

// A queue hands over events in the order of their times. A call becomes an
// event when it returns, but the event may have the time when the call began.
// Meanwhile another thread may have received what the kernel multicast because
// of the call. So events wait for the calls that began before them.
type queue struct {
	observe func(*audit.Event)
	waiting []*audit.Event // sorted by time
}

// maxWaiting bounds the events that wait for one call, which may take
// arbitrarily long.
const maxWaiting = 4096

func newQueue(observe func(*audit.Event)) *queue { return &queue{observe: observe} }

// add takes an event, and hands over all events that are not later than the
// beginning of the oldest call that has not returned. oldest is the time of
// that beginning, or zero.
func (q *queue) add(e audit.Event, oldest time.Time) {
	if len(q.waiting) == 0 && (oldest.IsZero() || !e.Time.After(oldest)) {
		q.observe(&e)
		return
	}
	i := len(q.waiting)
	for i > 0 && q.waiting[i-1].Time.After(e.Time) {
		i--
	}
	q.waiting = append(q.waiting, nil)
	copy(q.waiting[i+1:], q.waiting[i:])
	q.waiting[i] = &e
	q.release(oldest)
}

// release hands over the events that need not wait any longer.
func (q *queue) release(oldest time.Time) {
	n := 0
	for n < len(q.waiting) && (oldest.IsZero() || !q.waiting[n].Time.After(oldest) || len(q.waiting)-n > maxWaiting) {
		q.observe(q.waiting[n])
		n++
	}
	if n > 0 {
		rest := copy(q.waiting, q.waiting[n:])
		clear(q.waiting[rest:])
		q.waiting = q.waiting[:rest]
	}
}

// flush hands over all events.
func (q *queue) flush() { q.release(time.Time{}) }
