package clab

import (
	"slices"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
)

// stageNames are the stages of a node, in their order.
var stageNames = []string{"create", "create-links", "configure", "healthy", "exit"}

var (
	stagesSection    = section{"stages", map[string]string{"create": "", "create-links": "", "configure": "", "healthy": "", "exit": ""}}
	stageSection     = section{"a stage", map[string]string{"wait-for": "", "exec": ""}}
	waitSection      = section{"an entry of wait-for", map[string]string{"node": "", "stage": ""}}
	stageExecSection = section{"a command of a stage", map[string]string{"command": "", "target": "", "phase": ""}}
	phaseSection     = section{"exec of a stage", map[string]string{"on-enter": "", "on-exit": ""}}
)

// stages reads what a node waits for, and returns the command lines of its
// stages that come before those of exec, and after them. All nodes with all
// links are there before anything is run in one.
func (r *reader) stages(n *node) (before, after []*topology.Value) {
	waits := &topology.Value{Kind: topology.List, At: n.key.At}
	for _, layer := range slices.Backward(n.in) {
		v := layer.Get("stages")
		if v != nil && v.Kind != topology.Null && !r.check(v, &stagesSection) {
			continue
		}
		for _, name := range stageNames {
			stage := v.Get(name)
			if !r.check(stage, &stageSection) {
				continue
			}
			r.waits(n, stage.Get("wait-for"), waits)
			lines := r.stageLines(name, stage.Get("exec"))
			switch name {
			case "create", "create-links":
				before = append(before, lines...)
			default:
				after = append(after, lines...)
			}
		}
	}
	if len(waits.Items) > 0 {
		n.out.Set("wait-for", waits)
	}
	return before, after
}

// waits reads what a stage waits for.
func (r *reader) waits(n *node, v, waits *topology.Value) {
	if v == nil || v.Kind == topology.Null {
		return
	}
	if v.Kind != topology.List {
		r.Add(v.At, "", "wait-for is a list, not %s", v.Kind)
		return
	}
	for _, item := range v.Items {
		if !r.check(item, &waitSection) {
			continue
		}
		other, stage := item.Get("node"), item.Get("stage")
		if other == nil || stage == nil || other.Kind != topology.Scalar || stage.Kind != topology.Scalar {
			r.Add(item.At, "write {node: NODE, stage: STAGE}", "an entry of wait-for without node or stage")
			continue
		}
		switch stage.Text {
		case "create", "create-links":
			r.note("it need not wait for %s of %s, because all nodes and links are there first", stage.Text, plain.Clip(other.Text))
		case "configure", "healthy":
			name := r.magic(other.Text)
			if !slices.ContainsFunc(waits.Items, func(w *topology.Value) bool { return w.Text == name }) {
				waits.Items = append(waits.Items, text(other.At, name))
			}
		case "exit":
			r.Add(stage.At, "wait for its stage healthy", "node %q waits for the end of node %q, and no node ends while the lab is up", plain.Clip(n.key.Text), plain.Clip(other.Text))
		default:
			r.Add(stage.At, "the stages are create, create-links, configure, healthy and exit", "unknown stage %q", plain.Clip(stage.Text))
		}
	}
}

// stageLines reads the command lines of a stage, a list of commands or one for
// each phase, and returns those of entering the stage before those of leaving
// it.
func (r *reader) stageLines(stage string, v *topology.Value) []*topology.Value {
	if v == nil || v.Kind == topology.Null {
		return nil
	}
	of := make(map[string][]*topology.Value) // by phase
	add := func(phase string, line *topology.Value) {
		switch {
		case stage == "exit":
			r.warn(line.At, "", "a command of stage exit is left out: nodes do not end while the lab is up")
			return
		case stage != "configure":
			r.note("a command of stage %s runs when all nodes and links are there", stage)
		}
		of[phase] = append(of[phase], r.line(line)...)
	}
	if v.Kind == topology.Mapping {
		if !r.check(v, &phaseSection) {
			return nil
		}
		for i, k := range v.Keys {
			if _, known := phaseSection.keys[k.Text]; known && r.entries(k.Text, v.Items[i], topology.List) {
				for _, line := range v.Items[i].Items {
					add(k.Text, line)
				}
			}
		}
		return slices.Concat(of["on-enter"], of["on-exit"])
	}
	if v.Kind != topology.List {
		r.Add(v.At, "", "exec of a stage is a list, not %s", v.Kind)
		return nil
	}
	for _, item := range v.Items {
		if !r.check(item, &stageExecSection) {
			continue
		}
		command := item.Get("command")
		if command == nil || command.Kind != topology.Scalar {
			r.Add(item.At, "write command: with the command line", "a command of a stage without command")
			continue
		}
		target, phase := r.word(item, "target", "container", "host"), r.word(item, "phase", "on-enter", "on-exit")
		if target == "host" {
			r.Add(item.Get("target").At, "run it yourself", "command %q is for the machine itself, and a lab runs nothing there", plain.Clip(command.Text))
			continue
		}
		add(phase, command)
	}
	return slices.Concat(of["on-enter"], of["on-exit"])
}

// word returns the value of a key that is one of two words, the first by
// default.
func (r *reader) word(of *topology.Value, key, first, second string) string {
	switch v := of.Get(key); {
	case v == nil || v.Kind == topology.Null || v.Kind == topology.Scalar && v.Text == first:
	case v.Kind == topology.Scalar && v.Text == second:
		return second
	case v.Kind != topology.Scalar:
		r.Add(v.At, "", "%s is a single value, not %s", key, v.Kind)
	default:
		r.Add(v.At, "write "+first+" or "+second, "%s is %q", key, plain.Clip(v.Text))
	}
	return first
}
