package rtnl

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Status is how a request of a Batch ended.
type Status uint8

const (
	// NotSent is a request that never reached the kernel.
	NotSent Status = iota
	// Done is a request that the kernel carried out.
	Done
	// Failed is a request that the kernel refused.
	Failed
	// Unknown is a request whose answer was lost: it may or may not have been
	// carried out. Read the state back.
	Unknown
)

func (s Status) String() string {
	switch s {
	case NotSent:
		return "not sent"
	case Done:
		return "done"
	case Failed:
		return "failed"
	case Unknown:
		return "unknown"
	}
	return "status " + itoa(uint64(s))
}

// How much of the receive buffer the kernel's answer to one request uses, in
// bytes of truesize. A capped error with its ext-ack is in an skb of 768 to
// 1,280 bytes, an echoed link in one of up to two pages.
const (
	answerCost = 1280
	echoCost   = 8192
	// chunkBytes bounds a chunk whatever the send buffer. Larger chunks bring
	// no measurable gain, and the kernel needs contiguous memory for each.
	chunkBytes = 64 << 10
)

// A Batch is a list of requests that change something. Running it takes few
// system calls: each carries as many requests as the socket's buffers allow,
// and only its last one asks for an acknowledgement. A request is encoded when
// it is added, so the value can be reused at once. Names in it are looked up
// when its turn comes, after the requests before it that may change what the
// names stand for.
//
// A batch is not a transaction. The kernel runs the requests of one call in
// order, including those after one that failed.
//
// The zero Batch is empty and ready to use. It is not for concurrent use.
type Batch struct {
	// StopOnError sends no further chunk after a request has failed. The other
	// requests of the same chunk have already been sent.
	StopOnError bool

	enc    Encoder
	starts []int
	status []Status
	errs   map[int]error

	// About the chunk that is being answered.
	conn         *Conn
	first        uint32
	chunk, limit int
}

// Add encodes r and appends it to the batch. If r cannot be encoded or asks for
// an answer (a GET or a dump), Add returns an error and leaves the batch as it
// was.
func (b *Batch) Add(r Request) error {
	before := b.enc
	at, err := b.enc.message(r)
	if err != nil {
		return err
	}
	if typ := binary.NativeEndian.Uint16(b.enc.buf[at+4:]); typ&3 == unix.RTM_GETLINK&3 {
		b.enc.cut(before)
		return fmt.Errorf("%w: message type %d asks for an answer, and a batch keeps none; use Conn.Do", ErrInvalid, typ)
	}
	b.starts = append(b.starts, at)
	b.status = append(b.status, NotSent)
	return nil
}

// Len returns the number of requests.
func (b *Batch) Len() int { return len(b.starts) }

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.enc.reset()
	b.starts, b.status = b.starts[:0], b.status[:0]
	clear(b.errs)
}

// Result returns how request i ended and, unless it is Done, why.
func (b *Batch) Result(i int) (Status, error) {
	if e := b.errs[i]; e != nil {
		return b.status[i], e
	}
	if b.status[i] == NotSent {
		return NotSent, ErrNotSent
	}
	return b.status[i], nil
}

// message returns request i as it was sent or will be.
func (b *Batch) message(i int) []byte {
	if i+1 < len(b.starts) {
		return b.enc.buf[b.starts[i]:b.starts[i+1]]
	}
	return b.enc.buf[b.starts[i]:]
}

// encoded returns request i with the names in it.
func (b *Batch) encoded(i int) encoded {
	links, _ := b.refs(i)
	return encoded{b: b.message(i), links: links}
}

// A BatchError says that not every request of a batch is Done.
type BatchError struct {
	// The numbers of requests by how they ended.
	Done, Failed, Unknown, NotSent int
	// First is the error of the first request that is not Done.
	First error
}

func (e *BatchError) Error() string {
	if e.Done == 0 && e.Failed+e.Unknown+e.NotSent == 1 {
		return e.First.Error()
	}
	return fmt.Sprintf("%v; of the requests in the batch, %d are done, %d failed, %d may have taken effect, %d were not sent",
		e.First, e.Done, e.Failed, e.Unknown, e.NotSent)
}

// Unwrap returns First.
func (e *BatchError) Unwrap() error { return e.First }

