package rtnltest_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"

	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/rtnl/rtnltest"
	"golang.org/x/sys/unix"
)

// rename is the program: it gives a link another name, and brings it up.
func rename(ctx context.Context, c *rtnl.Conn, from, to string) error {
	set := &rtnl.LinkSet{Link: rtnl.LinkName(from), NewName: to}
	set.Up()
	err := c.Do(ctx, set)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is taken: %w", to, err)
	}
	return err
}

// A Handler answers the requests of a program: here, a name is taken.
func Example() {
	eth0 := rtnl.Link{Index: 2, Name: "eth0", MTU: 1500}
	peer := rtnltest.New(func(a *rtnltest.Answer, m rtnl.Message) {
		switch m.Type {
		case unix.RTM_GETLINK:
			a.Links(eth0)
		case unix.RTM_NEWLINK:
			r, err := rtnl.DecodeRequest(m)
			if err != nil {
				log.Fatal(err)
			}
			set := r.(*rtnl.LinkSet)
			fmt.Println("link", set.Link.Index, "becomes", set.NewName)
			if set.NewName == "wan" {
				a.Error(unix.EEXIST, &rtnltest.ExtAck{Message: "Device name is in use", Attr: "IFLA_IFNAME"})
				return
			}
			a.Ack()
		}
	})
	c, err := rtnl.Dial(&rtnl.Config{Peer: peer})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	fmt.Println(rename(context.Background(), c, "eth0", "lan"))
	fmt.Println(rename(context.Background(), c, "eth0", "wan"))
	// Output:
	// link 2 becomes lan
	// <nil>
	// link 2 becomes wan
	// wan is taken: set link "eth0" to name "wan": Device name is in use (EEXIST, at IFLA_IFNAME)
}

// A table that changes while it is read is read again.
func ExampleAnswer_Interrupt() {
	lo := rtnl.Link{Index: 1, Name: "lo"}
	eth0 := rtnl.Link{Index: 2, Name: "eth0"}
	tries := 0
	c, err := rtnl.Dial(&rtnl.Config{Peer: rtnltest.New(func(a *rtnltest.Answer, _ rtnl.Message) {
		tries++
		a.Part(rtnltest.NewLink(lo))
		if tries == 1 {
			a.Interrupt()
		}
		a.Part(rtnltest.NewLink(eth0))
		a.Done()
	})})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	links, err := c.Links(context.Background(), rtnl.LinkDump{})
	fmt.Println(len(links), "links in", tries, "tries,", err)
	// Output: 2 links in 2 tries, <nil>
}

// A Monitor receives what the test sends to a group that it has joined.
func ExamplePeer_Notify() {
	ctx := context.Background()
	peer := rtnltest.New(nil)
	m, err := rtnl.Listen(&rtnl.MonitorConfig{Peer: peer, Groups: []uint32{unix.RTNLGRP_LINK}})
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	gone := rtnltest.Del(rtnltest.NewLink(rtnl.Link{Index: 2, Name: "eth0"}))
	peer.Notify(unix.RTNLGRP_LINK, gone)
	peer.Overrun(unix.RTNLGRP_LINK)
	for range 2 {
		n, err := m.Receive(ctx)
		if errors.Is(err, rtnl.ErrLost) {
			fmt.Println("lost: a table must be read")
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		l, err := rtnl.DecodeLink(n.Message)
		fmt.Println(l.Name, "is gone:", n.Type == unix.RTM_DELLINK, err)
	}
	// Output:
	// lost: a table must be read
	// eth0 is gone: true <nil>
}
