package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// An Echo is an echo request from a namespace, given by its file.
type Echo struct {
	From string
	To   netip.Addr
}

// again is how long an unanswered request waits until it is sent again.
const again = 200 * time.Millisecond

// Ping sends the echo requests, repeatedly if necessary, until all are
// answered. It returns the time from the first send.
func Ping(ctx context.Context, echoes []Echo) (time.Duration, error) {
	byFrom := map[string][]netip.Addr{}
	var order []string
	for _, e := range echoes {
		if byFrom[e.From] == nil {
			order = append(order, e.From)
		}
		byFrom[e.From] = append(byFrom[e.From], e.To)
	}
	conns := make([]net.PacketConn, 0, len(order))
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	for _, from := range order {
		c, err := icmp(from)
		if err != nil {
			return 0, err
		}
		conns = append(conns, c)
	}
	start := time.Now()
	errs := make([]error, len(order))
	var wait sync.WaitGroup
	for i, from := range order {
		wait.Go(func() { errs[i] = pingFrom(ctx, conns[i], uint16(i), byFrom[from]) })
	}
	wait.Wait()
	return time.Since(start), errors.Join(errs...)
}

// icmp opens a raw socket in a namespace; it stays there.
func icmp(path string) (c net.PacketConn, err error) {
	err = Inside(path, func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_ICMP)
		if err != nil {
			return fmt.Errorf("icmp socket in %s: %w", path, err)
		}
		f := os.NewFile(uintptr(fd), "icmp")
		defer f.Close()
		c, err = net.FilePacketConn(f)
		return err
	})
	return c, err
}

// pingFrom sends one request after another. On a bridge with a thousand ports,
// each needs an ARP request that is flooded to all of them and fills the
// kernel's queue of received packets (net.core.netdev_max_backlog).
func pingFrom(ctx context.Context, c net.PacketConn, id uint16, to []netip.Addr) error {
	for _, a := range to {
		for answered := false; !answered; {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("an echo request to %s is unanswered: %w", a, context.Cause(ctx))
			}
			_, err := c.WriteTo(echoRequest(id), &net.IPAddr{IP: a.AsSlice()})
			if err != nil && !passing(err) {
				return err
			}
			if answered, err = hear(c, id, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// passing are errors after which a request is sent again: no neighbour entry or
// buffer is free, or no answer to ARP came.
func passing(err error) bool {
	return errors.Is(err, unix.ENOBUFS) || errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EHOSTUNREACH)
}

// hear waits a while for a reply, and returns whether it came.
func hear(c net.PacketConn, id uint16, want netip.Addr) (bool, error) {
	if err := c.SetReadDeadline(time.Now().Add(again)); err != nil {
		return false, err
	}
	buf := make([]byte, 512)
	for {
		n, from, err := c.ReadFrom(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return false, nil
		case err != nil && !passing(err):
			return false, err
		case err != nil:
			continue
		}
		if ip, ok := from.(*net.IPAddr); ok && isReply(buf[:n], id) {
			if a, ok := netip.AddrFromSlice(ip.IP.To4()); ok && a == want {
				return true, nil
			}
		}
	}
}

// echoRequest returns an echo request (RFC 792) without data.
func echoRequest(id uint16) []byte {
	b := []byte{8, 0, 0, 0, 0, 0, 0, 1}
	binary.BigEndian.PutUint16(b[4:], id)
	sum := uint32(8<<8) + uint32(id) + 1
	sum = sum&0xffff + sum>>16
	binary.BigEndian.PutUint16(b[2:], ^uint16(sum))
	return b
}

func isReply(b []byte, id uint16) bool {
	return len(b) >= 8 && b[0] == 0 && binary.BigEndian.Uint16(b[4:]) == id
}
