package rtnl

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// errLost means that the receive buffer overran, or that an answer from the
// kernel did not arrive.
var errLost = errors.New("receive buffer overrun (ENOBUFS)")

// A sink takes the answers to the requests of one datagram.
type sink interface {
	// reply takes a message whose sequence number is in the range, and reports
	// whether it was the last one expected.
	reply(m Message) (done bool, err error)
}

// begin prepares the Conn for an exchange. It reads away what an abandoned one
// left in the queue, which also ends a dump that was read only in part.
func (c *Conn) begin() error {
	if c.rbuf == nil {
		c.rbuf = receiveBuffers.Get().(*[receiveSize]byte)[:]
	}
	for c.dirty {
		_, _, err := c.recv(c.rbuf, false)
		switch {
		case err == unix.EAGAIN:
			c.dirty = false
		case err != nil && err != unix.ENOBUFS:
			return err
		}
	}
	return nil
}

// seal fills in what only the Conn knows about the message at b: its sequence
// number, its port, and additional flags.
func (c *Conn) seal(b []byte, seq uint32, flags uint16) {
	f := binary.NativeEndian.Uint16(b[6:]) | unix.NLM_F_REQUEST | flags
	binary.NativeEndian.PutUint16(b[6:], f)
	binary.NativeEndian.PutUint32(b[8:], seq)
	binary.NativeEndian.PutUint32(b[12:], c.portID)
}

// nextSeq takes n sequence numbers and returns the first. 0 is never used: it
// marks notifications.
func (c *Conn) nextSeq(n int) uint32 {
	if uint64(c.seq)+uint64(n) > 1<<32-1 {
		c.seq = 0
	}
	first := c.seq + 1
	c.seq += uint32(n)
	return first
}

// collect reads answers to the requests first..last until s has all of them.
func (c *Conn) collect(ctx context.Context, first, last uint32, s sink) error {
	lost := false
	for {
		var n int
		var err error
		if lost {
			// What is not queued now will not come: read only what is there.
			_, n, err = c.recv(c.rbuf, false)
		} else {
			n, err = c.receive(ctx, c.rbuf)
		}
		switch {
		case err == unix.ENOBUFS:
			lost = true
			continue
		case err == unix.EAGAIN:
			return errLost
		case err != nil:
			c.dirty = true
			return err
		case n > len(c.rbuf):
			c.dirty = true
			return fmt.Errorf("%w: datagram of %d bytes, room for %d", ErrMalformed, n, len(c.rbuf))
		}
		for rest := c.rbuf[:n]; len(rest) > 0; {
			var m Message
			if m, rest, err = nextMessage(rest); err != nil {
				c.dirty = true
				return err
			}
			if m.Seq < first || m.Seq > last || m.PortID != c.portID || m.Type == unix.NLMSG_NOOP {
				continue
			}
			done, err := s.reply(m)
			if err != nil {
				c.dirty = true
				return err
			}
			if done {
				c.dirty = c.dirty || lost
				return nil
			}
		}
	}
}

// An answer is the sink of a single request.
type answer struct {
	conn    *Conn
	request encoded
	keep    *Messages // where replies go; nil drops them
	single  bool      // one reply ends it: a GET gets no acknowledgement
	err     error
}

func (a *answer) reply(m Message) (bool, error) {
	if m.Type != unix.NLMSG_ERROR {
		if a.keep != nil {
			a.keep.add(m)
		}
		return a.single, nil
	}
	errno, err := m.errno()
	if err != nil {
		return false, err
	}
	ack := parseExtAck(m)
	if errno != 0 {
		a.err = a.conn.newError(a.request, errno, ack, nil)
	} else if ack.message != "" && a.conn.warn != nil {
		a.conn.warning(a.request, ack)
	}
	return true, nil
}

func (c *Conn) warning(request encoded, ack extAck) {
	e := c.newError(request, 0, ack, nil)
	c.warn(Warning{Op: e.Op, Object: e.Object, NetNS: c.name, Message: printable(ack.message)})
}

