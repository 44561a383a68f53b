package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// A Lab is an existing lab, to look at and to run programs in.
type Lab struct {
	cfg      *Config
	state    State
	topology *topology.Topology
	engine   *engine.Engine
	// view is made when it is first asked for.
	view func() *view.View
}

// Open opens a lab by name. It takes no lock: the lab may change or disappear
// while it is open. Close closes its sockets. If there is no such lab, the
// error matches ErrNoLab.
func Open(name string, cfg *Config) (*Lab, error) {
	cfg = cfg.orDefault()
	if err := topology.CheckName(name); err != nil {
		return nil, noSuchName{err}
	}
	if err := labdir.CheckProc(); err != nil {
		return nil, err
	}
	p, err := cfg.root().Look(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, cfg.root().NoLab(name)
	}
	if err != nil {
		return nil, fmt.Errorf("lab %q: %w", name, err)
	}
	defer p.Close() //nolint:errcheck // nothing was written
	st, err := readState(p)
	if err != nil {
		return nil, fmt.Errorf("lab %q: %w", name, err)
	}
	source := sourceFile
	if st.Phase == PhaseCreating {
		source = pendingFile
	}
	b, err := p.Read(source)
	if err == nil && b == nil && source == pendingFile {
		// A run was interrupted at its very end.
		source = sourceFile
		b, err = p.Read(source)
	}
	src, serr := readStored(p, sourcesOf(source))
	if err = errors.Join(err, serr); err != nil {
		return nil, err
	}
	if b == nil {
		return nil, fmt.Errorf("lab %q: %w: it has no %s", name, errBroken, source)
	}
	t, err := topology.Parse(p.Path(source), b, storedText(name, src))
	if err != nil {
		return nil, fmt.Errorf("lab %q: %w", name, err)
	}
	return &Lab{
		cfg: cfg, state: st, topology: t,
		engine: &engine.Engine{Dir: p.Namespaces(), Observer: cfg.Observer},
		view:   sync.OnceValue(func() *view.View { return cfg.view(t, src) }),
	}, nil
}

// noSuchName is about a string that is the name of no lab, since it cannot be.
type noSuchName struct{ error }

func (noSuchName) Is(target error) bool { return target == ErrNoLab || target == fs.ErrNotExist }

// Close closes the lab's sockets.
func (l *Lab) Close() error { return l.engine.Close() }

// Name returns the lab's name.
func (l *Lab) Name() string { return l.topology.Name }

// State returns what the lab's directory says about it.
func (l *Lab) State() State { return l.state }

// Topology returns what the lab was created from.
func (l *Lab) Topology() *topology.Topology { return l.topology }

// A LabNode is a node of an existing lab.
type LabNode struct {
	// Node is what the file says of it.
	*topology.Node
	lab   *Lab
	index int
}

// Node returns a node by its name.
func (l *Lab) Node(name string) (*LabNode, error) {
	i := l.topology.NodeIndex(name)
	if i < 0 {
		return nil, fmt.Errorf("lab %q has no node %q", l.Name(), name)
	}
	return &LabNode{Node: &l.topology.Nodes[i], lab: l, index: i}, nil
}

// Nodes returns all nodes in the order of the file.
func (l *Lab) Nodes() []*LabNode {
	nodes := make([]*LabNode, len(l.topology.Nodes))
	for i := range nodes {
		nodes[i] = &LabNode{Node: &l.topology.Nodes[i], lab: l, index: i}
	}
	return nodes
}

// Lab returns the node's lab.
func (n *LabNode) Lab() *Lab { return n.lab }

// NetNS returns the node's name in /run/netns.
func (n *LabNode) NetNS() string { return n.lab.topology.NetNSName(n.index) }

// Open opens the node's namespace.
func (n *LabNode) Open() (*nsfs.Handle, error) {
	h, err := n.lab.engine.Dir.Open(n.Name)
	return h, n.gone(err)
}

// gone adds to an error of opening the node's namespace that somebody has
// deleted it.
func (n *LabNode) gone(err error) error {
	var e *nsfs.Error
	if !errors.As(err, &e) || e.Name != n.Name || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, nsfs.ErrNotNamespace) {
		return err
	}
	return fmt.Errorf("the namespace of node %q is gone; %s with the lab's file makes it again: %w", n.Name, n.lab.state.upAgain(), err)
}

// Conn returns a socket in the node, which Lab.Close closes.
func (n *LabNode) Conn() (*rtnl.Conn, error) { return n.lab.engine.Conn(n.Name) }

// Hosts returns the /etc/hosts of programs in the node (hosts(5)), nil if the
// lab provides none.
func (n *LabNode) Hosts() []byte { return n.lab.view().HostsOf(n.index) }

