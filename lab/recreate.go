package lab

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/nslab/nslab/topology"
)

// checkPatterns returns an error for a pattern that is bad, or that no node
// matches.
func checkPatterns(t *topology.Topology, patterns []string) error {
	for _, pattern := range patterns {
		if err := topology.CheckPattern(pattern); err != nil {
			return err
		}
		if !slices.ContainsFunc(t.Nodes, func(n topology.Node) bool { ok, _ := path.Match(pattern, n.Name); return ok }) {
			return fmt.Errorf("%w: the file of lab %q has no node that matches %q; it has %s", ErrNoNode, t.Name, pattern, nodesListed(t))
		}
	}
	return nil
}

// nodesListed names the nodes, for an error.
func nodesListed(t *topology.Topology) string {
	names := make([]string, 0, maxNodes)
	for i := range t.Nodes {
		if i == maxNodes {
			return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), len(t.Nodes)-i)
		}
		names = append(names, t.Nodes[i].Name)
	}
	return strings.Join(names, ", ")
}