// Run sends the batch and reads all answers. Result then says how each request
// ended. The error is nil if all are Done, otherwise a *BatchError.
func (c *Conn) Run(ctx context.Context, b *Batch) error {
	for i := range b.status {
		b.status[i] = NotSent
	}
	clear(b.errs)
	if len(b.starts) == 0 {
		return nil
	}
	if err := c.lock(ctx); err != nil {
		return b.stopped(c, 0, err)
	}
	defer c.unlock()
	for i := 0; i < len(b.starts); {
		if err := context.Cause(ctx); err != nil {
			return b.stopped(c, i, err)
		}
		if b.StopOnError && len(b.errs) > 0 {
			return b.stopped(c, i, nil)
		}
		n, err := c.runChunk(ctx, b, i)
		if err != nil {
			return b.stopped(c, i+n, err)
		}
		i += n
	}
	return b.result()
}

// runChunk sends requests from i on and returns how many it sent. After an
// error, nothing more can be sent.
func (c *Conn) runChunk(ctx context.Context, b *Batch, i int) (int, error) {
	defer c.closeNetNSs()
	n, err := c.ready(ctx, b, i, b.fit(i, min(c.sendLimit, chunkBytes), c.replyBudget))
	if err != nil {
		b.fail(i, err)
		return 1, nil
	}
	b.conn, b.chunk, b.limit = c, i, n
	b.first = c.nextSeq(n)
	for k := range n {
		var flags uint16
		if k == n-1 {
			flags = unix.NLM_F_ACK
		}
		c.seal(b.message(i+k), b.first+uint32(k), flags)
	}
	end := len(b.enc.buf)
	if i+n < len(b.starts) {
		end = b.starts[i+n]
	}
	if err := c.begin(); err != nil {
		return 0, err
	}
	if err := c.send(b.enc.buf[b.starts[i]:end]); err != nil {
		return 0, err
	}
	err = c.collect(ctx, b.first, b.first+uint32(n-1), b)
	for k := i; k < i+n; k++ {
		switch {
		case b.status[k] != NotSent:
		case err == nil:
			b.status[k] = Done
		default:
			// Silence means success only if no answer can be missing.
			b.status[k] = Unknown
			b.fail(k, c.newError(b.encoded(k), 0, extAck{}, fmt.Errorf("%w: %w", ErrUnknown, err)))
		}
	}
	if errors.Is(err, errLost) {
		return n, nil // the chunk's outcome is recorded, and the next is not affected
	}
	return n, err
}

// fit returns how many requests from i on go into one call, at least one.
func (b *Batch) fit(i, bytes, answers int) int {
	n := 0
	for k := i; k < len(b.starts); k++ {
		m := b.message(k)
		bytes -= len(m)
		answers -= answerCost
		if binary.NativeEndian.Uint16(m[6:])&unix.NLM_F_ECHO != 0 {
			answers -= echoCost
		}
		if n > 0 && (bytes < 0 || answers < 0) {
			break
		}
		n++
	}
	return n
}

// reply implements sink.
func (b *Batch) reply(m Message) (bool, error) {
	if m.Type != unix.NLMSG_ERROR {
		return false, nil // an echo
	}
	errno, err := m.errno()
	if err != nil {
		return false, err
	}
	k := b.chunk + int(m.Seq-b.first)
	ack := parseExtAck(m)
	if errno != 0 {
		b.status[k] = Failed
		b.fail(k, b.conn.newError(b.encoded(k), errno, ack, nil))
	} else {
		b.status[k] = Done
		if ack.message != "" && b.conn.warn != nil {
			b.conn.warning(b.encoded(k), ack)
		}
	}
	return k == b.chunk+b.limit-1, nil
}

func (b *Batch) fail(k int, e error) {
	if b.errs == nil {
		b.errs = make(map[int]error)
	}
	b.errs[k] = e
}

// stopped records that the requests from i on were not sent.
func (b *Batch) stopped(c *Conn, i int, cause error) error {
	if cause == nil {
		cause = errors.New("a request before it failed")
	}
	for k := i; k < len(b.starts); k++ {
		b.fail(k, c.newError(b.encoded(k), 0, extAck{}, fmt.Errorf("%w: %w", ErrNotSent, cause)))
	}
	return b.result()
}

// result returns nil if all requests are Done.
func (b *Batch) result() error {
	if len(b.errs) == 0 {
		return nil
	}
	e := &BatchError{}
	for i, s := range b.status {
		switch s {
		case Done:
			e.Done++
			continue
		case Failed:
			e.Failed++
		case Unknown:
			e.Unknown++
		case NotSent:
			e.NotSent++
		}
		if e.First == nil {
			_, e.First = b.Result(i)
		}
	}
	return e
}
