package plan

import (
	"bytes"
	"maps"
	"net"
	"net/netip"
	"slices"

	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// A World is what is there: the namespaces of a lab, by node, as far as plans
// need to know. A plan changes its copy of it as it goes.
type World struct {
	Nodes map[string]*LiveNode
	// stubs are files of namespaces without one on them, which an interrupted
	// removal has left.
	stubs []string
	// moved are links of which the device that they are on is in another node.
	moved map[linkEnd][]nodeLink
	// more reads what few plans need to know, nil where there is nothing.
	more *moreReading
	// readings are how settings read that are written otherwise.
	readings map[sysctl.Setting]string
}

// NewWorld is a world with nothing of a topology in it, and room for that.
func NewWorld(t *topology.Topology) *World {
	return &World{Nodes: make(map[string]*LiveNode, len(t.Nodes))}
}

// LiveNode is a namespace that exists.
type LiveNode struct {
	name    string
	Links   map[string]*LiveLink
	Routes  []rtnl.Route
	Sysctls map[string]string
	// rest is what is read only where it is to be taken away.
	rest *liveRest
	// altNames leads from alternative names to the links that have them; nil without any.
	altNames map[string]*LiveLink
	// nextIndex is the next index for a link that is created here.
	nextIndex uint32
}

// LiveLink is a link that exists, or that a plan has created: what plans need of an
// rtnl.Link, since there may be tens of thousands.
type LiveLink struct {
	Name, Kind         string
	Index, Flags       uint32
	MTU, Master        uint32
	TxQueues, RxQueues uint32
	Address            net.HardwareAddr
	// Data are the options of a bridge.
	Data []byte
	// genMode is how link-local addresses are made, absent without IPv6.
	genMode rtnl.Opt[uint8]
	// Peer is the index of the other end of a veth pair, or of the device that the link is
	// on, and NetNS the id of the namespace that it is in, absent for this one.
	Peer  rtnl.Opt[uint32]
	NetNS rtnl.Opt[int32]

	Addrs []rtnl.Address
	// PeerNode and peerName are the other end of a veth pair, "" where that is
	// in no namespace of the lab.
	PeerNode, PeerName string
	// ownMTU says of a bridge that it had another MTU than its ports give it, when it
	// was read: somebody has set it.
	ownMTU bool
	// genNone says that a step has turned off link-local addresses.
	genNone bool
	// genChanged says that a step has changed how it makes them, along with others'.
	genChanged bool
	// isNew says that a step creates it, and anew are addresses whose routes the
	// kernel makes at a step.
	isNew bool
	anew  []netip.Prefix
	// Whole is all of it, if that was asked for.
	Whole *rtnl.Link
}

func newLiveLink(l *rtnl.Link) *LiveLink {
	ll := &LiveLink{
		Name: l.Name, Kind: l.Kind, Index: l.Index, Flags: l.Flags, MTU: l.MTU, Master: l.Master,
		TxQueues: l.TxQueues, RxQueues: l.RxQueues, Address: bytes.Clone(l.Address), Peer: lowerOf(l), NetNS: l.LinkNetNSID,
	}
	if l.Kind == "bridge" {
		ll.Data = bytes.Clone(l.Data)
	}
	if mode, ok := l.AddrGenMode(); ok {
		ll.genMode = rtnl.Some(mode)
	}
	return ll
}

// Up reports whether the link is up.
func (l *LiveLink) Up() bool { return l.Flags&unix.IFF_UP != 0 }

// hasNew gives it an address.
func (l *LiveLink) hasNew(a rtnl.Address) {
	l.Addrs = append(l.Addrs, a)
	if !l.isNew {
		l.anew = append(l.anew, a.Prefix)
	}
}

// comesUp notes that the kernel makes the routes of its addresses.
func (l *LiveLink) comesUp() {
	for i := range l.Addrs {
		l.anew = append(l.anew, l.Addrs[i].Prefix)
	}
}

// AddrGenMode is that of rtnl.Link.
func (l *LiveLink) AddrGenMode() (uint8, bool) { return l.genMode.Get() }

// remove takes a link out of the world, with its addresses and the routes
// through it; the other end of a pair goes with it.
func (w *World) remove(node, name string) {
	n := w.Nodes[node]
	if n == nil || n.Links[name] == nil {
		return
	}
	l := n.Links[name]
	for _, upper := range w.uppers(node, l) {
		w.remove(upper.node, upper.Name)
	}
	delete(n.Links, name)
	for key := range n.Sysctls {
		if sysctlIface(key) == name {
			n.Sysctls[key] = "" // a link of that name begins anew
		}
	}
	kept := n.Routes[:0:0]
	for _, r := range n.Routes {
		if !through(r, l.Index) && !l.isSource(&r) {
			kept = append(kept, r)
		}
	}
	n.Routes = kept
	if l.PeerNode != "" {
		peer := *l
		l.PeerNode, l.PeerName = "", ""
		w.remove(peer.PeerNode, peer.PeerName)
	}
}

// A nodeLink is a link in a node.
type nodeLink struct {
	node string
	*LiveLink
}

// uppers are the links on top of one, in its node or another of the lab, which the kernel
// deletes along with it (their drivers in drivers/net and net/8021q, at NETDEV_UNREGISTER).
func (w *World) uppers(node string, lower *LiveLink) (all []nodeLink) {
	n := w.Nodes[node]
	for _, name := range slices.Sorted(maps.Keys(n.Links)) {
		if l := n.Links[name]; goesWithLower(l.Kind) && l.Peer == rtnl.Some(lower.Index) && !l.NetNS.IsSet() {
			all = append(all, nodeLink{node, l})
		}
	}
	for _, u := range w.moved[linkEnd{node, lower.Index}] {
		if n := w.Nodes[u.node]; n != nil && n.Links[u.Name] == u.LiveLink {
			all = append(all, u)
		}
	}
	return all
}

// goesWithLower reports whether the kernel deletes a link of a type when the device that it
// is on goes.
func goesWithLower(kind string) bool {
	switch kind {
	case "vlan", "macvlan", "macvtap", "ipvlan", "ipvtap", "macsec", "vxlan", "amt", "virt_wifi":
		return true
	}
	return false
}

// lowerOf is the index of the device that a link is on, and that it names in its own options
// (include/uapi/linux/if_link.h, include/uapi/linux/amt.h).
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

// ref is the link for a request.
func (l *LiveLink) ref() rtnl.LinkRef { return rtnl.LinkRef{Index: l.Index, Name: l.Name} }

// isSource reports whether an IPv4 route has an address of a link as its source, and
// so goes with it, whatever it is through (fib_sync_down_addr in
// net/ipv4/fib_semantics.c).
func (l *LiveLink) isSource(r *rtnl.Route) bool {
	return r.PrefSrc.Is4() && slices.ContainsFunc(l.Addrs, func(a rtnl.Address) bool { return a.Prefix.Addr() == r.PrefSrc })
}

func through(r rtnl.Route, index uint32) bool {
	for l := range r.Links() {
		if l.Index == index {
			return true
		}
	}
	return false
}

// hasAddr reports whether a link has an address as a file gives it.
func (l *LiveLink) hasAddr(p netip.Prefix) bool {
	for _, a := range l.Addrs {
		if a.Prefix == p && isPlain(&a) {
			return true
		}
	}
	return false
}
