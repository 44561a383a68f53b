package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

var sysctlResource = resource{
	objects: []object{{name: "sysctl", line: func(t *topology.Topology, node int, s *Step) int {
		return int(t.Nodes[node].SysctlPos(s.Name).Line)
	}}},
	stages: []stage{
		{name: "sysctl.namespace", plan: (*planner).sysctlsOfNamespace, needs: []need{
			{"namespace.create", "the settings are those of the namespace"},
			{"neighbour.prune", "where IPv6 goes off the kernel drops neighbours, which undoing would not bring back"},
		}},
		{name: "sysctl.link", plan: func(p *planner) { p.sysctls(ofLink) }, needs: []need{
			{"bridge.create", "the settings are there with the device"},
			{"link", "the settings are there with the link"},
			{"interface", "the settings are there with the interface"},
		}},
		{name: "sysctl.stacked", plan: func(p *planner) { p.sysctls(ofStacked) }, needs: []need{
			{"interface.stacked", "the settings are there with the interface"},
		}},
		{name: "sysctl.link-mtu", last: true, plan: func(p *planner) { p.sysctls(ofLinkMTU) }, needs: []need{
			{"bridge.mtu", "the IPv6 MTU of a device is its own again whenever that is set"},
		}},
	},
}

// wantedSysctls are the settings of a node in the order in which they are
// written: whether it forwards, unless the file says that itself, and the
// file's.
func wantedSysctls(n *topology.Node) []sysctl.Setting {
	implied := impliedOff
	if n.Kind.Forwards() {
		implied = impliedOn
	}
	if len(n.Sysctls) == 0 {
		return implied
	}
	var all []sysctl.Setting
	for _, i := range implied {
		if !slices.ContainsFunc(n.Sysctls, func(s sysctl.Setting) bool { return sameSetting(s.Key, i.Key) }) {
			all = append(all, i)
		}
	}
	return byReach(append(all, n.Sysctls...))
}

// byReach puts settings in an order in which none overwrites one before it:
// whether all forwards, what else is not of an interface, the defaults, and the
// interfaces'.
func byReach(all []sysctl.Setting) []sysctl.Setting {
	rank := func(s sysctl.Setting) int {
		switch {
		case sameSetting(s.Key, sysctl.IPForward) || s.Key == sysctl.IPv6Forwarding:
			return 0
		case live.OfInterface(s.Key) && isStableSecret(s.Key):
			return 3
		case live.OfInterface(s.Key):
			return 4
		case strings.Contains(s.Key, ".default."):
			return 2
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b sysctl.Setting) int { return rank(a) - rank(b) })
	return all
}

// impliedOn and impliedOff are the settings of a node that forwards, and of one
// that does not.
var impliedOn, impliedOff = impliedSysctls("1"), impliedSysctls("0")

func impliedSysctls(value string) []sysctl.Setting {
	all := make([]sysctl.Setting, len(live.ForwardingKeys))
	for i, k := range live.ForwardingKeys {
		all[i] = sysctl.Setting{Key: k, Value: value}
	}
	return all
}

// onlyImplied reports whether settings are no others than those that every node
// has.
func onlyImplied(all []sysctl.Setting) bool { return len(all) <= len(live.ForwardingKeys) }

func ofNamespace(_ *topology.Node, key string) bool { return !live.OfInterface(key) }

// ofLink, ofStacked and ofLinkMTU are the settings of interfaces: those that
// stay as they are written once the interface is there, which is later for one
// that is on another, and that which the kernel overwrites.
func ofLink(n *topology.Node, key string) bool {
	return live.OfInterface(key) && !isIPv6MTU(key) && !ofStacked(n, key)
}

func ofStacked(n *topology.Node, key string) bool {
	if !live.OfInterface(key) || isIPv6MTU(key) {
		return false
	}
	in := n.Interface(live.SettingInterface(key))
	return in != nil && in.Link != ""
}

func ofLinkMTU(_ *topology.Node, key string) bool { return live.OfInterface(key) && isIPv6MTU(key) }

// settings are those of a node to plan, in the order in which they are written:
// those that it should have, and those that it should have no more.
func (p *planner) settings(node int) []sysctl.Setting {
	wanted := wantedSysctls(&p.t.Nodes[node])
	dropped := p.droppedSysctls(node, wanted)
	inherited := p.inheritedSysctls(node, wanted, dropped)
	if len(dropped)+len(inherited) > 0 {
		wanted = byReach(slices.Concat(wanted, dropped, inherited))
	}
	if onlyImplied(wanted) {
		return wanted
	}
	return withinBounds(wanted, func(key string) string {
		have, _ := p.haveSetting(p.t.Nodes[node].Name, key)
		return have
	})
}

