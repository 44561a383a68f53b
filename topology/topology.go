package topology

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
)

// A Topology is a lab as its file describes it, with every name expanded and
// every address assigned. Only Parse makes one, from a file or from the file
// that a Builder writes. One that was made or changed otherwise is refused with
// ErrNotParsed, because a lab is stored and compared by its file.
type Topology struct {
	// Path is the file's name, or a description if it has none. Source is its
	// contents, or the lab file that stands for a file in another Language.
	Path   string
	Source []byte
	// Name is the lab's name: [a-z0-9-], at most 32 bytes.
	Name string
	// Prefix stands before each node's name in /run/netns.
	Prefix string
	// Hosts says how nodes learn each other's names.
	Hosts HostsMode
	// Nodes are in the file's order, those of a count in the order of their
	// numbers.
	Nodes []Node
	// Links are in the file's order, those of a pattern in the order of the
	// nodes that it matches.
	Links []Link

	// isFile says that Path is the path of a file, and stream that exec lines
	// do not run in its directory.
	isFile, stream bool
	// written is a file in another Language, and warnings are what the lab does
	// without of it.
	written  []byte
	warnings Errors
	// renamed says that the file calls the lab something else.
	renamed bool
	// reads says that Parse has read other files.
	reads bool
	// whole is the topology that a part belongs to, or nil.
	whole *Topology
	// parsed is the checksum when Parse returned.
	parsed  uint64
	byName  map[string]int
	byIface func() map[ifaceKey][2]int // link and end
	byMTU   func() map[ifaceKey]uint32
	ifaces  func() [][]string // of each node, without lo
}

// ifaceKey is an interface of a node.
type ifaceKey struct {
	node  int
	iface string
}

// done prepares look-ups and notes the checksum. Whoever makes a Topology calls
// it last.
func (t *Topology) done() {
	t.parsed = t.sum()
	t.index()
}

// index prepares look-ups.
func (t *Topology) index() {
	t.byName = make(map[string]int, len(t.Nodes))
	for i := range t.Nodes {
		t.byName[t.Nodes[i].Name] = i
	}
	t.byIface = sync.OnceValue(func() map[ifaceKey][2]int {
		m := make(map[ifaceKey][2]int, 2*len(t.Links))
		for l := range t.Links {
			for e := range t.Links[l].Ends {
				end := &t.Links[l].Ends[e]
				m[ifaceKey{end.Node, end.Iface}] = [2]int{l, e}
			}
		}
		return m
	})
	t.byMTU = sync.OnceValue(t.mtus)
	t.ifaces = sync.OnceValue(func() [][]string {
		names := make([][]string, len(t.Nodes))
		for i := range t.Nodes {
			for _, b := range t.Nodes[i].Bridges {
				names[i] = append(names[i], b.Name)
			}
			for _, in := range t.Nodes[i].Interfaces {
				names[i] = append(names[i], in.Name)
			}
		}
		for l := range t.Links {
			for _, end := range t.Links[l].Ends {
				names[end.Node] = append(names[end.Node], end.Iface)
			}
		}
		return names
	})
}

// ErrNotParsed is matched by the error for a Topology that is not as Parse made
// it.
var ErrNotParsed = errors.New("the topology is not as Parse made it: write it as a lab file and parse that, or use a Builder")

// Check returns an error, which matches ErrNotParsed, for a topology that is
// not as Parse made it.
func (t *Topology) Check() error {
	switch {
	case t == nil:
		return fmt.Errorf("no topology: %w", ErrNotParsed)
	case t.byName == nil:
		return fmt.Errorf("lab %q: %w (it was made by hand)", t.Name, ErrNotParsed)
	case t.parsed != t.sum():
		return fmt.Errorf("lab %q: %w (it has been changed since)", t.Name, ErrNotParsed)
	}
	return nil
}

// Node returns the node with a name, or nil.
func (t *Topology) Node(name string) *Node {
	i, ok := t.byName[name]
	if !ok {
		return nil
	}
	return &t.Nodes[i]
}

// NodeIndex returns the index in Nodes of the node with a name, or -1.
func (t *Topology) NodeIndex(name string) int {
	i, ok := t.byName[name]
	if !ok {
		return -1
	}
	return i
}

// NetNSName returns the name of a node's namespace in /run/netns. node is an
// index in Nodes.
func (t *Topology) NetNSName(node int) string { return t.Prefix + t.Nodes[node].Name }

// Endpoint returns the end of a link that is this interface of a node, and the
// link, or nil. node is an index in Nodes.
func (t *Topology) Endpoint(node int, iface string) (*Endpoint, *Link) {
	at, ok := t.byIface()[ifaceKey{node, iface}]
	if !ok {
		return nil, nil
	}
	return &t.Links[at[0]].Ends[at[1]], &t.Links[at[0]]
}

// Interfaces returns the names of a node's interfaces except lo: bridge
// devices, then the node's own Interfaces, then ends of links. node is an index
// in Nodes.
func (t *Topology) Interfaces(node int) []string { return t.ifaces()[node] }

// Whole returns the topology that t is a part of (see Diff), or t itself if it
// is not a part.
func (t *Topology) Whole() *Topology { return cmp.Or(t.whole, t) }

// inWhole returns the whole topology, and the index there of a node of t.
func (t *Topology) inWhole(node int) (*Topology, int) {
	if t.whole == nil {
		return t, node
	}
	return t.whole, t.whole.NodeIndex(t.Nodes[node].Name)
}

