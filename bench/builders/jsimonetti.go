package builders

import (
	"fmt"
	"net"
	"os"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/jsimonetti/rtnetlink/v2/driver"
	"github.com/nslab/nslab/bench/topo"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

func buildJsimonetti(t *topo.Topo) error {
	conns := make([]*rtnetlink.Conn, len(t.Nodes))
	bridges := make([]uint32, len(t.Nodes))
	spaces, err := namespaces(t, func(node int) (err error) {
		if conns[node], err = rtnetlink.Dial(nil); err != nil {
			return err
		}
		bridges[node], err = jsimonettiNode(conns[node], t, node)
		return err
	})
	if err != nil {
		return err
	}
	next := make([]uint32, len(t.Nodes))
	for i := range next {
		next[i] = 2 // after lo
		if bridges[i] != 0 {
			next[i] = bridges[i] + 1
		}
	}
	root, err := rtnetlink.Dial(nil)
	if err != nil {
		return err
	}
	defer root.Close()
	for i := range t.Links {
		a, b := &t.Links[i][0], &t.Links[i][1]
		// Choose the indexes, because the library does not return them.
		index := [2]uint32{next[a.Node], next[b.Node]}
		next[a.Node]++
		next[b.Node]++
		peer := jsimonettiLink(b, index[1], spaces[b.Node], nil)
		if err := root.Link.New(jsimonettiLink(a, index[0], spaces[a.Node], &driver.Veth{PeerInfo: peer})); err != nil {
			return fmt.Errorf("add link %s: %w", a.Iface, err)
		}
		for e := range t.Links[i] {
			end := &t.Links[i][e]
			if err := jsimonettiEnd(conns[end.Node], t, end, index[e], bridges[end.Node], spaces[end.Node]); err != nil {
				return fmt.Errorf("%s of %s: %w", end.Iface, t.Namespace(end.Node), err)
			}
		}
	}
	return nil
}

func jsimonettiLink(end *topo.End, index uint32, ns netns.NsHandle, kind rtnetlink.LinkDriver) *rtnetlink.LinkMessage {
	m := &rtnetlink.LinkMessage{Index: index, Attributes: &rtnetlink.LinkAttributes{
		Name: end.Iface, Address: end.MAC, NetNS: rtnetlink.NetNSForFD(uint32(ns)),
	}}
	if kind != nil {
		m.Attributes.Info = &rtnetlink.LinkInfo{Kind: kind.Kind(), Data: kind}
	}
	return m
}

func jsimonettiUp(c *rtnetlink.Conn, index uint32) error {
	return c.Link.Set(&rtnetlink.LinkMessage{Index: index, Flags: unix.IFF_UP, Change: unix.IFF_UP})
}

// jsimonettiNode brings up a node's own devices and returns the index of its
// bridge. The thread must be in the node's namespace.
func jsimonettiNode(c *rtnetlink.Conn, t *topo.Topo, node int) (uint32, error) {
	if err := jsimonettiUp(c, 1); err != nil { // lo
		return 0, err
	}
	if t.Nodes[node].Role != topo.Hub {
		return 0, nil
	}
	delay, stp := uint32(0), driver.BridgeStpStateDisabled
	kind := &driver.Bridge{ForwardDelay: &delay, StpState: &stp}
	const index = 2 // the first after lo
	if err := c.Link.New(&rtnetlink.LinkMessage{Index: index, Attributes: &rtnetlink.LinkAttributes{
		Name: topo.Bridge, Address: t.MAC(node, topo.Bridge), Info: &rtnetlink.LinkInfo{Kind: kind.Kind(), Data: kind},
	}}); err != nil {
		return 0, err
	}
	if !t.IPv6 {
		if err := genModeNone(topo.Bridge); err != nil {
			return 0, err
		}
	}
	return index, jsimonettiUp(c, index)
}

// genModeNone uses /proc/sys, because the library lacks IFLA_AF_SPEC.
func genModeNone(iface string) error {
	return os.WriteFile("/proc/sys/net/ipv6/conf/"+iface+"/addr_gen_mode", []byte("1"), 0)
}

func jsimonettiEnd(c *rtnetlink.Conn, t *topo.Topo, end *topo.End, index, bridge uint32, ns netns.NsHandle) error {
	if err := netns.Set(ns); err != nil {
		return err
	}
	if !t.IPv6 {
		if err := genModeNone(end.Iface); err != nil {
			return err
		}
	}
	if bridge != 0 {
		if err := c.Link.Set(&rtnetlink.LinkMessage{Index: index, Attributes: &rtnetlink.LinkAttributes{Master: &bridge}}); err != nil {
			return err
		}
	}
	if err := jsimonettiUp(c, index); err != nil || !end.Addr.IsValid() {
		return err
	}
	addr := net.IP(end.Addr.Addr().AsSlice())
	return c.Address.New(&rtnetlink.AddressMessage{Family: unix.AF_INET, PrefixLength: uint8(end.Addr.Bits()), Index: index,
		Attributes: &rtnetlink.AddressAttributes{Address: addr, Local: addr}})
}
