package lab

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
)

// A Plan is what has to be done so that the kernel agrees with a topology.
type Plan struct {
	Topology *Topology
	// Steps are in the order in which they are carried out.
	Steps []Step
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool { return len(p.Steps) == 0 }

// PlanOptions are what a plan depends on beside the topology and the kernel.
type PlanOptions struct {
	// Prune also removes what is in the lab's namespaces and no file has ever
	// asked for.
	Prune bool
}

// planner makes a plan. It changes its world as it goes, so that each step is
// planned for what the steps before it leave.
type planner struct {
	t     *Topology
	old   []*Topology // what earlier files asked for
	w     *world
	opts  PlanOptions
	cfg   *Config
	stale []nameNode // symlinks that are the lab's now
	fresh map[string]string
	steps []Step
	made  map[string]bool // nodes that this plan creates
	bups  []bridgeRef     // bridges that come up at the end
	errs  []error
}

// makePlan compares a topology with the world. Old are the topologies that the
// lab was made to agree with before: what they ask for and t does not is
// removed. Fresh are the settings of a new namespace, stale the symlinks that are
// the lab's now.
func makePlan(cfg *Config, t *Topology, old []*Topology, w *world, fresh map[string]string, stale []nameNode, opts PlanOptions) (*Plan, error) {
	p := &planner{
		t: t, old: old, w: w, opts: opts, fresh: fresh, made: make(map[string]bool),
		cfg: cfg, stale: stale,
	}
	p.namespaces()
	p.sysctls(ofNamespace)
	p.bridges()
	p.links()
	p.sysctls(ofInterface)
	p.loopbacks()
	p.bridgesUp()
	p.routes()
	p.removals()
	p.execs()
	if len(p.errs) > 0 {
		return nil, joinFew(p.errs)
	}
	return &Plan{Topology: t, Steps: p.steps}, nil
}

func (p *planner) add(s Step) { p.steps = append(p.steps, s) }

func (p *planner) failf(format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf(format, args...))
}

// index takes the next index of a node for a link that is created in it.
func (n *liveNode) index() uint32 {
	n.nextIndex++
	return n.nextIndex - 1
}

func (p *planner) namespaces() {
	for i := range p.t.Nodes {
		name := p.t.Nodes[i].Name
		links := p.cfg.symlinks(p.t, i)
		if p.w.nodes[name] != nil {
			for k := range links {
				if !links[k].done() {
					s := Step{Verb: Create, Object: "name", Node: name, Name: links[k].at}
					s.op("", &links[k])
					s.back("", &unnameNode{links[k]})
					p.add(s)
				}
			}
			continue
		}
		s := Step{Verb: Create, Object: "namespace", Node: name, Name: p.t.NetNSName(i)}
		s.op("", &bindNode{name})
		for k := range links {
			s.op("", &links[k])
			s.back("", &unnameNode{links[k]})
		}
		s.back("", &engine.NetNSDel{Name: name})
		p.add(s)
		p.made[name] = true
		n := &liveNode{name: name, links: make(map[string]*liveLink), sysctls: p.fresh, nextIndex: 2}
		n.links["lo"] = &liveLink{Link: rtnl.Link{Name: "lo", Index: 1}}
		p.w.nodes[name] = n
	}
}

// wantedSysctls are the settings of a node in order: whether it forwards, unless
// the file says that itself, and the file's.
func wantedSysctls(n *Node) []Sysctl {
	forward := "0"
	if n.Kind == Router {
		forward = "1"
	}
	var all []Sysctl
	for _, k := range forwardingKeys {
		if !slices.ContainsFunc(n.Sysctls, func(s Sysctl) bool { return s.Key == k }) {
			all = append(all, Sysctl{k, forward})
		}
	}
	return append(all, n.Sysctls...)
}

// ofInterface reports whether a setting is that of one interface, which must be
// there first.
func ofInterface(key string) bool {
	k := strings.Split(key, ".")
	return len(k) > 4 && (k[2] == "conf" || k[2] == "neigh") && k[3] != "all" && k[3] != "default"
}

func ofNamespace(key string) bool { return !ofInterface(key) }

// sysctls plans those settings that which is true of.
func (p *planner) sysctls(which func(key string) bool) {
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		implied := len(wantedSysctls(n)) - len(n.Sysctls)
		for k, want := range append(wantedSysctls(n), p.droppedSysctls(n)...) {
			if !which(want.Key) {
				continue
			}
			have, known := p.w.nodes[n.Name].sysctls[want.Key]
			if have == want.Value || k < implied && known && have == "" {
				continue // as it is, or a kernel without IPv6
			}
			s := Step{Verb: Update, Object: "sysctl", Node: n.Name, Name: want.Key, Old: have, New: want.Value}
			s.op(n.Name, &engine.SysctlSet{Key: want.Key, Value: want.Value})
			if have != "" && !p.made[n.Name] {
				s.back(n.Name, &engine.SysctlSet{Key: want.Key, Value: have})
			}
			p.add(s)
		}
	}
}

// droppedSysctls are settings that an earlier file made in a node and this one
// does not: they become what they are in a new namespace.
func (p *planner) droppedSysctls(n *Node) []Sysctl {
	var dropped []Sysctl
	wanted := wantedSysctls(n)
	for _, t := range p.old {
		old := t.Node(n.Name)
		if old == nil {
			continue
		}
		for _, c := range old.Sysctls {
			same := func(s Sysctl) bool { return s.Key == c.Key }
			value, known := p.fresh[c.Key]
			// What belongs to an interface is not there in a new namespace.
			if !known || value == "" || slices.ContainsFunc(wanted, same) || slices.ContainsFunc(dropped, same) {
				continue
			}
			dropped = append(dropped, Sysctl{c.Key, value})
		}
	}
	return dropped
}

// endpoint returns the end of a link that is an interface of a node, and the
// link; nil if there is none.
func (t *Topology) endpoint(node int, iface string) (*Endpoint, *Link) {
	at, ok := t.byIface()[ifaceKey{node, iface}]
	if !ok {
		return nil, nil
	}
	return &t.Links[at[0]].Ends[at[1]], &t.Links[at[0]]
}

type ifaceKey struct {
	node  int
	iface string
}

// loopbacks brings lo up in every node: without it a node cannot reach its own
// addresses.
func (p *planner) loopbacks() {
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		lo := p.w.nodes[n.Name].links["lo"]
		if lo == nil {
			p.failf("node %q has no loopback interface named lo", n.Name)
			continue
		}
		if !lo.Up() {
			s := Step{Verb: Update, Object: "link", Node: n.Name, Name: "lo", Old: "down", New: "up"}
			s.op(n.Name, setLink("lo", lo.Index, func(l *rtnl.LinkSet) { l.Up() }))
			s.back(n.Name, setLink("lo", lo.Index, func(l *rtnl.LinkSet) { l.Down() }))
			p.add(s)
		}
		p.addresses(n.Name, lo, n.Addresses)
	}
}

// execs runs the command lines of nodes that are new.
func (p *planner) execs() {
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		if !p.made[n.Name] {
			continue
		}
		for k, line := range n.Exec {
			s := Step{Verb: Create, Object: "exec", Node: n.Name, Name: strconv.Itoa(k+1) + " " + line}
			s.op(n.Name, &execLine{line: line, env: n.Env})
			p.add(s)
		}
	}
}
