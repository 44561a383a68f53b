package plan

import (
	"context"
	"fmt"
	"slices"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/few"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/internal/nodename"
	"github.com/nslab/nslab/process"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// planner makes a plan. It changes its world as it goes, so that each step is
// planned for what the steps before it leave.
type planner struct {
	t    *topology.Topology
	old  []*topology.Topology // what earlier files asked for
	w    *live.World
	opts Options
	// places are where names of nodes are, and exec makes the action of an exec
	// line.
	places nodename.Places
	exec   func(node string, number int, line string) engine.Action
	// journal, programs, interrupted and hostsFault are those of Input.
	journal     *labdir.Journal
	programs    []process.State
	input       *Input
	interrupted bool
	hostsFault  string
	stale       []nodename.Name // symlinks that are the lab's now
	fresh       map[string]string
	// devices are the links of a new namespace besides lo.
	devices []*rtnl.Link
	noIPv6  bool
	// ipv6ByDefault is that of live.NewNode, and withoutIPv6 are the nodes in
	// which ports are made without IPv6.
	ipv6ByDefault bool
	withoutIPv6   map[string]bool
	model         *live.Model         // nil unless opts.Prune
	newPort       *bridge.PortOptions // nil if none was looked at
	// add puts a step into the plan. It is complete by then: no phase can reach
	// it any more.
	add    func(Step)
	made   map[string]bool // nodes that this plan creates
	remade []Remade
	// bridgePlans are the bridges that nodes should have.
	bridgePlans []*bridgePlan
	errs        []error
	// wrong is what the kernel would refuse of the file, and doubtful what it
	// may refuse.
	wrong, doubtful *topology.Mistakes
	// reset are settings that the plan's own writes overwrite.
	reset map[nodeSetting]bool
	// planned are settings that turn IPv6 on or off, which may come early.
	planned map[nodeSetting]bool
	// byHand are routes that go with addresses and are made again, by node.
	byHand map[string][]rtnl.Route
	// neighs and fdbs are what handNeighs and handFDB have read.
	neighs, fdbs handEntries
	// wholes are the links as the kernel tells of them, of nodes that were asked
	// for, and was is what links were like.
	wholes map[string]map[uint32]*rtnl.Link
	was    map[live.LinkEnd]*linkWas
	// losesAddress are the nodes of which addresses are deleted.
	losesAddress map[string]bool
	// again are addresses that are deleted and added again, in the order of
	// deletion.
	again map[*live.Link][]rtnl.Address
	// byHandNow is Result.ByHand in the making.
	byHandNow ByHand
	// resizedFrom are the MTUs that links had before the plan changed them.
	resizedFrom map[*live.Link]uint32
}

// An Input is everything that a plan is made from.
type Input struct {
	Topology *topology.Topology
	// Old are the topologies of earlier files: what they ask for and Topology
	// does not is removed.
	Old []*topology.Topology
	// World is the state of the kernel, and Fresh that of a new namespace.
	World *live.World
	Fresh *live.NewNode
	// Places are the directories of the names of nodes, and Stale the lab's
	// present names.
	Places nodename.Places
	Stale  []nodename.Name
	// Journal has the exec lines that nodes were created with, or is nil. Exec
	// makes the action of a line, given its number among those of its node,
	// from 1.
	Journal *labdir.Journal
	Exec    func(node string, number int, line string) engine.Action
	// Programs are the processes that earlier files have asked for, as they
	// are. Process makes the action that starts one of a node (Create), stops it
	// (Delete), or both.
	Programs []process.State
	Process  func(node, name string, verb Verb) engine.Action
	// StartKeeper starts the keeper of the lab, nil if it runs, or is started
	// with what needs it.
	StartKeeper func() error
	// Limits are those of nodes in which something runs that the file has
	// started, and SetLimits changes them.
	Limits    map[string]topology.NodeLimits
	SetLimits func(node string, l *topology.NodeLimits) error
	// Seen returns what programs in a node see that a change of restarts its
	// processes: view.View.Seen.
	Seen func(node string) map[string][]string
	// Interrupted says that the last run on the lab did not reach its end: a
	// bridge may lack the snooping that it gets there.
	Interrupted bool
	// ByHand are the values that the last plan noted.
	ByHand ByHand
	// HostsFault says how the lab's hosts file differs from what was written to
	// it, or is "".
	HostsFault string
	Options    Options
}

// A Result is a plan.
type Result struct {
	// Steps are the steps, in the order of their execution.
	Steps []Step
	// Warnings are about parts of the file that may not take effect.
	Warnings topology.Errors
	// Made are the nodes that are created, and Remade those that are recreated.
	Made   map[string]bool
	Remade []Remade
	// ByHand is the next plan's Input.ByHand once the steps are done.
	ByHand ByHand
	// Stubs are files that an interrupted removal left in the way of
	// namespaces.
	Stubs []string
}

// ReadFresh reads the state of a new namespace, for a plan with these options
// and settings of nodes.
func ReadFresh(ctx context.Context, t *topology.Topology, settings map[string][]string, opts Options) (*live.NewNode, error) {
	return live.ReadNewNode(ctx, settings, t, opts.Prune, ownKinds(t))
}

// Make returns the steps that make the kernel agree with a topology. An error
// of type Errors is about the file. Make changes in.World.
func Make(in *Input) (*Result, error) {
	t, fresh := in.Topology, in.Fresh
	order, err := planOrder(resources)
	if err != nil {
		return nil, err
	}
	p := &planner{
		t: t, old: in.Old, w: in.World, opts: in.Options, fresh: fresh.Sysctls, devices: fresh.Devices, noIPv6: fresh.NoIPv6, model: fresh.Model, newPort: fresh.Port,
		made: make(map[string]bool), losesAddress: make(map[string]bool), places: in.Places, stale: in.Stale, journal: in.Journal, exec: in.Exec,
		programs: in.Programs, input: in,
		byHandNow: in.ByHand.clone(), interrupted: in.Interrupted, hostsFault: in.HostsFault, wrong: t.Mistakes(), doubtful: t.Mistakes(),
	}
	p.ipv6ByDefault = fresh.IPv6ByDefault
	if p.ipv6ByDefault {
		p.withoutIPv6 = withoutIPv6(t.Whole())
	}
	p.checkSysctls(fresh)
	p.checkValues(fresh.Refused)
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
	inTheWay := slices.DeleteFunc(slices.Clone(in.World.Stubs), func(name string) bool { return t.NodeIndex(name) < 0 })
	return &Result{Steps: steps.sorted(), Warnings: p.doubtful.Errors(), Remade: p.remade, Made: p.made, ByHand: p.stillByHand(), Stubs: inTheWay}, nil
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

// isFromNew reports whether a link is one that each new namespace has: the
// kernel acknowledges its deletion and keeps it.
func (p *planner) isFromNew(l *live.Link) bool {
	return slices.ContainsFunc(p.devices, func(d *rtnl.Link) bool { return d.Name == l.Name && d.Kind == l.Kind })
}
