package lab

import (
	"fmt"
	"slices"

	"github.com/nslab/nslab/internal/few"
	"github.com/nslab/nslab/internal/nodename"
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
	stale []nodename.Name // symlinks that are the lab's now
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
func makePlan(cfg *Config, t *topology.Topology, old []*topology.Topology, w *world, fresh *newNode, stale []nodename.Name, opts PlanOptions) (*Plan, error) {
	order, err := planOrder(resources)
	if err != nil {
		return nil, err
	}
	p := &planner{
		t: t, old: old, w: w, opts: opts, fresh: fresh.sysctls, devices: fresh.devices, noIPv6: fresh.noIPv6, model: fresh.model,
		made: make(map[string]bool), losesAddress: make(map[string]bool), cfg: cfg, stale: stale, wrong: t.Mistakes(), doubtful: t.Mistakes(),
	}
	p.checkSysctls(fresh)
	p.checkValues(fresh.refused)
	// As many as there are where everything is new, and a few.
	steps := &stepList{nodes: len(t.Nodes), all: make([]Step, 0, 2*len(t.Nodes)+2*len(t.Links)+16)}
	p.add = steps.add
	for _, stage := range order {
		steps.last = stage.last
		stage.plan(p)
	}
	if wrong := p.wrong.Errors(); wrong != nil {
		return nil, wrong
	}
	if len(p.errs) > 0 {
		return nil, few.Errors(p.errs)
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
