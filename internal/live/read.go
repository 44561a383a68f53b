package live

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// ForwardingKeys are read from every namespace. They say whether it forwards.
var ForwardingKeys = []string{sysctl.IPForward, sysctl.IPv6Forwarding}

// A Reading says what to read of the namespaces of a lab.
type Reading struct {
	// Nodes are the nodes whose namespaces are read. A node without a namespace
	// is left out of the world.
	Nodes []string
	// Sysctls are settings to read in addition to ForwardingKeys, by node.
	Sysctls map[string][]string
	// Files say where the other ends of veth pairs should be, so that Read
	// looks there first.
	Files []*topology.Topology
	// Whole keeps everything that the kernel says about links.
	Whole bool
	// Rest also reads what no file can name.
	Rest bool
}

// perReader is the number of namespaces for which starting another reading
// thread is worthwhile.
const perReader = 16

// Read reads the namespaces of a lab, several at a time.
func Read(ctx context.Context, e *engine.Engine, r Reading) (*World, error) {
	r.Nodes = unique(r.Nodes)
	w := &World{Nodes: make(map[string]*Node, len(r.Nodes)), More: &More{ctx: ctx, engine: e}}
	workers := min(runtime.GOMAXPROCS(0), (len(r.Nodes)+perReader-1)/perReader)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var mu sync.Mutex
	var wg sync.WaitGroup
	next := 0
	var errs []error
	seen := newNamespaceIDs(e.Dir)
	for range workers {
		wg.Go(func() {
			names := func(yield func(string) bool) {
				for {
					mu.Lock()
					i := next
					next++
					mu.Unlock()
					if i >= len(r.Nodes) || !yield(r.Nodes[i]) {
						return
					}
				}
			}
			peers := peerFinder{dir: e.Dir, files: r.Files}
			defer peers.close()
			err := e.VisitEach(ctx, names, func(v *engine.Visit, name string, err error) error {
				var n *Node
				if err == nil {
					mu.Lock()
					err = seen.add(name, v.NetNS.ID())
					mu.Unlock()
				}
				if err == nil {
					n, err = r.node(ctx, v, &peers)
				}
				mu.Lock()
				defer mu.Unlock()
				switch {
				case errors.Is(err, nsfs.ErrNotNamespace):
					w.Stubs = append(w.Stubs, name)
				case v == nil && errors.Is(err, fs.ErrNotExist):
				case err != nil:
					return err
				default:
					w.Nodes[name] = n
				}
				return nil
			})
			if err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
				stop()
			}
		})
	}
	wg.Wait()
	if len(errs) > 0 {
		return nil, errs[0]
	}
	slices.Sort(w.Stubs)
	return w, w.pair(ctx, e)
}

// unique returns the names without repetitions.
func unique(names []string) []string {
	seen := make(map[string]bool, len(names))
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		was := seen[name]
		seen[name] = true
		return was
	})
}

// node reads one namespace.
func (r *Reading) node(ctx context.Context, v *engine.Visit, peers *peerFinder) (*Node, error) {
	n := &Node{Name: v.Name, Sysctls: make(map[string]string), NextIndex: 2}
	links, err := v.Conn.Links(ctx, rtnl.LinkDump{})
	if err != nil {
		return nil, err
	}
	n.Links = make(map[string]*Link, len(links))
	ports := slices.ContainsFunc(r.Files, (*topology.Topology).HasPortOptions)
	byIndex := make(map[uint32]*Link, len(links))
	for i := range links {
		l := NewLink(&links[i])
		if r.Whole {
			l.Whole = &links[i]
		}
		if ports && links[i].PortKind == "bridge" {
			l.Port = &Port{Bridge: l.Master, Data: bytes.Clone(links[i].PortData)}
		}
		n.Links[l.Name] = l
		for _, name := range links[i].AltNames {
			if n.AltNames == nil {
				n.AltNames = make(map[string]*Link)
			}
			n.AltNames[name] = l
		}
		byIndex[l.Index] = l
		n.NextIndex = max(n.NextIndex, l.Index+1)
	}
	if slices.ContainsFunc(r.Files, (*topology.Topology).HasVLANs) {
		if err := readVLANs(ctx, v.Conn, links, byIndex); err != nil {
			return nil, err
		}
	}
	n.noteOwnMTUs()
	if err := noteVRFs(byIndex); err != nil {
		return nil, err
	}
	if r.Rest || slices.ContainsFunc(r.Files, (*topology.Topology).HasImpairments) {
		if err := n.readQdiscs(ctx, v.Conn, byIndex); err != nil {
			return nil, err
		}
	}
	addrs, err := v.Conn.Addrs(ctx, rtnl.AddrDump{})
	if err != nil {
		return nil, err
	}
	for _, a := range addrs {
		if l := byIndex[a.Link.Index]; l != nil {
			l.Addrs = append(l.Addrs, a)
		}
	}
	var routes [2][]rtnl.Route
	for i, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		routes[i], err = v.Conn.Routes(ctx, rtnl.RouteDump{Family: family})
		if err != nil && !errors.Is(err, rtnl.ErrNotSupported) { // a kernel without IPv6
			return nil, err
		}
	}
	// The routes of ten thousand nodes are in memory at once: no room for more.
	n.Routes = make([]rtnl.Route, 0, len(routes[0])+len(routes[1]))
	n.Routes = append(append(n.Routes, routes[0]...), routes[1]...)
	if r.Rest {
		if err := n.readRest(ctx, v); err != nil {
			return nil, err
		}
	}
	keys := append(slices.Clone(r.Sysctls[v.Name]), ForwardingKeys...)
	values, err := v.Sysctls(keys)
	if err != nil {
		return nil, err
	}
	for i, k := range keys {
		n.Sysctls[k] = values[i]
	}
	for _, l := range n.Links {
		if err := peers.find(ctx, v, l); err != nil {
			return nil, err
		}
	}
	return n, nil
}
