package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A sentinel tells when the kernel has cleaned up the namespaces that were let
// go of before it. No interface says so. But one worker, in order, cleans up
// namespaces in batches (cleanup_net in net/core/net_namespace.c), and deletes
// their links on the way: a link in the namespace of a sentinel, whose other
// end is in one that stays, disappears when its batch is being cleaned up.
//
// That may be the batch of the lab's own namespaces. So there are two, one
// after the other: when the second's link has gone, the batch of the first is
// done.
type sentinel struct {
	stay *nsfs.Handle
	conn *rtnl.Conn
	mon  *rtnl.Monitor
}

func newSentinel() (*sentinel, error) {
	stay, err := nsfs.New()
	if err != nil {
		return nil, err
	}
	s := &sentinel{stay: stay}
	if s.conn, err = rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(stay.FD()), Name: "sentinel"}); err != nil {
		s.close()
		return nil, err
	}
	if s.mon, err = rtnl.Listen(&rtnl.MonitorConfig{NetNS: rtnl.NetNSFD(stay.FD()), Name: "sentinel", Groups: []uint32{unix.RTNLGRP_LINK}}); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *sentinel) close() {
	if s.mon != nil {
		s.mon.Close()
	}
	if s.conn != nil {
		s.conn.Close()
	}
	s.stay.Close()
}

// wait returns when what was let go of before the call is cleaned up.
func (s *sentinel) wait(ctx context.Context) error {
	for i := range 2 {
		if err := s.round(ctx, fmt.Sprintf("gone%d", i)); err != nil {
			return fmt.Errorf("wait for the kernel's clean-up: %w", err)
		}
	}
	return nil
}

func (s *sentinel) round(ctx context.Context, name string) error {
	gone, err := nsfs.New()
	if err != nil {
		return err
	}
	add := &rtnl.LinkAdd{Name: name, Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: "peer", LinkAttrs: rtnl.LinkAttrs{NetNS: rtnl.NetNSFD(gone.FD())}}}}
	err = s.conn.Do(ctx, add)
	if cerr := gone.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return s.deleted(ctx, name)
}

// deleted waits until the link of a name is gone.
func (s *sentinel) deleted(ctx context.Context, name string) error {
	for {
		n, err := s.mon.Receive(ctx)
		if errors.Is(err, rtnl.ErrLost) {
			if _, err := s.conn.Link(ctx, rtnl.LinkName(name)); errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			continue
		}
		if err != nil {
			return err
		}
		if n.Type == unix.RTM_DELLINK {
			if l, err := rtnl.DecodeLink(n.Message); err == nil && l.Name == name {
				return nil
			}
		}
	}
}
