package rtnl

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"
)

// dumpSlab is the most that is allocated at once for a dump's entries, unless a
// single datagram is larger.
const dumpSlab = 256 << 10

// An InterruptedDump is a table that changed during each try to read it. It
// matches ErrDumpInterrupted.
type InterruptedDump struct {
	// Last is the last reading. Entries that existed all the time may be
	// missing, and others may occur twice. It is nil if no try reached the end
	// of the table.
	Last *Messages
	// Err is an *Error that names the request.
	Err error
}

func (e *InterruptedDump) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *InterruptedDump) Unwrap() error { return e.Err }

// Dump runs a request that the kernel answers with a table, and returns the
// whole table. If the table changes meanwhile (NLM_F_DUMP_INTR in any message,
// including NLMSG_DONE), Dump reads it again, at most Config.DumpTries times in
// all. Then the error is an *InterruptedDump, unless Config.OnInterrupted takes
// it.
func (c *Conn) Dump(ctx context.Context, r Request) (*Messages, error) {
	if err := c.lock(ctx); err != nil {
		return nil, c.notSent(r, err)
	}
	defer c.unlock()
	request, err := c.encode(ctx, r)
	if err != nil {
		return nil, err
	}
	defer c.closeNetNSs()
	d := dump{conn: c, request: request}
	var last *Messages
	for range c.dumpTries {
		retry, err := d.try(ctx)
		if err != nil {
			return nil, err
		}
		if !retry {
			return &d.got, nil
		}
		if d.done {
			got := d.got
			last = &got
		}
	}
	torn := &InterruptedDump{
		Last: last,
		Err:  c.newError(d.request, 0, extAck{}, fmt.Errorf("%w; gave up after %d tries", ErrDumpInterrupted, c.dumpTries)),
	}
	if c.interrupted == nil || last == nil {
		return nil, torn
	}
	c.interrupted(torn)
	return last, nil
}

// A dump is one table being read.
type dump struct {
	conn    *Conn
	request encoded
	seq     uint32
	got     Messages

	interrupted, done bool
	err               error
}

// try reads the table once. It reports whether it must be read again.
func (d *dump) try(ctx context.Context) (retry bool, err error) {
	c := d.conn
	d.got, d.interrupted, d.done, d.err = Messages{}, false, false, nil
	d.seq = c.nextSeq(1)
	c.seal(d.request.b, d.seq, unix.NLM_F_DUMP)
	if err := c.begin(); err != nil {
		return false, c.newError(d.request, 0, extAck{}, fmt.Errorf("%w: %w", ErrNotSent, err))
	}
	if err := c.send(d.request.b); err != nil {
		return false, c.newError(d.request, 0, extAck{}, fmt.Errorf("%w: %w", ErrNotSent, err))
	}
	for !d.done {
		if err := context.Cause(ctx); err != nil {
			c.dirty = true
			return false, c.newError(d.request, 0, extAck{}, err)
		}
		_, n, err := c.recv(c.rbuf, false)
		switch {
		case err == unix.ENOBUFS || err == unix.EAGAIN:
			// A part of the table is lost. The kernel queues the first part
			// before the system call that asks for the table returns, and each
			// further part before the call returns that received the one before
			// it (netlink_dump in net/netlink/af_netlink.c).
			c.dirty = true
			return true, nil
		case err != nil:
			c.dirty = true
			return false, c.newError(d.request, 0, extAck{}, err)
		case n > len(c.rbuf):
			// One entry is larger than the kernel's usual 32 KiB, such as a
			// link with many virtual functions.
			c.dirty = true
			c.rbuf = make([]byte, n)
			return true, nil
		}
		if err := d.take(c.rbuf[:n]); err != nil {
			c.dirty = true
			return false, c.newError(d.request, 0, extAck{}, err)
		}
	}
	return d.interrupted, d.err
}

// keep copies an entry of the table to the end of the last slab. more is how
// many bytes may follow from the same datagram. The first slab is as large as
// the first datagram, since most tables fit into one. Each further slab is
// twice as large as the one before, so that a small table costs little and a
// large one needs few slabs.
func (d *dump) keep(raw []byte, more int) {
	need := align4(len(raw) + more)
	last := len(d.got.slabs) - 1
	if last < 0 || cap(d.got.slabs[last])-len(d.got.slabs[last]) < align4(len(raw)) {
		if last >= 0 {
			need = max(need, min(2*cap(d.got.slabs[last]), dumpSlab))
		}
		d.got.slabs = append(d.got.slabs, make([]byte, 0, need))
		last++
	}
	s := append(d.got.slabs[last], raw...)
	for len(s)%unix.NLMSG_ALIGNTO != 0 {
		s = append(s, 0)
	}
	d.got.slabs[last] = s
	d.got.n++
}

// take keeps the table entries among the messages of one datagram.
func (d *dump) take(b []byte) error {
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
			d.keep(raw, len(rest))
		}
	}
	return nil
}
