package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nslab/nslab/topology"
)

// A resource is a kind of thing that a plan creates, changes and removes. Each
// has a file of its own, resource_NAME.go, and a line in resources.
type resource struct {
	// objects are what its steps are about.
	objects []object
	// stages are the parts of its planning.
	stages []stage
}

// A stage plans some of what is to be done about a kind of resource, in all
// nodes: it compares what the file wants with what is there, which is as the
// stages before it leave it.
type stage struct {
	// name is RESOURCE.WHAT.
	name string
	plan func(*planner)
	// needs are the stages that have to be planned before it.
	needs []need
	// last says that its steps come when those of all other stages are done:
	// they take away what these may need if they are undone, or are about what
	// these leave.
	last bool
}

// A need is a stage, and why another has to come after it.
type need struct{ stage, why string }

// An object is what steps are about: Step.Object.
type object struct {
	name string
	// global says that the name of one says where it is.
	global bool
	// words says in a printed plan what a step is about, nil for its name and
	// node.
	words func(*Step) string
	// line returns the line of the file that asks for the step, 0 where none is
	// found. Where it is nil, that of the node does.
	line func(t *topology.Topology, node int, s *Step) int
}

// objectOf returns what is known of an object, its name alone where nothing is.
func objectOf(name string) object {
	for _, r := range resources {
		for _, o := range r.objects {
			if o.name == name {
				return o
			}
		}
	}
	return object{name: name}
}

// planOrder returns the stages of resources in an order in which each comes
// after what it needs, those whose steps are last after all others. Of those
// that need not wait the first in the table comes first. The error names what
// waits for something that is not there, or for itself.
func planOrder(resources []*resource) ([]stage, error) {
	var waiting, order []stage
	for _, last := range []bool{false, true} {
		for _, r := range resources {
			for _, s := range r.stages {
				if s.last == last {
					waiting = append(waiting, s)
				}
			}
		}
	}
	for i, s := range waiting {
		if slices.ContainsFunc(waiting[:i], func(o stage) bool { return o.name == s.name }) {
			return nil, fmt.Errorf("planning: two stages are called %q", s.name)
		}
		for _, n := range s.needs {
			if !slices.ContainsFunc(waiting, func(o stage) bool { return o.name == n.stage }) {
				return nil, fmt.Errorf("planning: stage %q needs %q, which does not exist", s.name, n.stage)
			}
		}
	}
	done := make(map[string]bool)
	waits := func(s stage) bool { return slices.ContainsFunc(s.needs, func(n need) bool { return !done[n.stage] }) }
	for len(waiting) > 0 {
		i := slices.IndexFunc(waiting, func(s stage) bool { return !waits(s) })
		if i < 0 || waiting[i].last && !waiting[0].last {
			var names []string
			for _, s := range waiting {
				if waits(s) {
					names = append(names, s.name)
				}
			}
			return nil, fmt.Errorf("planning: what these stages need cannot come before them: %s", strings.Join(names, ", "))
		}
		order = append(order, waiting[i])
		done[waiting[i].name] = true
		waiting = slices.Delete(waiting, i, i+1)
	}
	return order, nil
}
