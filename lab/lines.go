package lab

import (
	"context"
	"runtime"
)

// defaultJobs is how many programs run at a time where nobody says.
func defaultJobs() int { return 4 * runtime.GOMAXPROCS(0) }

// firstProgram returns the first of the steps about programs that a plan ends
// with: processes, then exec lines.
func (p *Plan) firstProgram() int {
	first := len(p.Steps)
	for first > 0 && isProgram(&p.Steps[first-1]) {
		first--
	}
	return first
}

func isProgram(s *Step) bool { return execOf(s) != nil || processOf(s) != nil }

// nodesWithPrograms returns the nodes that the steps of a plan from first on
// are about, in their order.
func (p *Plan) nodesWithPrograms(first int) (nodes []string) {
	seen := make(map[string]bool)
	for i := first; i < len(p.Steps); i++ {
		if node := p.Steps[i].Node; !seen[node] {
			seen[node] = true
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// runProgram carries out a step about a program.
func (s *session) runProgram(ctx context.Context, step *Step) error {
	if a := execOf(step); a != nil {
		a.programs = s.programs
		return s.runLine(ctx, a, step.Node)
	}
	a := processOf(step)
	a.programs = s.programs
	return a.Do(ctx, s.engine, step.Node)
}
