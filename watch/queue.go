package watch

import (
	"container/heap"
	"sync"
	"time"
)

// A queue has the namespaces to be read, ordered by when they are due.
type queue []*space

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*space)) }
func (q *queue) Pop() any {
	old := *q
	s := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return s
}

// add puts a namespace into the queue, unless it is in it or is being read.
func (q *queue) add(s *space) {
	if !s.queued && !s.reading {
		s.queued = true
		heap.Push(q, s)
	}
}

// next takes the next namespace that is due, or returns nil.
func (q *queue) next() *space {
	for len(*q) > 0 {
		s := (*q)[0]
		if !s.dropped && time.Now().Before(s.due) {
			return nil
		}
		heap.Pop(q)
		s.queued = false
		if !s.dropped {
			return s
		}
	}
	return nil
}

// finished has the readings that have ended.
type finished struct {
	mu  sync.Mutex
	all []reading
}

func (f *finished) add(r reading) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, r)
}

func (f *finished) take() []reading {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.all
	f.all = nil
	return all
}
