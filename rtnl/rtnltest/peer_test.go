package rtnltest_test

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/rtnl/rtnltest"
	"golang.org/x/sys/unix"
)

func listen(t *testing.T, p *rtnltest.Peer, cfg rtnl.MonitorConfig) *rtnl.Monitor {
	t.Helper()
	cfg.Peer = p
	m, err := rtnl.Listen(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// Each Monitor gets what is sent to its groups, and of other namespaces if it
// asks for that.
func TestNotify(t *testing.T) {
	peer := rtnltest.New(nil)
	links := listen(t, peer, rtnl.MonitorConfig{Groups: []uint32{unix.RTNLGRP_LINK}})
	all := listen(t, peer, rtnl.MonitorConfig{Groups: []uint32{unix.RTNLGRP_LINK, unix.RTNLGRP_NEXTHOP}, AllNSIDs: true, PortID: 77})
	if all.PortID() != 77 || links.PortID() != 1 {
		t.Errorf("ports %d and %d", links.PortID(), all.PortID())
	}
	lo, eth0 := rtnltest.NewLink(rtnl.Link{Index: 1}), rtnltest.NewLink(rtnl.Link{Index: 2})
	peer.Notify(unix.RTNLGRP_LINK, lo, eth0)
	peer.Notify(unix.RTNLGRP_LINK)
	peer.Notify(unix.RTNLGRP_NEXTHOP, rtnltest.Del(lo)) // a group beyond nl_groups
	peer.NotifyFrom(5, unix.RTNLGRP_LINK, rtnltest.Del(eth0))
	for _, tt := range []struct {
		m    *rtnl.Monitor
		want []uint16
		nsid int32
	}{
		{links, []uint16{unix.RTM_NEWLINK, unix.RTM_NEWLINK}, -1},
		{all, []uint16{unix.RTM_NEWLINK, unix.RTM_NEWLINK, unix.RTM_DELLINK, unix.RTM_DELLINK}, 5},
	} {
		var got []uint16
		var last rtnl.Notification
		for {
			n, ok, err := tt.m.TryReceive()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			got, last = append(got, n.Type), n
		}
		if !slices.Equal(got, tt.want) || last.NSID.Or(-1) != tt.nsid {
			t.Errorf("got %v, the last from %v", got, last.NSID)
		}
	}
}

// A Monitor that waits is woken by what it waits for, by its context and by
// Close.
func TestReceive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := rtnltest.New(nil)
		m := listen(t, peer, rtnl.MonitorConfig{Groups: []uint32{unix.RTNLGRP_LINK}})
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan error)
		receive := func() { _, err := m.Receive(ctx); got <- err }
		for _, tt := range []struct {
			wake func()
			want error
		}{
			{func() { peer.Notify(unix.RTNLGRP_LINK, rtnltest.NewLink(rtnl.Link{Index: 1})) }, nil},
			{func() { peer.Overrun(unix.RTNLGRP_LINK) }, rtnl.ErrLost},
			{cancel, context.Canceled},
		} {
			go receive()
			synctest.Wait()
			tt.wake()
			if err := <-got; !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		}
		ctx = t.Context()
		go receive()
		synctest.Wait()
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if err := <-got; !errors.Is(err, os.ErrClosed) {
			t.Errorf("got %v", err)
		}
		if err := m.Close(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("closed twice: %v", err)
		}
		if _, err := m.Receive(ctx); !errors.Is(err, os.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

func TestSocket(t *testing.T) {
	peer := rtnltest.New(func(a *rtnltest.Answer, _ rtnl.Message) { a.Ack() })
	c, err := rtnl.Dial(&rtnl.Config{Peer: peer, SendBuffer: 64})
	if err != nil {
		t.Fatal(err)
	}
	// The kernel refuses a datagram that is larger than the send buffer, whole.
	del := &rtnl.LinkDel{Link: rtnl.LinkName("a-name-that-takes-seventy-bytes-or-more-with-its-header-in-a-message-")}
	if err := c.Do(t.Context(), del); !errors.Is(err, unix.EMSGSIZE) || !errors.Is(err, rtnl.ErrNotSent) {
		t.Errorf("got %v", err)
	}
	if _, err := c.SyscallConn(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Do(t.Context(), &rtnl.LinkDel{Link: rtnl.LinkIndex(1)}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if _, err := rtnl.Listen(&rtnl.MonitorConfig{Peer: peer, PortID: 9, Groups: []uint32{0}}); !errors.Is(err, unix.EINVAL) {
		t.Errorf("group 0: %v", err)
	}
	first := listen(t, peer, rtnl.MonitorConfig{PortID: 9})
	if _, err := rtnl.Listen(&rtnl.MonitorConfig{Peer: peer, PortID: 9}); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("port %d twice: %v", first.PortID(), err)
	}
}

// Namespaces are names: nothing is opened.
func TestNetNS(t *testing.T) {
	var peer *rtnltest.Peer
	var label, far string
	peer = rtnltest.New(func(a *rtnltest.Answer, m rtnl.Message) {
		label = a.NetNS()
		if r, err := rtnl.DecodeRequest(m); err != nil {
			a.Error(unix.EINVAL, &rtnltest.ExtAck{Message: err.Error()})
			return
		} else if set, ok := r.(*rtnl.NSIDSet); ok {
			far = peer.NetNSName(set.NetNS)
		}
		a.Ack()
	})
	c, err := rtnl.Dial(&rtnl.Config{Peer: peer, NetNS: rtnl.NetNSName("left")})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 2 {
		if err := c.Do(t.Context(), &rtnl.NSIDSet{NetNS: rtnl.NetNSName("right"), ID: 7}); err != nil {
			t.Fatal(err)
		}
	}
	if label != "left" || far != "right" || peer.NetNSName(rtnl.NetNSFD(3)) != "" {
		t.Errorf("in %q, of %q", label, far)
	}
}

// A message that is no request is acknowledged, as the kernel does; nothing
// that a program sends makes a Peer panic or loop.
func FuzzSend(f *testing.F) {
	f.Add([]byte{16, 0, 0, 0, 3, 0, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0})
	for _, r := range []rtnl.Request{&rtnl.LinkDump{Kind: "veth"}, &rtnl.LinkGet{Link: rtnl.LinkName("lo")}, addBridge} {
		b, err := rtnl.Encode(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)-2])
		f.Add(append(slices.Clone(b), b...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		requests := 0
		peer := rtnltest.New(func(a *rtnltest.Answer, m rtnl.Message) {
			if requests++; m.Type == unix.RTM_GETLINK {
				a.Links(rtnl.Link{Index: 1, Name: "lo"})
			}
		})
		s, err := peer.Open(rtnl.PeerConfig{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.Send(b); err != nil {
			t.Fatal(err)
		}
		if requests > len(b)/unix.NLMSG_HDRLEN {
			t.Errorf("%d requests in %d bytes", requests, len(b))
		}
		answer, datagrams := make([]byte, 1<<16), 0
		for {
			got, err := s.Receive(answer)
			if err == unix.EAGAIN {
				break
			}
			if err != nil || got.Len > len(answer) || int(binary.NativeEndian.Uint32(answer)) > got.Len {
				t.Fatalf("%+v, %v: % x", got, err, answer[:16])
			}
			datagrams++
		}
		if datagrams < requests {
			t.Errorf("%d requests, %d datagrams", requests, datagrams)
		}
	})
}
