package builders

import (
	"fmt"
	"net"

	"github.com/nslab/nslab/bench/topo"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const genNone = 1 // IN6_ADDR_GEN_MODE_NONE of linux/if_link.h

func buildVishvananda(t *topo.Topo) error {
	handles := make([]*netlink.Handle, len(t.Nodes))
	bridges := make([]netlink.Link, len(t.Nodes))
	spaces, err := namespaces(t, func(node int) (err error) {
		if handles[node], err = netlink.NewHandle(unix.NETLINK_ROUTE); err != nil {
			return err
		}
		bridges[node], err = vishvanandaNode(handles[node], t, node)
		return err
	})
	if err != nil {
		return err
	}
	for i := range t.Links {
		a, b := &t.Links[i][0], &t.Links[i][1]
		attrs := netlink.NewLinkAttrs()
		attrs.Name, attrs.HardwareAddr, attrs.Namespace = a.Iface, a.MAC, netlink.NsFd(spaces[a.Node])
		veth := netlink.NewVeth(attrs)
		veth.PeerName, veth.PeerHardwareAddr, veth.PeerNamespace = b.Iface, b.MAC, netlink.NsFd(spaces[b.Node])
		if t.Queues == 0 { // otherwise leave them out, as programs usually do
			veth.NumTxQueues, veth.NumRxQueues = 1, 1
			veth.PeerNumTxQueues, veth.PeerNumRxQueues = 1, 1
		}
		if err := netlink.LinkAdd(veth); err != nil {
			return fmt.Errorf("add link %s: %w", a.Iface, err)
		}
		for e := range t.Links[i] {
			end := &t.Links[i][e]
			if err := vishvanandaEnd(handles[end.Node], t, end, bridges[end.Node]); err != nil {
				return fmt.Errorf("%s of %s: %w", end.Iface, t.Namespace(end.Node), err)
			}
		}
	}
	return nil
}

// vishvanandaNode brings up a node's own devices, and returns its bridge.
func vishvanandaNode(h *netlink.Handle, t *topo.Topo, node int) (netlink.Link, error) {
	lo, err := h.LinkByName("lo")
	if err != nil {
		return nil, err
	}
	if err := h.LinkSetUp(lo); err != nil {
		return nil, err
	}
	if t.Nodes[node].Role != topo.Hub {
		return nil, nil
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.HardwareAddr = topo.Bridge, t.MAC(node, topo.Bridge)
	bridge := &netlink.Bridge{LinkAttrs: attrs}
	if err := h.LinkAdd(bridge); err != nil {
		return nil, err
	}
	return bridge, vishvanandaUp(h, t, bridge)
}

func vishvanandaUp(h *netlink.Handle, t *topo.Topo, link netlink.Link) error {
	if !t.IPv6 {
		if err := h.LinkSetIP6AddrGenMode(link, genNone); err != nil {
			return err
		}
	}
	return h.LinkSetUp(link)
}

func vishvanandaEnd(h *netlink.Handle, t *topo.Topo, end *topo.End, bridge netlink.Link) error {
	link, err := h.LinkByName(end.Iface)
	if err != nil {
		return err
	}
	if bridge != nil {
		if err := h.LinkSetMaster(link, bridge); err != nil {
			return err
		}
	}
	if err := vishvanandaUp(h, t, link); err != nil {
		return err
	}
	if !end.Addr.IsValid() {
		return nil
	}
	// Without a zero broadcast address, the library would add one.
	return h.AddrAdd(link, &netlink.Addr{Broadcast: net.IPv4zero, IPNet: &net.IPNet{
		IP: end.Addr.Addr().AsSlice(), Mask: net.CIDRMask(end.Addr.Bits(), 32),
	}})
}
