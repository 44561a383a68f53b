package lab

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/engine"
)

// wantedSysctls are the settings of a node in order: whether it forwards, unless
// the file says that itself, and the file's.
func wantedSysctls(n *Node) []Sysctl {
	implied := impliedOff
	if n.Kind == Router {
		implied = impliedOn
	}
	if len(n.Sysctls) == 0 {
		return implied
	}
	var all []Sysctl
	for _, i := range implied {
		if !slices.ContainsFunc(n.Sysctls, func(s Sysctl) bool { return sameSetting(s.Key, i.Key) }) {
			all = append(all, i)
		}
	}
	return append(all, n.Sysctls...)
}

// impliedOn and impliedOff are the settings of a node that forwards, and of one
// that does not.
var impliedOn, impliedOff = impliedSysctls("1"), impliedSysctls("0")

func impliedSysctls(value string) []Sysctl {
	all := make([]Sysctl, len(forwardingKeys))
	for i, k := range forwardingKeys {
		all[i] = Sysctl{k, value}
	}
	return all
}

// ofInterface reports whether a setting is that of one interface, which must be
// there first.
func ofInterface(key string) bool {
	if strings.Count(key, ".") < 4 {
		return false
	}
	k := strings.Split(key, ".")
	return (k[2] == "conf" || k[2] == "neigh") && k[3] != "all" && k[3] != "default"
}

func ofNamespace(key string) bool { return !ofInterface(key) }

// sysctls plans those settings that which is true of.
func (p *planner) sysctls(which func(key string) bool) {
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		wanted := wantedSysctls(n)
		implied := len(wanted) - len(n.Sysctls)
		if dropped := p.droppedSysctls(i, wanted); len(dropped) > 0 {
			wanted = slices.Concat(wanted, dropped)
		}
		for k, want := range wanted {
			if !which(want.Key) {
				continue
			}
			have, known := p.w.nodes[n.Name].sysctls[want.Key]
			reset := p.reset[nodeSetting{n.Name, want.Key}]
			if have == want.Value && !reset || k < implied && known && have == "" {
				continue // as it is, or a kernel without IPv6
			}
			if reading, ok := p.w.readings[want]; ok && have == reading && !reset {
				continue // as it reads once it is written
			}
			s := Step{Verb: Update, Object: "sysctl", Node: n.Name, Name: want.Key, Old: have, New: want.Value}
			s.op(n.Name, &engine.SysctlSet{Key: want.Key, Value: want.Value})
			if have != "" && !p.made[n.Name] {
				s.undoOp(n.Name, &engine.SysctlSet{Key: want.Key, Value: have})
				p.resets(&s, want.Key)
			}
			p.add(s)
		}
	}
}

// droppedSysctls are settings that an earlier file made in a node and this one,
// which wants others, does not: they become what they are in a new namespace, or
// of a new interface in it.
func (p *planner) droppedSysctls(node int, wanted []Sysctl) []Sysctl {
	var dropped []Sysctl
	name := p.t.Nodes[node].Name
	for _, t := range p.old {
		old := t.Node(name)
		if old == nil {
			continue
		}
		for _, c := range old.Sysctls {
			same := func(s Sysctl) bool { return sameSetting(s.Key, c.Key) }
			if slices.ContainsFunc(wanted, same) || slices.ContainsFunc(dropped, same) {
				continue
			}
			value := p.fresh[c.Key]
			if ofInterface(c.Key) {
				value = p.freshOfInterface(node, c.Key, wanted)
			}
			if value != "" {
				dropped = append(dropped, Sysctl{c.Key, value})
			}
		}
	}
	return dropped
}

// freshOfInterface is what a setting of an interface is on a new one, "" where
// nothing is to be set: for one that the plan makes or removes, and where it is not
// known.
func (p *planner) freshOfInterface(node int, key string, wanted []Sysctl) string {
	iface := strings.ReplaceAll(strings.Split(key, ".")[3], "/", ".")
	n := p.w.nodes[p.t.Nodes[node].Name]
	isLo := iface == "lo"
	if n.sysctls[key] == "" || !isLo && !p.t.hasIface(node, iface) {
		return ""
	}
	switch key[strings.LastIndexByte(key, '.')+1:] {
	case "mtu": // of IPv6, which begins with the interface's
		if l := n.links[iface]; l != nil && l.MTU != 0 {
			return strconv.FormatUint(uint64(l.MTU), 10)
		}
		return ""
	case "addr_gen_mode", "stable_secret":
		return "" // the first is planned with the link; the second cannot be unset
	}
	// A new interface begins with the default of its namespace, which the file may
	// set, or change by setting all: it counts what it sets last. The loopback is
	// there before; IPv4's default, too, is passed on to what has not been set.
	all, byDefault := ofAll(key, "all"), ofAll(key, "default")
	value := p.fresh[freshKey(key)]
	for _, w := range wanted {
		switch {
		case w.Key == byDefault && (!isLo || strings.HasPrefix(key, "net.ipv4.")),
			setsDefault(all) && sameSetting(w.Key, all):
			value = w.Value
		}
	}
	return value
}

// freshKey is the setting that tells, in a new namespace, what one of an interface
// begins with: its default, and for neighbours, whose default is the machine's,
// that of the loopback.
func freshKey(key string) string {
	switch {
	case !ofInterface(key) || strings.Contains(key, ".lo."):
		return key
	case strings.Contains(key, ".neigh."):
		return ofAll(key, "lo")
	}
	return ofAll(key, "default")
}

// forwardingOfAll is another name of forwardingKeys[0].
const forwardingOfAll = "net.ipv4.conf.all.forwarding"

// sameSetting reports whether two keys are of one setting.
func sameSetting(a, b string) bool {
	if a == forwardingOfAll {
		a = forwardingKeys[0]
	}
	if b == forwardingOfAll {
		b = forwardingKeys[0]
	}
	return a == b
}

// setsDefault reports whether setting all sets the default too (inet_forward_change
// in net/ipv4/devinet.c; addrconf_fixup_forwarding, addrconf_fixup_linkdown and
// addrconf_disable_ipv6 in net/ipv6/addrconf.c).
func setsDefault(all string) bool {
	switch all {
	case forwardingOfAll, forwardingKeys[1], "net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.all.ignore_routes_with_linkdown":
		return true
	}
	return false
}

// ofAll is a setting of an interface as that of another, or of all or the default.
func ofAll(key, all string) string {
	parts := strings.Split(key, ".")
	parts[3] = all
	return strings.Join(parts, ".")
}

// hasIface reports whether a node has an interface of that name by the file, of
// which a part may lack the link.
func (t *Topology) hasIface(node int, name string) bool {
	if t.whole != nil {
		return t.whole.hasIface(t.whole.NodeIndex(t.Nodes[node].Name), name)
	}
	if end, _ := t.endpoint(node, name); end != nil {
		return true
	}
	return slices.ContainsFunc(t.Nodes[node].Bridges, func(b Bridge) bool { return b.Name == name })
}
