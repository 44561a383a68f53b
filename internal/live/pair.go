package live

import (
	"context"
	"errors"
	"io/fs"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// The kernel does not say directly which ends of veth pairs belong together.
// Since each namespace counts its own indices, an index alone says nothing. For
// each end the kernel tells the peer's index and, if the peer is in another
// namespace, the id that the end's own namespace has for the peer's. For an
// open namespace it tells which id it has.

// A peerFinder looks for the other ends of links where the files say that they
// are.
type peerFinder struct {
	dir   nsfs.Dir
	files []*topology.Topology
	// handles contains open namespaces of nodes, and nil for a node that has
	// none.
	handles map[string]*nsfs.Handle
}

// maxHandles is the number of namespaces that a peerFinder keeps open.
const maxHandles = 64

func (f *peerFinder) close() {
	for _, h := range f.handles {
		if h != nil {
			h.Close()
		}
	}
	f.handles = nil
}

// open returns the namespace of a node, or nil if it has none.
func (f *peerFinder) open(node string) (*nsfs.Handle, error) {
	if h, ok := f.handles[node]; ok {
		return h, nil
	}
	h, err := f.dir.Open(node)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, nsfs.ErrNotNamespace) {
		return nil, err
	}
	if len(f.handles) >= maxHandles {
		f.close()
	}
	if f.handles == nil {
		f.handles = make(map[string]*nsfs.Handle)
	}
	f.handles[node] = h
	return h, nil
}

// find notes the other end of a link if it is in the namespace where the file
// says, which find tells from its index there. Asking at one end is enough, and
// quicker at the end in the node with fewer links.
func (f *peerFinder) find(ctx context.Context, v *engine.Visit, l *Link) error {
	id, elsewhere := l.NetNS.Get()
	if l.Kind != "veth" || !elsewhere || id < 0 {
		return nil
	}
	for _, t := range f.files {
		node := t.NodeIndex(v.Name)
		if node < 0 {
			continue
		}
		end, link := t.Endpoint(node, l.Name)
		if end == nil {
			continue
		}
		other := &link.Ends[0]
		if end == other {
			other = &link.Ends[1]
		}
		if other.Node == node || end.Bridge != "" && other.Bridge == "" {
			continue
		}
		name := t.Nodes[other.Node].Name
		h, err := f.open(name)
		if err != nil {
			return err
		}
		if h == nil {
			continue
		}
		got, err := v.Conn.NSID(ctx, rtnl.NSIDGet{NetNS: rtnl.NetNSFD(h.FD())})
		if err != nil {
			return err
		}
		if got == id {
			l.PeerNode = name
			return nil
		}
	}
	return nil
}

// LinkEnd names a link by its node and index.
type LinkEnd struct {
	Node  string
	Index uint32
}

// pair notes at each end of each veth pair which link is the other end.
func (w *World) pair(ctx context.Context, e *engine.Engine) error {
	byEnd := make(map[LinkEnd]*Link)
	for _, n := range w.Nodes {
		for _, l := range n.Links {
			byEnd[LinkEnd{n.Name, l.Index}] = l
		}
	}
	join := func(node string, l *Link, otherNode string) bool {
		peer, ok := l.Peer.Get()
		other := byEnd[LinkEnd{otherNode, peer}]
		if !ok || other == nil || other.Kind != "veth" || other.Peer != rtnl.Some(l.Index) {
			return false
		}
		l.PeerNode, l.PeerName = otherNode, other.Name
		other.PeerNode, other.PeerName = node, l.Name
		return true
	}
	rest := make(map[[2]uint32][]LinkEnd) // ends without a peer, by both indices
	for _, n := range w.Nodes {
		for _, l := range n.Links {
			if l.Kind != "veth" || l.PeerName != "" {
				continue
			}
			node := l.PeerNode
			if !l.NetNS.IsSet() {
				node = n.Name
			}
			if node != "" && join(n.Name, l, node) {
				continue
			}
			l.PeerNode = ""
		}
	}
	for _, n := range w.Nodes {
		for _, l := range n.Links {
			if peer, ok := l.Peer.Get(); ok && l.Kind == "veth" && l.PeerName == "" {
				rest[[2]uint32{l.Index, peer}] = append(rest[[2]uint32{l.Index, peer}], LinkEnd{n.Name, l.Index})
			}
		}
	}
	f := peerFinder{dir: e.Dir}
	defer f.close()
	for _, ends := range rest {
		for _, end := range ends {
			if err := w.search(ctx, e, &f, end, byEnd[end], rest, join); err != nil {
				return err
			}
		}
	}
	for _, n := range w.Nodes {
		for _, l := range n.Links {
			if goesWithLower(l.Kind) && l.NetNS.Or(-1) >= 0 {
				if err := w.findLower(ctx, e, &f, n.Name, l, byEnd); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// findLower notes the node of the device that a link is on.
func (w *World) findLower(ctx context.Context, e *engine.Engine, f *peerFinder, node string, l *Link, byEnd map[LinkEnd]*Link) error {
	c, err := e.Conn(node)
	if err != nil {
		return err
	}
	for other := range w.Nodes {
		lower := LinkEnd{other, l.Peer.Or(0)}
		if byEnd[lower] == nil || other == node {
			continue
		}
		h, err := f.open(other)
		if err != nil {
			return err
		}
		if h == nil {
			continue
		}
		id, err := c.NSID(ctx, rtnl.NSIDGet{NetNS: rtnl.NetNSFD(h.FD())})
		if err != nil {
			return err
		}
		if id == l.NetNS.Or(-1) {
			if w.moved == nil {
				w.moved = make(map[LinkEnd][]NodeLink)
			}
			w.moved[lower] = append(w.moved[lower], NodeLink{node, l})
			break
		}
	}
	return e.Forget(node)
}

// search looks for the other end of a link among the ends that still have no
// peer and whose indices match.
func (w *World) search(ctx context.Context, e *engine.Engine, f *peerFinder, end LinkEnd, l *Link,
	rest map[[2]uint32][]LinkEnd, join func(node string, l *Link, otherNode string) bool) error {
	id, elsewhere := l.NetNS.Get()
	if l.PeerName != "" || !elsewhere || id < 0 { // below 0 is a namespace without an id, such as one that is being deleted
		return nil
	}
	c, err := e.Conn(end.Node)
	if err != nil {
		return err
	}
	for _, cand := range rest[[2]uint32{l.Peer.Or(0), l.Index}] {
		h, err := f.open(cand.Node)
		if err != nil {
			return err
		}
		if cand.Node == end.Node || h == nil {
			continue
		}
		got, err := c.NSID(ctx, rtnl.NSIDGet{NetNS: rtnl.NetNSFD(h.FD())})
		if err != nil {
			return err
		}
		if got == id && join(end.Node, l, cand.Node) {
			break
		}
	}
	return e.Forget(end.Node)
}

// Paired reports whether the other end is known for every veth link of the
// nodes.
func (w *World) Paired(nodes []string) bool {
	for _, name := range nodes {
		n := w.Nodes[name]
		if n == nil {
			continue
		}
		for _, l := range n.Links {
			if l.Kind == "veth" && l.PeerNode == "" {
				return false
			}
		}
	}
	return true
}
