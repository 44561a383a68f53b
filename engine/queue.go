package engine

import (
	"context"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
)

// A queue carries out operations and does not stop at those that fail. Requests
// go to the kernel in batches, one or more for each namespace. The done
// function of each operation gets its result, in order.
//
// Two requests that have a namespace in common, because they are sent there,
// name it or touch it, are carried out in their order. The order of others may
// change.
//
// A queue is not for concurrent use. flush ends it.
type queue struct {
	engine *Engine

	batches []*batch
	used    int // number of batches in use
	// last is the last batch that affects a namespace.
	last map[nsfs.ID]int
	// own is the last batch for the caller's own namespace. That may be any of
	// the others, so no request moves past it.
	own     int
	waiting []waiting
}

// batch is requests to one namespace.
type batch struct {
	conn     *rtnl.Conn
	requests rtnl.Batch
}

// waiting is a request in a batch.
type waiting struct {
	batch, at int
	done      func(rtnl.Status, error)
}

// maxWaiting bounds how many requests are sent at once. A larger number gains
// nothing.
const maxWaiting = 64

// add carries out op, at once or with the next flush, and calls done with the
// result. An operation that is not a request waits for the requests before it.
// Whatever follows a request with Settles waits for that request.
func (q *queue) add(ctx context.Context, op Op, done func(rtnl.Status, error)) {
	r, ok := op.Action.(*Request)
	if !ok || len(q.waiting) >= maxWaiting {
		q.flush(ctx)
	}
	if !ok {
		if err := ctx.Err(); err != nil {
			done(rtnl.NotSent, context.Cause(ctx))
			return
		}
		err := q.engine.Do(ctx, op)
		done(statusOf(err), err)
		return
	}
	if err := q.enqueue(op.NetNS, r, done); err != nil {
		// Earlier results come first.
		q.flush(ctx)
		done(rtnl.NotSent, err)
	}
	if r.Settles {
		q.flush(ctx)
	}
}

func (q *queue) enqueue(netns string, r *Request, done func(rtnl.Status, error)) error {
	c, id, err := q.engine.conn(netns)
	if err != nil {
		return err
	}
	others, err := q.engine.ids(r)
	if err != nil {
		return err
	}
	i := q.batchFor(id, c, others)
	b := q.batches[i]
	if err := b.requests.Add(r.Req); err != nil {
		return err
	}
	q.last[id] = i
	for _, other := range others {
		q.last[other] = i
	}
	q.waiting = append(q.waiting, waiting{i, b.requests.Len() - 1, done})
	return nil
}

// batchFor returns the index of the batch for a request. That is the batch of
// its namespace, unless a later batch affects one of the namespaces that the
// request affects.
func (q *queue) batchFor(id nsfs.ID, c *rtnl.Conn, others []nsfs.ID) int {
	if q.last == nil {
		q.last = make(map[nsfs.ID]int)
	}
	if i, ok := q.last[id]; ok && i >= q.own && q.batches[i].conn == c {
		later := id == (nsfs.ID{}) && i != q.used-1
		for _, other := range others {
			k, ok := q.last[other]
			later = later || ok && k > i
		}
		if !later {
			return i
		}
	}
	if q.used == len(q.batches) {
		q.batches = append(q.batches, &batch{})
	}
	if q.batches[q.used].conn = c; id == (nsfs.ID{}) {
		q.own = q.used
	}
	q.used++
	return q.used - 1
}

// flush carries out the waiting requests.
func (q *queue) flush(ctx context.Context) {
	if len(q.waiting) == 0 {
		return
	}
	for _, b := range q.batches[:q.used] {
		b.conn.Run(ctx, &b.requests) //nolint:errcheck // each request has its result
	}
	all := q.waiting
	q.waiting = nil
	for _, w := range all {
		_, err := q.batches[w.batch].requests.Result(w.at)
		w.done(statusOf(err), err)
	}
	for _, b := range q.batches[:q.used] {
		b.requests.Reset()
	}
	clear(q.last)
	q.used, q.own, q.waiting = 0, 0, all[:0]
	// No request waits for one of these sockets now.
	q.engine.Trim(MaxSockets) //nolint:errcheck // these sockets are of no use any more
}
