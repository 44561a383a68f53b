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

// Match returns the nodes whose names match a pattern of path.Match, in the
// order of the file. The error is a *topology.PatternError for a bad pattern,
// and matches ErrNoNode if no node matches.
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

// RunOptions say how Run works.
type RunOptions struct {
	// Jobs is how many programs run at once; 0 means four for each processor.
	Jobs int
	// Output returns where the output of a node's program goes, nil for
	// nowhere. Several goroutines call it at once. A nil Output discards all.
	Output func(n *LabNode) (stdout, stderr io.Writer)
}

// A RunResult says how a program ended in a node.
type RunResult struct {
	// Node is where the program ran.
	Node *LabNode
	// Err is nil for exit status 0 and an *exec.ExitError for another.
	// Otherwise it says why the program did not run.
	Err error
	// Warnings are those of nsfs.Cmd: files that could not be mounted over
	// those of /etc.
	Warnings []error
}

// afterEnd is how long Run waits for output of what a program left behind, and
// for a program to end on SIGTERM.
const afterEnd = 5 * time.Second

// Run runs a program in several nodes at once, without input, and returns the
// results in the order of the nodes. When the context ends, running programs
// get SIGTERM and, 5 seconds later, SIGKILL, and no more are started.
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
