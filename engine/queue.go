package engine

import (
	"context"
	"errors"

	"github.com/nslab/nslab/rtnl"
)

// A Queue carries out operations without stopping at those that fail. Requests
// to one namespace that follow each other go to the kernel as batches. What an
// operation comes to is told through its Done function, in order.
//
// A Queue is not for concurrent use. Flush ends it.
type Queue struct {
	Engine *Engine

	netns   string
	conn    *rtnl.Conn
	batch   rtnl.Batch
	waiting []waiting
	renames bool // a waiting request makes, moves, renames or deletes a link
}

// waiting is a request in the batch.
type waiting struct {
	request *Request
	done    func(error)
	release func()
}

// maxWaiting bounds a batch, and with it the descriptors that it holds.
const maxWaiting = 256

// Add carries out op, now or with the next Flush, and tells done how it ended.
// Anything but a request waits for the requests before it.
func (q *Queue) Add(ctx context.Context, op Op, done func(error)) {
	r, ok := op.Action.(*Request)
	if !ok || op.NetNS != q.netns || q.conn == nil || len(q.waiting) >= maxWaiting || q.renames && r.looksUp() {
		// A name may be that of a link which a waiting request makes.
		q.Flush(ctx)
	}
	if !ok {
		done(q.Engine.Do(ctx, op))
		return
	}
	c, err := q.Engine.Conn(op.NetNS)
	if err != nil {
		done(err)
		return
	}
	if c != q.conn {
		q.Flush(ctx)
		q.netns, q.conn = op.NetNS, c
	}
	release, err := r.resolve(ctx, q.Engine, c)
	if err != nil {
		release()
		// What comes before it in the order is told first.
		q.Flush(ctx)
		done(err)
		return
	}
	if err := q.batch.Add(r.Req); err != nil {
		release()
		q.Flush(ctx)
		done(err)
		return
	}
	q.waiting = append(q.waiting, waiting{r, done, release})
	q.renames = q.renames || changesNames(r.Req)
}

// looksUp reports whether sending the request takes looking up links.
func (r *Request) looksUp() bool {
	for _, d := range r.Devs {
		if !d.Known {
			return true
		}
	}
	return false
}

// changesNames reports whether a request changes which link a name stands for.
func changesNames(r rtnl.Request) bool {
	switch r := r.(type) {
	case *rtnl.LinkSet:
		return r.NewName != "" || !r.NetNS.IsZero()
	case *rtnl.LinkAdd, *rtnl.LinkDel, *rtnl.AltNameAdd, *rtnl.AltNameDel:
		return true
	}
	return false
}

// Flush carries out what is waiting.
func (q *Queue) Flush(ctx context.Context) {
	if len(q.waiting) == 0 {
		return
	}
	err := q.conn.Run(ctx, &q.batch)
	var partial *rtnl.BatchError
	for i, w := range q.waiting {
		w.release()
		switch {
		case err == nil:
			w.done(nil)
		case errors.As(err, &partial):
			_, e := q.batch.Result(i)
			w.done(w.request.named(e))
		default:
			w.done(err)
		}
	}
	q.waiting, q.renames = q.waiting[:0], false
	q.batch.Reset()
	// No request that waits refers to a descriptor now.
	q.Engine.Trim() //nolint:errcheck // these sockets are of no use any more
}

// Len returns how many operations wait for the next Flush.
func (q *Queue) Len() int { return len(q.waiting) }
