package lab

import (
	"context"
	"runtime"
	"sync"
)

// defaultJobs is how many programs run at a time where nobody says.
func defaultJobs() int { return 4 * runtime.GOMAXPROCS(0) }

// firstLine returns the first of the exec lines that a plan ends with.
func (p *Plan) firstLine() int {
	first := len(p.Steps)
	for first > 0 && execOf(&p.Steps[first-1]) != nil {
		first--
	}
	return first
}

// nodesWithLines returns the nodes whose exec lines a plan runs, from its step
// first on.
func (p *Plan) nodesWithLines(first int) (nodes []string) {
	for i := first; i < len(p.Steps); i++ {
		if node := p.Steps[i].Node; len(nodes) == 0 || nodes[len(nodes)-1] != node {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// runLines runs the exec lines of a plan, from its step first on: those of one
// node one after the other, nodes side by side. At the first failure the others
// are ended. It returns how many were done, and which step failed.
func (s *session) runLines(ctx context.Context, p *Plan, first int) (done, failed int, err error) {
	byNode := make(map[string][]int)
	for i := first; i < len(p.Steps); i++ {
		byNode[p.Steps[i].Node] = append(byNode[p.Steps[i].Node], i)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var mu sync.Mutex
	var wg sync.WaitGroup
	// run runs the lines of one node.
	run := func(node string) {
		for _, i := range byNode[node] {
			lerr := s.runLine(ctx, execOf(&p.Steps[i]), node)
			mu.Lock()
			if lerr == nil {
				done++
				if s.cfg.Progress != nil {
					s.cfg.Progress(first+done, len(p.Steps), p.Steps[i].String())
				}
			} else if err == nil { // what fails after it was ended for it
				failed, err = i, lerr
				stop()
			}
			mu.Unlock()
			if lerr != nil {
				return
			}
		}
	}
	free := make(chan struct{}, defaultJobs())
	for _, node := range p.nodesWithLines(first) {
		free <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-free }()
			run(node)
		})
	}
	wg.Wait()
	if err == nil && done < len(p.Steps)-first {
		return done, first + done, context.Cause(ctx)
	}
	return done, failed, err
}
