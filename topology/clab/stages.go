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

// stageLines reads the command lines of a stage: a list of commands, or one for
// each phase.
func (r *reader) stageLines(stage string, v *topology.Value) (all []*topology.Value) {
	if v == nil || v.Kind == topology.Null {
		return nil
	}
	add := func(line *topology.Value) {
		switch {
		case stage == "exit":
			r.warn(line.At, "", "a command of stage exit is left out: nodes do not end while the lab is up")
			return
		case stage != "configure":
			r.note("a command of stage %s runs when all nodes and links are there", stage)
		}
		all = append(all, r.line(line)...)
	}
	if v.Kind == topology.Mapping {
		if !r.check(v, &phaseSection) {
			return nil
		}
		for i, k := range v.Keys {
			if _, known := phaseSection.keys[k.Text]; known && r.entries(k.Text, v.Items[i], topology.List) {
				for _, line := range v.Items[i].Items {
					add(line)
				}
			}
		}
		return all
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
		if target := item.Get("target"); target != nil && target.Text == "host" {
			r.Add(target.At, "run it yourself", "command %q is for the machine itself, and a lab runs nothing there", plain.Clip(command.Text))
			continue
		}
		add(command)
	}
	return all
}
