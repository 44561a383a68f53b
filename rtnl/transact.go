package rtnl

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"
)

// Transact sends requests to the kernel in one datagram, for a protocol in
// which the kernel carries out all of them or none, such as nf_tables. There,
// the first and the last request mark the transaction. Transact returns after
// the first error or the first acknowledgement; at least one request must ask
// for one (NLM_F_ACK). An error is an *Error of the refused request, or matches
// ErrInvalid.
//
// All messages together must fit into the send buffer. rtnetlink has no
// transactions: see Batch.
func (c *Conn) Transact(ctx context.Context, requests ...Request) error {
	if len(requests) == 0 {
		return nil
	}
	if err := c.lock(ctx); err != nil {
		return c.notSent(requests[0], err)
	}
	defer c.unlock()
	c.enc.reset()
	t := transaction{conn: c, starts: make([]int, len(requests))}
	for i, r := range requests {
		var err error
		if t.starts[i], err = c.enc.message(r); err != nil {
			return err
		}
	}
	defer c.closeNetNSs()
	if err := c.resolve(ctx, c.enc.buf, c.enc.links, c.enc.spaces); err != nil {
		return err
	}
	t.first = c.nextSeq(len(requests))
	for i, at := range t.starts {
		c.seal(c.enc.buf[at:], t.first+uint32(i), 0)
	}
	err := c.begin()
	if err == nil {
		err = c.send(c.enc.buf)
	}
	if err != nil {
		return c.newError(c.enc.encoded(), 0, extAck{}, fmt.Errorf("%w: %w", ErrNotSent, err))
	}
	if err := c.collect(ctx, t.first, t.first+uint32(len(requests)-1), &t); err != nil {
		return c.newError(c.enc.encoded(), 0, extAck{}, fmt.Errorf("%w: %w", ErrUnknown, err))
	}
	return t.err
}

// A transaction is the sink of Transact.
type transaction struct {
	conn   *Conn
	starts []int // offsets of the messages in the Conn's buffer
	first  uint32
	err    error
}

// reply implements sink.
func (t *transaction) reply(m Message) (bool, error) {
	if m.Type != unix.NLMSG_ERROR {
		return false, nil // an echo
	}
	errno, err := m.errno()
	if err != nil {
		return false, err
	}
	if errno != 0 {
		at := t.starts[m.Seq-t.first]
		request := encoded{b: t.conn.enc.buf[at:]}
		t.err = t.conn.newError(request, errno, parseExtAck(m), nil)
	}
	return true, nil
}
