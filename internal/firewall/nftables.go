// Package firewall counts the firewall rules of a network namespace: those of nf_tables
// over netlink, and those of the legacy programs over socket options. It can also add
// rules.
package firewall

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// nftConn asks nf_tables in one namespace.
type nftConn struct {
	nl    *netlink.Conn
	rc    syscall.RawConn
	obs   nlspec.Observer
	netns string
	// first and seq are the sequence numbers of what is being asked.
	first, seq uint32
	buf        []byte
}

// nftTimeout is how long an answer is waited for that the kernel owes.
const nftTimeout = 10 * time.Second

// A Family is one of nf_tables', NFPROTO_*.
type Family uint8

// The families that are used here; AllFamilies is NFPROTO_UNSPEC.
const (
	AllFamilies Family = 0
	FamilyIP    Family = 2
	Bridge      Family = 7
)

// nftDial opens a socket in a namespace; netns is its label for the Observer.
func nftDial(h *nsfs.Handle, netns string, obs nlspec.Observer) (*nftConn, error) {
	nl, err := netlink.Dial(unix.NETLINK_NETFILTER, &netlink.Config{NetNS: h.FD()})
	if err != nil {
		return nil, nftError(err)
	}
	rc, err := nl.SyscallConn()
	if err != nil {
		nl.Close()
		return nil, err
	}
	return &nftConn{nl: nl, rc: rc, obs: obs, netns: netns, buf: make([]byte, 64<<10)}, nil
}

// CountNFTables counts the rules of nf_tables in a family, or in all. The kernel
// numbers what a rule set was at a time: a count that this number changed under is
// repeated. Netns is the namespace's label for the Observer, which may be nil.
func CountNFTables(ctx context.Context, h *nsfs.Handle, family Family, netns string, obs nlspec.Observer) (int, error) {
	c, err := nftDial(h, netns, obs)
	if err != nil {
		return 0, err
	}
	defer c.nl.Close()
	const tries = 10
	for range tries {
		before, err := c.generation(ctx)
		if err != nil {
			return 0, nftError(err)
		}
		n := 0
		err = c.dump(ctx, family, func(h nlspec.Header, _ []byte) {
			if h.Type == nftType(unix.NFT_MSG_NEWRULE) {
				n++
			}
		})
		if err != nil {
			return 0, nftError(err)
		}
		after, err := c.generation(ctx)
		if err != nil {
			return 0, nftError(err)
		}
		if before == after {
			return n, nil
		}
	}
	return 0, fmt.Errorf("the rules changed while they were counted, %d times", tries)
}

// nftError says what an errno means here.
func nftError(err error) error {
	switch {
	case errors.Is(err, unix.EPROTONOSUPPORT):
		return fmt.Errorf("this kernel has no nfnetlink: %w", err)
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("this kernel has no nf_tables: %w", err)
	}
	return err
}

func nftType(msg uint16) uint16 { return unix.NFNL_SUBSYS_NFTABLES<<8 | msg }

// generation returns the number of the rule set.
func (c *nftConn) generation(ctx context.Context) (id uint32, err error) {
	seen := false
	err = c.request(ctx, unix.NFT_MSG_GETGEN, 0, AllFamilies, func(h nlspec.Header, body []byte) bool {
		if h.Type != nftType(unix.NFT_MSG_NEWGEN) || len(body) < nfgenmsgLen {
			return false
		}
		ad, aerr := netlink.NewAttributeDecoder(body[nfgenmsgLen:])
		if aerr != nil {
			err = aerr
			return true
		}
		for ad.Next() {
			if ad.Type() == unix.NFTA_GEN_ID && len(ad.Bytes()) == 4 {
				id, seen = binary.BigEndian.Uint32(ad.Bytes()), true
			}
		}
		return true
	})
	if err == nil && !seen {
		err = errors.New("the kernel does not say which generation of rules there is")
	}
	return id, err
}

// dump calls each for every message of a dump of all rules.
func (c *nftConn) dump(ctx context.Context, family Family, each func(nlspec.Header, []byte)) error {
	return c.request(ctx, unix.NFT_MSG_GETRULE, unix.NLM_F_DUMP, family, func(h nlspec.Header, body []byte) bool {
		each(h, body)
		return false
	})
}

