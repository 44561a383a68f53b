package topology

import (
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/sysctl"
)

// readSysctls reads the settings of a node, in ascending order of their keys.
func (p *fileParser) readSysctls(in inherited, s scope, places *nodePlaces) []sysctl.Setting {
	var all []sysctl.Setting
	at := make(map[string]int)
	source := make(map[string]*yamlNode)
	for _, m := range in.all("sysctls") {
		for i, k := range m.keys {
			v := m.items[i]
			key, ok := p.readSysctlKey(k, s)
			if !ok || v.kind != yamlScalar {
				continue
			}
			// If a setting has two names, the nearest counts as well.
			name := sysctl.FirstName(key)
			if source[name] == m {
				p.Add(k.at, "", "sysctl %s occurs twice", key)
				continue
			}
			source[name] = m
			value, _ := p.expand(v, s)
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) || len(value) > 4095 {
				p.Add(v.at, "", "the value of %s is not one line of at most 4095 bytes", key)
				continue
			}
			j, ok := at[name]
			if !ok {
				j = len(all)
				at[name] = j
				all = append(all, sysctl.Setting{})
			}
			all[j] = sysctl.Setting{Key: key, Value: value}
			places.sysctl(key, k.at)
		}
	}
	slices.SortFunc(all, func(a, b sysctl.Setting) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// lwtunnelHooks exists in each namespace but is shared by all of them. It can
// be turned on and never off again (net/netfilter/nf_hooks_lwtunnel.c).
const lwtunnelHooks = "net.netfilter.nf_hooks_lwtunnel"

func (p *fileParser) readSysctlKey(k *yamlNode, s scope) (string, bool) {
	text, ok := p.expand(k, s)
	if !ok {
		return "", false
	}
	key, err := sysctl.ParseKey(text)
	switch {
	case err != nil:
		p.Add(k.at, "", "sysctl %q has %v", plain.Clip(text), err)
	case !strings.HasPrefix(key, "net."):
		p.Add(k.at, "only those below net. belong to a network namespace", "sysctl %q would change the whole machine", plain.Clip(text))
	case key == lwtunnelHooks:
		p.Add(k.at, "set it outside the lab if you need it", "sysctl %q would change the whole machine, and the kernel never takes it back", plain.Clip(text))
	default:
		return key, true
	}
	return "", false
}
