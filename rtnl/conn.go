package rtnl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

// Config configures a Conn. The zero Config is a socket in the calling thread's
// network namespace.
type Config struct {
	// NetNS is an open descriptor of the network namespace to open the socket
	// in; it is not kept. 0 is the calling thread's own namespace, which also
	// saves half of Dial's system calls.
	NetNS int
	// Name is the label of the namespace in errors and for the Observer.
	Name string
	// Observer sees each datagram in both directions. Nil costs nothing.
	Observer nlspec.Observer
	// ReceiveBuffer and SendBuffer are the socket's buffer sizes in bytes, as
	// in SO_RCVBUF and SO_SNDBUF: the kernel doubles them, and bounds them by
	// net.core.rmem_max and wmem_max for callers without CAP_NET_ADMIN in the
	// initial user namespace. 0 asks for 1 MiB to receive, and leaves the send
	// buffer alone. They bound how much of a Batch one system call carries.
	ReceiveBuffer, SendBuffer int
	// ReplyTimeout is how long to wait for an answer that the kernel owes,
	// where the context has no earlier deadline. rtnetlink answers before
	// the system call that sends returns, so only a lost answer is waited
	// for. 0 means 10 seconds.
	ReplyTimeout time.Duration
	// DumpTries is how often a dump is tried whose table changes while it is
	// read. 0 means 10.
	DumpTries int
	// OnInterrupted, if set, gets a table that changed during each try. The last
	// reading is then returned instead of the error. It must not use the Conn.
	OnInterrupted func(*InterruptedDump)
	// Hold keeps the processor while the kernel works on a request, which it
	// does in the system call that sends it. Thousands of requests in a row take
	// less time so; but a program that has more goroutines than processors stalls
	// meanwhile, also when the kernel waits for somebody else's request.
	Hold bool
	// OnWarning, if set, gets warnings that the kernel sends with the
	// acknowledgement of a request that it carried out. It is called with the
	// Conn locked and must not use it.
	OnWarning func(Warning)
}

const (
	defaultReceiveBuffer = 1 << 20
	defaultReplyTimeout  = 10 * time.Second
	defaultDumpTries     = 10
)

// A Conn is a NETLINK_ROUTE socket in one network namespace. Several goroutines
// may use it; requests run one after the other. It stays in its namespace
// whichever thread it is used from, and keeps that namespace alive until Close.
type Conn struct {
	socket socket
	rc     syscall.RawConn
	name   string
	obs    nlspec.Observer
	warn   func(Warning)

	hold         bool
	replyTimeout time.Duration
	dumpTries    int
	interrupted  func(*InterruptedDump)
	portID       uint32
	sendLimit    int // bytes that one sendto may carry
	replyBudget  int // bytes of answers that the receive buffer holds

	// sem guards what follows; a channel, so that waiting for it ends with the
	// context.
	sem   chan struct{}
	seq   uint32
	enc   Encoder
	rbuf  []byte
	one   answer
	dirty bool // answers of an abandoned exchange may be queued

	// Arguments and results of the two functions that RawConn calls, which
	// are made once so that a call allocates nothing.
	write, read func(fd uintptr) bool
	io          struct {
		b     []byte
		n     int
		errno unix.Errno
		wait  bool
		from  unix.RawSockaddrNetlink
	}
	// tamper, set by tests, replaces a datagram that was received; nil drops it.
	tamper func([]byte) []byte
}

// Dial opens a NETLINK_ROUTE socket with extended acknowledgements, capped
// errors and strict checking of requests (Linux 4.20).
func Dial(cfg *Config) (*Conn, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	s, portID, err := open(cfg)
	if err != nil {
		return nil, dialError(cfg.Name, enterError(cfg.NetNS, err))
	}
	c := &Conn{
		socket: s, name: cfg.Name, obs: cfg.Observer, warn: cfg.OnWarning, portID: portID,
		hold: cfg.Hold, replyTimeout: cfg.ReplyTimeout, dumpTries: cfg.DumpTries,
		interrupted: cfg.OnInterrupted,
		sem:         make(chan struct{}, 1),
	}
	if c.replyTimeout == 0 {
		c.replyTimeout = defaultReplyTimeout
	}
	if c.dumpTries == 0 {
		c.dumpTries = defaultDumpTries
	}
	if err := c.configure(cfg); err != nil {
		s.Close()
		return nil, dialError(cfg.Name, err)
	}
	c.write, c.read = c.writeOnce, c.readOnce
	return c, nil
}

func dialError(name string, err error) error {
	if name == "" {
		return fmt.Errorf("open rtnetlink socket: %w", err)
	}
	return fmt.Errorf("open rtnetlink socket in %s: %w", quote(name), err)
}

// enterError explains why a socket could not be opened in another namespace: the way
// there leads through the thread's directory in /proc.
func enterError(netns int, err error) error {
	if netns == 0 {
		return err
	}
	if self, rerr := os.Readlink("/proc/self"); rerr == nil && self == strconv.Itoa(os.Getpid()) {
		return err
	}
	return fmt.Errorf("/proc is not that of this process's PID namespace; run \"mount -t proc proc /proc\" in a mount namespace of your own: %w", err)
}

