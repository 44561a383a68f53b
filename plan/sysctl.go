package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/sysctl"
)

// nodeSetting is a setting of a node.
type nodeSetting struct{ node, key string }

// resets notes those of the settings of a node that writing one of them
// overwrites. They have to be written again.
func (p *planner) resets(node, key string, all []sysctl.Setting) {
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

// undoOverwritten makes undoing a step set again what writing its setting
// overwrites, in place of a value: what is known of it, and what interfaces
// have otherwise. It returns all that is overwritten, by key.
func (p *planner) undoOverwritten(s *Step, key, value string) map[string]string {
	n := p.w.Nodes[s.Node]
	was := make(map[string]string)
	have := n.Sysctls
	others := slices.DeleteFunc(slices.Collect(maps.Keys(have)), func(other string) bool {
		return have[other] == "" || !overwrites(key, other) || p.losesForGood(s.Node, n.Links[sysctl.Interface(other)])
	})
	slices.Sort(others)
	for _, other := range others {
		was[other] = have[other]
		s.undoOp(s.Node, &engine.SysctlSet{Key: other, Value: have[other]})
	}
	var unknown []string
	for _, other := range p.passedOnTo(n, key) {
		if _, known := have[other]; !known {
			unknown = append(unknown, other)
		}
	}
	if len(unknown) == 0 || p.w.More == nil {
		return was
	}
	values, err := p.w.More.Values(s.Node, unknown)
	if err != nil {
		p.errs = append(p.errs, err)
		return was
	}
	for i, other := range unknown {
		was[other] = values[i]
		if values[i] != "" && values[i] != value {
			s.undoOp(s.Node, &engine.SysctlSet{Key: other, Value: values[i]})
		}
	}
	return was
}

// passedOnTo are the settings of the default and the interfaces that are there
// and that writing one of all or of the default writes too.
func (p *planner) passedOnTo(n *live.Node, key string) (all []string) {
	if key = sysctl.FirstName(key); key == sysctl.IPForward {
		key = sysctl.IPv4Forwarding
	}
	k := strings.Split(key, ".")
	if len(k) != 5 || k[3] != "all" && k[3] != "default" || isGenMode(key) {
		return nil // undoGenModes sees to these
	}
	names := []string{"default"}
	for _, name := range slices.Sorted(maps.Keys(n.Links)) {
		if l := n.Links[name]; !l.IsNew && !p.losesForGood(n.Name, l) {
			names = append(names, sysctl.Part(name))
		}
	}
	for _, name := range names {
		other := strings.Join([]string{k[0], k[1], k[2], name, k[4]}, ".")
		if other != key && overwrites(key, other) {
			all = append(all, other)
		}
	}
	return all
}

// overwrites reports whether writing a setting may write another too.
func overwrites(key, other string) bool {
	if key = sysctl.FirstName(key); key == sysctl.IPForward {
		key = sysctl.IPv4Forwarding
		if other == redirectsOfAll { // inet_forward_change in net/ipv4/devinet.c
			return true
		}
	}
	k, o := strings.Split(key, "."), strings.Split(other, ".")
	if isStableSecret(key) && isGenMode(other) {
		return live.OfInterface(other) && (k[3] == o[3] || k[3] == "default")
	}
	if len(k) != len(o) || len(k) < 5 || k[1] != o[1] || k[2] != o[2] || k[4] != o[4] {
		return false
	}
	switch k[3] {
	case "all":
		return setsAll(key) && o[3] != "all"
	case "default":
		return live.OfInterface(other) && passedOn(k)
	}
	return false
}

// setsAll reports whether setting all sets the default and each interface's too
// (inet_forward_change in net/ipv4/devinet.c; addrconf_fixup_forwarding,
// addrconf_fixup_linkdown, addrconf_disable_ipv6, addrconf_sysctl_addr_gen_mode
// and addrconf_sysctl_force_forwarding in net/ipv6/addrconf.c).
func setsAll(key string) bool {
	switch key {
	case sysctl.IPv4Forwarding, sysctl.IPv6Forwarding, "net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.all.ignore_routes_with_linkdown",
		"net.ipv6.conf.all.addr_gen_mode", "net.ipv6.conf.all.force_forwarding":
		return true
	}
	return false
}

// passedOn reports whether what is written for the default reaches interfaces
// that are there: with IPv4 those that have not been set
// (devinet_copy_dflt_conf, which devinet_sysctl_forward and
// ipv4_doint_and_flush do not call), with IPv6 none.
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

// mayBeEmpty reports whether a setting can be "" and read so: others that read
// so are not there, or cannot be read.
func mayBeEmpty(key string) bool { return key == "net.ipv4.ip_local_reserved_ports" }
