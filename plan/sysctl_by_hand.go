package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/sysctl"
)

// Writing some settings of all interfaces gives each interface the same value,
// also one that somebody gave another: the file never spoke of it, and it is
// put back. Where it is the value that all have now, it can no longer be told
// from the others', so the plan says which these are, for the plans after it.

// ByHand are values of settings of interfaces that somebody had given them
// before all got the same, by node and key.
type ByHand map[string]map[string]string

func (h ByHand) clone() ByHand {
	all := make(ByHand, len(h))
	for node, values := range h {
		all[node] = maps.Clone(values)
	}
	return all
}

// keepByHand puts back what somebody gave interfaces and a step overwrites,
// which writes a setting of all that was have. Was is what it overwrites, and
// all are the settings that are planned.
func (p *planner) keepByHand(s *Step, want sysctl.Setting, have string, was map[string]string, all []sysctl.Setting) {
	if p.opts.Prune || have == "" || !keepsOwn(want.Key) {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(was)) {
		earlier, known := p.byHandNow[s.Node][key]
		value := was[key]
		own := value != have || known && value == earlier
		delete(p.byHandNow[s.Node], key)
		switch {
		case value == "" || !own || slices.ContainsFunc(all, func(o sysctl.Setting) bool { return o.Key == key }):
		case value != want.Value:
			s.op(s.Node, &engine.SysctlSet{Key: key, Value: value})
		default:
			p.noteByHand(s.Node, key, value)
		}
	}
}

// keepsOwn reports whether a setting of all is one of which interfaces keep
// what somebody gave them. Whether they have IPv6 at all follows that of all:
// their addresses come and go with it.
func keepsOwn(key string) bool {
	key = sysctl.FirstName(key)
	return key == sysctl.IPForward || setsAll(key) && !isGenMode(key) && !strings.HasSuffix(key, ".disable_ipv6")
}

func (p *planner) noteByHand(node, key, value string) {
	if p.byHandNow[node] == nil {
		p.byHandNow[node] = make(map[string]string)
	}
	p.byHandNow[node][key] = value
}

// stillByHand are the values that the next plan has to know: not those of nodes
// or interfaces that are made or gone.
func (p *planner) stillByHand() ByHand {
	for node, values := range p.byHandNow {
		if n := p.w.Nodes[node]; n != nil {
			maps.DeleteFunc(values, func(key, _ string) bool {
				iface := sysctl.Interface(key)
				l := n.Links[iface]
				return iface != "" && (l == nil || l.IsNew)
			})
		}
		if p.made[node] || p.t.Whole().NodeIndex(node) < 0 || p.opts.Prune || len(values) == 0 {
			delete(p.byHandNow, node)
		}
	}
	return p.byHandNow
}
