package lab

import (
	"cmp"
	"slices"

	"github.com/nslab/nslab/engine"
)

// madeOrder returns the nodes in the order in which their namespaces are made if
// they are: as the links of the file need them, and then the rest. While a
// namespace is made, the links of those before it are.
func (p *planner) madeOrder() []int {
	order := make([]int, 0, len(p.t.Nodes))
	seen := make([]bool, len(p.t.Nodes))
	add := func(node int) {
		if !seen[node] {
			seen[node] = true
			order = append(order, node)
		}
	}
	for i := range p.t.Links {
		for e := range p.t.Links[i].Ends {
			add(p.t.Links[i].Ends[e].Node)
		}
	}
	for i := range p.t.Nodes {
		add(i)
	}
	return order
}

// interleave puts the steps so far in the order in which they are quickest: what
// can be done once a namespace is made comes before the next one is. The order of
// any two steps that have a node in common stays as it is; no step depends on
// another without that.
func (p *planner) interleave() {
	// The first steps that a node takes part in are to make it, if any.
	level := make(map[string]int, len(p.t.Nodes))
	type placed struct{ step, level int }
	order := make([]placed, len(p.steps))
	for i := range p.steps {
		s := &p.steps[i]
		at := 0
		if s.Verb == Create && s.Object == "namespace" {
			at = i + 1
		}
		for node := range s.nodes() {
			at = max(at, level[node])
		}
		for node := range s.nodes() {
			level[node] = at
		}
		order[i] = placed{i, at}
	}
	slices.SortStableFunc(order, func(a, b placed) int { return cmp.Compare(a.level, b.level) })
	steps := make([]Step, len(p.steps), cap(p.steps))
	for i, o := range order {
		steps[i] = p.steps[o.step]
	}
	p.steps = steps
}

// nodes yields the nodes that a step takes part in, some more than once.
func (s *Step) nodes() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if !yield(s.Node) || s.peer != "" && !yield(s.peer) {
			return
		}
		for i := range s.ops {
			if node := s.ops[i].NetNS; node != "" && !yield(node) {
				return
			}
			if r, ok := s.ops[i].Action.(*engine.Request); ok {
				for k := range r.NetNSs {
					if !yield(r.NetNSs[k].Name) {
						return
					}
				}
			}
		}
	}
}
