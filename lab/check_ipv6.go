package lab

import (
	"net/netip"
	"strings"

	"github.com/nslab/nslab/topology"
)

// checkIPv6 notes settings that turn IPv6 off at an interface for which the file has an IPv6
// address: the kernel would refuse that, or take it away again.
func (p *planner) checkIPv6() {
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		off := disabledIPv6(n)
		if off == nil {
			continue
		}
		check := func(iface string, addrs []netip.Prefix) {
			for _, a := range addrs {
				if key := off(iface); key != "" && a.Addr().Is6() {
					p.wrong.Add(n.SysctlPos(key), "leave out the address, or set net.ipv6.conf."+strings.ReplaceAll(iface, ".", "/")+disableIPv6+" to 0",
						"sysctl %s of node %q turns IPv6 off, but %q has address %s", key, n.Name, iface, a)
				}
			}
		}
		check("lo", n.Addresses)
		for k := range n.Bridges {
			check(n.Bridges[k].Name, n.Bridges[k].Addresses)
		}
		for _, iface := range p.t.Interfaces(i) {
			if end, _ := p.t.Endpoint(i, iface); end != nil {
				check(iface, end.Addresses)
			}
		}
	}
}

// disabledIPv6 returns a function that names the setting of a node by which an interface has
// no IPv6, "" if it has; nil where no setting is about that. The nearest counts: that of the
// interface, of all, and of new ones, among which lo is not.
func disabledIPv6(n *topology.Node) func(iface string) string {
	var settings map[string]string
	for _, s := range n.Sysctls {
		if strings.HasPrefix(s.Key, "net.ipv6.conf.") && strings.HasSuffix(s.Key, disableIPv6) {
			if settings == nil {
				settings = make(map[string]string)
			}
			settings[s.Key] = s.Value
		}
	}
	if settings == nil {
		return nil
	}
	return func(iface string) string {
		for _, of := range []string{strings.ReplaceAll(iface, ".", "/"), "all", "default"} {
			key := "net.ipv6.conf." + of + disableIPv6
			if v, ok := settings[key]; ok && (of != "default" || iface != "lo") {
				if strings.TrimSpace(v) == "0" {
					return ""
				}
				return key
			}
		}
		return ""
	}
}
