package lab

import (
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
)

// addrGenMode is the last part of the settings that say how interfaces make their
// link-local addresses.
const addrGenMode = ".addr_gen_mode"

// linkLocalModes are those by which an interface makes one (IN6_ADDR_GEN_MODE_EUI64,
// _STABLE_PRIVACY and _RANDOM).
var linkLocalModes = []string{"0", "2", "3"}

// freshGenMode is the mode of a new interface, "" where it is planned with the link:
// from none and to none.
func (p *planner) freshGenMode(node int, iface, key string, wanted []Sysctl) string {
	have := p.w.nodes[p.t.Nodes[node].Name].sysctls[key]
	if iface == "lo" || !slices.Contains(linkLocalModes, have) || p.t.ipv6Of(node, iface) == IPv6Off {
		return ""
	}
	return p.freshSetting(key, wanted)
}

// ipv6Of is the mode of an interface by the file.
func (t *Topology) ipv6Of(node int, iface string) IPv6Mode {
	if t.whole != nil {
		return t.whole.ipv6Of(t.whole.NodeIndex(t.Nodes[node].Name), iface)
	}
	if end, _ := t.endpoint(node, iface); end != nil {
		return end.IPv6
	}
	for _, b := range t.Nodes[node].Bridges {
		if b.Name == iface {
			return b.IPv6
		}
	}
	return IPv6Off
}

// genMode makes a step change the mode of an interface that is there so that it has
// the link-local addresses of a new one, which begins with EUI-64: the kernel makes
// one by the new mode, and leaves those of the old.
func (p *planner) genMode(s *Step, have, want string) bool {
	l := p.w.nodes[s.Node].links[sysctlIface(s.Name)]
	if l == nil || !slices.Contains(linkLocalModes, have) || !slices.Contains(linkLocalModes, want) {
		return false
	}
	anew := func(mode string) []engine.Op {
		none, some := linkLocalOps(s.Node, l)
		ops := slices.Concat(none, some)
		if mode != linkLocalModes[0] {
			ops = append(ops, engine.Op{NetNS: s.Node, Action: &engine.SysctlSet{Key: s.Name, Value: mode}})
		}
		return ops
	}
	s.do(anew(want)...)
	s.takeBack(0, anew(have)...)
	return true
}

func isGenMode(key string) bool {
	return strings.HasPrefix(key, "net.ipv6.conf.") && strings.HasSuffix(key, addrGenMode)
}
