package plan

import (
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
)

// A new interface begins with the defaults of its namespace. So that a lab that
// is changed is as one made anew, those that are there follow defaults that
// change.

// changedDefaults are the settings of a node for its new interfaces whose
// effect is not the same by all of some topologies.
func changedDefaults(node string, ts []*topology.Topology) []string {
	var nodes []*topology.Node
	for _, t := range ts {
		if n := t.Node(node); n != nil {
			nodes = append(nodes, n)
		}
	}
	var keys []string
	for _, n := range nodes {
		for _, s := range n.Sysctls {
			if !isDefault(s.Key) || slices.Contains(keys, s.Key) {
				continue
			}
			// Writing some for all reaches both.
			all := live.OfAll(s.Key, "all")
			if wantedDiffers(nodes, s.Key) || setsAll(all) && wantedDiffers(nodes, all) {
				keys = append(keys, s.Key)
			}
		}
	}
	return keys
}

func isDefault(key string) bool {
	return strings.HasPrefix(key, "net.ipv4.conf.default.") || strings.HasPrefix(key, "net.ipv6.conf.default.")
}

// wantedDiffers reports whether a node is to have a setting otherwise by one
// topology than by another.
func wantedDiffers(nodes []*topology.Node, key string) bool {
	value := func(n *topology.Node) string {
		for _, s := range wantedSysctls(n) {
			if sameSetting(s.Key, key) {
				return s.Value
			}
		}
		return ""
	}
	return slices.ContainsFunc(nodes, func(n *topology.Node) bool { return value(n) != value(nodes[0]) })
}

// heirs are the settings of the interfaces of a node that follow a default: lo
// only where the kernel has it follow too.
func heirs(t *topology.Topology, node string, byDefault string) []string {
	var keys []string
	if i := t.Whole().NodeIndex(node); i >= 0 {
		for _, name := range t.Whole().Interfaces(i) {
			keys = append(keys, live.OfAll(byDefault, sysctl.Part(name)))
		}
	}
	lo := live.OfAll(byDefault, "lo")
	if isStableSecret(lo) {
		lo = genModeBeside(lo)
	}
	if overwrites(byDefault, lo) {
		keys = append(keys, lo)
	}
	return keys
}

// inheritedSysctls are the settings of a node's interfaces that the file does
// not speak of, where what they follow changes.
func (p *planner) inheritedSysctls(node int, wanted, dropped []sysctl.Setting) []sysctl.Setting {
	name := p.t.Nodes[node].Name
	says := func(t *topology.Topology) bool { n := t.Node(name); return n != nil && len(n.Sysctls) > 0 }
	if len(p.old) == 0 || p.made[name] || !says(p.t) && !slices.ContainsFunc(p.old, says) {
		return nil // new, or no file has said anything of it
	}
	var all []sysctl.Setting
	for _, byDefault := range changedDefaults(name, append(slices.Clip(p.old), p.t)) {
		for _, key := range heirs(p.t, name, byDefault) {
			if isStableSecret(key) && p.defaultSecret(node) == "" {
				key = resetBy(key)
			}
			is := func(s sysctl.Setting) bool { return s.Key == key }
			if slices.ContainsFunc(wanted, is) || slices.ContainsFunc(dropped, is) {
				continue
			}
			if value := p.freshOfInterface(node, key, wanted); value != "" {
				all = append(all, sysctl.Setting{Key: key, Value: value})
			}
		}
	}
	return all
}
