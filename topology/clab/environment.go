package clab

import (
	"regexp"
	"strings"

	"github.com/nslab/nslab/topology"
)

// environment reads the variables of a node's programs.
func (r *reader) environment(n *node) {
	out := mapping(n.key.At)
	env := n.settings("env")
	for i, k := range env.Keys {
		if k.Text == "__IMPORT_ENVS" {
			continue // programs have nslab's
		}
		put(out, k, text(env.Items[i].At, r.magic(env.Items[i].Text)))
	}
	labels := n.settings("labels")
	for i, k := range labels.Keys {
		name := "CLAB_LABEL_" + envKey(k.Text)
		if out.Get(name) == nil {
			put(out, text(k.At, name), text(labels.Items[i].At, r.magic(labels.Items[i].Text)))
		}
	}
	if len(out.Keys) > 0 {
		n.out.Set("env", out)
	}
	files := &topology.Value{Kind: topology.List, At: n.key.At}
	for _, v := range n.items("env-files") {
		files.Items = append(files.Items, text(v.At, r.magic(v.Text)))
	}
	if len(files.Items) > 0 {
		n.out.Set("env-files", files)
	}
	if v := n.one("user"); v != nil {
		n.out.Set("user", text(v.At, r.magic(v.Text)))
	}
}

var notInEnv = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// envKey is the name of a variable for a label, as containerlab has it.
func envKey(label string) string {
	label = strings.NewReplacer("-", "_", "+", "_", ".", "_", "/", "_").Replace(label)
	return strings.ToUpper(notInEnv.ReplaceAllString(label, ""))
}
