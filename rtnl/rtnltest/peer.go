package rtnltest

import (
	"errors"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A Handler answers one request of a program. It runs in the goroutine that
// sends the request, before the call that sends it returns, as the kernel does.
// One runs at a time, whichever socket a request comes from, so that variables
// that only handlers use need no lock. A Handler must not send through the same
// Peer.
//
// The message's Data is not written again. Its Seq and PortID are those of the
// program's socket; rtnl.DecodeRequest reads what it asks for. If the Handler
// writes no answer, the program gets EOPNOTSUPP, which is what the kernel
// answers to a type that it does not know.
type Handler func(a *Answer, request rtnl.Message)

// A Peer is the other end of sockets. Several goroutines may use it.
type Peer struct {
	handle   Handler
	handling sync.Mutex // held while a handler runs

	mu       sync.Mutex // guards what follows
	sockets  map[uint32]*socket
	lastPort uint32
	netns    []rtnl.NetNS
}

// New returns a Peer that answers requests with h. With a nil Handler it
// answers all with EOPNOTSUPP.
func New(h Handler) *Peer {
	if h == nil {
		h = func(*Answer, rtnl.Message) {}
	}
	return &Peer{handle: h, sockets: make(map[uint32]*socket)}
}

// Dial returns a Conn whose peer answers with h. It is closed when the test
// ends, if the program has not closed it. To say more of the Conn, call
// rtnl.Dial.
func Dial(tb testing.TB, h Handler) *rtnl.Conn {
	tb.Helper()
	c, err := rtnl.Dial(&rtnl.Config{Peer: New(h)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			tb.Error(err)
		}
	})
	return c
}

// Open implements rtnl.Peer. Ports are counted from 1; one that is asked for
// and taken is EADDRINUSE.
func (p *Peer) Open(cfg rtnl.PeerConfig) (rtnl.PeerSocket, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	port := cfg.PortID
	if p.sockets[port] != nil {
		return nil, unix.EADDRINUSE
	}
	for port == 0 || p.sockets[port] != nil {
		p.lastPort++
		port = p.lastPort
	}
	s := &socket{peer: p, cfg: cfg, port: port, changed: make(chan struct{}), groups: make(map[uint32]bool)}
	p.sockets[port] = s
	return s, nil
}

// firstNetNS is the number of the first namespace that is given by name: no
// test has as many descriptors open.
const firstNetNS = 1 << 20

// OpenNetNS implements rtnl.Peer.
func (p *Peer) OpenNetNS(n rtnl.NetNS) (fd int, release func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.netns, n)
	if i < 0 {
		i = len(p.netns)
		p.netns = append(p.netns, n)
	}
	return firstNetNS + i, func() {}, nil
}

// NetNSName returns the name that a program gave for a namespace of a request
// (see rtnl.NetNSName), "" if it gave the namespace otherwise.
func (p *Peer) NetNSName(n rtnl.NetNS) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, named := range p.netns {
		if n == rtnl.NetNSFD(firstNetNS+i) {
			return named.Name()
		}
	}
	return ""
}

// Notify sends messages in one datagram to each Monitor that has joined a
// group, RTNLGRP_*.
func (p *Peer) Notify(group uint32, messages ...rtnl.Message) {
	p.multicast(group, messages, rtnl.Opt[int32]{})
}

// NotifyFrom is Notify for what happens in another namespace, by its id in that
// of the Monitors. Those with AllNSIDs get it.
func (p *Peer) NotifyFrom(nsid int32, group uint32, messages ...rtnl.Message) {
	p.multicast(group, messages, rtnl.Some(nsid))
}

func (p *Peer) multicast(group uint32, messages []rtnl.Message, from rtnl.Opt[int32]) {
	// nl_groups has one bit for each of 32 groups.
	d := datagram{data: encode(messages), groups: 1 << ((group - 1) % 32), nsid: from}
	for _, s := range p.joined(group) {
		if len(d.data) > 0 && (!from.IsSet() || s.hearsAll()) {
			s.deliver(d)
		}
	}
}

// Overrun says to each Monitor of a group that notifications were lost
// (ENOBUFS), before those that it has not yet received.
func (p *Peer) Overrun(group uint32) {
	for _, s := range p.joined(group) {
		s.lose()
	}
}

// joined returns the sockets of a group in the order of their ports.
func (p *Peer) joined(group uint32) (sockets []*socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, port := range slices.Sorted(maps.Keys(p.sockets)) {
		if p.sockets[port].inGroup(group) {
			sockets = append(sockets, p.sockets[port])
		}
	}
	return sockets
}

func (p *Peer) forget(port uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sockets, port)
}

// answer does what netlink_rcv_skb does with a datagram
// (net/netlink/af_netlink.c): what is behind a malformed header is ignored, and
// messages that ask for nothing are acknowledged.
func (p *Peer) answer(s *socket, b []byte) {
	p.handling.Lock()
	defer p.handling.Unlock()
	for {
		h, ok := nlspec.ParseHeader(b)
		if !ok || h.Len < unix.NLMSG_HDRLEN || uint64(h.Len) > uint64(len(b)) {
			return
		}
		raw := slices.Clone(b[:h.Len])
		a := &Answer{sock: s, raw: raw, request: rtnl.Message{
			Type: h.Type, Flags: h.Flags, Seq: h.Seq, PortID: h.PID, Data: raw[unix.NLMSG_HDRLEN:],
		}}
		if h.Flags&unix.NLM_F_REQUEST == 0 || h.Type < unix.NLMSG_MIN_TYPE {
			a.Ack()
		} else if p.handle(a, a.request); !a.written.Load() {
			a.Error(unix.EOPNOTSUPP, nil)
		}
		b = b[min(align(int(h.Len)), len(b)):]
	}
}

func align(n int) int { return (n + unix.NLMSG_ALIGNTO - 1) &^ (unix.NLMSG_ALIGNTO - 1) }
