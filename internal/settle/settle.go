// Package settle waits until the kernel has done what it does by itself after a
// change: comparisons of states are made after that.
//
// Carriers are found by a worker (linkwatch_event in net/core/link_watch.c), and
// with them IPv6 begins on an interface; another worker checks new IPv6 addresses
// and adds their local routes (addrconf_dad_work in net/ipv6/addrconf.c), also of
// those that are not checked. On a busy machine that takes its time.
package settle

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
)

const (
	// patience bounds how long Wait waits. It only delays a failure.
	patience = 3 * time.Minute
	// lookAgain is when the state is read again without a notification: some of
	// what is waited for has none.
	lookAgain = 50 * time.Millisecond
)

// Wait waits for namespaces, by their names in /run/netns.
func Wait(t testing.TB, namespaces ...string) {
	t.Helper()
	if err := Names(t.Context(), namespaces...); err != nil {
		t.Fatal(err)
	}
}

// Names is Wait where there is no test at hand. It waits three minutes at most: of
// carriers the kernel may tell a hundred a second, on the whole machine.
func Names(ctx context.Context, namespaces ...string) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for _, name := range namespaces {
		h, err := nsfs.Dir{}.Open(name)
		if err != nil {
			return err
		}
		err = Namespace(ctx, h)
		h.Close()
		if err != nil {
			return fmt.Errorf("namespace %s: %w", name, err)
		}
	}
	return nil
}

// Namespace waits for one namespace until the context ends. Its error then says
// what was still to come.
func Namespace(ctx context.Context, ns *nsfs.Handle) error {
	c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(ns.FD())})
	if err != nil {
		return err
	}
	defer c.Close()
	// Most of the time there is nothing to wait for.
	why, err := unsettled(ctx, c)
	if why == "" || err != nil {
		return err
	}
	m, err := rtnl.Listen(&rtnl.MonitorConfig{NetNS: rtnl.NetNSFD(ns.FD()),
		Groups: []uint32{unix.RTNLGRP_LINK, unix.RTNLGRP_IPV6_IFADDR, unix.RTNLGRP_IPV6_ROUTE}})
	if err != nil {
		return err
	}
	defer m.Close()
	for {
		last := why
		if why, err = unsettled(ctx, c); ctx.Err() != nil {
			return fmt.Errorf("the kernel did not settle: %s: %w", last, context.Cause(ctx))
		}
		if why == "" || err != nil {
			return err
		}
		again, stop := context.WithTimeout(ctx, lookAgain)
		_, err = m.Receive(again)
		late := again.Err() != nil
		stop()
		if err != nil && !late && !errors.Is(err, rtnl.ErrLost) {
			return err
		}
	}
}

// unsettled says what is still to come, "" if nothing is.
func unsettled(ctx context.Context, c *rtnl.Conn) (string, error) {
	links, err := c.Links(ctx, rtnl.LinkDump{})
	if err != nil {
		return "", err
	}
	type v6Link struct {
		name string
		v6   v6State
	}
	up := make(map[uint32]v6Link)
	for i := range links {
		l := &links[i]
		if !l.Up() {
			continue
		}
		carrier := l.Flags&unix.IFF_LOWER_UP != 0
		// A device whose carrier has never changed may stay unknown.
		known := l.OperState == operUp || l.OperState == operUnknown && l.CarrierChanges == 0
		if known != carrier {
			return l.Name + "'s carrier is not known", nil
		}
		v6 := inet6(l)
		if carrier && v6.enabled && !v6.ready && l.Flags&(unix.IFF_LOOPBACK|unix.IFF_SLAVE) == 0 {
			return l.Name + " has no IPv6 yet", nil
		}
		if v6.known {
			up[l.Index] = v6Link{l.Name, v6}
		}
	}
	// What was seen of a change that is being made may be part of it: its maker
	// holds a lock that this waits for.
	if err := barrier(ctx, c); err != nil {
		return "", err
	}
	if len(up) == 0 {
		return "", nil
	}
	addrs, err := c.Addrs(ctx, rtnl.AddrDump{Family: unix.AF_INET6})
	if err != nil {
		return "", err
	}
	routes, err := c.Routes(ctx, rtnl.RouteDump{Family: unix.AF_INET6})
	if err != nil {
		return "", err
	}
	type local struct {
		addr netip.Addr
		oif  uint32
	}
	have := make(map[local]bool)
	for _, r := range routes {
		if r.Type == unix.RTN_LOCAL && r.Dst.IsSingleIP() {
			have[local{r.Dst.Addr(), r.OIF.Index}] = true
		}
	}
	for _, a := range addrs {
		l, ok := up[a.Link.Index]
		switch tentative := a.Flags&unix.IFA_F_TENTATIVE != 0; {
		case !ok || a.Flags&unix.IFA_F_DADFAILED != 0:
		case tentative && (l.v6.ready || l.v6.unchecked):
			return fmt.Sprintf("%s of %s is tentative", a.Prefix, l.name), nil
		case !tentative && !have[local{a.Prefix.Addr(), a.Link.Index}]:
			return fmt.Sprintf("%s of %s has no local route", a.Prefix, l.name), nil
		}
	}
	return "", barrier(ctx, c)
}

// IF_OPER_* of include/uapi/linux/if.h.
const (
	operUnknown = 0
	operUp      = 6
)

// barrier returns when what was being changed in a namespace has been changed: the
// kernel's changes are made under one lock (rtnl_lock), and a request that changes
// nothing takes it too.
func barrier(ctx context.Context, c *rtnl.Conn) error {
	return c.Do(ctx, &rtnl.LinkSet{Link: rtnl.LinkName("lo")})
}

// v6State is what a link message says of IPv6 on the interface.
type v6State struct {
	// known says that it says anything: there is IPv6 on the interface.
	known bool
	// enabled says that it is not disabled.
	enabled bool
	// ready says that IPv6 has begun: there was a carrier.
	ready bool
	// unchecked says that new addresses are not checked, and need no carrier.
	unchecked bool
}

const (
	ifReady            = 0x80000000 // IF_READY of include/net/if_inet6.h
	devconfDisableIPv6 = 26         // DEVCONF_* of include/uapi/linux/ipv6.h
	devconfAcceptDAD   = 27
)

func inet6(l *rtnl.Link) (s v6State) {
	for r := rtnl.NewAttrReader(l.AFSpec); r.Next(); {
		if r.Type() != unix.AF_INET6 {
			continue
		}
		s.known = true
		for n := r.Nested(); n.Next(); {
			switch n.Type() {
			case unix.IFLA_INET6_FLAGS:
				s.ready = n.Uint32()&ifReady != 0
			case unix.IFLA_INET6_CONF:
				conf := n.Bytes()
				s.enabled = devconf(conf, devconfDisableIPv6) == 0
				s.unchecked = devconf(conf, devconfAcceptDAD) < 1
			}
		}
	}
	return s
}

// devconf is one of the numbers of IFLA_INET6_CONF, 0 if it is not there.
func devconf(conf []byte, i int) int32 {
	if len(conf) < 4*(i+1) {
		return 0
	}
	return int32(binary.NativeEndian.Uint32(conf[4*i:]))
}