// IPv6Of returns the resolved mode of an interface of a node: IPv6On or
// IPv6Off. It returns IPv6Off for an interface that is not in the file. A part
// of a topology gives the answer of the whole. node is an index in Nodes.
func (t *Topology) IPv6Of(node int, iface string) IPv6Mode {
	t, node = t.inWhole(node)
	if end, _ := t.Endpoint(node, iface); end != nil {
		return end.IPv6
	}
	for _, b := range t.Nodes[node].Bridges {
		if b.Name == iface {
			return b.IPv6
		}
	}
	if in := t.Nodes[node].Interface(iface); in != nil {
		return in.IPv6
	}
	return IPv6Off
}

// HasInterface reports whether a node has an interface with a name, apart from
// lo. A part of a topology gives the answer of the whole. node is an index in
// Nodes.
func (t *Topology) HasInterface(node int, name string) bool {
	t, node = t.inWhole(node)
	if end, _ := t.Endpoint(node, name); end != nil || t.Nodes[node].Interface(name) != nil {
		return true
	}
	return slices.ContainsFunc(t.Nodes[node].Bridges, func(b Bridge) bool { return b.Name == name })
}

// HostsMode says how nodes learn each other's names.
type HostsMode uint8

const (
	// HostsOn gives programs in a node an /etc/hosts with the lab's names.
	HostsOn HostsMode = iota
	// HostsOff gives them none.
	HostsOff
	// HostsEtc is HostsOn, and also makes /etc/netns/NAME a symlink to the
	// lab's directory, for `ip netns exec`.
	HostsEtc
)

// IPv6Mode says whether an interface has IPv6.
type IPv6Mode uint8

const (
	// IPv6Auto means IPv6On if the file gives the interface an IPv6 address,
	// otherwise IPv6Off.
	IPv6Auto IPv6Mode = iota
	// IPv6On leaves IPv6 to the kernel, which adds a link-local address to each
	// interface.
	IPv6On
	// IPv6Off means no IPv6: no link-local address and no traffic of its own.
	// An IPv6 address in the file is then a mistake.
	IPv6Off
)

// A Node is one network namespace of a lab.
type Node struct {
	// Name is the node's name, with its number if the node has a count.
	Name string
	Kind NodeKind
	// Group is the name of the group that the node inherits from, or "".
	Group string
	// Ordinal is the value of ${INDEX}: the number of a node of a count, from
	// 1, otherwise 1.
	Ordinal int
	// Bridges are the node's bridge devices. A Switch has at least one, other
	// kinds those that the file has among their interfaces.
	Bridges []Bridge
	// Interfaces are the node's other interfaces that are not ends of links.
	Interfaces []Interface
	// Addresses are those of the loopback interface.
	Addresses []netip.Prefix
	// Routes are the arguments of `ip route add`, one slice for each route.
	Routes [][]string
	// Sysctls are settings of the namespace, in ascending order of their keys.
	// Keys begin with "net." and are dotted; as in sysctl(8), a slash in a key
	// is a dot in the name of an interface.
	Sysctls []sysctl.Setting
	// Programs say what runs in the node and what it sees. In a Topology from
	// Parse it is never nil, and nodes that have the same share it.
	*Programs
	// IPv6 is the node's own mode, else the lab's, else IPv6Auto.
	IPv6 IPv6Mode
	// Line is its line in the file, from 1.
	Line int

	// places has the places of its values in the file, or is nil without a
	// file.
	places *nodePlaces
}

// A Bridge is a bridge device of a node.
type Bridge struct {
	// Name is the device's name, of at most 15 bytes.
	Name string
	// Options are those that the file gives. The rest are left to the kernel,
	// which has STP off.
	Options rtnl.Bridge
	// Addresses are the device's own addresses.
	Addresses []netip.Prefix
	// MAC is its MAC address, from the file or planned.
	MAC net.HardwareAddr
	// MTU is in bytes; 0 leaves it to the kernel.
	MTU uint32
	// IPv6 is resolved: IPv6On or IPv6Off.
	IPv6 IPv6Mode
}

// A Link is a veth pair.
type Link struct {
	// Ends are the left and the right end.
	Ends [2]Endpoint
	// MTU is in bytes; 0 leaves it to the kernel.
	MTU uint32
	// Queues is the number of transmit and of receive queues of each end.
	Queues uint32
	// Line is its line in the file, from 1.
	Line int
}

// An Endpoint is an end of a link: an interface of a node.
type Endpoint struct {
	// Node is an index in Topology.Nodes.
	Node int
	// Iface is the interface's name, of at most 15 bytes.
	Iface string
	// Bridge is the name of the bridge device that it is a port of, or "".
	Bridge string
	// Port has the options that the file gives it as a port, nil for none.
	Port *bridge.PortOptions
	// VLANs are those that the file puts it into as a port, in order, and no
	// others. They are nil if the file says nothing of them.
	VLANs []bridge.VLANs
	// Impair is the impairment of what the end sends, nil for none. Links of a
	// pattern share it.
	Impair *rtnl.Netem
	// MAC is its MAC address, from the file or planned.
	MAC net.HardwareAddr
	// Addresses are its IPv4 addresses, then its IPv6 addresses, each in the
	// file's order.
	Addresses []netip.Prefix
	// IPv6 is resolved: IPv6On or IPv6Off.
	IPv6 IPv6Mode
}
