package rtnl_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/netip"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// Two namespaces, joined by a veth pair with addresses.
func Example() {
	ctx := context.Background()
	check := func(err error) {
		if err != nil {
			log.Fatal(err)
		}
	}
	var dir nsfs.Dir
	var conns []*rtnl.Conn
	for _, name := range []string{"left", "right"} {
		h, err := dir.Create(ctx, name)
		check(err)
		defer dir.Delete(ctx, name)
		check(h.Close())
		c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSName(name)})
		check(err)
		defer c.Close()
		conns = append(conns, c)
	}
	peer := &rtnl.VethPeer{Name: "eth0", LinkAttrs: rtnl.LinkAttrs{NetNS: rtnl.NetNSName("right")}}
	check(conns[0].Do(ctx, &rtnl.LinkAdd{Name: "eth0", Kind: &rtnl.Veth{Peer: peer}}))
	for i, c := range conns {
		prefix := netip.MustParsePrefix(fmt.Sprintf("192.0.2.%d/24", i+1))
		check(c.Do(ctx, &rtnl.AddrAdd{Address: rtnl.Address{Link: rtnl.LinkName("eth0"), Prefix: prefix}}))
		up := &rtnl.LinkSet{Link: rtnl.LinkName("eth0")}
		up.Up()
		check(c.Do(ctx, up))
	}
	for _, c := range conns {
		addrs, err := c.Addrs(ctx, rtnl.AddrDump{Family: unix.AF_INET})
		check(err)
		for _, a := range addrs {
			fmt.Println(c.Name(), a.Prefix)
		}
	}
	// Output:
	// left 192.0.2.1/24
	// right 192.0.2.2/24
}

// A batch takes few system calls, whatever its length. It is no transaction:
// what follows a request that failed is carried out.
func ExampleConn_Run() {
	ctx := context.Background()
	c, err := rtnl.Dial(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	var b rtnl.Batch
	for _, r := range []rtnl.Request{
		&rtnl.LinkAdd{Name: "br0", Kind: &rtnl.Bridge{}},
		&rtnl.LinkAdd{Name: "p0", Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: "p1"}}},
		&rtnl.LinkSet{Link: rtnl.LinkName("p0"), LinkAttrs: rtnl.LinkAttrs{Master: rtnl.Some(rtnl.LinkName("br0"))}},
		&rtnl.LinkSet{Link: rtnl.LinkName("p2"), LinkAttrs: rtnl.LinkAttrs{MTU: 1400}},
		&rtnl.LinkDel{Link: rtnl.LinkName("p0")},
		&rtnl.LinkDel{Link: rtnl.LinkName("br0")},
	} {
		if err := b.Add(r); err != nil {
			log.Fatal(err)
		}
	}
	var partial *rtnl.BatchError
	if err := c.Run(ctx, &b); errors.As(err, &partial) {
		fmt.Println(partial.Done, "done,", partial.Failed, "failed:", partial.First)
	}
	// Output: 5 done, 1 failed: set link "p2": no such link (ENODEV)
}

// A dump is a whole table: it is read again if it changes meanwhile.
func ExampleConn_Links() {
	c, err := rtnl.Dial(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	links, err := c.Links(context.Background(), rtnl.LinkDump{})
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range links {
		if l.Index == 1 {
			fmt.Println(l.Name, l.MTU)
		}
	}
	// Output: lo 65536
}

// A Monitor receives what changes after Listen has returned.
func ExampleMonitor() {
	ctx := context.Background()
	m, err := rtnl.Listen(&rtnl.MonitorConfig{Groups: []uint32{unix.RTNLGRP_LINK}})
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	c, err := rtnl.Dial(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := c.Do(ctx, &rtnl.LinkAdd{Name: "br0", Kind: &rtnl.Bridge{}}); err != nil {
		log.Fatal(err)
	}
	for {
		n, err := m.Receive(ctx)
		if errors.Is(err, rtnl.ErrLost) {
			continue // dump the links to know where they stand
		}
		if err != nil {
			log.Fatal(err)
		}
		l, err := rtnl.DecodeLink(n.Message)
		if err != nil {
			log.Fatal(err)
		}
		if n.Type == unix.RTM_NEWLINK && l.Name == "br0" {
			fmt.Println("new:", l.Kind, l.Name)
			break
		}
	}
	err = c.Do(ctx, &rtnl.LinkDel{Link: rtnl.LinkName("br0")})
	fmt.Println(err, errors.Is(c.Do(ctx, &rtnl.LinkDel{Link: rtnl.LinkName("br0")}), fs.ErrNotExist))
	// Output:
	// new: bridge br0
	// <nil> true
}
