package plan

import (
	"cmp"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
)

// A stepList collects the steps of a plan, in the order in which they are
// planned.
type stepList struct {
	all   []Step
	nodes int  // of how many nodes they are, about
	sort  int  // how many of them, from the first, are put in order
	last  bool // those that come now are not
}

func (l *stepList) add(s Step) {
	l.all = append(l.all, s)
	if !l.last {
		l.sort = len(l.all)
	}
}

// sorted returns the steps in the order in which they are carried out. Undoing
// goes through them backwards. These are the rules:
//
//   - Steps that have a node in common stay in the order in which they were
//     planned, because each was planned for what those before it leave. Steps
//     without a common node do not depend on each other.
//   - But a step whose undoing needs addresses comes before the first step that
//     deletes an address of its node: when it is undone, the addresses are there
//     again.
//   - What can be done once a namespace is made comes before the next one is
//     made. One thread makes namespaces while another sends the requests for
//     those that exist: see engine.RunAll. So steps that are about no new
//     namespace come first.
//   - Otherwise steps stay as they were planned. This keeps successive requests
//     to one namespace together, so that one datagram carries them.
//   - The steps of stages that are last stay at the end, whatever nodes they are
//     about.
//
// What else is quick the needs of stages say, such as that bridges come up
// last, and the steps themselves, such as that a port comes up in the message
// that gives it its master (vethSpec), and that many ports are made without
// IPv6 (withoutIPv6). docs/performance.md says what each gains.
func (l *stepList) sorted() []Step {
	steps := beforeAddresses(l.all[:l.sort])
	interleave(steps, l.nodes)
	return append(steps, l.all[l.sort:]...)
}

// beforeAddresses puts steps that need addresses to be undone before the first
// that deletes an address of their node.
func beforeAddresses(steps []Step) []Step {
	first := make(map[string]int) // the steps that delete addresses, by node
	var early map[int][]Step      // what comes before each of them
	moves := func(i int) bool {
		at, loses := first[steps[i].Node]
		return loses && i > at && steps[i].needsAddresses
	}
	for i := range steps {
		s := &steps[i]
		if _, loses := first[s.Node]; !loses && s.Verb == Delete && s.Object == "address" {
			first[s.Node] = i
		}
		if moves(i) {
			if early == nil {
				early = make(map[int][]Step)
			}
			early[first[s.Node]] = append(early[first[s.Node]], *s)
		}
	}
	if early == nil {
		return steps
	}
	all := make([]Step, 0, cap(steps))
	for i := range steps {
		all = append(all, early[i]...)
		if !moves(i) {
			all = append(all, steps[i])
		}
	}
	return all
}

// interleave puts what can be done once a namespace is made before what makes
// the next one.
func interleave(steps []Step, nodes int) {
	// The first steps that a node takes part in are to make it, if any.
	level := make(map[string]int, nodes)
	type placed struct{ step, level int }
	order := make([]placed, len(steps))
	for i := range steps {
		s := &steps[i]
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
	slices.SortFunc(order, func(a, b placed) int { return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.step, b.step)) })
	// In place: there may be megabytes of steps. Each is moved to where it
	// belongs, and then what belongs where it was, until that is the first.
	for i := range order {
		first := steps[i]
		for at := i; order[at].step >= 0; {
			from := order[at].step
			order[at].step = -1 // it is there
			if from == i {
				steps[at] = first
			} else {
				steps[at] = steps[from]
			}
			at = from
		}
	}
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
				for n := range rtnl.NetNSs(r.Req) {
					if !yield(n.Name()) {
						return
					}
				}
			}
		}
	}
}

// madeOrder returns the nodes in the order in which their namespaces are made
// if they are: as the links of the file need them, and then the rest. While a
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