func (p *planner) sysctlsOfNamespace() {
	p.portsEnded()
	p.sysctls(ofNamespace)
}

// sysctls plans those settings that which is true of.
func (p *planner) sysctls(which func(n *topology.Node, key string) bool) {
	for i := range p.t.Nodes {
		all := p.settings(i)
		for _, want := range all {
			if which(&p.t.Nodes[i], want.Key) {
				p.setting(&p.t.Nodes[i], want, all)
			}
		}
	}
}

// setting plans one of all settings of a node.
func (p *planner) setting(n *topology.Node, want sysctl.Setting, all []sysctl.Setting) {
	if p.planned[nodeSetting{n.Name, want.Key}] {
		return
	}
	have, known := p.haveSetting(n.Name, want.Key)
	reset := p.reset[nodeSetting{n.Name, want.Key}]
	if have == want.Value && !reset || known && have == "" && !mayBeEmpty(want.Key) && !slices.Contains(n.Sysctls, want) {
		return // as it is, or a kernel without IPv6
	}
	if reading, ok := p.w.Readings[want]; ok && have == reading && !reset {
		return // as it reads once it is written
	}
	if isCommand(want.Key) && p.wasSaid(n, want) {
		return // done already
	}
	s := Step{Verb: Update, Object: "sysctl", Node: n.Name, Name: want.Key, Old: have, New: want.Value}
	if p.linkLocalSetting(&s, n, have, want) {
		p.add(s)
		p.resets(n.Name, want.Key, all)
		return
	}
	s.op(n.Name, p.set(n.Name, want))
	if (have != "" || known && mayBeEmpty(want.Key)) && !p.made[n.Name] {
		s.undoOp(n.Name, &engine.SysctlSet{Key: want.Key, Value: have})
		was := p.undoOverwritten(&s, want.Key, have)
		p.undoGenModes(&s, want.Key)
		p.keepByHand(&s, want, have, was, all)
	}
	if strings.HasSuffix(want.Key, live.DisableIPv6) {
		if p.planned == nil {
			p.planned = make(map[nodeSetting]bool)
		}
		p.planned[nodeSetting{n.Name, want.Key}] = true
		if want.Value != "0" && !strings.Contains(want.Key, ".default.") && !p.made[n.Name] {
			p.losesIPv6(&s, want)
		}
		if want.Value == "0" {
			p.gainsIPv6(n.Name, want.Key)
		}
	}
	if !onlyImplied(all) { // which do not overwrite each other
		p.resets(n.Name, want.Key, all)
	}
	p.add(s)
	p.genModesFollow(n, want)
}

// haveSetting is what a node has of a setting, and whether that is known.
func (p *planner) haveSetting(node, key string) (string, bool) {
	n := p.w.Nodes[node]
	if isGenMode(key) {
		if l := n.Links[sysctl.Interface(key)]; l != nil {
			if mode, ok := l.AddrGenMode(); ok {
				return fmt.Sprint(mode), true
			}
		}
	}
	have, known := n.Sysctls[key]
	return have, known
}

// isCommand reports whether writing a setting does something, and leaves
// nothing that could be read.
func isCommand(key string) bool {
	return key == "net.ipv4.route.flush" || key == "net.ipv6.route.flush"
}

// wasSaid reports whether all earlier files said a setting of a node that is
// there.
func (p *planner) wasSaid(n *topology.Node, s sysctl.Setting) bool {
	if len(p.old) == 0 || p.made[n.Name] || p.interrupted {
		return false
	}
	return !slices.ContainsFunc(p.old, func(t *topology.Topology) bool {
		o := t.Node(n.Name)
		return o == nil || !slices.Contains(o.Sysctls, s)
	})
}

// droppedSysctls are settings that an earlier file made in a node and this one,
// which wants others, does not: they become what they are in a new namespace,
// or of a new interface in it.
func (p *planner) droppedSysctls(node int, wanted []sysctl.Setting) []sysctl.Setting {
	earlier := slices.Concat(p.saidSysctls(p.t.Nodes[node].Name)...)
	if len(earlier) == 0 {
		return nil
	}
	// To prune, thousands of settings are compared.
	names, keys := make(map[string]bool, len(wanted)), make(map[string]bool, len(wanted))
	nameOf := sysctl.FirstName
	if p.opts.Prune {
		nameOf = inUnits
	}
	note := func(s sysctl.Setting) { names[nameOf(s.Key)], keys[s.Key] = true, true }
	for _, s := range wanted {
		note(s)
	}
	var dropped []sysctl.Setting
	for _, c := range earlier {
		if names[nameOf(c.Key)] {
			continue
		}
		key := resetBy(c.Key)
		if isStableSecret(c.Key) && !live.OfInterface(key) || key != c.Key && keys[key] {
			continue
		}
		value := p.freshSetting(key, wanted)
		if live.OfInterface(key) {
			value = p.freshOfInterface(node, key, wanted)
		}
		if value != "" || mayBeEmpty(key) {
			d := sysctl.Setting{Key: key, Value: value}
			note(d)
			dropped = append(dropped, d)
		}
	}
	return dropped
}