func (c *Conn) configure(cfg *Config) (err error) {
	if c.rc, err = c.socket.SyscallConn(); err != nil {
		return err
	}
	receive := cfg.ReceiveBuffer
	if receive == 0 {
		receive = defaultReceiveBuffer
	}
	cerr := c.rc.Control(func(fd uintptr) {
		s := int(fd)
		// With NETLINK_CAP_ACK an error repeats the request's header only, so that
		// the answers to a batch need little room. mdlayher/netlink cannot read
		// such an error with its ext-ack; this package does not ask it to.
		if err = setsockopt(s, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1); err != nil {
			return
		}
		if err = setBuffer(s, unix.SO_RCVBUFFORCE, unix.SO_RCVBUF, receive); err != nil {
			return
		}
		if cfg.SendBuffer != 0 {
			if err = setBuffer(s, unix.SO_SNDBUFFORCE, unix.SO_SNDBUF, cfg.SendBuffer); err != nil {
				return
			}
		}
		if c.sendLimit, err = unix.GetsockoptInt(s, unix.SOL_SOCKET, unix.SO_SNDBUF); err != nil {
			return
		}
		c.replyBudget, err = unix.GetsockoptInt(s, unix.SOL_SOCKET, unix.SO_RCVBUF)
	})
	// netlink_sendmsg refuses more than sk_sndbuf - 32 (net/netlink/af_netlink.c).
	c.sendLimit -= 32
	return errors.Join(cerr, err)
}

// Close closes the socket. A request that is running ends with an error.
func (c *Conn) Close() error { return c.socket.Close() }

// Name returns the label that the Conn was opened with.
func (c *Conn) Name() string { return c.name }

// PortID returns the socket's netlink port.
func (c *Conn) PortID() uint32 { return c.portID }

// SyscallConn gives access to the socket, for options and for its descriptor.
// Reading or writing through it disturbs requests.
func (c *Conn) SyscallConn() (syscall.RawConn, error) { return c.socket.SyscallConn() }

func (c *Conn) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	select {
	case c.sem <- struct{}{}:
		return nil
	default:
	}
	select {
	case c.sem <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *Conn) unlock() {
	if len(c.rbuf) == receiveSize {
		receiveBuffers.Put((*[receiveSize]byte)(c.rbuf))
		c.rbuf = nil
	}
	<-c.sem
}

func (c *Conn) writeOnce(fd uintptr) bool {
	for {
		c.io.n, c.io.errno = sendto(fd, c.io.b, c.hold)
		if c.io.errno != unix.EINTR {
			return c.io.errno != unix.EAGAIN
		}
	}
}

func (c *Conn) readOnce(fd uintptr) bool {
	for {
		c.io.n, c.io.errno = recvfrom(fd, c.io.b, &c.io.from, c.hold)
		if c.io.errno != unix.EINTR {
			return c.io.errno != unix.EAGAIN || !c.io.wait
		}
	}
}

// send writes one datagram. An error means that no message of it was handled:
// the kernel refuses a datagram whole, or takes it whole.
func (c *Conn) send(b []byte) error {
	if c.obs != nil {
		c.observe(nlspec.Sent, b)
	}
	c.io.b = b
	err := c.rc.Write(c.write)
	c.io.b = nil
	if err != nil {
		return err
	}
	if c.io.errno != 0 {
		return os.NewSyscallError("sendto", c.io.errno)
	}
	return nil
}

// recv reads one datagram into b and returns its length, which is more than
// len(b) if it was cut. Nothing being there is EAGAIN, unless wait is set.
func (c *Conn) recv(b []byte, wait bool) (int, error) {
	for {
		c.io.b, c.io.wait = b, wait
		err := c.rc.Read(c.read)
		c.io.b = nil
		if err != nil {
			return 0, err
		}
		if c.io.errno != 0 {
			return 0, c.io.errno
		}
		if c.io.from.Pid != 0 {
			continue // another process, not the kernel, wrote to this port
		}
		n := c.io.n
		if c.obs != nil {
			c.observe(nlspec.Received, b[:min(n, len(b))])
		}
		if c.tamper != nil {
			t := c.tamper(b[:min(n, len(b))])
			if t == nil {
				continue
			}
			n = copy(b, t)
		}
		return n, nil
	}
}

func (c *Conn) observe(dir nlspec.Direction, b []byte) {
	c.obs.Observe(nlspec.Datagram{
		Time: time.Now(), Direction: dir, Protocol: unix.NETLINK_ROUTE, NetNS: c.name,
		PortID: c.portID, Multicast: dir == nlspec.Received && c.io.from.Groups != 0, Data: b,
	})
}

// receive reads one datagram, waiting for it if it must.
func (c *Conn) receive(ctx context.Context, b []byte) (int, error) {
	n, err := c.recv(b, false)
	if err != unix.EAGAIN {
		return n, err
	}
	deadline := time.Now().Add(c.replyTimeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := c.socket.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	ran := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		c.socket.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // fails only on a closed socket, which ends the read as well
		close(ran)
	})
	n, err = c.recv(b, true)
	if !stop() {
		<-ran
	}
	if reset := c.socket.SetReadDeadline(time.Time{}); reset != nil && err == nil {
		err = reset
	}
	if os.IsTimeout(err) {
		switch {
		case ctx.Err() != nil:
			err = context.Cause(ctx)
		case deadline.Before(time.Now()) && hasDeadline(ctx, deadline):
			err = context.DeadlineExceeded
		default:
			err = fmt.Errorf("no answer within %v", c.replyTimeout)
		}
	}
	return n, err
}

func hasDeadline(ctx context.Context, t time.Time) bool {
	d, ok := ctx.Deadline()
	return ok && d.Equal(t)
}
