package plan

import (
	"slices"

	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
)

// Settings returns the settings that topologies mention, by node, and those of
// interfaces that follow a default that differs between them.
func Settings(ts ...*topology.Topology) map[string][]string {
	keys := make(map[string][]string)
	add := func(node, key string) {
		if !slices.Contains(keys[node], key) {
			keys[node] = append(keys[node], key)
		}
	}
	for _, t := range ts {
		for i := range t.Nodes {
			n := &t.Nodes[i]
			for _, c := range n.Sysctls {
				add(n.Name, c.Key)
				add(n.Name, resetBy(c.Key))
			}
			if !slices.ContainsFunc(n.Sysctls, func(c sysctl.Setting) bool { return isDefault(c.Key) }) {
				continue
			}
			for _, byDefault := range changedDefaults(n.Name, ts) {
				for _, key := range heirs(t, n.Name, byDefault) {
					add(n.Name, key)
				}
			}
		}
	}
	return keys
}
