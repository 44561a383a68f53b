package plan

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/process"
	"github.com/nslab/nslab/topology"
)

var processResource = resource{
	objects: []object{{name: "process", line: lineOfProcess}, {name: "keeper", global: true}},
	stages: []stage{{name: "keeper", plan: (*planner).keeper}, {name: "process", last: true, plan: (*planner).processes, needs: []need{
		{"bridge.mtu", "the lab's network is up"},
		{"sysctl.link-mtu", "the lab's network is up"},
		{"namespace.remove", "what fails after it cannot be undone"},
	}}},
}

// keeper has the lab's keeper started again that has been killed. One that was
// never there comes with the first process that needs it.
func (p *planner) keeper() {
	if p.input.StartKeeper == nil {
		return
	}
	for i := range p.t.Nodes {
		for k := range p.t.Nodes[i].Processes {
			if p.t.Nodes[i].Processes[k].Restart.When == topology.RestartNever {
				continue
			}
			s := Step{Verb: Create, Object: "keeper", Name: "of processes with a restart policy"}
			s.op("", startKeeper(p.input.StartKeeper))
			p.add(s)
			return
		}
	}
}

// startKeeper is the action of that. It needs no undoing: a keeper with nothing
// to keep ends.
type startKeeper func() error

// Do implements engine.Action.
func (a startKeeper) Do(context.Context, *engine.Engine, string) error { return a() }

func lineOfProcess(t *topology.Topology, node int, s *Step) int {
	if proc := t.Nodes[node].Process(s.Name); proc != nil {
		return proc.Line
	}
	return t.Nodes[node].Line
}

// processes starts the processes of the file that do not run, or that run from
// something else, and stops what the file does not ask for any more. One that is
// done, as its policy has it, is not wanted any more. Those of
// nodes that are removed go with their nodes. What somebody has stopped stays
// so.
func (p *planner) processes() {
	have := make(map[topology.WaitFor]*process.State, len(p.programs))
	for i := range p.programs {
		st := &p.programs[i]
		have[topology.WaitFor{Node: st.Node, Process: st.Name}] = st
	}
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		for k := range n.Processes {
			proc := &n.Processes[k]
			key := topology.WaitFor{Node: n.Name, Process: proc.Name}
			st := have[key]
			delete(have, key)
			switch {
			case st != nil && st.Stopped:
			case st == nil || p.made[n.Name] || !st.Running() && !st.Done:
				p.process(Create, n.Name, proc.Name, "", "")
			default:
				now := process.From(n, proc, p.input.Seen(n.Name))
				if process.Same(st.From, now) {
					continue
				}
				if !st.Running() {
					p.process(Create, n.Name, proc.Name, "", "")
					continue
				}
				old, words := changedWords(st.From, now)
				p.process(Update, n.Name, proc.Name, old, words)
			}
		}
	}
	for i := range p.programs {
		st := &p.programs[i]
		key := topology.WaitFor{Node: st.Node, Process: st.Name}
		if have[key] != nil && p.t.NodeIndex(st.Node) >= 0 {
			p.process(Delete, st.Node, st.Name, "", "")
		}
	}
}

func (p *planner) process(verb Verb, node, name, old, now string) {
	s := Step{Verb: verb, Object: "process", Node: node, Name: name, Old: old, New: now}
	s.op(node, p.input.Process(node, name, verb))
	p.add(s)
}

// changedWords says what a process is started from that has changed.
func changedWords(was, now map[string]string) (string, string) {
	if was == nil {
		return "started by an up that was interrupted", "started again"
	}
	all := maps.Clone(was)
	maps.Copy(all, now)
	var keys []string
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if was[k] != now[k] {
			keys = append(keys, k)
		}
	}
	words := strings.Join(keys, " and ")
	return "old " + words, "new " + words
}