// inUnits is the name of a setting without the unit of one of those that are
// there in two.
func inUnits(key string) string {
	return strings.TrimSuffix(strings.TrimSuffix(sysctl.FirstName(key), "_ms"), "_bytes")
}

// saidSysctls are the settings that earlier files made in a node; to prune, it
// is as if they had made all.
func (p *planner) saidSysctls(name string) (all [][]sysctl.Setting) {
	for _, t := range p.old {
		if old := t.Node(name); old != nil {
			all = append(all, old.Sysctls)
		}
	}
	if n := p.w.Nodes[name]; p.opts.Prune && n.Rest != nil {
		var have []sysctl.Setting
		for _, key := range slices.Sorted(maps.Keys(n.Sysctls)) {
			if !p.isPortsIPv6(name, key) {
				have = append(have, sysctl.Setting{Key: key, Value: n.Sysctls[key]})
			}
		}
		all = append(all, have)
	}
	return all
}

// resetBy is the setting that takes back what one has done: a secret cannot be
// unset, packets are counted as bytes (proc_unres_qlen in
// net/core/neighbour.c), and half a second reads as none.
func resetBy(key string) string {
	switch {
	case isStableSecret(key):
		return genModeBeside(key)
	case strings.HasSuffix(key, ".unres_qlen"):
		return key + "_bytes"
	case key == "net.ipv6.route.gc_min_interval":
		return key + "_ms"
	}
	return key
}

// freshOfInterface is what a setting of an interface is on a new one, "" where
// nothing is to be set: for one that the plan makes or removes, and where it is
// not known.
func (p *planner) freshOfInterface(node int, key string, wanted []sysctl.Setting) string {
	iface := sysctl.Interface(key)
	n := p.w.Nodes[p.t.Nodes[node].Name]
	l := n.Links[iface]
	if l == nil || l.IsNew || iface != "lo" && !p.t.HasInterface(node, iface) {
		return ""
	}
	switch {
	case isGenMode(key):
		return p.freshGenMode(node, l)
	case isStableSecret(key):
		return p.defaultSecret(node) // "" for none: it cannot be unset
	case n.Sysctls[key] == "":
		return ""
	case isIPv6MTU(key): // begins with the interface's
		return strconv.FormatUint(uint64(cmp.Or(l.MTU, live.DefaultMTU)), 10)
	case strings.HasSuffix(key, ".accept_dad") && ownKind(l) != nil && l.Flags&unix.IFF_NOARP != 0:
		return "-1" // of dummies, VRFs and what is on them (ipv6_add_dev in net/ipv6/addrconf.c)
	}
	return p.freshSetting(key, wanted)
}

// freshSetting is what a setting that the file does not speak of has in a new
// namespace once the wanted ones are written, "" where that is not known.
func (p *planner) freshSetting(key string, wanted []sysctl.Setting) string {
	first := p.fresh[live.FreshKey(key)]
	if first == "" {
		return ""
	}
	begins, value := key, first
	if live.OfInterface(key) && !strings.Contains(key, ".lo.") { // which is there before
		begins = live.OfAll(key, "default")
	}
	for _, w := range wanted {
		switch {
		case p.fresh[w.Key] == w.Value && value == first:
			// It is not written.
		case key == redirectsOfAll && overwrites(w.Key, key):
			value = "1"
			if w.Value != "0" {
				value = "0"
			}
		case isStableSecret(w.Key) && overwrites(w.Key, begins):
			value = stablePrivacy
		case w.Key == begins || overwrites(w.Key, key) || overwrites(w.Key, begins):
			value = w.Value
		}
	}
	return value
}

// redirectsOfAll is the contrary of sysctl.IPv4Forwarding once that is changed.
const redirectsOfAll = "net.ipv4.conf.all.accept_redirects"

// sameSetting reports whether two keys are of one setting.
func sameSetting(a, b string) bool { return sysctl.FirstName(a) == sysctl.FirstName(b) }
