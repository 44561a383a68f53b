package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// An Inspection is the kernel's state of a lab. Its JSON is for programs:
// Version changes if the meaning of a field does, not if fields are added.
type Inspection struct {
	// Version is the version of this format, 1.
	Version int `json:"version"`
	// Lab is the lab's name.
	Lab string `json:"lab"`
	// Phase says how far the lab has come.
	Phase Phase `json:"phase"`
	// Source is the file that the lab was made from.
	Source string `json:"source,omitempty"`
	// Nodes are in the order of the file.
	Nodes []NodeInfo `json:"nodes"`
}

// NodeInfo is the kernel's state of a node.
type NodeInfo struct {
	// Name is the node's name in the file.
	Name string `json:"name"`
	// Kind is the file's word: "host", "router" or "bridge".
	Kind string `json:"kind"`
	// NetNS is its name in /run/netns.
	NetNS string `json:"netns"`
	// Log is the directory with the output of its exec lines and of their
	// background processes, a file for each line; "" means none.
	Log string `json:"log,omitempty"`
	// Processes are those that the file keeps in the node. Their healthchecks
	// are not run.
	Processes []Program `json:"processes,omitempty"`
	// Problem says why nothing more is known: the namespace is gone.
	Problem string `json:"problem,omitempty"`
	// Forwarding says which packets it forwards.
	Forwarding ForwardingInfo `json:"forwarding"`
	// Interfaces are in ascending order of their indices.
	Interfaces []InterfaceInfo `json:"interfaces"`
	// Routes are those of all tables except "local", IPv4 first.
	Routes []RouteInfo `json:"routes"`
	// Neighbours are the ARP and ND tables without entries that need no
	// resolution (NUD_NOARP).
	Neighbours []NeighInfo `json:"neighbours"`
	// FDB is the forwarding databases of its bridges and other devices.
	FDB []FDBInfo `json:"fdb"`
	// Rules counts its firewall rules.
	Rules RulesInfo `json:"firewall_rules"`
}

// ForwardingInfo says whether a node forwards.
type ForwardingInfo struct {
	// IPv4 is net.ipv4.ip_forward.
	IPv4 bool `json:"ipv4"`
	// IPv6 is net.ipv6.conf.all.forwarding, false without IPv6.
	IPv6 bool `json:"ipv6"`
}

// InterfaceInfo is an interface of a node.
type InterfaceInfo struct {
	// Name is the interface's name, Index its number in the namespace.
	Name  string `json:"name"`
	Index uint32 `json:"ifindex"`
	// Kind is "veth", "bridge" and so on, "" for what is not made over netlink.
	Kind string `json:"kind,omitempty"`
	// Up is the administrative state (IFF_UP), OperState that of RFC 2863 in
	// lower case: "up", "down", "lowerlayerdown", "unknown".
	Up        bool   `json:"up"`
	OperState string `json:"operstate"`
	// MAC is the link-layer address, bytes in hex with colons between them.
	MAC string `json:"mac,omitempty"`
	// MTU is in bytes.
	MTU uint32 `json:"mtu"`
	// TxQueues and RxQueues are the numbers of queues. Linux built without
	// CONFIG_RPS does not tell the latter: 0.
	TxQueues uint32 `json:"tx_queues"`
	RxQueues uint32 `json:"rx_queues"`
	// Qdisc is what it sends through, "" for the kernel's default: in the words
	// of tc(8), without a netem's distribution, if the file impairs links, else
	// the name alone.
	Qdisc string `json:"qdisc,omitempty"`
	// Alias is the interface's description, any bytes.
	Alias string `json:"alias,omitempty"`
	// Master is the bridge or other device that it is a port of, and Port what
	// it is there if that is a bridge.
	Master string    `json:"master,omitempty"`
	Port   *PortInfo `json:"bridge_port,omitempty"`
	// Peer is the other end of a veth pair; nil also where that is in a
	// namespace that this one has no id for.
	Peer *PeerInfo `json:"peer,omitempty"`
	// Bridge is what a bridge is besides; nil for other kinds.
	Bridge *BridgeInfo `json:"bridge,omitempty"`
	// Addresses are the IP addresses, in the kernel's order.
	Addresses []AddressInfo `json:"addresses"`
	Counters  CounterInfo   `json:"counters"` // since it was made
}

// PeerInfo is the other end of a veth pair.
type PeerInfo struct {
	// Node and Name are the node and the interface, "" outside the lab.
	Node string `json:"node,omitempty"`
	Name string `json:"name,omitempty"`
	// Index is the interface's number in its namespace.
	Index uint32 `json:"ifindex"`
	// NSID is the id of that namespace in the node's (rtnetlink's nsid); nil
	// where Node says which it is, or if it is the node's own.
	NSID *int32 `json:"netnsid,omitempty"`
}

