package ping

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Pinger is an open ICMP socket and its destination. It serves one Run.
type Pinger struct {
	*endpoint
	o       Options
	name    string
	literal bool
	rc      syscall.RawConn
	started bool

	payload []byte
	// pause is the time between two requests. It changes with Options.Adaptive.
	pause time.Duration
	buf   []byte
	oob   [512]byte
	// congested counts the sends in a row that found no buffer space.
	congested int

	win   window
	stats Statistics
	// onEvent is the callback of Run. onSent prints a dot for Options.Flood.
	onEvent func(Event)
	onSent  func()
	// asked is the number of the last request that was reported as having no
	// answer.
	asked int
	// soFar is set until a value from Options.Ask has become an event.
	soFar atomic.Bool
}

// Open resolves the destination and opens a socket for it inside o.In's
// namespace. If there is no route to one address of a name, it tries the next.
// The context cancels lookups only. Errors are about an option (ErrInvalid), a
// name (*net.DNSError), a permission (fs.ErrPermission), or contain the errno
// of the step that they name.
func Open(ctx context.Context, o Options) (*Pinger, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	family, err := o.sourceFamily()
	if err != nil {
		return nil, err
	}
	t, err := o.resolve(ctx, family)
	if errors.Is(err, errFamily) && family != o.Family {
		return nil, fmt.Errorf("%w: the source address %v is %v", err, o.Source, family)
	}
	if err != nil {
		return nil, err
	}
	p := &Pinger{o: o, name: t.name, literal: t.literal, payload: filled(o.size(), o.Pattern), pause: o.interval()}
	// Room for the longest IPv4 header, and for noticing that a reply is too
	// long.
	p.buf = make([]byte, 60+icmpHeaderLen+len(p.payload)+64)
	id := uint16(rand.Uint32())
	for i, dest := range t.addrs {
		err = o.in(func() (err error) {
			p.endpoint, err = openEndpoint(o, dest, id)
			return err
		})
		noRoute := errors.Is(err, unix.ENETUNREACH) || errors.Is(err, unix.EHOSTUNREACH)
		if err == nil || !noRoute || i == len(t.addrs)-1 {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if p.family == IPv6 {
		p.name = o.Dest // iputils prints canonical names over IPv4 only
	}
	if err := p.restrictMany(); err != nil {
		p.Close()
		return nil, err
	}
	if p.rc, err = p.conn.SyscallConn(); err != nil {
		p.Close()
		return nil, fmt.Errorf("ICMP socket: %w", err)
	}
	return p, nil
}

// restrictMany refuses what only root may do to many hosts at once.
func (p *Pinger) restrictMany() error {
	switch {
	case !p.many || os.Getuid() == 0:
		return nil
	case p.o.interval() < time.Second:
		return invalid("multicast or broadcast ping with too short interval: %d", p.o.interval().Milliseconds())
	case p.o.Discovery != DiscoveryDefault && p.o.Discovery != DiscoveryDo:
		return invalid("multicast or broadcast ping does not fragment")
	}
	return nil
}

// Close closes the socket. A Run in progress fails.
func (p *Pinger) Close() error { return p.conn.Close() }

// Addr returns the address that is pinged. Its zone is the interface's name.
func (p *Pinger) Addr() netip.Addr { return p.dest }

// Source returns the address that requests come from, the unspecified address
// if the kernel chooses it for each request.
func (p *Pinger) Source() netip.Addr { return p.source }

// errRunTwice prevents late replies of one run from reaching the next.
var errRunTwice = errors.New("ping: Run called a second time on one Pinger")

// Run sends requests and calls fn, unless it is nil, for each event, on the
// calling goroutine. It ends when each of Options.Count requests has been
// answered or has timed out, or when the context ends, which is not an error.
// An error means that the socket failed.
func (p *Pinger) Run(ctx context.Context, fn func(Event)) (Statistics, error) {
	if p.started {
		return Statistics{}, errRunTwice
	}
	p.started = true
	p.onEvent = fn
	defer context.AfterFunc(ctx, p.wake)()
	if p.o.Ask != nil {
		over := make(chan struct{})
		defer close(over)
		go p.listen(over)
	}
	err := p.loop(ctx)
	p.stats.Pipe = p.win.pipe
	return p.stats, err
}

// wake ends a wait, by a deadline in the past. After Close, no wait is left.
func (p *Pinger) wake() { _ = p.conn.SetReadDeadline(time.Unix(1, 0)) }

// listen receives from Options.Ask until the run is over.
func (p *Pinger) listen(over <-chan struct{}) {
	for {
		select {
		case _, ok := <-p.o.Ask:
			if !ok {
				return
			}
			p.soFar.Store(true)
			p.wake()
		case <-over:
			return
		}
	}
}

func (p *Pinger) loop(ctx context.Context) error {
	start := time.Now()
	last, next := start, start // the last send, the next send
	var end time.Time          // zero: not set
	if p.o.Deadline > 0 {
		end = start.Add(p.o.Deadline)
	}
	ending := false // all requests are sent; end is set for their replies
	for ctx.Err() == nil && !p.done() {
		if err := p.drain(); err != nil {
			return err
		}
		if p.soFar.Swap(false) {
			p.handle(SoFar{p.stats})
		}
		if p.done() {
			break
		}
		now := time.Now()
		if !end.IsZero() && !now.Before(end) {
			break
		}
		wake := end
		if p.maySend() {
			due := next
			if p.pause == 0 && p.win.inFlight(p.stats.Transmitted) == 0 {
				due = last
			}
			if !now.Before(due) {
				sent, pause, err := p.send(now)
				if err != nil {
					return err
				}
				if sent {
					last = now
					p.stats.Time = now.Sub(start)
				}
				next = now.Add(pause)
				continue
			}
			if wake.IsZero() || due.Before(wake) {
				wake = due
			}
		} else if !ending {
			ending = true
			if wait := p.lastWait(); wait >= 0 {
				end = now.Add(wait)
			}
			continue
		}
		if err := p.wait(ctx, wake); err != nil {
			return err
		}
	}
	return nil
}

// done reports whether everything that can be waited for has arrived.
func (p *Pinger) done() bool {
	got := p.stats.Received + p.stats.Errors
	return p.o.Count > 0 && got >= p.o.Count || p.o.Deadline > 0 && p.stats.Errors > 0
}

// maySend reports whether there are requests left. With a deadline, there
// always are.
func (p *Pinger) maySend() bool {
	return p.o.Count == 0 || p.stats.Transmitted < p.o.Count || p.o.Deadline > 0
}

// lastWait is how long to wait for the last replies; negative means without
// limit.
func (p *Pinger) lastWait() time.Duration {
	if p.stats.Received == 0 {
		return p.o.linger()
	}
	return max(2*p.stats.Max, p.pause, minGap)
}

// drain handles everything that has arrived, without waiting, until nothing
// more is expected.
func (p *Pinger) drain() error {
	// Bounded, so that a flood of packets cannot keep requests from being sent.
	for range 256 {
		var ev Event
		var more bool
		if err := p.rc.Control(func(fd uintptr) { ev, more = p.receive(int(fd)) }); err != nil {
			return failed("ICMP socket", err)
		}
		p.handle(ev)
		if !more || p.done() {
			return nil
		}
	}
	return nil
}

// wait handles one arrival. It returns without one at the given time or when
// the context ends.
func (p *Pinger) wait(ctx context.Context, until time.Time) error {
	if err := p.conn.SetReadDeadline(until); err != nil {
		return failed("ICMP socket", err)
	}
	// A call of wake before that would have had its deadline overwritten.
	if ctx.Err() != nil || p.soFar.Load() {
		return nil
	}
	var ev Event
	err := p.rc.Read(func(fd uintptr) (more bool) {
		ev, more = p.receive(int(fd))
		return more
	})
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return failed("recvmsg", err)
	}
	p.handle(ev)
	return nil
}

// send sends the next request. It returns whether the request counts as sent,
// and when to call send again. Only an unusable socket is an error: a refused
// request is an event.
func (p *Pinger) send(now time.Time) (sent bool, pause time.Duration, err error) {
	n := p.stats.Transmitted + 1
	if last := uint16(n - 1); p.o.Outstanding && n > 1 && p.asked < n-1 && !p.win.isAnswered(last) {
		p.asked = n - 1
		p.handle(NoAnswer{Seq: last})
	}
	if pause = p.pause; pause == 0 {
		pause = minGap
	}
	stamp(p.payload, now)
	b, err := marshalEcho(p.family, p.id, uint16(n), p.payload)
	if err != nil {
		return false, 0, fmt.Errorf("echo request: %w", err)
	}
	var refused error
	// A socket also returns errors of earlier requests. Take each from the
	// queue and try again.
	for try := 0; ; try++ {
		if err := p.rc.Control(func(fd uintptr) { refused = unix.Sendto(int(fd), b, unix.MSG_DONTWAIT, p.to) }); err != nil {
			return false, 0, failed("ICMP socket", err)
		}
		if refused == unix.EINTR {
			continue
		}
		if refused == unix.EAGAIN { // the socket's buffer is full
			return false, minGap, nil
		}
		if refused == unix.ENOBUFS || refused == unix.ENOMEM {
			if again := p.backOff(); again > 0 {
				return false, again, nil
			}
		}
		sent = refused == nil
		if refused == nil || refused == unix.ENOBUFS || refused == unix.ENOMEM {
			p.congested = 0
			break
		}
		ev, found, err := p.nextError()
		if err != nil {
			return false, 0, err
		}
		if !found || try == maxTries {
			break
		}
		p.handle(ev)
		if _, ok := ev.(LocalError); ok {
			refused = nil // the queue has the better message
			break
		}
	}
	p.stats.Transmitted = n
	p.win.transmit(n, now)
	if refused != nil {
		p.handle(p.localError("sendmsg", refused))
	} else if sent && p.onSent != nil {
		p.onSent()
	}
	return true, pause, nil
}

// maxTries bounds how many errors of earlier requests one send takes from the
// queue.
const maxTries = 16

// backOff returns how long to wait before repeating a request that found no
// buffer space, since the device's queue may drain. It returns 0 after as long
// as a reply is waited for.
func (p *Pinger) backOff() time.Duration {
	again := min(max(p.pause/2, minGap), 500*time.Millisecond)
	p.congested++
	if linger := p.o.linger(); linger >= 0 && time.Duration(p.congested)*again >= linger {
		return 0
	}
	return again
}

// adapt sets the pause to the average round-trip time, in whole milliseconds.
func (p *Pinger) adapt() {
	p.pause = p.stats.EWMA.Round(time.Millisecond)
	if os.Getuid() != 0 {
		p.pause = max(p.pause, MinUserInterval)
	}
}

// handle counts an event, if there is one, and passes it on.
func (p *Pinger) handle(ev Event) {
	switch ev := ev.(type) {
	case nil:
		return
	case Reply:
		p.win.acknowledge(p.stats.Transmitted, ev.Seq)
		if ev.RTT >= 0 {
			p.stats.addRTT(ev.RTT)
			if p.o.Adaptive {
				p.adapt()
			}
		}
		if ev.Duplicate {
			p.stats.Duplicates++
		} else {
			p.stats.Received++
		}
	case ICMPError:
		p.stats.Errors++
		if p.family == IPv4 { // as in iputils, whose IPv6 code does not
			p.win.acknowledge(p.stats.Transmitted, ev.Seq)
		}
	case LocalError:
		if ev.Op == opQueue {
			p.stats.Errors++
		}
	}
	if p.onEvent != nil {
		p.onEvent(ev)
	}
}
