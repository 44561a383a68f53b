package lab

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// A Plan is the list of changes that make the kernel agree with a topology.
type Plan struct {
	Topology *topology.Topology
	// Steps are in the order in which they are carried out.
	Steps []Step
	// Foreign is what differs from a new lab though no file has ever said anything of
	// it, as steps that Prune would take.
	Foreign []Step
	// Warnings are about what the file says and may not come true.
	Warnings topology.Errors
	// Remade are existing nodes that are recreated.
	Remade []Remade
	// Dropped are processes in nodes that the plan removes: Up ends them if its options say
	// so, and refuses otherwise. Only PlanUp looks for them.
	Dropped []Process
	// Exec are differences between the exec lines of the file and those that nodes
	// were made with. Up does nothing about them: see PlanOptions.Recreate.
	Exec []ExecChange
	// kill says that processes in nodes that are removed are to be ended.
	kill bool
	// made are the nodes that are created, Remade among them.
	made map[string]bool
	// stubs are files in the way of namespaces, which an interrupted removal
	// left.
	stubs []string
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool { return len(p.Steps) == 0 }

// PlanOptions are what a plan depends on beside the topology and the kernel.
type PlanOptions struct {
	// Prune also removes what is in the lab's namespaces and no file has ever
	// asked for, and resets what is otherwise there than in a new lab.
	Prune bool
	// Foreign has PlanUp list in Plan.Foreign what Prune would do beside the rest.
	Foreign bool
	// NoRefresh trusts that the kernel agrees with the file that the lab was last
	// made from: only nodes that the change is about are looked at, and what was
	// changed by hand elsewhere stays. A lab whose last run was interrupted is
	// looked at whole, and so is one of which all names change.
	NoRefresh bool
	// Recreate are patterns of path.Match for nodes to recreate, with
	// their links; processes in them are ended. Up returns ErrNoNode for one that no
	// node of the topology matches.
	Recreate []string
}

// planner makes a plan. It changes its world as it goes, so that each step is
// planned for what the steps before it leave.
type planner struct {
	t     *topology.Topology
	old   []*topology.Topology // what earlier files asked for
	w     *world
	opts  PlanOptions
	cfg   *Config
	stale []nameNode // symlinks that are the lab's now
	fresh map[string]string
	// devices are the links of a new namespace beside lo.
	devices []*rtnl.Link
	noIPv6  bool
	model   *model // nil unless opts.Prune
	// add puts a step into the plan. It is complete by then: no phase can reach it any more.
	add    func(Step)
	made   map[string]bool // nodes that this plan creates
	remade []Remade
	// bridgePlans are the bridges that nodes should have.
	bridgePlans []*bridgePlan
	errs        []error
	// wrong is what the kernel would refuse of the file, and doubtful what it may
	// refuse.
	wrong, doubtful *topology.Mistakes
	// reset are settings that the plan's own writes overwrite.
	reset map[nodeSetting]bool
	// planned are settings that turn IPv6 on or off, which may come early.
	planned map[nodeSetting]bool
	// byHand are routes that go with addresses and are made again, by node, and neighs the
	// neighbours of nodes that were asked for.
	byHand map[string][]rtnl.Route
	neighs map[string][]rtnl.Neigh
	// losesAddress are the nodes of which addresses are deleted.
	losesAddress map[string]bool
	// again are addresses that are deleted and added again, in the order of deletion.
	again map[*liveLink][]rtnl.Address
}

// makePlan compares a topology with the world. Old are the topologies that the
// lab was made to agree with before: what they ask for and t does not is
// removed. Fresh is what a new namespace has, stale are the symlinks that are the
// lab's now.
func makePlan(cfg *Config, t *topology.Topology, old []*topology.Topology, w *world, fresh *newNode, stale []nameNode, opts PlanOptions) (*Plan, error) {
	p := &planner{
		t: t, old: old, w: w, opts: opts, fresh: fresh.sysctls, devices: fresh.devices, noIPv6: fresh.noIPv6, model: fresh.model,
		made: make(map[string]bool), losesAddress: make(map[string]bool), cfg: cfg, stale: stale, wrong: t.Mistakes(), doubtful: t.Mistakes(),
	}
	p.checkSysctls(fresh)
	p.checkValues(fresh.refused)
	// As many as there are where everything is new, and a few.
	steps := &stepList{nodes: len(t.Nodes), all: make([]Step, 0, 2*len(t.Nodes)+2*len(t.Links)+16)}
	p.add = steps.add
	p.remakes()
	p.namespaces()
	p.pruneEntries()
	p.sysctls(ofNamespace)
	p.bridges()
	p.addressesGo()
	p.links()
	p.sysctls(ofLink)
	p.loopbacks()
	p.bridgesUp()
	p.oldDevices()
	p.routes()
	p.pruneRest()
	steps.rest()
	p.removals()
	p.bridgeMTUs()
	p.sysctls(ofLinkMTU)
	p.execs()
	if wrong := p.wrong.Errors(); wrong != nil {
		return nil, wrong
	}
	if len(p.errs) > 0 {
		return nil, joinFew(p.errs)
	}
	inTheWay := slices.DeleteFunc(slices.Clone(w.stubs), func(name string) bool { return t.NodeIndex(name) < 0 })
	return &Plan{
		Topology: t, Steps: steps.sorted(), Warnings: p.doubtful.Errors(),
		Remade: p.remade, made: p.made, stubs: inTheWay,
	}, nil
}

func (p *planner) addAll(steps []Step) {
	for _, s := range steps {
		p.add(s)
	}
}

// failf notes what keeps a line of the file from being carried out.
func (p *planner) failf(line int, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s:%d: "+format, append([]any{p.t.Path, line}, args...)...))
}

// index takes the next index of a node for a link that is created in it.
func (n *liveNode) index() uint32 {
	n.nextIndex++
	return n.nextIndex - 1
}

func (p *planner) namespaces() {
	for _, i := range p.madeOrder() {
		name := p.t.Nodes[i].Name
		links := p.cfg.symlinks(p.t, i)
		if p.w.nodes[name] != nil {
			for k := range links {
				if !links[k].done() {
					s := Step{Verb: Create, Object: "name", Node: name, Name: links[k].at}
					s.op(name, &links[k])
					s.undoOp("", &unnameNode{nameNode: links[k]})
					p.add(s)
				}
			}
			continue
		}
		s := Step{Verb: Create, Object: "namespace", Node: name, Name: p.t.NetNSName(i)}
		if isRemade(p.remade, name) {
			// A NetNSAdd may be carried out before the old one is gone.
			s.op(name, &bindNode{name})
		} else {
			s.op(name, &engine.NetNSAdd{Name: name})
		}
		s.undoOp("", &engine.NetNSDel{Name: name})
		for k := range links {
			if isRemade(p.remade, name) && links[k].done() {
				continue // it leads to the new one
			}
			s.op(name, &links[k])
			s.undoOp("", &unnameNode{nameNode: links[k]})
		}
		p.add(s)
		p.made[name] = true
		n := &liveNode{name: name, links: make(map[string]*liveLink), sysctls: p.fresh, nextIndex: 2}
		n.links["lo"] = &liveLink{Name: "lo", Index: loopbackIndex, isNew: true}
		for _, d := range p.devices {
			n.links[d.Name] = newLiveLink(d)
			n.nextIndex = max(n.nextIndex, d.Index+1)
		}
		p.w.nodes[name] = n
	}
}

// loopbacks brings lo up in every node: without it a node cannot reach its own
// addresses.
func (p *planner) loopbacks() {
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		lo := p.w.nodes[n.Name].links["lo"]
		if lo == nil {
			p.failf(n.Line, "node %q has no loopback interface named lo", n.Name)
			continue
		}
		want := p.loopbackAddresses(n, lo)
		if !lo.Up() {
			s := Step{Verb: Update, Object: "link", Node: n.Name, Name: "lo", Old: "down", New: "up"}
			node, index := n.Name, lo.Index
			s.make = func(w way) []engine.Op {
				change := (*rtnl.LinkSet).Up
				if w == back {
					change = (*rtnl.LinkSet).Down
				}
				return []engine.Op{{NetNS: node, Action: setLink("lo", index, change)}}
			}
			p.add(s)
			lo.comesUp()
			matter := len(n.Addresses)+len(n.Routes)+len(p.oldAddresses(n.Name, "lo")) > 0 || p.opts.Prune
			for _, a := range loopbackAddresses {
				if matter && !lo.hasAddr(a) && p.loopbackHas(n, a) {
					lo.addrs = append(lo.addrs, labAddress(lo.Index, a))
					lo.anew = append(lo.anew, a)
				}
			}
		}
		p.addresses(n.Name, lo, want)
	}
}