// PortInfo is an interface as a port of a bridge.
type PortInfo struct {
	// Number is the port's number in the bridge, from 1.
	Number uint16 `json:"number"`
	// State is that of IEEE 802.1D: "disabled", "listening", "learning",
	// "forwarding" or "blocking".
	State string `json:"state"`
	// Priority is 0 to 63, Cost the path cost of STP, 1 to 65,535.
	Priority uint16 `json:"priority"`
	Cost     uint32 `json:"cost"`
}

// BridgeInfo is a bridge.
type BridgeInfo struct {
	// ID is the bridge's identifier and Root that of the root of the spanning
	// tree, as brctl(8) has them: priority and MAC address in hex with a dot
	// between them, "8000.020000000001".
	ID   string `json:"id"`
	Root string `json:"designated_root"`
	// STP says whether the spanning tree protocol runs.
	STP bool `json:"stp"`
	// VLANFiltering says whether the bridge looks at VLAN tags.
	VLANFiltering bool `json:"vlan_filtering"`
	// ForwardDelay and AgeingTime are in seconds.
	ForwardDelay float64 `json:"forward_delay"`
	AgeingTime   float64 `json:"ageing_time"`
	// Ports is the number of ports.
	Ports int `json:"ports"`
}

// AddressInfo is an IP address of an interface.
type AddressInfo struct {
	// Address has the length of the prefix of its network.
	Address netip.Prefix `json:"address"`
	// Peer is the other end of a point-to-point link.
	Peer string `json:"peer,omitempty"`
	// Scope is "global", "link", "host" or "site", or a number.
	Scope string `json:"scope"`
	// Flags are IFA_F_* in lower case, such as "tentative", without
	// "permanent"; a flag that nslab does not know is a number in hex.
	Flags []string `json:"flags,omitempty"`
}

// CounterInfo are an interface's counters since it was made, in packets and in
// bytes (struct rtnl_link_stats64).
type CounterInfo struct {
	RxPackets uint64 `json:"rx_packets"`
	RxBytes   uint64 `json:"rx_bytes"`
	RxErrors  uint64 `json:"rx_errors"`
	RxDropped uint64 `json:"rx_dropped"`
	TxPackets uint64 `json:"tx_packets"`
	TxBytes   uint64 `json:"tx_bytes"`
	TxErrors  uint64 `json:"tx_errors"`
	TxDropped uint64 `json:"tx_dropped"`
}

// RouteInfo is a route, in the words of ip-route(8); a number stands where
// there is no word.
type RouteInfo struct {
	// Family is "inet" or "inet6".
	Family string `json:"family"`
	// Dst is a prefix, or "default".
	Dst string `json:"dst"`
	// Type is "unicast", "blackhole" and so on.
	Type string `json:"type"`
	// Gateway is the next router and Dev the interface, "" for none.
	Gateway string `json:"gateway,omitempty"`
	Dev     string `json:"dev,omitempty"`
	// Nexthops are the ways of a multipath route.
	Nexthops []HopInfo `json:"nexthops,omitempty"`
	// PrefSrc is the source address of packets that have none yet, "" for none.
	PrefSrc string `json:"prefsrc,omitempty"`
	// Metric is the route's priority: the lowest wins.
	Metric uint32 `json:"metric,omitempty"`
	// Protocol is who made the route: "kernel", "boot", "static", "bgp".
	Protocol string `json:"protocol"`
	// Scope is that of an IPv4 route: "global", "link", "host".
	Scope string `json:"scope,omitempty"`
	// Table is the routing table.
	Table string `json:"table"`
}

// HopInfo is a way of a multipath route.
type HopInfo struct {
	// Gateway and Dev are as in a RouteInfo.
	Gateway string `json:"gateway,omitempty"`
	Dev     string `json:"dev,omitempty"`
	// Weight is 1 to 256.
	Weight uint16 `json:"weight"`
}

// NeighInfo is a neighbour.
type NeighInfo struct {
	// Dst is the IP address, Dev the interface.
	Dst string `json:"dst"`
	Dev string `json:"dev"`
	// MAC is the link-layer address, "" while it is not known.
	MAC string `json:"mac,omitempty"`
	// State is NUD_* without the prefix, such as "REACHABLE"; several have a
	// "|" between them.
	State string `json:"state"`
}

// FDBInfo is an entry of a forwarding database.
type FDBInfo struct {
	// MAC is the link-layer address, Dev the port or the device itself.
	MAC string `json:"mac"`
	Dev string `json:"dev"`
	// Bridge is the bridge that has the entry, "" for the device's own.
	Bridge string `json:"bridge,omitempty"`
	// VLAN is 1 to 4094, 0 for none.
	VLAN uint16 `json:"vlan,omitempty"`
	// Dst is the address of the remote end of a tunnel, "" for none.
	Dst string `json:"dst,omitempty"`
	// State is "permanent", "static" or, for one that was learned, "dynamic".
	State string `json:"state"`
	// Flags are NTF_* in lower case, such as "self" and "master".
	Flags []string `json:"flags,omitempty"`
}

