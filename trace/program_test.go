package trace

import (
	"encoding/binary"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

// programs are programs that this test binary can run as. Each does something
// that a test traces, and reports each datagram that it sends or receives on
// its standard output.
var programs = map[string]func() error{
	"attacher":   attacher,
	"asks":       asks,
	"refused":    refused,
	"interfaces": interfaces,
	"forms":      forms,
	"threads":    threadsProgram,
	"shared":     shared,
	"execs":      execs,
	"parent":     parent,
	"pairing":    pairingProgram,
	"pairexec":   pairedExec,
	"signals":    signals,
	"commands":   commands,
	"status":     status,
	"io_uring":   ioUring,
	"closes":     closes,
	"written":    written,
	"daemon":     daemon,
	"namespace":  namespace,
	"unread":     unread,
	"leaderless": leaderless,
	"nnp":        nnp,
	"tracer":     tracerProgram,
	"truncated":  truncated,
}

// A conn is a raw netlink socket.
type conn struct {
	fd  int
	seq uint32
	mu  *sync.Mutex // guards the report
}

func open() (*conn, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	return &conn{fd: fd, mu: new(sync.Mutex)}, nil
}

// getLink returns an RTM_GETLINK for a link by its index; there may be no such
// link.
func (c *conn) getLink(index uint32) []byte {
	c.seq++
	b := make([]byte, unix.NLMSG_HDRLEN+unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], unix.RTM_GETLINK)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST)
	binary.NativeEndian.PutUint32(b[8:], c.seq)
	binary.NativeEndian.PutUint32(b[20:], index)
	return b
}

func (c *conn) report(what string, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Printf("%s %x\n", what, b)
}

// ask sends a request with sendto(2) and receives the answer with recvfrom(2).
func (c *conn) ask(index uint32) error {
	b := c.getLink(index)
	if err := unix.Sendto(c.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	c.report("send", b)
	return c.receive()
}

func (c *conn) receive() error {
	answer := make([]byte, 32<<10)
	n, _, err := unix.Recvfrom(c.fd, answer, 0)
	if err != nil {
		return err
	}
	c.report("receive", answer[:n])
	return nil
}
