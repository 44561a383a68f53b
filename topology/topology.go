package topology

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
)

// A Topology is a lab as its file describes it, with every name expanded and
// every address given out. Parse makes one of a file, and a Builder one of the file that it writes: what is made or
// changed otherwise is refused with ErrNotParsed, since a lab is kept and compared by its file.
type Topology struct {
	// Path is the file's name, or what it is where it has none, and Source its contents.
	Path   string
	Source []byte
	// Name is the lab's name: [a-z0-9-], at most 32 bytes.
	Name string
	// Prefix stands before each node's name in /run/netns.
	Prefix string
	// Hosts says how nodes learn each other's names.
	Hosts HostsMode
	// Nodes are in the file's order, those of a count in ascending order.
	Nodes []Node
	// Links are in the file's order, those of a pattern in the order of the
	// nodes that it matches.
	Links []Link

	// isFile says that Path is a file's, and stream that its directory is no place for exec
	// lines.
	isFile, stream bool
	// whole is what a part is of, nil where it is no part.
	whole *Topology
	// parsed is the checksum that Parse has left.
	parsed  uint64
	byName  map[string]int
	byIface func() map[ifaceKey][2]int // link and end
	ifaces  func() [][]string          // of each node, without lo
}

// ifaceKey is an interface of a node.
type ifaceKey struct {
	node  int
	iface string
}

// index makes what look-ups need. Parse calls it last.
func (t *Topology) index() {
	t.parsed = t.sum()
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

// ErrNotParsed is matched by the error for a Topology that is not what Parse has made.
var ErrNotParsed = errors.New("the topology is not as Parse made it: write it as a lab file and parse that, or use a Builder")

// Check returns an error, which matches ErrNotParsed, for a topology that is not as Parse made it.
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

// NodeIndex returns the index in Nodes of a node's name, -1 if there is none.
func (t *Topology) NodeIndex(name string) int {
	i, ok := t.byName[name]
	if !ok {
		return -1
	}
	return i
}

// NetNSName is the name of a node's namespace in /run/netns.
func (t *Topology) NetNSName(node int) string { return t.Prefix + t.Nodes[node].Name }

// Endpoint returns the end of a link that is an interface of a node, and the link; nil if there is none.
func (t *Topology) Endpoint(node int, iface string) (*Endpoint, *Link) {
	at, ok := t.byIface()[ifaceKey{node, iface}]
	if !ok {
		return nil, nil
	}
	return &t.Links[at[0]].Ends[at[1]], &t.Links[at[0]]
}

// Interfaces returns the names of a node's interfaces but lo: bridge devices, then those without a far end, then ends of
// links.
func (t *Topology) Interfaces(node int) []string { return t.ifaces()[node] }

// Whole returns the topology that t is a part of, t itself where it is no part: see Diff.
func (t *Topology) Whole() *Topology { return cmp.Or(t.whole, t) }

// inWhole returns the whole, and the index in it of a node of t.
func (t *Topology) inWhole(node int) (*Topology, int) {
	if t.whole == nil {
		return t, node
	}
	return t.whole, t.whole.NodeIndex(t.Nodes[node].Name)
}

// IPv6Of returns the resolved mode of an interface of a node: IPv6On or IPv6Off. It is the second for one that is not in
// the file. A part of a topology says what the whole says.
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

// HasInterface reports whether a node has an interface of a name, lo apart. A part of a topology says what the whole says.
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
	// HostsOn is one hosts file for the lab, bound over /etc/hosts by Exec.
	HostsOn HostsMode = iota
	// HostsOff is none.
	HostsOff
	// HostsEtc is HostsOn, and /etc/netns/NAME as a symlink to the lab's
	// directory, for `ip netns exec`.
	HostsEtc
)

// IPv6Mode says whether an interface has IPv6.
type IPv6Mode uint8

const (
	// IPv6Auto is on where the file gives the interface an IPv6 address, and
	// otherwise off: no link-local address, no traffic of its own.
	IPv6Auto IPv6Mode = iota
	// IPv6On leaves IPv6 to the kernel: a link-local address on each link.
	IPv6On
	// IPv6Off disables it; an IPv6 address in the file is then an error.
	IPv6Off
)

// NodeKind is what a node is.
type NodeKind uint8

const (
	// Host forwards nothing.
	Host NodeKind = iota
	// Router forwards IPv4 and IPv6.
	Router
	// Switch is a node of kind "bridge": one or more bridge devices.
	Switch
)

func (k NodeKind) String() string {
	return [...]string{"host", "router", "bridge"}[min(k, Switch)]
}

// A Node is one network namespace of a lab.
type Node struct {
	Name string
	Kind NodeKind
	// Group is the name of the group that it inherits from, "" for none.
	Group string
	// Ordinal is what ${INDEX} stands for: the number of a node of a count
	// from 1, otherwise 1.
	Ordinal int
	// Bridges are the bridge devices, at least one for a Switch.
	Bridges []Bridge
	// Interfaces are those that have no far end.
	Interfaces []Interface
	// Addresses are given to its loopback interface.
	Addresses []netip.Prefix
	// Routes are the words of `ip route add` behind "add", split.
	Routes [][]string
	// Sysctls are set in the namespace, in ascending order of their keys,
	// which are dotted and begin with "net."; as for sysctl(8) a slash in
	// them is a dot in the name of an interface.
	Sysctls []sysctl.Setting
	// DNS are the servers for its resolv.conf, none for the machine's own.
	DNS []netip.Addr
	// Exec are command lines that are run in it by sh -c once the lab is up.
	Exec []string
	// Env is the environment of what runs in it, "KEY=VALUE", ascending.
	Env []string
	// IPv6 is its own setting, IPv6Auto unless it or the lab has one.
	IPv6 IPv6Mode
	// Line is where the file speaks of it.
	Line int

	// places is where the file has its lists, nil without a file.
	places *nodePlaces
}

// A Bridge is a bridge device of a node.
type Bridge struct {
	Name string
	// Options are those that the file gives; the rest is the kernel's choice,
	// which is STP off.
	Options rtnl.Bridge
	// Addresses are the device's own.
	Addresses []netip.Prefix
	// MAC is its address, planned like that of an interface.
	MAC net.HardwareAddr
	// MTU is in bytes, 0 for the kernel's choice.
	MTU uint32
	// IPv6 is resolved: IPv6On or IPv6Off.
	IPv6 IPv6Mode
}

// A Link is a veth pair.
type Link struct {
	// Ends are the left and the right end.
	Ends [2]Endpoint
	// MTU is in bytes, 0 for the kernel's choice.
	MTU uint32
	// Queues is the number of transmit and of receive queues of each end.
	Queues uint32
	// Line is where the file speaks of it.
	Line int
}

// An Endpoint is an end of a link: an interface of a node.
type Endpoint struct {
	// Node is an index in Topology.Nodes.
	Node int
	// Iface is the interface's name, at most 15 bytes.
	Iface string
	// Bridge is the bridge device that it is a port of, "" for none.
	Bridge string
	MAC    net.HardwareAddr
	// Addresses are its IPv4 addresses, then its IPv6 addresses, each in the
	// file's order.
	Addresses []netip.Prefix
	// IPv6 is resolved: IPv6On or IPv6Off.
	IPv6 IPv6Mode
}
