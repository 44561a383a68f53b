package topology

import (
	"net/netip"
	"strings"

	"github.com/nslab/nslab/sysctl"
)

// disableIPv6 is the last part of the settings that turn IPv6 off.
const disableIPv6 = ".disable_ipv6"

// checkIPv6 notes settings that turn IPv6 off at an interface for which the file has an IPv6
// address: the kernel would refuse that, or take it away again.
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

// disabledIPv6 returns a function that names the setting of a node by which an interface has
// no IPv6, "" if it has; nil where no setting is about that. The nearest counts: that of the
// interface, of all, and of new ones, among which lo is not.
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
