package engine

import (
	"context"
	"errors"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
)

// A Queue carries out operations and does not stop at those that fail. Requests go to
// the kernel in batches, one or more for each namespace. The done function of each
// operation gets its result, in order.
//
// Two requests that have a namespace in common, because they are sent there, name it or
// touch it, are carried out in their order. The order of others may change.
//
// A Queue is not for concurrent use. Flush ends it.
type Queue struct {
	Engine *Engine

	batches []*batch
	used    int // of batches
	// last is the last batch that has to do with a namespace.
	last map[nsfs.ID]int
	// own is the last batch for the caller's own namespace: which of the others
	// that is nobody knows, so that nothing changes places with it.
	own     int
	waiting []waiting
	renames bool // a waiting request makes, moves, renames or deletes a link
}

// batch is requests to one namespace.
type batch struct {
	conn     *rtnl.Conn
	requests rtnl.Batch
	err      error // of running it, nil if all are done
}

// waiting is a request in a batch.
type waiting struct {
	batch, at int
	request   *Request
	refs      []ref
	done      func(rtnl.Status, error)
}

// maxWaiting bounds what is sent in one go, and with it the descriptors that are
// held. More at once gains nothing.
const maxWaiting = 64

// Add carries out op, at once or with the next Flush, and calls done with the result.
// Anything but a request waits for the requests before it, and whatever follows a
// request with Settles waits for that request.
func (q *Queue) Add(ctx context.Context, op Op, done func(rtnl.Status, error)) {
	r, ok := op.Action.(*Request)
	if !ok || len(q.waiting) >= maxWaiting || q.renames && r.looksUp() {
		// A name may be that of a link which a waiting request makes.
		q.Flush(ctx)
	}
	if !ok {
		if err := ctx.Err(); err != nil {
			done(rtnl.NotSent, context.Cause(ctx))
			return
		}
		err := q.Engine.Do(ctx, op)
		done(statusOf(err), err)
		return
	}
	if err := q.add(ctx, op.NetNS, r, done); err != nil {
		// What comes before it in the order is told first.
		q.Flush(ctx)
		done(rtnl.NotSent, err)
	}
	if r.Settles {
		q.Flush(ctx)
	}
}

func (q *Queue) add(ctx context.Context, netns string, r *Request, done func(rtnl.Status, error)) error {
	c, id, err := q.Engine.conn(netns)
	if err != nil {
		return err
	}
	refs, err := r.resolve(ctx, q.Engine, c)
	if err != nil {
		return err
	}
	i := q.batchFor(id, c, refs)
	b := q.batches[i]
	if err := b.requests.Add(r.Req); err != nil {
		release(refs)
		return err
	}
	q.last[id] = i
	for _, ref := range refs {
		q.last[ref.id] = i
	}
	q.waiting = append(q.waiting, waiting{i, b.requests.Len() - 1, r, refs, done})
	q.renames = q.renames || changesNames(r.Req)
	return nil
}

// batchFor returns the index of the batch that a request belongs into: that of its
// namespace, unless a later one has to do with a namespace that the request has to
// do with, too.
func (q *Queue) batchFor(id nsfs.ID, c *rtnl.Conn, refs []ref) int {
	if q.last == nil {
		q.last = make(map[nsfs.ID]int)
	}
	if i, ok := q.last[id]; ok && i >= q.own && q.batches[i].conn == c {
		later := id == (nsfs.ID{}) && i != q.used-1
		for _, ref := range refs {
			k, ok := q.last[ref.id]
			later = later || ok && k > i
		}
		if !later {
			return i
		}
	}
	if q.used == len(q.batches) {
		q.batches = append(q.batches, &batch{})
	}
	if q.batches[q.used].conn, q.batches[q.used].err = c, nil; id == (nsfs.ID{}) {
		q.own = q.used
	}
	q.used++
	return q.used - 1
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
	for _, b := range q.batches[:q.used] {
		b.err = b.conn.Run(ctx, &b.requests)
	}
	all := q.waiting
	q.waiting, q.renames = nil, false
	for _, w := range all {
		release(w.refs)
		b := q.batches[w.batch]
		err := b.err
		if partial := (*rtnl.BatchError)(nil); errors.As(err, &partial) {
			_, err = b.requests.Result(w.at)
			err = w.request.named(err)
		}
		w.done(statusOf(err), err)
	}
	for _, b := range q.batches[:q.used] {
		b.requests.Reset()
	}
	clear(q.last)
	q.used, q.own, q.waiting = 0, 0, all[:0]
	// No request that waits refers to a descriptor now.
	q.Engine.Trim(MaxSockets) //nolint:errcheck // these sockets are of no use any more
}