// loopbackAddresses are those that lo should have, beside the kernel's own, which it gets
// when it comes up; one of them that is not there is made again where a file has ever said
// it.
func (p *planner) loopbackAddresses(n *topology.Node, lo *liveLink) []netip.Prefix {
	old := p.oldAddresses(n.Name, "lo")
	if len(n.Addresses)+len(old) == 0 && !p.opts.Prune {
		return nil
	}
	// The kernel's come first, wherever they stand.
	own := func(a netip.Prefix) bool { return slices.Contains(loopbackAddresses, a) }
	var want []netip.Prefix
	for _, a := range n.Addresses {
		if own(a) {
			want = append(want, a)
		}
	}
	for _, a := range loopbackAddresses {
		if lo.Up() && !slices.Contains(n.Addresses, a) && (p.opts.Prune || slices.Contains(old, a)) && p.loopbackHas(n, a) {
			want = append(want, a)
		}
	}
	return append(want, slices.DeleteFunc(slices.Clone(n.Addresses), own)...)
}

// loopbackHas reports whether the kernel gives lo, when it comes up, one of its addresses.
func (p *planner) loopbackHas(n *topology.Node, a netip.Prefix) bool {
	return a.Addr().Is4() || !p.noIPv6 && !p.turnsOffIPv6(n, "lo")
}
