package rtnl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

// Config configures a Conn. The zero Config is a socket in the calling thread's
// network namespace.
type Config struct {
	// NetNS is the network namespace to open the socket in, by name
	// (NetNSName), or by descriptor (NetNSFD), which is not kept. The zero
	// NetNS is the calling thread's own, which also saves half of Dial's system
	// calls.
	NetNS NetNS
	// OpenNetNS opens a namespace that NetNS or a request names. It returns a
	// descriptor and a function that closes it. Nil looks for the name in
	// /run/netns, or asks Peer if that is set.
	OpenNetNS func(NetNS) (fd int, release func(), err error)
	// Protocol is the netlink protocol, unix.NETLINK_*; 0 is NETLINK_ROUTE. A
	// Conn does not know the messages of other protocols: errors name their
	// type.
	Protocol int
	// Name is the label of the namespace in errors and for the Observer. ""
	// means the name in NetNS, if there is one.
	Name string
	// Observer sees each datagram in both directions. Nil costs nothing.
	Observer nlspec.Observer
	// Peer, if set, takes the kernel's place (package rtnltest). NetNS is not
	// opened then, and Hold does nothing.
	Peer Peer
	// ReceiveBuffer and SendBuffer are the socket's buffer sizes in bytes, as
	// in SO_RCVBUF and SO_SNDBUF. The kernel doubles them, and bounds them by
	// net.core.rmem_max and wmem_max for callers without CAP_NET_ADMIN in the
	// initial user namespace. For ReceiveBuffer, 0 means 1 MiB; for SendBuffer,
	// it means the default. They bound how much of a Batch one system call
	// carries.
	ReceiveBuffer, SendBuffer int
	// ReplyTimeout is how long to wait for an answer that the kernel owes, if
	// the context has no earlier deadline. rtnetlink answers before the sending
	// system call returns, so only a lost answer takes that long. 0 means 10
	// seconds.
	ReplyTimeout time.Duration
	// DumpTries is how often to read a table that changes while it is read. 0
	// means 10.
	DumpTries int
	// OnInterrupted, if set, receives a table that changed during each try. The
	// last reading is then returned instead of the error. OnInterrupted must
	// not use the Conn.
	OnInterrupted func(*InterruptedDump)
	// Hold keeps the processor while the kernel works on a request, which it
	// does in the sending system call. Thousands of requests in a row then take
	// less time. But a program with more goroutines than processors stalls
	// meanwhile, even while the kernel waits for somebody else's request.
	Hold bool
	// OnWarning, if set, receives warnings that the kernel sends with the
	// acknowledgement of a request that it carried out. It is called with the
	// Conn locked and must not use it.
	OnWarning func(Warning)
}

const (
	defaultReceiveBuffer = 1 << 20
	defaultReplyTimeout  = 10 * time.Second
	defaultDumpTries     = 10
)

// A Conn is a netlink socket in one network namespace. Several goroutines may
// use it; requests run one after the other. It stays in its namespace whichever
// thread uses it, and keeps that namespace alive until Close.
type Conn struct {
	socket
	warn func(Warning)

	replyTimeout time.Duration
	dumpTries    int
	interrupted  func(*InterruptedDump)
	openNetNS    func(NetNS) (int, func(), error)
	sendLimit    int // bytes that one sendto may carry
	replyBudget  int // bytes of answers that the receive buffer holds

	// sem guards what follows. It is a channel, so that waiting for it ends
	// with the context.
	sem    chan struct{}
	seq    uint32
	enc    Encoder
	look   Encoder  // for lookups while enc holds a request
	opened []func() // close the namespaces that a request names
	rbuf   []byte
	one    answer
	dirty  bool // answers of an abandoned exchange may be queued
}

// Dial opens a netlink socket with extended acknowledgements, capped errors and
// strict checking of requests (Linux 4.20).
func Dial(cfg *Config) (*Conn, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	c := &Conn{
		socket: socket{protocol: cfg.Protocol, name: cfg.Name, obs: cfg.Observer},
		warn:   cfg.OnWarning, replyTimeout: cfg.ReplyTimeout, dumpTries: cfg.DumpTries,
		interrupted: cfg.OnInterrupted, openNetNS: cfg.OpenNetNS,
		sem: make(chan struct{}, 1),
	}
	if c.replyTimeout == 0 {
		c.replyTimeout = defaultReplyTimeout
	}
	if c.dumpTries == 0 {
		c.dumpTries = defaultDumpTries
	}
	switch {
	case c.openNetNS != nil:
	case cfg.Peer != nil:
		c.openNetNS = cfg.Peer.OpenNetNS
	default:
		c.openNetNS = openNetNS
	}
	if err := c.open(socketConfig{
		netns: cfg.NetNS, openNetNS: c.openNetNS, receiveBuffer: cfg.ReceiveBuffer, hold: cfg.Hold, peer: cfg.Peer,
	}); err != nil {
		return nil, err
	}
	if err := c.configure(cfg); err != nil {
		c.Close() //nolint:errcheck // the other error counts
		return nil, c.openError(err)
	}
	return c, nil
}

// sendOverhead is how many bytes of a send buffer netlink_sendmsg reserves for
// itself (net/netlink/af_netlink.c).
const sendOverhead = 32

func (c *Conn) configure(cfg *Config) (err error) {
	// With NETLINK_CAP_ACK, an error repeats only the request's header, so the
	// answers to a batch need little room. mdlayher/netlink cannot read such an
	// error with its ext-ack; this package does not ask it to.
	if err := c.end.setOptions(1, unix.NETLINK_EXT_ACK, unix.NETLINK_GET_STRICT_CHK, unix.NETLINK_CAP_ACK); err != nil {
		return err
	}
	if cfg.SendBuffer != 0 {
		if err := c.end.setBuffer(unix.SO_SNDBUF, cfg.SendBuffer); err != nil {
			return err
		}
	}
	c.sendLimit, c.replyBudget, err = c.end.buffers()
	c.sendLimit -= sendOverhead
	return err
}

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

// receive reads one datagram and waits for it if needed.
func (c *Conn) receive(ctx context.Context, b []byte) (n int, err error) {
	_, n, err = c.recv(b, false)
	if err != unix.EAGAIN {
		return n, err
	}
	deadline := time.Now().Add(c.replyTimeout)
	own := true
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline, own = d, false
	}
	err = c.await(ctx, deadline, func() (err error) {
		_, n, err = c.recv(b, true)
		return err
	})
	switch {
	case !os.IsTimeout(err) || errors.Is(err, context.DeadlineExceeded):
	case own:
		err = fmt.Errorf("no answer within %v", c.replyTimeout)
	default:
		err = context.DeadlineExceeded // the context's deadline, which it has not noticed yet
	}
	return n, err
}
