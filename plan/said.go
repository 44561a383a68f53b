package plan

import (
	"slices"

	"github.com/nslab/nslab/topology"
)

// What earlier files said of links: that is reset where the file says it no
// more, and what none has said is left alone.

// oldEndpoint reports whether an earlier file asked for an end of a link.
func (p *planner) oldEndpoint(node, name string) bool {
	return slices.ContainsFunc(p.old, func(t *topology.Topology) bool {
		i := t.NodeIndex(node)
		if i < 0 {
			return false
		}
		e, _ := t.Endpoint(i, name)
		return e != nil
	})
}

// oldBridge reports whether an earlier file asked for a bridge.
func (p *planner) oldBridge(node, name string) bool {
	return slices.ContainsFunc(p.old, func(t *topology.Topology) bool {
		n := t.Node(node)
		return n != nil && slices.ContainsFunc(n.Bridges, func(b topology.Bridge) bool { return b.Name == name })
	})
}

// hadMTU reports whether an earlier file gave an interface an MTU.
func (p *planner) hadMTU(node, iface string) bool {
	for _, t := range p.old {
		if i := t.NodeIndex(node); i >= 0 {
			if _, l := t.Endpoint(i, iface); l != nil && l.MTU != 0 {
				return true
			}
			if in := t.Nodes[i].Interface(iface); in != nil && in.MTU != 0 {
				return true
			}
		}
	}
	return false
}

// hadMaster reports whether by an earlier file an interface was a port.
func (p *planner) hadMaster(node, iface string) bool {
	return slices.ContainsFunc(p.old, func(t *topology.Topology) bool {
		i := t.NodeIndex(node)
		if i < 0 {
			return false
		}
		e, _ := t.Endpoint(i, iface)
		return e != nil && e.Bridge != ""
	})
}
