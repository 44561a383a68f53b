package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// An Inspection is the kernel's state of a lab. Its JSON is for programs; a
// change of what a field means gets a new Version, new fields do not.
type Inspection struct {
	// Version is 1.
	Version int    `json:"version"`
	Lab     string `json:"lab"`
	Phase   Phase  `json:"phase"`
	// Source is the file that the lab was made from.
	Source string     `json:"source,omitempty"`
	Nodes  []NodeInfo `json:"nodes"`
}

// NodeInfo is the kernel's state of a node.
type NodeInfo struct {
	Name string `json:"name"`
	// Kind is the file's word: "host", "router" or "bridge".
	Kind string `json:"kind"`
	// NetNS is its name in /run/netns.
	NetNS string `json:"netns"`
	// Log is the directory with the output of its exec lines and of what they left
	// running, a file for each line, "" for none.
	Log string `json:"log,omitempty"`
	// Problem says why there is no more than that: its namespace is gone.
	Problem string `json:"problem,omitempty"`
	// Forwarding says which packets for others it passes on.
	Forwarding ForwardingInfo `json:"forwarding"`
	// Interfaces are in ascending order of their indices.
	Interfaces []InterfaceInfo `json:"interfaces"`
	// Routes are of all tables but the kernel's own, "local", those of IPv4
	// first.
	Routes []RouteInfo `json:"routes"`
	// Neighbours are those of the ARP and ND tables but for what needs no
	// resolution (NUD_NOARP).
	Neighbours []NeighInfo `json:"neighbours"`
	// FDB is the forwarding databases of its bridges and other devices.
	FDB   []FDBInfo `json:"fdb"`
	Rules RulesInfo `json:"firewall_rules"`
}

// ForwardingInfo says whether a node forwards: net.ipv4.ip_forward and
// net.ipv6.conf.all.forwarding.
type ForwardingInfo struct {
	IPv4 bool `json:"ipv4"`
	IPv6 bool `json:"ipv6"`
}

// InterfaceInfo is an interface of a node.
type InterfaceInfo struct {
	Name  string `json:"name"`
	Index uint32 `json:"ifindex"`
	// Kind is "veth", "bridge" and so on, "" for what is not made over
	// netlink.
	Kind string `json:"kind,omitempty"`
	// Up is the administrative state (IFF_UP), OperState that of RFC 2863.
	Up        bool   `json:"up"`
	OperState string `json:"operstate"`
	MAC       string `json:"mac,omitempty"`
	// MTU is in bytes.
	MTU      uint32 `json:"mtu"`
	TxQueues uint32 `json:"tx_queues"`
	RxQueues uint32 `json:"rx_queues"`
	Alias    string `json:"alias,omitempty"`
	// Master is the bridge or other device that it is a port of.
	Master string    `json:"master,omitempty"`
	Port   *PortInfo `json:"bridge_port,omitempty"`
	// Peer is the other end of a veth pair.
	Peer      *PeerInfo     `json:"peer,omitempty"`
	Bridge    *BridgeInfo   `json:"bridge,omitempty"`
	Addresses []AddressInfo `json:"addresses"`
	Counters  CounterInfo   `json:"counters"`
}

// PeerInfo is the other end of a veth pair. In a node of the lab it has names;
// elsewhere it has the index, and the id of its namespace (rtnetlink's nsid)
// where it is in another.
type PeerInfo struct {
	Node  string `json:"node,omitempty"`
	Name  string `json:"name,omitempty"`
	Index uint32 `json:"ifindex"`
	NSID  *int32 `json:"netnsid,omitempty"`
}

// PortInfo is an interface as a port of a bridge.
type PortInfo struct {
	Number   uint16 `json:"number"`
	State    string `json:"state"`
	Priority uint16 `json:"priority"`
	Cost     uint32 `json:"cost"`
}

// BridgeInfo is a bridge. Times are in seconds.
type BridgeInfo struct {
	ID            string  `json:"id"`
	Root          string  `json:"designated_root"`
	STP           bool    `json:"stp"`
	VLANFiltering bool    `json:"vlan_filtering"`
	ForwardDelay  float64 `json:"forward_delay"`
	AgeingTime    float64 `json:"ageing_time"`
	Ports         int     `json:"ports"`
}

// AddressInfo is an IP address of an interface.
type AddressInfo struct {
	Address netip.Prefix `json:"address"`
	// Peer is the other end of a point-to-point link.
	Peer  string   `json:"peer,omitempty"`
	Scope string   `json:"scope"`
	Flags []string `json:"flags,omitempty"`
}

