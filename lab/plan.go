package lab

import (
	"sync"

	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/plan"
	"github.com/nslab/nslab/topology"
)

// A Plan is the list of changes that make the kernel agree with a topology.
type Plan struct {
	// Topology is what the kernel is to agree with.
	Topology *topology.Topology
	// Steps are in the order in which they are carried out.
	Steps []Step
	// Foreign is, as the steps with which Prune would remove it, what differs
	// from a new lab although no file has ever mentioned it.
	Foreign []Step
	// Warnings are about what the file says but may not take effect.
	Warnings topology.Errors
	// Remade are existing nodes that are recreated.
	Remade []Remade
	// Dropped are processes in nodes that the plan removes. Up ends them with
	// UpOptions.Kill and otherwise refuses. Only PlanUp looks for them.
	Dropped []Process
	// Exec are the differences between the exec lines of the file and those
	// that nodes were created with. Up ignores them: see PlanOptions.Recreate.
	Exec []ExecChange
	// View are the differences in what programs in existing nodes see. They
	// reach programs that are started after Up; those that run keep what they
	// have.
	View []ViewChange
	// kill says that processes in nodes that are removed are to be ended.
	kill bool
	// made are the nodes that are created, Remade among them.
	made map[string]bool
	// byHand is what the next plan has to know.
	byHand plan.ByHand
	// stubs are files in the way of namespaces, which an interrupted removal
	// left.
	stubs []string
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool { return len(p.Steps) == 0 }

// newPlan compares a topology with what is there, and with what in says beside
// that.
func newPlan(cfg *Config, in *plan.Input, s *view.Sources) (*Plan, error) {
	in.Places = cfg.places()
	whole := in.Topology.Whole()
	seen := sync.OnceValue(func() *view.View { return cfg.view(whole, s) })
	in.Exec, in.Process = execLines(cfg, whole, seen), processSteps(whole, seen)
	in.Seen = func(node string) map[string][]string { return seen().Seen(whole.NodeIndex(node)) }
	r, err := plan.Make(in)
	if err != nil {
		return nil, err
	}
	return &Plan{Topology: in.Topology, Steps: r.Steps, Warnings: r.Warnings, Remade: r.Remade, made: r.Made, byHand: r.ByHand, stubs: r.Stubs}, nil
}

// What plans are made of is package plan's.
type (
	// A Step is one change of a plan.
	Step = plan.Step
	// A Verb says what a step does to its object.
	Verb = plan.Verb
	// PlanOptions are what a plan depends on besides the topology and the
	// kernel.
	PlanOptions = plan.Options
	// Remade is a node that is recreated, with its links.
	Remade = plan.Remade
)

// The verbs, in the order of their signs in a printed plan: "+", "-", "~".
const (
	Create = plan.Create
	Delete = plan.Delete
	Update = plan.Update
)

// ErrNoWords is matched by the error of WriteScript if iproute2 and sysctl have
// no words for a step.
var ErrNoWords = plan.ErrNoWords