// add copies m, since the receive buffer is reused.
func (m *Messages) add(msg Message) {
	var h [nlmsgHdrLen]byte
	binary.NativeEndian.PutUint32(h[0:], uint32(nlmsgHdrLen+len(msg.Data)))
	binary.NativeEndian.PutUint16(h[4:], msg.Type)
	binary.NativeEndian.PutUint16(h[6:], msg.Flags)
	binary.NativeEndian.PutUint32(h[8:], msg.Seq)
	binary.NativeEndian.PutUint32(h[12:], msg.PortID)
	if len(m.slabs) == 0 {
		m.slabs = append(m.slabs, nil)
	}
	b := append(m.slabs[0], h[:]...)
	b = append(b, msg.Data...)
	for len(b)%unix.NLMSG_ALIGNTO != 0 {
		b = append(b, 0)
	}
	m.slabs[0] = b
	m.n++
}

// single runs one request that is not a dump.
func (c *Conn) single(ctx context.Context, r Request, flags uint16, get bool, keep *Messages) error {
	if err := c.lock(ctx); err != nil {
		return c.notSent(r, err)
	}
	defer c.unlock()
	req, err := c.encode(ctx, r)
	if err != nil {
		return err
	}
	defer c.closeNetNSs()
	return c.exchange(ctx, req, flags, get, keep)
}

// exchange does what single does, for an encoded request on a locked Conn.
func (c *Conn) exchange(ctx context.Context, request encoded, flags uint16, get bool, keep *Messages) error {
	req := request.b
	seq := c.nextSeq(1)
	c.seal(req, seq, flags)
	if binary.NativeEndian.Uint16(req[6:])&unix.NLM_F_DUMP == unix.NLM_F_DUMP && get {
		return c.newError(request, 0, extAck{}, fmt.Errorf("%w: this is a dump; use Conn.Dump", ErrInvalid))
	}
	if err := c.begin(); err != nil {
		return c.newError(request, 0, extAck{}, fmt.Errorf("%w: %w", ErrNotSent, err))
	}
	if err := c.send(req); err != nil {
		return c.newError(request, 0, extAck{}, fmt.Errorf("%w: %w", ErrNotSent, err))
	}
	c.one = answer{conn: c, request: request, single: get, keep: keep}
	if err := c.collect(ctx, seq, seq, &c.one); err != nil {
		return c.newError(request, 0, extAck{}, fmt.Errorf("%w: %w", ErrUnknown, err))
	}
	err := c.one.err
	c.one = answer{}
	if err == nil && get && keep.n == 0 {
		err = c.newError(request, 0, extAck{}, errors.New("the kernel acknowledged the request but sent no answer"))
	}
	return err
}

// notSent returns the error for a request that the Conn never encoded.
func (c *Conn) notSent(r Request, cause error) error {
	var e Encoder
	if _, err := e.message(r); err != nil {
		return err
	}
	return c.newError(e.encoded(), 0, extAck{}, fmt.Errorf("%w: %w", ErrNotSent, cause))
}

// Do runs one request that changes something and waits for the kernel's
// acknowledgement. The error is an *Error, a *NoDeviceError, that of
// Config.OpenNetNS, or matches ErrInvalid.
func (c *Conn) Do(ctx context.Context, r Request) error {
	return c.single(ctx, r, unix.NLM_F_ACK, false, nil)
}

// Echo does what Do does and, by NLM_F_ECHO, returns the notifications that the
// change caused, such as the new link with its index. Links are echoed from
// Linux 6.2 on. If the kernel does not echo a change, no message comes back,
// which is not an error.
func (c *Conn) Echo(ctx context.Context, r Request) (*Messages, error) {
	var m Messages
	if err := c.single(ctx, r, unix.NLM_F_ACK|unix.NLM_F_ECHO, false, &m); err != nil {
		return nil, err
	}
	return &m, nil
}

// Get runs a request that one message answers, such as a LinkGet.
func (c *Conn) Get(ctx context.Context, r Request) (Message, error) {
	var m Messages
	if err := c.single(ctx, r, 0, true, &m); err != nil {
		return Message{}, err
	}
	for msg := range m.All() {
		return msg, nil
	}
	return Message{}, ErrMalformed // not reached: single returns an error when there is no message
}
