package rtnl

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Peer takes the kernel's place at the other end of sockets, so that a
// program can be tested without a kernel: package rtnltest has one. Programs do
// not call its methods.
type Peer interface {
	// Open opens a socket, as socket(2) and bind(2) do. Errors are errnos.
	Open(PeerConfig) (PeerSocket, error)
	// OpenNetNS returns the number that stands in requests for the descriptor
	// of a namespace that they give by name.
	OpenNetNS(NetNS) (fd int, release func(), err error)
}

// A PeerConfig says what socket is opened.
type PeerConfig struct {
	// Protocol is unix.NETLINK_*.
	Protocol int
	// Name is the socket's label, Config.Name or the name in NetNS.
	Name string
	// NetNS is Config.NetNS: nothing has opened it.
	NetNS NetNS
	// PortID is the netlink port that is asked for, 0 for any.
	PortID uint32
}

// A PeerSocket is a socket that a Peer has opened. Close and SetReadDeadline
// may be called while another method runs. After Close all others return
// os.ErrClosed.
type PeerSocket interface {
	// PortID returns the socket's netlink port.
	PortID() uint32
	// SetOption is setsockopt(2) at level SOL_NETLINK. Options that are of no
	// concern to the Peer are ignored.
	SetOption(option, value int) error
	// Send takes a datagram, which it must not keep, and answers its messages
	// before it returns. The error is an errno: then no message was handled.
	Send(b []byte) error
	// Receive reads the next datagram into b. It does not wait: the error is
	// EAGAIN if there is none, or ENOBUFS once for datagrams that were lost.
	Receive(b []byte) (Received, error)
	// Wait waits until Receive has something to return. It ends with
	// os.ErrDeadlineExceeded when the read deadline has passed.
	Wait() error
	// SetReadDeadline sets the time when Wait ends; the zero time is for never.
	SetReadDeadline(t time.Time) error
	// Close closes the socket.
	Close() error
}

// A Received says what came with a datagram.
type Received struct {
	// Len is the datagram's length in bytes. If it is more than there was room
	// for, the rest is lost.
	Len int
	// PortID is the netlink port of the sender, 0 for the kernel.
	PortID uint32
	// Groups is not 0 for a datagram that was sent to a multicast group
	// (nl_groups in struct sockaddr_nl).
	Groups uint32
	// NSID is the id, in the socket's namespace, of the namespace that the
	// datagram is from; absent, that is the socket's own
	// (NETLINK_LISTEN_ALL_NSID).
	NSID Opt[int32]
}

// A peerEnd is a PeerSocket as an endpoint.
type peerEnd struct {
	sock          PeerSocket
	closed        atomic.Bool
	sendBuffer    int
	receiveBuffer int
}

// defaultSendBuffer is the kernel's, SK_WMEM_MAX on 64-bit machines
// (include/net/sock.h).
const defaultSendBuffer = 212992

func openPeer(p Peer, cfg PeerConfig) (*peerEnd, error) {
	s, err := p.Open(cfg)
	if err != nil {
		return nil, err
	}
	return &peerEnd{sock: s, sendBuffer: defaultSendBuffer}, nil
}

func (p *peerEnd) port() uint32                      { return p.sock.PortID() }
func (p *peerEnd) setReadDeadline(t time.Time) error { return p.sock.SetReadDeadline(t) }

func (p *peerEnd) setOptions(value int, options ...int) error {
	for _, option := range options {
		if err := p.sock.SetOption(option, value); err != nil {
			return err
		}
	}
	return nil
}

func (p *peerEnd) rawConn() (syscall.RawConn, error) {
	return nil, fmt.Errorf("the socket of a test's peer has no descriptor: %w", errors.ErrUnsupported)
}

func (p *peerEnd) close() error {
	p.closed.Store(true)
	return p.sock.Close()
}

func (p *peerEnd) read(f func(fd uintptr) bool) error {
	if p.closed.Load() {
		return os.ErrClosed
	}
	for !f(0) {
		if err := p.sock.Wait(); err != nil {
			return err
		}
	}
	return nil
}

func (p *peerEnd) write(f func(fd uintptr) bool) error {
	if p.closed.Load() {
		return os.ErrClosed
	}
	f(0)
	return nil
}

func (p *peerEnd) send(_ uintptr, b []byte) error {
	if len(b) > p.sendBuffer-sendOverhead {
		return unix.EMSGSIZE
	}
	return p.sock.Send(b)
}

func (p *peerEnd) receive(_ uintptr, b []byte) (Received, error) { return p.sock.Receive(b) }

// setBuffer doubles the size, as the kernel does.
func (p *peerEnd) setBuffer(option, size int) error {
	if option == unix.SO_SNDBUF {
		p.sendBuffer = 2 * size
	} else {
		p.receiveBuffer = 2 * size
	}
	return nil
}

func (p *peerEnd) buffers() (send, receive int, err error) { return p.sendBuffer, p.receiveBuffer, nil }
