package view

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/topology"
)

// Seen returns, by the key of the lab file, what programs in a node see from
// their start on besides binds and tmpfs: if any of it changes, those that run
// have to be started again to see it. It has no entry for a key that the node
// does not have.
func (v *View) Seen(node int) map[string][]string {
	n := &v.t.Nodes[node]
	seen := make(map[string][]string)
	if len(n.EnvFiles) > 0 {
		seen["env-files"] = v.sources.environ(n)
	}
	for key, text := range map[string]string{"user": n.User, "working_dir": n.WorkingDir, "hostname": n.Hostname} {
		if text != "" {
			seen[key] = []string{text}
		}
	}
	files := slices.SortedFunc(slices.Values(n.Files), func(a, b topology.File) int { return strings.Compare(a.Target, b.Target) })
	for _, f := range files {
		// However the content comes about.
		content, err := v.sources.contentOf(&f, v.lab, node)
		if err != nil {
			content = err.Error()
		}
		seen["files"] = append(seen["files"], f.Target, content, strconv.FormatUint(uint64(f.Mode), 8), f.Owner)
	}
	return seen
}

// A Change is a difference between the binds and tmpfs that programs in a node
// saw and those that programs see that are started from now on. Programs that
// run keep what they have.
type Change struct {
	// Node is the node's name.
	Node string
	// Mounts are those that are new, gone or different, in words.
	Mounts []string
}

// Changes returns the differences between two topologies of a lab with their
// sources, for the nodes that are in both, in the order of the second.
func Changes(was *topology.Topology, wasSources *Sources, is *topology.Topology, sources *Sources) []Change {
	var all []Change
	for i := range is.Nodes {
		n := &is.Nodes[i]
		old := was.Node(n.Name)
		if old == nil || !old.HasMounts() && !n.HasMounts() {
			continue
		}
		if old.HasMounts() && wasSources == nil {
			continue // the lab has lost them, and nobody can tell
		}
		if words := mountChanges(mountsOf(old, wasSources), mountsOf(n, sources)); words != nil {
			all = append(all, Change{n.Name, words})
		}
	}
	return all
}

// mountChanges compares the binds and tmpfs of two lists of mounts.
func mountChanges(old, now []mount) (words []string) {
	isOfFile := func(m mount) bool { return m.kind == isFile }
	old, now = slices.DeleteFunc(old, isOfFile), slices.DeleteFunc(now, isOfFile)
	same := func(all []mount, target string) *mount {
		if i := slices.IndexFunc(all, func(m mount) bool { return m.target == target }); i >= 0 {
			return &all[i]
		}
		return nil
	}
	for i := range now {
		switch was := same(old, now[i].target); {
		case was == nil:
			words = append(words, now[i].words()+" is new")
		case *was != now[i]:
			words = append(words, now[i].words()+" has changed")
		}
	}
	for i := range old {
		if same(now, old[i].target) == nil {
			words = append(words, old[i].words()+" is gone")
		}
	}
	return words
}