// CounterInfo are an interface's counters since it was made.
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

// RouteInfo is a route.
type RouteInfo struct {
	Family string `json:"family"`
	// Dst is a prefix, or "default".
	Dst      string    `json:"dst"`
	Type     string    `json:"type"`
	Gateway  string    `json:"gateway,omitempty"`
	Dev      string    `json:"dev,omitempty"`
	Nexthops []HopInfo `json:"nexthops,omitempty"`
	PrefSrc  string    `json:"prefsrc,omitempty"`
	Metric   uint32    `json:"metric,omitempty"`
	Protocol string    `json:"protocol"`
	Scope    string    `json:"scope,omitempty"`
	Table    string    `json:"table"`
}

// HopInfo is a way of a multipath route.
type HopInfo struct {
	Gateway string `json:"gateway,omitempty"`
	Dev     string `json:"dev,omitempty"`
	Weight  uint16 `json:"weight"`
}

// NeighInfo is a neighbour.
type NeighInfo struct {
	Dst   string `json:"dst"`
	Dev   string `json:"dev"`
	MAC   string `json:"mac,omitempty"`
	State string `json:"state"`
}

// FDBInfo is an entry of a forwarding database.
type FDBInfo struct {
	MAC    string `json:"mac"`
	Dev    string `json:"dev"`
	Bridge string `json:"bridge,omitempty"`
	VLAN   uint16 `json:"vlan,omitempty"`
	Dst    string `json:"dst,omitempty"`
	// State is "permanent", "static" or, for one that was learned, "dynamic".
	State string   `json:"state"`
	Flags []string `json:"flags,omitempty"`
}

// Inspect asks the kernel about nodes of the lab by name, all without names. Each
// table is one moment's; two tables are of two moments. A node whose namespace
// is gone has a Problem and is no error.
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
	e := &engine.Engine{Dir: l.engine.Dir, Observer: l.cfg.Observer}
	defer e.Close() //nolint:errcheck // no request is running
	for i, n := range nodes {
		in.Nodes[i] = NodeInfo{Name: n.Name, Kind: n.Kind.String(), NetNS: n.NetNS(), Log: logs[n.Name],
			Interfaces: []InterfaceInfo{}, Routes: []RouteInfo{}, Neighbours: []NeighInfo{}, FDB: []FDBInfo{}}
		live := w.nodes[n.Name]
		if live == nil {
			in.Nodes[i].Problem = "its namespace is gone"
			in.Nodes[i].Rules = unknownRules(in.Nodes[i].Problem)
			continue
		}
		if err := n.inspect(ctx, e, live, &in.Nodes[i]); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// world reads nodes and, so that ends of pairs have names on both sides, those
// that the file joins them to; all, where that does not tell.
func (l *Lab) world(ctx context.Context, nodes []*LabNode) (*world, error) {
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
	w, err := readWorld(ctx, l.engine, reading{nodes: some, files: []*topology.Topology{t}, whole: true})
	if err != nil || len(w.nodes) == len(t.Nodes) || w.paired(want) {
		return w, err
	}
	return readWorld(ctx, l.engine, reading{nodes: nodeNames(t), files: []*topology.Topology{t}, whole: true})
}

// paired reports whether the other end of each veth link of nodes is known.
func (w *world) paired(nodes []string) bool {
	for _, name := range nodes {
		n := w.nodes[name]
		if n == nil {
			continue
		}
		for _, l := range n.links {
			if l.Kind == "veth" && l.peerNode == "" {
				return false
			}
		}
	}
	return true
}

// inspect fills in what the kernel has of a node.
func (n *LabNode) inspect(ctx context.Context, e *engine.Engine, live *liveNode, in *NodeInfo) (err error) {
	c, err := e.Conn(n.Name)
	if err != nil {
		return err
	}
	// A lab may have more nodes than there may be open files.
	defer func() { err = errors.Join(err, e.Forget(n.Name)) }()
	in.Forwarding = ForwardingInfo{forwards(live.sysctls[forwardingKeys[0]]), forwards(live.sysctls[forwardingKeys[1]])}
	links := make([]*liveLink, 0, len(live.links))
	dev := make(devNames, len(live.links))
	for _, l := range live.links {
		links = append(links, l)
		dev[l.Index] = l.Name
	}
	slices.SortFunc(links, func(a, b *liveLink) int { return cmp.Compare(a.Index, b.Index) })
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
	for i := range live.routes {
		if r := &live.routes[i]; r.Table != rtTableLocal {
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
