package probe

import (
	"context"
	"fmt"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const sentinelName = "sentinel"

// A Sentinel is a namespace with one end of a veth pair. The other end is in
// the caller's namespace. See Cleaner.
type Sentinel struct {
	ns      int
	updates chan netlink.LinkUpdate
	done    chan struct{}
}

// NewSentinel makes a Sentinel.
func NewSentinel() (*Sentinel, error) {
	ns, err := newNamespace()
	if err != nil {
		return nil, fmt.Errorf("make a namespace: %w", err)
	}
	s := &Sentinel{ns: ns, updates: make(chan netlink.LinkUpdate, 16), done: make(chan struct{})}
	veth := netlink.NewVeth(netlink.LinkAttrs{Name: sentinelName, NumTxQueues: 1, NumRxQueues: 1})
	veth.PeerName, veth.PeerNamespace = "peer", netlink.NsFd(ns)
	veth.PeerNumTxQueues, veth.PeerNumRxQueues = 1, 1
	if err := netlink.LinkAdd(veth); err != nil {
		unix.Close(ns)
		return nil, fmt.Errorf("make a veth pair: %w", err)
	}
	if err := netlink.LinkSubscribe(s.updates, s.done); err != nil {
		unix.Close(ns)
		return nil, fmt.Errorf("listen to links: %w", err)
	}
	return s, nil
}

// newNamespace returns a descriptor of a new namespace, which no thread stays
// in: Go never ends the main thread.
func newNamespace() (fd int, err error) {
	err = Inside("/proc/thread-self/ns/net", func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return err
		}
		fd, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		return err
	})
	return fd, err
}

// letGo releases the namespace, waits until its device is gone, and returns the
// time of the monotonic clock.
func (s *Sentinel) letGo(ctx context.Context) (time.Duration, error) {
	defer close(s.done)
	if err := unix.Close(s.ns); err != nil {
		return 0, err
	}
	for {
		select {
		case u, ok := <-s.updates:
			if !ok {
				return 0, fmt.Errorf("listen to links: the socket was closed")
			}
			if u.Header.Type == unix.RTM_DELLINK && u.Attrs().Name == sentinelName {
				return Now(), nil
			}
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}
