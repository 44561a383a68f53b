package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"sync"
	"time"

	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// Match returns the nodes whose names a pattern of path.Match matches, in the
// file's order. A bad pattern is a *PatternError; no match is ErrNoNode.
func (l *Lab) Match(pattern string) ([]*LabNode, error) {
	if err := topology.CheckPattern(pattern); err != nil {
		return nil, err
	}
	var nodes []*LabNode
	for _, n := range l.Nodes() {
		if ok, _ := path.Match(pattern, n.Name); ok {
			nodes = append(nodes, n)
		}
	}
	if nodes == nil {
		return nil, fmt.Errorf("%w: lab %q has no node that matches %q", ErrNoNode, l.Name(), pattern)
	}
	return nodes, nil
}

// RunOptions say how Run goes about it.
type RunOptions struct {
	// Jobs is how many programs run at a time; 0 is four a processor.
	Jobs int
	// Output returns where the output of a node's program goes, nil for
	// nowhere. It is called by several goroutines.
	Output func(n *LabNode) (stdout, stderr io.Writer)
}

// A RunResult is how a program ended in a node.
type RunResult struct {
	// Node is where the program ran.
	Node *LabNode
	// Err is nil for exit status 0, an *exec.ExitError for another, and
	// otherwise says why the program did not run.
	Err error
	// Warnings are those of the Cmd: files of /etc that could not be put there.
	Warnings []error
}

// afterEnd is how long Run waits for output of what a program left behind, and
// for a program to end on SIGTERM.
const afterEnd = 5 * time.Second

// Run runs a program in several nodes at a time, without input, and returns how
// it ended in each, in their order. When the context ends, the programs get
// SIGTERM, 5 seconds later SIGKILL, and those that have not started do not run.
func Run(ctx context.Context, nodes []*LabNode, opts RunOptions, program string, args ...string) []RunResult {
	jobs := opts.Jobs
	if jobs <= 0 {
		jobs = defaultJobs()
	}
	results := make([]RunResult, len(nodes))
	free := make(chan struct{}, jobs)
	var wg sync.WaitGroup
	for i, n := range nodes {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			results[i] = runIn(ctx, n, &opts, program, args)
		})
	}
	wg.Wait()
	return results
}

func runIn(ctx context.Context, n *LabNode, opts *RunOptions, program string, args []string) RunResult {
	r := RunResult{Node: n}
	if ctx.Err() != nil {
		r.Err = context.Cause(ctx)
		return r
	}
	cmd, err := n.Command(ctx, program, args...)
	if err != nil {
		r.Err = err
		return r
	}
	if opts.Output != nil {
		cmd.Stdout, cmd.Stderr = opts.Output(n)
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) }
	cmd.WaitDelay = afterEnd
	r.Err = cmd.Run()
	if errors.Is(r.Err, exec.ErrWaitDelay) {
		r.Err = nil // it ended well, and something that it started lives on
	}
	r.Warnings = cmd.Warnings()
	return r
}
