package lab

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A world is what is there: the namespaces of a lab, by node, as far as plans
// need to know. A plan changes its copy of it as it goes.
type world struct {
	nodes map[string]*liveNode
	// stubs are files of namespaces without one on them, which an interrupted
	// removal has left.
	stubs []string
}

// liveNode is a namespace that exists.
type liveNode struct {
	name    string
	links   map[string]*liveLink
	routes  []rtnl.Route
	sysctls map[string]string
	// nextIndex is the next index for a link that is created here.
	nextIndex uint32
}

// liveLink is a link that exists, or that a plan has created.
type liveLink struct {
	rtnl.Link
	addrs []rtnl.Address
	// peerNode and peerName are the other end of a veth pair, "" where that is
	// in no namespace of the lab.
	peerNode, peerName string
	// genNone says that a step has turned off link-local addresses.
	genNone bool
}

// forwardingKeys are read from every namespace: whether it forwards.
var forwardingKeys = []string{"net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"}

// readWorld reads the namespaces of nodes. A node without one is left out.
func readWorld(ctx context.Context, e *engine.Engine, nodes []string, sysctls map[string][]string) (*world, error) {
	w := &world{nodes: make(map[string]*liveNode)}
	handles := make(map[string]*nsfs.Handle)
	defer func() {
		for _, h := range handles {
			h.Close()
		}
	}()
	for _, name := range nodes {
		if w.nodes[name] != nil {
			continue
		}
		h, err := e.Dir.Open(name)
		if errors.Is(err, nsfs.ErrNotNamespace) {
			w.stubs = append(w.stubs, name)
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		handles[name] = h
		n, err := readNode(ctx, e, name, sysctls[name])
		if err != nil {
			return nil, err
		}
		w.nodes[name] = n
	}
	return w, w.pair(ctx, e, handles)
}

func readNode(ctx context.Context, e *engine.Engine, name string, keys []string) (*liveNode, error) {
	c, err := e.Conn(name)
	if err != nil {
		return nil, err
	}
	n := &liveNode{name: name, links: make(map[string]*liveLink), sysctls: make(map[string]string), nextIndex: 2}
	links, err := c.Links(ctx, rtnl.LinkDump{})
	if err != nil {
		return nil, err
	}
	byIndex := make(map[uint32]*liveLink, len(links))
	for _, l := range links {
		ll := &liveLink{Link: l}
		n.links[l.Name] = ll
		byIndex[l.Index] = ll
		n.nextIndex = max(n.nextIndex, l.Index+1)
	}
	addrs, err := c.Addrs(ctx, rtnl.AddrDump{})
	if err != nil {
		return nil, err
	}
	for _, a := range addrs {
		if l := byIndex[a.Index]; l != nil {
			l.addrs = append(l.addrs, a)
		}
	}
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		routes, err := c.Routes(ctx, rtnl.RouteDump{Family: family})
		if err != nil {
			if errors.Is(err, rtnl.ErrNotSupported) {
				continue // a kernel without IPv6
			}
			return nil, err
		}
		n.routes = append(n.routes, routes...)
	}
	keys = append(keys[:len(keys):len(keys)], forwardingKeys...)
	values, err := e.Sysctls(name, keys)
	if err != nil {
		return nil, err
	}
	for i, k := range keys {
		n.sysctls[k] = values[i]
	}
	return n, nil
}

// pair finds out which ends of veth pairs belong together. An index says
// nothing by itself, since each namespace counts its own: the kernel says which
// namespace an end's peer is in by that namespace's id.
func (w *world) pair(ctx context.Context, e *engine.Engine, handles map[string]*nsfs.Handle) error {
	type end struct {
		node  string
		index uint32
	}
	byEnd := make(map[end]*liveLink)
	for _, n := range w.nodes {
		for _, l := range n.links {
			byEnd[end{n.name, l.Index}] = l
		}
	}
	// Which node an id stands for is asked only for ends whose indices name each
	// other.
	byPair := make(map[[2]uint32][]end)
	for en, l := range byEnd {
		if peer, ok := l.Link.Link.Get(); ok && l.Kind == "veth" {
			pair := [2]uint32{l.Index, peer}
			byPair[pair] = append(byPair[pair], en)
		}
	}
	for en, l := range byEnd {
		peer, ok := l.Link.Link.Get()
		if l.Kind != "veth" || !ok {
			continue
		}
		id, elsewhere := l.LinkNetNSID.Get()
		if !elsewhere {
			if other := byEnd[end{en.node, peer}]; other != nil {
				l.peerNode, l.peerName = en.node, other.Name
			}
			continue
		}
		c, err := e.Conn(en.node)
		if err != nil {
			return err
		}
		for _, cand := range byPair[[2]uint32{peer, l.Index}] {
			if cand.node == en.node {
				continue
			}
			got, err := c.NSID(ctx, rtnl.NSIDGet{NetNS: rtnl.NetNSFD(handles[cand.node].FD())})
			if err != nil {
				return err
			}
			if got == id {
				l.peerNode, l.peerName = cand.node, byEnd[cand].Name
				break
			}
		}
	}
	return nil
}

// remove takes a link out of the world, with its addresses and the routes
// through it; the other end of a pair goes with it.
func (w *world) remove(node, name string) {
	n := w.nodes[node]
	if n == nil || n.links[name] == nil {
		return
	}
	l := n.links[name]
	delete(n.links, name)
	kept := n.routes[:0:0]
	for _, r := range n.routes {
		if !through(r, l.Index) {
			kept = append(kept, r)
		}
	}
	n.routes = kept
	if l.peerNode != "" {
		peer := *l
		l.peerNode, l.peerName = "", ""
		w.remove(peer.peerNode, peer.peerName)
	}
}

func through(r rtnl.Route, index uint32) bool {
	if r.OIF == index {
		return true
	}
	for _, h := range r.Nexthops {
		if h.OIF == index {
			return true
		}
	}
	return false
}

// hasAddr reports whether a link has an address with its prefix length.
func (l *liveLink) hasAddr(p netip.Prefix) bool {
	for _, a := range l.addrs {
		if a.Prefix == p {
			return true
		}
	}
	return false
}
