// Package settle waits until the kernel has finished its background work after
// a change, so that states can be compared.
//
// A worker detects carriers (linkwatch_event in net/core/link_watch.c), and
// with a carrier IPv6 begins on an interface. Another worker checks new IPv6
// addresses and adds their local routes (addrconf_dad_work in
// net/ipv6/addrconf.c), also for addresses that are not checked. On a busy
// machine that takes a while.
package settle

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
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
	// lookAgain is how soon the state is read again without a notification,
	// because some changes have none.
	lookAgain = 50 * time.Millisecond
)

// Wait waits for namespaces, given by their names in /run/netns.
func Wait(t testing.TB, namespaces ...string) {
	t.Helper()
	if err := Names(t.Context(), namespaces...); err != nil {
		t.Fatal(err)
	}
}

// Carriers waits until carriers are known, and so until IPv6 has begun on each
// interface, but not until its addresses have been checked.
func Carriers(t testing.TB, namespaces ...string) {
	t.Helper()
	if err := names(t.Context(), carriers, namespaces); err != nil {
		t.Fatal(err)
	}
}

// Names is Wait for callers without a test. It waits at most three minutes: the
// kernel may report only a hundred carriers a second, on the whole machine.
func Names(ctx context.Context, namespaces ...string) error {
	return names(ctx, everything, namespaces)
}

func names(ctx context.Context, w wanted, namespaces []string) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for _, name := range namespaces {
		h, err := nsfs.Dir{}.Open(name)
		if err != nil {
			return err
		}
		err = namespace(ctx, w, h)
		h.Close()
		if err != nil {
			return fmt.Errorf("namespace %s: %w", name, err)
		}
	}
	return nil
}

// Namespace waits for one namespace. If the context ends first, the error says
// what was not settled.
func Namespace(ctx context.Context, ns *nsfs.Handle) error {
	return namespace(ctx, everything, ns)
}

// A wanted is what is waited for.
type wanted int

const (
	everything wanted = iota
	carriers
)

func namespace(ctx context.Context, w wanted, ns *nsfs.Handle) error {
	c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(ns.FD())})
	if err != nil {
		return err
	}
	defer c.Close()
	// Most of the time there is nothing to wait for.
	why, err := unsettled(ctx, w, c)
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
		if why, err = unsettled(ctx, w, c); ctx.Err() != nil {
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

// unsettled says what is not settled yet, or returns "".
func unsettled(ctx context.Context, w wanted, c *rtnl.Conn) (string, error) {
	links, err := c.Links(ctx, rtnl.LinkDump{})
	if err != nil {
		return "", err
	}
	type v6Link struct {
		name string
		v6   v6State
	}
	up := make(map[uint32]v6Link)
	unknown := ""
	for i := range links {
		l := &links[i]
		if !l.Up() {
			continue
		}
		if !knownCarrier(l) {
			// Carriers are reported once a second, but this request has the
			// link's own reported at once from Linux 6.8 on
			// (linkwatch_sync_dev in net/core/link_watch.c).
			_, err := c.Link(ctx, rtnl.LinkIndex(l.Index))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
			unknown = l.Name
			continue
		}
		v6 := inet6(l)
		if l.Flags&unix.IFF_LOWER_UP != 0 && v6.enabled && !v6.ready && l.Flags&(unix.IFF_LOOPBACK|unix.IFF_SLAVE) == 0 {
			return l.Name + " has no IPv6 yet", nil
		}
		if v6.known {
			up[l.Index] = v6Link{l.Name, v6}
		}
	}
	if unknown != "" {
		return unknown + "'s carrier is not known", nil
	}
	// A change in progress may have been seen in part. Its maker holds a lock,
	// which this waits for.
	if err := barrier(ctx, c); err != nil {
		return "", err
	}
	if len(up) == 0 || w == carriers {
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

// knownCarrier reports whether the state of a link that is up agrees with its
// carrier.
func knownCarrier(l *rtnl.Link) bool {
	// A device whose carrier has never changed may stay unknown.
	known := l.OperState == operUp || l.OperState == operUnknown && l.CarrierChanges == 0
	return known == (l.Flags&unix.IFF_LOWER_UP != 0)
}

// barrier returns when changes that were in progress are complete: the kernel
// makes changes under one lock (rtnl_lock), and a request that changes nothing
// takes it too.
func barrier(ctx context.Context, c *rtnl.Conn) error {
	return c.Do(ctx, &rtnl.LinkSet{Link: rtnl.LinkName("lo")})
}

// v6State is what a link message says about IPv6 on the interface.
type v6State struct {
	// known says that the message mentions IPv6, so the interface has it.
	known bool
	// enabled says that IPv6 is not disabled.
	enabled bool
	// ready says that IPv6 has begun, because there was a carrier.
	ready bool
	// unchecked says that new addresses are not checked and need no carrier.
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

// devconf returns one of the numbers of IFLA_INET6_CONF, or 0 if it is missing.
func devconf(conf []byte, i int) int32 {
	if len(conf) < 4*(i+1) {
		return 0
	}
	return int32(binary.NativeEndian.Uint32(conf[4*i:]))
}
