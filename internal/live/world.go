package live

import (
	"bytes"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// A World is what exists of a lab: its namespaces, by node, as far as plans
// need to know. A plan updates its copy as planning goes on.
type World struct {
	Nodes map[string]*Node
	// Stubs are files for namespaces with no namespace bound to them, which an
	// interrupted removal left behind.
	Stubs []string
	// moved are links on a device that is in another node.
	moved map[LinkEnd][]NodeLink
	// More reads what only few plans need to know. It is nil if nothing exists.
	More *More
	// Readings contains values that read back otherwise than they were written.
	Readings map[sysctl.Setting]string
}

// NewWorld returns a world that contains nothing of a topology, with room for
// it.
func NewWorld(t *topology.Topology) *World {
	return &World{Nodes: make(map[string]*Node, len(t.Nodes))}
}

// A Node is a namespace that exists.
type Node struct {
	Name    string
	Links   map[string]*Link
	Routes  []rtnl.Route
	Sysctls map[string]string
	// Rest is read only where it is to be taken away.
	Rest *Rest
	// AltNames maps alternative names to the links that have them. It is nil if
	// there are none.
	AltNames map[string]*Link
	// NextIndex is the index of the next link that is created in this node.
	NextIndex uint32
}

// A Link is a link that exists or that a plan has created. It has the part of
// an rtnl.Link that plans need, since there may be tens of thousands.
type Link struct {
	Name, Kind         string
	Index, Flags       uint32
	MTU, Master        uint32
	TxQueues, RxQueues uint32
	Address            net.HardwareAddr
	// Data contains the options of its kind.
	Data []byte
	// GenMode says how link-local addresses are made. It is absent without
	// IPv6.
	GenMode rtnl.Opt[uint8]
	// Peer is the index of the other end of a veth pair, or of the device that
	// the link is on. NetNS is the id of the namespace that it is in, absent
	// for this namespace.
	Peer  rtnl.Opt[uint32]
	NetNS rtnl.Opt[int32]

	Addrs []rtnl.Address
	// PeerNode and PeerName are the other end of a veth pair. They are "" if
	// that end is in no namespace of the lab.
	PeerNode, PeerName string
	// Table is the routing table of the VRF that the link is or is in, 0 for
	// none: the kernel makes the routes of its addresses there.
	Table uint32
	// OwnMTU says that a bridge, when it was read, had another MTU than its
	// ports give it: somebody has set it.
	OwnMTU bool
	// GenNone says that a step has turned link-local addresses off.
	GenNone bool
	// GenChanged says that a step has changed how the link-local addresses of
	// this and other links are made.
	GenChanged bool
	// IsNew says that a step creates the link. Anew are addresses whose routes
	// the kernel makes during a step.
	IsNew bool
	Anew  []netip.Prefix
	// Whole is the complete link, if that was asked for.
	Whole *rtnl.Link
	// Qdisc is what it sends through, nil for the kernel's default, or if no
	// file impairs a link.
	Qdisc *rtnl.Qdisc
	// Port is what was read of a port, or nil if no file gives options to
	// ports.
	Port *Port
	// VLANs are those of a port, or nil if no file says which VLANs ports are
	// in.
	VLANs *VLANs
}

// A Port is the port of a bridge as it was read.
type Port struct {
	// Bridge is the index of its bridge.
	Bridge uint32
	// Data contains its options.
	Data []byte
}

// VLANs are the VLANs of a port.
type VLANs struct {
	// Bridge is the index of its bridge.
	Bridge uint32
	VLANs  []bridge.VLANs
}

// NewLink returns a link as it was read.
func NewLink(l *rtnl.Link) *Link {
	ll := &Link{
		Name: l.Name, Kind: l.Kind, Index: l.Index, Flags: l.Flags, MTU: l.MTU, Master: l.Master,
		TxQueues: l.TxQueues, RxQueues: l.RxQueues, Address: bytes.Clone(l.Address), Peer: lowerOf(l), NetNS: l.LinkNetNSID,
		Data: bytes.Clone(l.Data),
	}
	if mode, ok := l.AddrGenMode(); ok {
		ll.GenMode = rtnl.Some(mode)
	}
	return ll
}

// Up reports whether the link is up.
func (l *Link) Up() bool { return l.Flags&unix.IFF_UP != 0 }

// HasNew adds a new address to the link.
func (l *Link) HasNew(a rtnl.Address) {
	l.Addrs = WithAddress(l.Addrs, a)
	if !l.IsNew {
		l.Anew = append(l.Anew, a.Prefix)
	}
}

// ComesUp notes that the kernel makes the routes of the link's addresses.
func (l *Link) ComesUp() {
	for i := range l.Addrs {
		l.Anew = append(l.Anew, l.Addrs[i].Prefix)
	}
}

// AddrGenMode is like that of rtnl.Link.
func (l *Link) AddrGenMode() (uint8, bool) { return l.GenMode.Get() }

// Remove removes a link from the world, with its addresses and the routes
// through it. The other end of a pair is removed with it.
func (w *World) Remove(node, name string) {
	n := w.Nodes[node]
	if n == nil || n.Links[name] == nil {
		return
	}
	l := n.Links[name]
	for _, upper := range w.Uppers(node, l) {
		w.Remove(upper.Node, upper.Name)
	}
	delete(n.Links, name)
	for key := range n.Sysctls {
		if SettingInterface(key) == name {
			n.Sysctls[key] = "" // a link of that name begins anew
		}
	}
	kept := n.Routes[:0:0]
	for _, r := range n.Routes {
		if !Through(r, l.Index) && !l.IsSource(&r) {
			kept = append(kept, r)
		}
	}
	n.Routes = kept
	if l.PeerNode != "" {
		peer := *l
		l.PeerNode, l.PeerName = "", ""
		w.Remove(peer.PeerNode, peer.PeerName)
	}
}

// A NodeLink is a link in a node.
type NodeLink struct {
	Node string
	*Link
}

// Uppers returns the links on top of a link, in its node or another one of the
// lab, which the kernel deletes along with it (their drivers in drivers/net and
// net/8021q, at NETDEV_UNREGISTER).
func (w *World) Uppers(node string, lower *Link) (all []NodeLink) {
	for _, l := range w.Nodes[node].Links {
		if goesWithLower(l.Kind) && l.Peer == rtnl.Some(lower.Index) && !l.NetNS.IsSet() {
			all = append(all, NodeLink{node, l})
		}
	}
	slices.SortFunc(all, func(a, b NodeLink) int { return strings.Compare(a.Name, b.Name) })
	for _, u := range w.moved[LinkEnd{node, lower.Index}] {
		if n := w.Nodes[u.Node]; n != nil && n.Links[u.Name] == u.Link {
			all = append(all, u)
		}
	}
	return all
}

// goesWithLower reports whether the kernel deletes a link of some type when the
// device that it is on is deleted.
func goesWithLower(kind string) bool {
	switch kind {
	case "vlan", "macvlan", "macvtap", "ipvlan", "ipvtap", "macsec", "vxlan", "amt", "virt_wifi":
		return true
	}
	return false
}

// WithinMTU reports whether a link of a type has at most the MTU of the device
// that it is on: the kernel makes it smaller together with that
// (vlan_device_event in net/8021q/vlan.c, macvlan_device_event in
// drivers/net/macvlan.c).
func WithinMTU(kind string) bool {
	switch kind {
	case "vlan", "macvlan", "macvtap":
		return true
	}
	return false
}

// lowerOf returns the index of the device that a link is on and names in its
// own options (include/uapi/linux/if_link.h, include/uapi/linux/amt.h).
func lowerOf(l *rtnl.Link) rtnl.Opt[uint32] {
	attr := map[string]uint16{"vxlan": unix.IFLA_VXLAN_LINK, "amt": iflaAMTLink}[l.Kind]
	if attr == 0 {
		return l.Link
	}
	for r := rtnl.NewAttrReader(l.Data); r.Next(); {
		if r.Type() == attr {
			return rtnl.Some(r.Uint32())
		}
	}
	return rtnl.Opt[uint32]{}
}

const iflaAMTLink = 4 // IFLA_AMT_LINK

// Ref returns the link as requests refer to it.
func (l *Link) Ref() rtnl.LinkRef { return rtnl.LinkRef{Index: l.Index, Name: l.Name} }

// IsSource reports whether an address of a link is the source address of an
// IPv4 route. The kernel then removes the route with the address, whatever
// interface it uses (fib_sync_down_addr in net/ipv4/fib_semantics.c).
func (l *Link) IsSource(r *rtnl.Route) bool {
	return r.PrefSrc.Is4() && slices.ContainsFunc(l.Addrs, func(a rtnl.Address) bool { return a.Prefix.Addr() == r.PrefSrc })
}

// Through reports whether a route uses an interface.
func Through(r rtnl.Route, index uint32) bool {
	for l := range r.Links() {
		if l.Index == index {
			return true
		}
	}
	return false
}

// HasAddr reports whether a link has an address as a file gives it, with no
// more than a prefix length.
func (l *Link) HasAddr(p netip.Prefix) bool {
	for _, a := range l.Addrs {
		if a.Prefix == p && IsPlain(&a) {
			return true
		}
	}
	return false
}
