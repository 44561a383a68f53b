package rtnl

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"
)

// dumpSlab is what is allocated at a time for a dump's datagrams.
const dumpSlab = 256 << 10

// Dump runs a request that the kernel answers with a table. Nothing is returned
// before the whole table is there. If it changed meanwhile (NLM_F_DUMP_INTR on
// any message, NLMSG_DONE included) it is read again, Config.DumpTries times in
// all; then the error matches ErrDumpInterrupted.
func (c *Conn) Dump(ctx context.Context, r Request) (*Messages, error) {
	if err := c.lock(ctx); err != nil {
		return nil, c.notSent(r, err)
	}
	defer c.unlock()
	c.enc.buf = c.enc.buf[:0]
	if _, err := c.enc.message(r); err != nil {
		return nil, err
	}
	d := dump{conn: c, request: c.enc.buf, room: receiveSize}
	for range c.dumpTries {
		retry, err := d.try(ctx)
		if err != nil {
			return nil, err
		}
		if !retry {
			return &d.got, nil
		}
	}
	return nil, c.newError(d.request, 0, extAck{}, fmt.Errorf("%w: %d tries", ErrDumpInterrupted, c.dumpTries))
}

// A dump is one table being read.
type dump struct {
	conn    *Conn
	request []byte
	seq     uint32
	room    int // offered to one datagram
	got     Messages

	interrupted, done bool
	err               error
}

// try reads the table once. It reports whether it must be read again.
func (d *dump) try(ctx context.Context) (retry bool, err error) {
	c := d.conn
	d.got, d.interrupted, d.done, d.err = Messages{}, false, false, nil
	d.seq = c.nextSeq(1)
	c.seal(d.request, d.seq, unix.NLM_F_DUMP)
	if err := c.begin(); err != nil {
		return false, c.newError(d.request, 0, extAck{}, fmt.Errorf("%w: %w", ErrNotSent, err))
	}
	if err := c.send(d.request); err != nil {
		return false, c.newError(d.request, 0, extAck{}, fmt.Errorf("%w: %w", ErrNotSent, err))
	}
	for !d.done {
		slab := d.slab()
		free := slab[len(slab):cap(slab)]
		n, err := c.receive(ctx, free)
		switch {
		case err == unix.ENOBUFS:
			// A part of the table is lost.
			c.dirty = true
			return true, nil
		case err != nil:
			c.dirty = true
			return false, c.newError(d.request, 0, extAck{}, err)
		case n > len(free):
			// One entry larger than the kernel's usual 32 KiB, such as a
			// link with many virtual functions.
			c.dirty = true
			d.room = n
			return true, nil
		}
		if err := d.take(free[:n]); err != nil {
			c.dirty = true
			return false, c.newError(d.request, 0, extAck{}, err)
		}
	}
	return d.interrupted, d.err
}

// slab returns the slab that the next datagram goes into, behind its length.
func (d *dump) slab() []byte {
	if n := len(d.got.slabs); n > 0 {
		if s := d.got.slabs[n-1]; cap(s)-len(s) >= d.room {
			return s
		}
	}
	s := make([]byte, 0, max(dumpSlab, d.room))
	d.got.slabs = append(d.got.slabs, s)
	return s
}

// take reads the messages of one datagram that lies behind the last slab's
// length, and extends the slab over those that are entries of the table.
func (d *dump) take(b []byte) error {
	slab := &d.got.slabs[len(d.got.slabs)-1]
	for rest := b; len(rest) > 0 && !d.done; {
		m, next, err := nextMessage(rest)
		if err != nil {
			return err
		}
		size := len(rest) - len(next)
		raw := rest[:size]
		rest = next
		if m.Seq != d.seq || m.PortID != d.conn.portID {
			continue
		}
		d.interrupted = d.interrupted || m.Flags&unix.NLM_F_DUMP_INTR != 0
		switch m.Type {
		case unix.NLMSG_NOOP:
		case unix.NLMSG_OVERRUN:
			d.interrupted = true
		case unix.NLMSG_DONE, unix.NLMSG_ERROR:
			d.done = true
			errno, err := m.errno()
			if err != nil {
				return err
			}
			if errno != 0 {
				d.err = d.conn.newError(d.request, errno, parseExtAck(m), nil)
			} else if m.Type == unix.NLMSG_ERROR {
				return fmt.Errorf("%w: a dump acknowledged without NLMSG_DONE", ErrMalformed)
			}
		default:
			// Entries move down over messages that are not kept, so the
			// slab holds nothing else. Usually nothing moves.
			*slab = append(*slab, raw...)
			for len(*slab)%unix.NLMSG_ALIGNTO != 0 {
				*slab = append(*slab, 0)
			}
			d.got.n++
		}
	}
	return nil
}
