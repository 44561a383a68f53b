package lab

import (
	"maps"
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
)

// swapDots turns the dots of a sysctl's name into slashes and its slashes into
// dots, as sysctl(8) does between the two ways of writing it.
var swapDots = strings.NewReplacer(".", "/", "/", ".")

// sysctlKey brings the name of a sysctl into the form in which dots separate,
// and a slash is a dot in the name of an interface. Like sysctl(8) it takes the
// first of the two that it meets for the separator. The second result says what
// is wrong, "" for a good name.
func sysctlKey(s string) (key, bad string) {
	key = s
	if i := strings.IndexAny(s, "./"); i >= 0 && s[i] == '/' {
		key = swapDots.Replace(s)
	}
	for _, r := range key {
		if r <= ' ' || r >= 0x7f && r < 0xa1 {
			return "", "white space or a control character in it"
		}
	}
	parts := strings.Split(key, ".")
	for _, part := range parts {
		// In a path a slash is a dot.
		if part == "" || part == "/" || part == "//" {
			return "", `an empty part, "." or ".." in it`
		}
	}
	return key, ""
}

// readSysctls reads the settings of a node, in ascending order of their keys.
func (p *fileParser) readSysctls(in inherited, s scope, places *nodePlaces) []Sysctl {
	var all []Sysctl
	at := make(map[string]int)
	source := make(map[string]*yamlNode)
	for _, m := range in.all("sysctls") {
		for i, k := range m.keys {
			v := m.items[i]
			key, ok := p.readSysctlKey(k, s)
			if !ok || v.kind != yamlScalar {
				continue
			}
			// Of the two names of one setting, too, the nearest counts.
			name := oneName(key)
			if source[name] == m {
				p.add(k.at, "", "sysctl %s occurs twice", key)
				continue
			}
			source[name] = m
			value, _ := p.expand(v, s)
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) || len(value) > 4095 {
				p.add(v.at, "", "the value of %s is not one line of at most 4095 bytes", key)
				continue
			}
			j, ok := at[name]
			if !ok {
				j = len(all)
				at[name] = j
				all = append(all, Sysctl{})
			}
			all[j] = Sysctl{Key: key, Value: value}
			places.sysctl(key, k.at)
		}
	}
	slices.SortFunc(all, func(a, b Sysctl) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// lwtunnelHooks is there in each namespace, and one for all of them: it can be turned on,
// and is never off again (net/netfilter/nf_hooks_lwtunnel.c).
const lwtunnelHooks = "net.netfilter.nf_hooks_lwtunnel"

func (p *fileParser) readSysctlKey(k *yamlNode, s scope) (string, bool) {
	text, ok := p.expand(k, s)
	if !ok {
		return "", false
	}
	key, bad := sysctlKey(text)
	switch {
	case bad != "":
		p.add(k.at, "", "sysctl %q has %s", clip(text), bad)
	case !strings.HasPrefix(key, "net."):
		p.add(k.at, "only those below net. belong to a network namespace", "sysctl %q would change the whole machine", clip(text))
	case key == lwtunnelHooks:
		p.add(k.at, "set it outside the lab if you need it", "sysctl %q would change the whole machine, and the kernel never takes it back", clip(text))
	default:
		return key, true
	}
	return "", false
}

// sysctlIface is the interface that a sysctl is about, "" for none and for lo, which
// every node has.
func sysctlIface(key string) string {
	if name := settingIface(key); name != "lo" {
		return name
	}
	return ""
}

// settingIface is the interface that a sysctl is about, "" for none.
func settingIface(key string) string {
	parts := strings.Split(key, ".")
	if len(parts) < 5 || parts[1] != "ipv4" && parts[1] != "ipv6" || parts[2] != "conf" && parts[2] != "neigh" {
		return ""
	}
	switch parts[3] {
	case "all", "default":
		return ""
	}
	return strings.ReplaceAll(parts[3], "/", ".")
}

// nodeSetting is a setting of a node.
type nodeSetting struct{ node, key string }

// resets notes those of the settings of a node that writing one of them overwrites.
// They have to be written again.
func (p *planner) resets(node, key string, all []Sysctl) {
	for _, other := range all {
		if !overwrites(key, other.Key) {
			continue
		}
		if p.reset == nil {
			p.reset = make(map[nodeSetting]bool)
		}
		p.reset[nodeSetting{node, other.Key}] = true
	}
}

// undoOverwritten makes undoing a step set again what writing its setting overwrites.
func (p *planner) undoOverwritten(s *Step, key string) {
	have := p.w.nodes[s.Node].sysctls
	others := slices.DeleteFunc(slices.Collect(maps.Keys(have)), func(other string) bool { return have[other] == "" || !overwrites(key, other) })
	slices.Sort(others)
	for _, other := range others {
		s.undoOp(s.Node, &engine.SysctlSet{Key: other, Value: have[other]})
	}
}

// overwrites reports whether writing a setting may write another too.
func overwrites(key, other string) bool {
	if key = oneName(key); key == forwardingKeys[0] {
		key = forwardingOfAll
		if other == redirectsOfAll { // inet_forward_change in net/ipv4/devinet.c
			return true
		}
	}
	k, o := strings.Split(key, "."), strings.Split(other, ".")
	if isStableSecret(key) && isGenMode(other) {
		return ofInterface(other) && (k[3] == o[3] || k[3] == "default")
	}
	if len(k) != len(o) || len(k) < 5 || k[1] != o[1] || k[2] != o[2] || k[4] != o[4] {
		return false
	}
	switch k[3] {
	case "all":
		return setsAll(key) && o[3] != "all"
	case "default":
		return ofInterface(other) && passedOn(k)
	}
	return false
}

// setsAll reports whether setting all sets the default and each interface's too
// (inet_forward_change in net/ipv4/devinet.c; addrconf_fixup_forwarding,
// addrconf_fixup_linkdown, addrconf_disable_ipv6, addrconf_sysctl_addr_gen_mode and
// addrconf_sysctl_force_forwarding in net/ipv6/addrconf.c).
func setsAll(key string) bool {
	switch key {
	case forwardingOfAll, forwardingKeys[1], "net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.all.ignore_routes_with_linkdown",
		"net.ipv6.conf.all.addr_gen_mode", "net.ipv6.conf.all.force_forwarding":
		return true
	}
	return false
}

// passedOn reports whether what is written for the default reaches interfaces that are
// there: with IPv4 those that have not been set (devinet_copy_dflt_conf, which
// devinet_sysctl_forward and ipv4_doint_and_flush do not call), with IPv6 none.
func passedOn(key []string) bool {
	if key[2] == "neigh" {
		return true
	}
	switch key[4] {
	case "forwarding", "disable_xfrm", "disable_policy", "promote_secondaries", "route_localnet", "drop_unicast_in_l2_multicast":
		return false
	}
	return key[1] == "ipv4"
}

// mayBeEmpty reports whether a setting can be "" and read so: others that read so are not
// there, or cannot be read.
func mayBeEmpty(key string) bool { return key == "net.ipv4.ip_local_reserved_ports" }
