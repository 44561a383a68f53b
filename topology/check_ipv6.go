package topology

import (
	"net/netip"
	"strings"

	"github.com/nslab/nslab/sysctl"
)

// disableIPv6 is the suffix of the settings that turn IPv6 off.
const disableIPv6 = ".disable_ipv6"

// checkIPv6 reports settings that turn IPv6 off on an interface with an IPv6
// address in the file: the kernel would refuse the address, or remove it.
func (p *fileParser) checkIPv6() {
	off := make(map[int]func(iface string) string)
	for i := range p.t.Nodes {
		if f := disabledIPv6(&p.t.Nodes[i]); f != nil {
			off[i] = f
		}
	}
	check := func(node int, iface string, addrs []netip.Prefix) {
		for _, a := range addrs {
			if !a.Addr().Is6() {
				continue
			}
			n := &p.t.Nodes[node]
			if key := off[node](iface); key != "" {
				p.Add(n.SysctlPos(key), "leave out the address, or set net.ipv6.conf."+sysctl.Part(iface)+disableIPv6+" to 0",
					"sysctl %s of node %q turns IPv6 off, but %q has address %s", key, n.Name, iface, a)
			}
		}
	}
	for i := range p.t.Nodes {
		if off[i] == nil {
			continue
		}
		n := &p.t.Nodes[i]
		check(i, "lo", n.Addresses)
		for k := range n.Bridges {
			check(i, n.Bridges[k].Name, n.Bridges[k].Addresses)
		}
		for _, in := range n.Interfaces {
			check(i, in.Name, in.Addresses)
		}
	}
	if len(off) == 0 {
		return
	}
	for i := range p.t.Links {
		for _, end := range p.t.Links[i].Ends {
			if off[end.Node] != nil {
				check(end.Node, end.Iface, end.Addresses)
			}
		}
	}
}

// disabledIPv6 returns a function that names the setting of a node that turns
// IPv6 off on an interface, or "" if none does. It returns nil if the node has
// no such settings. The interface's own setting takes precedence over that of
// "all", and this over that of "default", which does not apply to lo.
func disabledIPv6(n *Node) func(iface string) string {
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
		for _, of := range []string{sysctl.Part(iface), "all", "default"} {
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
