package engine_test

import (
	"context"
	"fmt"
	"log"
	"net/netip"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// Two namespaces, joined by a veth pair with addresses. RunAll would do the
// same faster.
func ExampleEngine_Do() {
	ctx := context.Background()
	e := &engine.Engine{}
	defer e.Close()
	address := func(netns, prefix string) engine.Op {
		return engine.Send(netns, &rtnl.AddrAdd{Address: rtnl.Address{Link: rtnl.LinkName("eth0"), Prefix: netip.MustParsePrefix(prefix)}})
	}
	peer := &rtnl.VethPeer{Name: "eth0", LinkAttrs: rtnl.LinkAttrs{NetNS: rtnl.NetNSName("right")}}
	for _, op := range []engine.Op{
		{Action: &engine.NetNSAdd{Name: "left"}},
		{Action: &engine.NetNSAdd{Name: "right"}},
		{NetNS: "right", Action: &engine.SysctlSet{Key: "net.ipv4.ip_forward", Value: "1"}},
		engine.Send("left", &rtnl.LinkAdd{Name: "eth0", Kind: &rtnl.Veth{Peer: peer}}),
		address("left", "192.0.2.1/24"),
		address("right", "192.0.2.2/24"),
	} {
		if err := e.Do(ctx, op); err != nil {
			log.Fatal(err)
		}
	}
	c, err := e.Conn("right")
	if err != nil {
		log.Fatal(err)
	}
	addrs, err := c.Addrs(ctx, rtnl.AddrDump{Family: unix.AF_INET})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(addrs[0].Prefix, "on", addrs[0].Label)
	for _, name := range []string{"left", "right"} {
		if err := e.Do(ctx, engine.Op{Action: &engine.NetNSDel{Name: name}}); err != nil {
			log.Fatal(err)
		}
	}
	// Output: 192.0.2.2/24 on eth0
}