// Inspect reads the kernel's state of the named nodes, or of all nodes without
// names. Each table is consistent in itself, but tables are read one after the
// other. A node whose namespace is gone has a Problem; that is no error.
func (l *Lab) Inspect(ctx context.Context, names ...string) (*Inspection, error) {
	nodes := l.Nodes()
	if len(names) > 0 {
		nodes = nodes[:0:0]
		for _, name := range names {
			n, err := l.Node(name)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrNoNode, err)
			}
			nodes = append(nodes, n)
		}
	}
	w, err := l.world(ctx, nodes)
	if err != nil {
		return nil, err
	}
	in := &Inspection{Version: 1, Lab: l.Name(), Phase: l.state.Phase, Source: l.state.Source, Nodes: make([]NodeInfo, len(nodes))}
	logs, err := l.cfg.root().NodesWithLogs(l.Name())
	if err != nil {
		return nil, err
	}
	programs, err := l.programsByNode(ctx)
	if err != nil {
		return nil, err
	}
	e := &engine.Engine{Dir: l.engine.Dir, Observer: l.cfg.Observer}
	defer e.Close() //nolint:errcheck // no request is running
	for i, n := range nodes {
		in.Nodes[i] = NodeInfo{Name: n.Name, Kind: n.Kind.String(), NetNS: n.NetNS(), Log: logs[n.Name], Processes: programs[n.Name],
			Interfaces: []InterfaceInfo{}, Routes: []RouteInfo{}, Neighbours: []NeighInfo{}, FDB: []FDBInfo{}}
		there := w.Nodes[n.Name]
		if there == nil {
			in.Nodes[i].Problem = "its namespace is gone"
			in.Nodes[i].Rules = unknownRules(in.Nodes[i].Problem)
			continue
		}
		if err := n.inspect(ctx, e, there, &in.Nodes[i]); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// world reads nodes and, so that ends of pairs have names on both sides, those
// that the file joins them to; all, where that does not tell.
func (l *Lab) world(ctx context.Context, nodes []*LabNode) (*live.World, error) {
	want := make([]string, len(nodes))
	asked := make(map[int]bool)
	for i, n := range nodes {
		want[i] = n.Name
		asked[n.index] = true
	}
	some := slices.Clone(want)
	t := l.topology
	for i := range t.Links {
		ends := &t.Links[i].Ends
		for e := range ends {
			if asked[ends[e].Node] && !asked[ends[1-e].Node] {
				some = append(some, t.Nodes[ends[1-e].Node].Name)
			}
		}
	}
	w, err := live.Read(ctx, l.engine, live.Reading{Nodes: some, Files: []*topology.Topology{t}, Whole: true})
	if err != nil || len(w.Nodes) == len(t.Nodes) || w.Paired(want) {
		return w, err
	}
	return live.Read(ctx, l.engine, live.Reading{Nodes: nodeNames(t), Files: []*topology.Topology{t}, Whole: true})
}

// inspect fills in what the kernel has of a node.
func (n *LabNode) inspect(ctx context.Context, e *engine.Engine, there *live.Node, in *NodeInfo) (err error) {
	c, err := e.Conn(n.Name)
	if err != nil {
		return err
	}
	// A lab may have more nodes than there may be open files.
	defer func() { err = errors.Join(err, e.Forget(n.Name)) }()
	in.Forwarding = ForwardingInfo{forwards(there.Sysctls[live.ForwardingKeys[0]]), forwards(there.Sysctls[live.ForwardingKeys[1]])}
	links := make([]*live.Link, 0, len(there.Links))
	dev := make(devNames, len(there.Links))
	for _, l := range there.Links {
		links = append(links, l)
		dev[l.Index] = l.Name
	}
	slices.SortFunc(links, func(a, b *live.Link) int { return cmp.Compare(a.Index, b.Index) })
	for _, l := range links {
		i, err := inspectLink(l, dev)
		if err != nil {
			return err
		}
		in.Interfaces = append(in.Interfaces, i)
	}
	for i := range in.Interfaces {
		if b := in.Interfaces[i].Bridge; b != nil {
			for _, l := range links {
				if l.Master == in.Interfaces[i].Index {
					b.Ports++
				}
			}
		}
	}
	for i := range there.Routes {
		if r := &there.Routes[i]; r.Table != rtTableLocal {
			in.Routes = append(in.Routes, inspectRoute(r, dev))
		}
	}
	neighs, err := c.Neighs(ctx, rtnl.NeighDump{})
	if err != nil {
		return err
	}
	for i := range neighs {
		if neighs[i].State&^nudNoARP != 0 {
			in.Neighbours = append(in.Neighbours, inspectNeigh(&neighs[i], dev))
		}
	}
	fdb, err := c.Neighs(ctx, rtnl.NeighDump{Family: afBridge})
	if err != nil {
		return err
	}
	for i := range fdb {
		in.FDB = append(in.FDB, inspectFDB(&fdb[i], dev))
	}
	in.Rules, err = n.countRules(ctx)
	return err
}

// forwards reads a forwarding setting, "" where the kernel has none.
func forwards(value string) bool { return value != "" && value != "0" }
