// Command auditcase does common things with vishvananda/netlink, for nslab
// audit to judge.
package main

import (
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "auditcase:", err)
		os.Exit(1)
	}
}

// run makes links, addresses, routes and neighbours, reads them back, and
// subscribes to changes, including a list of the existing objects.
func run() error {
	done := make(chan struct{})
	defer close(done)
	links := make(chan netlink.LinkUpdate, 1024)
	if err := netlink.LinkSubscribeWithOptions(links, done, netlink.LinkSubscribeOptions{ListExisting: true}); err != nil {
		return err
	}
	<-links
	veth := &netlink.Veth{LinkAttrs: netlink.NewLinkAttrs(), PeerName: "b0"}
	veth.Name = "a0"
	if err := netlink.LinkAdd(veth); err != nil {
		return err
	}
	link, err := netlink.LinkByName("a0")
	if err != nil {
		return err
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return err
	}
	addr, err := netlink.ParseAddr("10.1.0.1/24")
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(link, addr); err != nil {
		return err
	}
	_, dst, err := net.ParseCIDR("10.2.0.0/16")
	if err != nil {
		return err
	}
	if err := netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Dst: dst, Scope: unix.RT_SCOPE_LINK}); err != nil {
		return err
	}
	if _, err := netlink.AddrList(link, netlink.FAMILY_ALL); err != nil {
		return err
	}
	if _, err := netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{LinkIndex: link.Attrs().Index, Table: 254}, netlink.RT_FILTER_OIF|netlink.RT_FILTER_TABLE); err != nil {
		return err
	}
	if _, err := netlink.NeighList(link.Attrs().Index, netlink.FAMILY_V4); err != nil {
		return err
	}
	if _, err := netlink.LinkList(); err != nil {
		return err
	}
	return netlink.LinkDel(link)
}
