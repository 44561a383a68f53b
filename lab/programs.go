package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nslab/nslab/process"
	"github.com/nslab/nslab/topology"
)

// ProgramState says how a process of a lab's file is.
type ProgramState string

const (
	// ProgramRunning is a process that runs, itself or what it has forked.
	ProgramRunning ProgramState = "running"
	// ProgramReady is one that runs and whose healthcheck passes.
	ProgramReady ProgramState = "ready"
	// ProgramUnready is one that runs and whose healthcheck fails.
	ProgramUnready ProgramState = "not ready"
	// ProgramEnded is one of which nothing runs, though nobody has stopped it.
	ProgramEnded ProgramState = "ended"
	// ProgramStopped is one that somebody has stopped.
	ProgramStopped ProgramState = "stopped"
)

// A Program is a process that a lab's file keeps in a node.
type Program struct {
	// Lab, Node and Name say which it is.
	Lab  string `json:"lab"`
	Node string `json:"node"`
	Name string `json:"name"`
	// State says how it is.
	State ProgramState `json:"state"`
	// PID is the number of its first process, 0 where that has ended or is not
	// known.
	PID int `json:"pid,omitempty"`
	// Processes is the number of processes that run of it.
	Processes int `json:"processes"`
	// Memory is what these have in memory in bytes: the sum of their anonymous
	// pages (RssAnon in /proc/PID/status).
	Memory int64 `json:"memory"`
	// Killed is how many of its processes the kernel has killed since it was
	// started last, for want of memory: those of a node with limits.
	Killed int `json:"oom_kills,omitempty"`
	// Exit says how its first process has ended, "exit status 3" or "signal:
	// killed", where somebody saw that: the lab's keeper.
	Exit string `json:"exit,omitempty"`
	// Restarts is how often it has been started again.
	Restarts int `json:"restarts"`
	// Started is when it was started last, the zero time where that is not
	// known.
	Started time.Time `json:"started,omitzero"`
	// Problem says what was killed of it, and why its healthcheck fails, or is
	// "".
	Problem string `json:"problem,omitempty"`
	// Log is the file with its output.
	Log string `json:"log,omitempty"`
}

// Programs returns the processes that the file keeps in the lab's nodes, in the
// order of the file, and then others that earlier files had asked for and that
// run. Each healthcheck of one that runs is run once.
func (l *Lab) Programs(ctx context.Context) ([]Program, error) { return l.programs(ctx, true) }

// programs is Programs, but for healthchecks unless they are asked for.
func (l *Lab) programs(ctx context.Context, check bool) ([]Program, error) {
	d, err := l.cfg.root().Look(l.Name())
	if err != nil {
		return nil, err
	}
	defer d.Close() //nolint:errcheck // nothing was written
	states, err := process.Read(d)
	if err != nil {
		return nil, err
	}
	boot, err := bootID()
	if err != nil {
		return nil, err
	}
	set := process.New(d, l.cfg.root(), boot)
	if len(states) > 0 {
		if err := set.Open(); err != nil {
			return nil, err
		}
		defer set.Close() //nolint:errcheck // nothing was written
	}
	set.Gate = func() (io.Closer, error) { return enter(ctx, l.cfg.root(), l.Name()) }
	var all []Program
	var wg sync.WaitGroup
	add := func(st *process.State) *Program {
		all = append(all, Program{
			Lab: l.Name(), Node: st.Node, Name: st.Name, State: stateOf(st), PID: st.PID(), Processes: len(st.PIDs),
			Memory: st.Memory(), Restarts: st.Restarts(), Started: st.Started(), Log: l.cfg.root().LogPath(l.Name(), st.Node, st.Name),
		})
		p := &all[len(all)-1]
		if exit := set.Exit(st); exit != nil && p.State == ProgramEnded {
			p.Exit = exit.Error()
		}
		var kerr error
		if p.Killed, kerr = set.Kills(st); p.Killed > 0 {
			p.Problem = fmt.Sprintf("the kernel has killed %d of its processes for want of memory, since it was started last", p.Killed)
		}
		err = errors.Join(err, kerr)
		return p
	}
	find := func(node, name string) *process.State {
		i := slices.IndexFunc(states, func(s process.State) bool { return s.Node == node && s.Name == name })
		if i < 0 {
			return &process.State{Node: node, Name: name}
		}
		return &states[i]
	}
	type due struct {
		program int
		node    process.Node
		test    *topology.Healthcheck
	}
	var checks []due
	for i := range l.topology.Nodes {
		n := &l.topology.Nodes[i]
		for k := range n.Processes {
			p := add(find(n.Name, n.Processes[k].Name))
			if h := &n.Processes[k].Healthcheck; h.IsSet() && check && p.State == ProgramRunning {
				checks = append(checks, due{len(all) - 1, process.Node{Topology: l.topology, Index: i, View: l.view()}, h})
			}
		}
	}
	for i := range states {
		st := &states[i]
		if n := l.topology.Node(st.Node); (n == nil || n.Process(st.Name) == nil) && st.Running() {
			add(st)
		}
	}
	for _, c := range checks {
		wg.Go(func() {
			p := &all[c.program]
			p.State = ProgramReady
			if err := set.Check(ctx, &c.node, c.test); err != nil {
				p.State, p.Problem = ProgramUnready, strings.TrimPrefix(p.Problem+"; "+err.Error(), "; ")
			}
		})
	}
	wg.Wait()
	return all, errors.Join(err, context.Cause(ctx))
}

func stateOf(st *process.State) ProgramState {
	switch {
	case st.Running():
		return ProgramRunning
	case st.Stopped:
		return ProgramStopped
	}
	return ProgramEnded
}

// programsByNode returns the processes of each node, without healthchecks.
func (l *Lab) programsByNode(ctx context.Context) (map[string][]Program, error) {
	all, err := l.programs(ctx, false)
	byNode := make(map[string][]Program)
	for _, p := range all {
		byNode[p.Node] = append(byNode[p.Node], p)
	}
	return byNode, err
}