// EtcDir returns the directory whose files programs in the node see instead of
// those of /etc, as with `ip netns exec`, except files that the lab provides
// itself. It need not exist; "" means none.
func (n *LabNode) EtcDir() string { return n.lab.view().Etc(n.index) }

// Environ returns the variables that the node adds to the environment of its
// programs, as NAME=VALUE.
func (n *LabNode) Environ() []string { return n.lab.view().Environ(n.index) }

// Command returns a Cmd that runs a program in the node. The program sees what
// every program in the node sees: Hosts as /etc/hosts, the node's name servers
// in /etc/resolv.conf, the files of EtcDir, NODE.LAB as the host name, and
// Environ in its environment.
func (n *LabNode) Command(ctx context.Context, program string, args ...string) (*nsfs.Cmd, error) {
	if n.lab.state.Phase == PhaseDeleting {
		return nil, fmt.Errorf("lab %q is being taken down: no more programs can be started in it", n.lab.Name())
	}
	cmd, err := n.lab.view().Command(ctx, n.index, program, args...)
	if err != nil {
		return nil, n.gone(err)
	}
	cmd.Gate = func() (io.Closer, error) {
		gate, err := enter(ctx, n.lab.cfg.root(), n.lab.Name())
		if err != nil {
			return nil, err
		}
		if err := n.still(cmd.NetNS()); err != nil {
			return nil, errors.Join(err, gate.Close())
		}
		return gate, nil
	}
	return cmd, nil
}

// enter keeps a `down`, and an `up` that removes nodes, out of a lab until what
// it returns is closed.
func enter(ctx context.Context, root labdir.Root, name string) (io.Closer, error) {
	p, err := root.Enter(ctx, name)
	if err != nil {
		return nil, err
	}
	s, err := readState(p)
	if err == nil && s.Phase == PhaseDeleting {
		err = errors.New("it is being taken down: no more programs can be started in it")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lab %q: %w", name, err), p.Close())
	}
	return p, nil
}

// still is an error if the node has not got a namespace any more: `up` may have
// removed or recreated it.
func (n *LabNode) still(id nsfs.ID) error {
	h, err := n.lab.engine.Dir.Open(n.Name)
	if err != nil {
		return n.gone(err)
	}
	defer h.Close()
	if h.ID() != id {
		return fmt.Errorf("node %q has been recreated meanwhile; run the program again", n.Name)
	}
	return nil
}

// An AmbiguousError says that several labs have a node of that name.
type AmbiguousError struct {
	Node string   // the name
	Labs []string // the labs that have such a node
}

func (e *AmbiguousError) Error() string {
	var names []string
	for _, l := range e.Labs {
		names = append(names, l+"/"+e.Node)
	}
	return fmt.Sprintf("several labs have a node %q: say which: %s", e.Node, strings.Join(names, ", "))
}

// ErrNoNode is matched by an error that says that there is no such node.
var ErrNoNode = errors.New("no such node")

// Find opens the node that a word refers to: LAB/NODE; NODE in the lab named by
// within, unless that is ""; or a NODE that exists in only one lab. The caller
// closes its Lab. If several labs have the node, the error is an
// *AmbiguousError; if none has it, it matches ErrNoNode or ErrNoLab.
func Find(word, within string, cfg *Config) (*LabNode, error) {
	labName, node, full := strings.Cut(word, "/")
	if !full {
		labName, node = within, word
	} else if labName == "" {
		return nil, fmt.Errorf("%w: %q does not name a lab", ErrNoNode, word)
	}
	if labName != "" {
		l, err := Open(labName, cfg)
		if err != nil {
			return nil, err
		}
		n, err := l.Node(node)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%w: %w", ErrNoNode, err), l.Close())
		}
		return n, nil
	}
	labs, err := List(cfg)
	if err != nil {
		return nil, err
	}
	var found *LabNode
	var in []string
	var closed error // of a lab that this user may not open
	for _, info := range labs {
		l, err := Open(info.Name, cfg)
		if err != nil {
			if errors.Is(err, fs.ErrPermission) {
				closed = err
			}
			continue // broken ones have no nodes to enter
		}
		n, err := l.Node(node)
		if err != nil {
			l.Close()
			continue
		}
		in = append(in, info.Name)
		if found != nil {
			l.Close()
			continue
		}
		found = n
	}
	switch len(in) {
	case 0:
		if closed != nil {
			return nil, closed
		}
		return nil, fmt.Errorf("%w: no lab has a node %q", ErrNoNode, node)
	case 1:
		return found, nil
	}
	slices.Sort(in)
	return nil, errors.Join(&AmbiguousError{node, in}, found.lab.Close())
}