// nfgenmsgLen is sizeof(struct nfgenmsg) (include/uapi/linux/netfilter/nfnetlink.h):
// the family, 0 for all, a version, and a number that is not used here.
const nfgenmsgLen = 4

// request sends a message and calls each for every answer until it returns true,
// the dump is done, or the kernel says why not.
func (c *nftConn) request(ctx context.Context, msg, flags uint16, family Family, each func(nlspec.Header, []byte) bool) error {
	c.seq++
	c.first = c.seq
	return c.exchange(ctx, appendMessage(nil, nftType(msg), flags, c.seq, family, 0, nil), each)
}

// appendMessage appends a message of nfnetlink: its header, a struct nfgenmsg, and
// attributes.
func appendMessage(b []byte, typ, flags uint16, seq uint32, family Family, resource uint16, attrs []byte) []byte {
	b = binary.NativeEndian.AppendUint32(b, uint32(unix.SizeofNlMsghdr+nfgenmsgLen+len(attrs)))
	b = binary.NativeEndian.AppendUint16(b, typ)
	b = binary.NativeEndian.AppendUint16(b, unix.NLM_F_REQUEST|flags)
	b = binary.NativeEndian.AppendUint32(b, seq)
	b = binary.NativeEndian.AppendUint32(b, 0)
	b = append(b, byte(family), 0)
	return append(binary.BigEndian.AppendUint16(b, resource), attrs...)
}

// exchange sends messages, the last with the sequence number c.seq, and calls each
// for every answer to that one until it returns true, the dump is done, or the
// kernel says why not; for an error of any of them it ends.
func (c *nftConn) exchange(ctx context.Context, b []byte, each func(nlspec.Header, []byte) bool) error {
	deadline := time.Now().Add(nftTimeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := c.nl.SetDeadline(deadline); err != nil {
		return err
	}
	if err := c.send(b); err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		answer, err := c.receive()
		if err != nil {
			return err
		}
		for len(answer) > 0 {
			h, ok := nlspec.ParseHeader(answer)
			if !ok || h.Len < unix.SizeofNlMsghdr || int(h.Len) > len(answer) {
				return errors.New("the kernel's answer is no netlink message")
			}
			body := answer[unix.SizeofNlMsghdr:h.Len]
			answer = answer[min((int(h.Len)+unix.NLMSG_ALIGNTO-1)&^(unix.NLMSG_ALIGNTO-1), len(answer)):]
			if h.Seq-c.first > c.seq-c.first {
				continue // the rest of an answer that was not read to its end
			}
			switch {
			case h.Type == unix.NLMSG_DONE:
				return nil
			case h.Type == unix.NLMSG_ERROR && len(body) >= 4:
				if code := int32(binary.NativeEndian.Uint32(body)); code != 0 {
					return unix.Errno(-code)
				}
				return nil
			case each(h, body):
				return nil
			}
		}
	}
}

func (c *nftConn) send(b []byte) error {
	var serr error
	err := c.rc.Write(func(fd uintptr) bool {
		serr = unix.Sendto(int(fd), b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
		return serr != unix.EAGAIN
	})
	if err = errors.Join(err, os.NewSyscallError("sendto", serr)); err == nil {
		c.observe(nlspec.Sent, b)
	}
	return err
}

// receive returns one datagram, valid until the next call.
func (c *nftConn) receive() ([]byte, error) {
	var n int
	var rerr error
	err := c.rc.Read(func(fd uintptr) bool {
		for {
			n, _, rerr = unix.Recvfrom(int(fd), c.buf, unix.MSG_TRUNC)
			if rerr != unix.EINTR {
				return rerr != unix.EAGAIN
			}
		}
	})
	if err = errors.Join(err, os.NewSyscallError("recvfrom", rerr)); err != nil {
		return nil, err
	}
	if n > len(c.buf) {
		return nil, fmt.Errorf("a datagram of %d bytes, longer than the kernel makes them", n)
	}
	c.observe(nlspec.Received, c.buf[:n])
	return c.buf[:n], nil
}

func (c *nftConn) observe(dir nlspec.Direction, b []byte) {
	if c.obs != nil {
		c.obs.Observe(nlspec.Datagram{Time: time.Now(), Direction: dir, Protocol: unix.NETLINK_NETFILTER, NetNS: c.netns, PortID: c.nl.PID(), Data: b})
	}
}
