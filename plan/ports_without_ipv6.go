package plan

import (
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
)

// A port of a bridge needs no IPv6 of its own, and each one that has it makes
// the next ones cost the kernel more, since their routes are in one list
// (fib6_add_rt2node in net/ipv6/ip6_fib.c). So in nodes that have many ports
// and nothing else that may need IPv6, ports are made without it: in a new
// namespace by its settings for new interfaces, which are reset once the ports
// are there. Plans leave ports that are there as they are.

// manyPorts is how many ports make up for writing the settings.
const manyPorts = 32

// withoutIPv6 returns the nodes of a topology in which ports are made without
// IPv6.
func withoutIPv6(t *topology.Topology) map[string]bool {
	ports := make([]int, len(t.Nodes))
	for i := range t.Links {
		for e := range t.Links[i].Ends {
			if end := &t.Links[i].Ends[e]; !isQuietPort(end) {
				ports[end.Node] = -2 * len(t.Links) // too few, whatever comes
			} else {
				ports[end.Node]++
			}
		}
	}
	nodes := make(map[string]bool)
	for i, n := range ports {
		if n >= manyPorts && onlyPorts(&t.Nodes[i]) {
			nodes[t.Nodes[i].Name] = true
		}
	}
	return nodes
}

// isQuietPort reports whether an end of a link is a port without IPv6.
func isQuietPort(e *topology.Endpoint) bool { return e.Bridge != "" && e.IPv6 == topology.IPv6Off }

// onlyPorts reports whether a node has one bridge without IPv6, and apart from
// ports nothing that may need IPv6.
func onlyPorts(n *topology.Node) bool {
	return len(n.Bridges) == 1 && n.Bridges[0].IPv6 == topology.IPv6Off && len(n.Interfaces) == 0 &&
		!slices.ContainsFunc(n.Sysctls, func(s sysctl.Setting) bool { return strings.HasPrefix(s.Key, "net.ipv6.") })
}

// turnOffIPv6 is for a port that comes to a namespace that is there.
func (e *vethEnd) turnOffIPv6() []engine.Op {
	if !e.noIPv6 {
		return nil
	}
	return []engine.Op{{NetNS: e.node, Action: &engine.SysctlSet{Key: disableIPv6(e.name), Value: "1"}}}
}

// portsBegin are the operations after which new interfaces of a node begin as
// its ports are to be: without IPv6, and without generating link-local
// addresses, which saves a message per port (since Linux 5.0: ipv6_add_dev in
// net/ipv6/addrconf.c). They can be done as soon as the namespace is there.
func (p *planner) portsBegin(node string) (ops []engine.Op) {
	if !p.withoutIPv6[node] {
		return nil
	}
	for _, key := range live.DefaultIPv6 {
		ops = append(ops, engine.Op{NetNS: node, Action: &engine.SysctlSet{Key: key, Value: "1"}})
	}
	return ops
}

// portsEnd are the operations after which new interfaces of a node, and its
// bridge, have IPv6 again.
func (p *planner) portsEnd(node, bridge string) (ops []engine.Op) {
	if !p.withoutIPv6[node] || !p.made[node] {
		return nil
	}
	for _, key := range append(slices.Clone(live.DefaultIPv6), disableIPv6(bridge)) {
		ops = append(ops, engine.Op{NetNS: node, Action: &engine.SysctlSet{Key: key, Value: "0"}})
	}
	return ops
}

func disableIPv6(iface string) string {
	return "net.ipv6.conf." + sysctl.Part(iface) + live.DisableIPv6
}

// portsEnded plans portsEnd for nodes of an interrupted run that had not come
// to it.
func (p *planner) portsEnded() {
	if !p.interrupted || !p.ipv6ByDefault || p.w.More == nil {
		return
	}
	nodes := make(map[string]bool)
	for _, t := range p.old {
		for node := range withoutIPv6(t) {
			nodes[node] = true
		}
	}
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		if !nodes[n.Name] || p.made[n.Name] {
			continue
		}
		keys := slices.Clone(live.DefaultIPv6)
		for _, b := range n.Bridges {
			if p.w.Nodes[n.Name].Links[b.Name] != nil {
				keys = append(keys, disableIPv6(b.Name))
			}
		}
		keys = slices.DeleteFunc(keys, func(key string) bool { return p.saysOf(n, key) })
		p.toZero(n.Name, keys)
	}
}

// saysOf reports whether the file says something of a setting of a node.
func (p *planner) saysOf(n *topology.Node, key string) bool {
	return slices.ContainsFunc(n.Sysctls, func(s sysctl.Setting) bool {
		return s.Key == key || overwrites(s.Key, key)
	})
}

// portNoMore gives an end of a link IPv6 back that it may lack as a port: by
// the file it is none any more, or one with IPv6.
func (p *planner) portNoMore(node string, end *topology.Endpoint) {
	if isQuietPort(end) || p.noIPv6 || p.w.More == nil {
		return
	}
	was := slices.ContainsFunc(p.old, func(t *topology.Topology) bool {
		i := t.NodeIndex(node)
		if i < 0 {
			return false
		}
		e, _ := t.Endpoint(i, end.Iface)
		return e != nil && isQuietPort(e)
	})
	if key := disableIPv6(end.Iface); was && !p.saysOf(p.t.Node(node), key) {
		p.toZero(node, []string{key})
	}
}

// isPortsIPv6 reports whether a setting turns IPv6 on or off at a port that is to
// have none.
func (p *planner) isPortsIPv6(node, key string) bool {
	if !strings.HasSuffix(key, live.DisableIPv6) {
		return false
	}
	t := p.t.Whole()
	i := t.NodeIndex(node)
	if i < 0 {
		return false
	}
	e, _ := t.Endpoint(i, live.SettingInterface(key))
	return e != nil && isQuietPort(e)
}

// toZero plans settings to be 0 that are there and are not.
func (p *planner) toZero(node string, keys []string) {
	have, err := p.w.More.Values(node, keys)
	if err != nil {
		p.errs = append(p.errs, err)
		return
	}
	for i, key := range keys {
		if have[i] == "" || have[i] == "0" {
			continue
		}
		s := Step{Verb: Update, Object: "sysctl", Node: node, Name: key, Old: have[i], New: "0"}
		s.op(node, &engine.SysctlSet{Key: key, Value: "0"})
		s.undoOp(node, &engine.SysctlSet{Key: key, Value: have[i]})
		p.add(s)
	}
}
