package topology

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nslab/nslab/sysctl"
)

// defaultMTU and loopbackMTU are those of interfaces to which the file gives
// none (ETH_DATA_LEN; loopback_setup in drivers/net/loopback.c).
const defaultMTU, loopbackMTU = 1500, 65536

// checkInterfaceSysctls reports settings of interfaces that the kernel refuses
// for what the file says elsewhere: an IPv6 MTU that is larger than that of the
// interface, any IPv6 setting where that is too small for IPv6, and link-local
// addresses that are made of a secret where there is none
// (addrconf_sysctl_mtu, check_stable_privacy and addrconf_notify in
// net/ipv6/addrconf.c).
func (p *fileParser) checkInterfaceSysctls() {
	var mtus map[ifaceKey]uint32
	told := make(map[Pos]bool) // nodes of a count have one mistake
	add := func(at Pos, suggestion, format string, args ...any) {
		if !told[at] {
			told[at] = true
			p.Add(at, suggestion, format, args...)
		}
	}
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		for _, s := range n.Sysctls {
			iface, last := sysctl.Interface(s.Key), s.Key[strings.LastIndexByte(s.Key, '.')+1:]
			if iface == "" || !strings.HasPrefix(s.Key, "net.ipv6.") {
				continue
			}
			if mtus == nil {
				mtus = p.t.mtus()
			}
			mtu, known := mtus[ifaceKey{i, iface}]
			value, err := strconv.ParseInt(strings.TrimSpace(s.Value), 0, 64)
			conf := strings.HasPrefix(s.Key, "net.ipv6.conf.")
			at, what := n.SysctlPos(s.Key), fmt.Sprintf("sysctl %s of node %q", s.Key, n.Name)
			switch {
			case !known:
			case mtu < MinIPv6MTU:
				add(at, "", "%s is not there: %q has an MTU of %d, and IPv6 needs %d", what, iface, mtu, MinIPv6MTU)
			case conf && last == "mtu" && err == nil && (value < MinIPv6MTU || value > int64(mtu)):
				add(at, "", "%s is %d; the kernel takes %d to %d, the MTU of %q", what, value, MinIPv6MTU, mtu, iface)
			case conf && last == "addr_gen_mode" && err == nil && value == stableSecret && !hasSecret(n, iface):
				add(at, fmt.Sprintf("set net.ipv6.conf.%s.stable_secret too, or use 3", sysctl.Part(iface)),
					"%s is 2, which makes addresses of a secret, and %q has none", what, iface)
			}
		}
	}
}

// stableSecret is IN6_ADDR_GEN_MODE_STABLE_PRIVACY
// (include/uapi/linux/if_link.h).
const stableSecret = 2

// hasSecret reports whether a node has a secret of which the addresses of an
// interface are made: the interface's own, or that of new interfaces.
func hasSecret(n *Node, iface string) bool {
	for _, s := range n.Sysctls {
		if s.Key == "net.ipv6.conf.default.stable_secret" || s.Key == "net.ipv6.conf."+sysctl.Part(iface)+".stable_secret" {
			return true
		}
	}
	return false
}

// mtus are the MTUs of all interfaces, as far as the file decides them: that of
// a bridge without its own is the smallest of its ports', and that of an
// interface on another one is that of this.
func (t *Topology) mtus() map[ifaceKey]uint32 {
	or := func(mtu uint32) uint32 {
		if mtu == 0 {
			return defaultMTU
		}
		return mtu
	}
	all := make(map[ifaceKey]uint32)
	smallest := make(map[ifaceKey]uint32) // of the ports of a bridge
	for i := range t.Links {
		l := &t.Links[i]
		for _, e := range l.Ends {
			all[ifaceKey{e.Node, e.Iface}] = or(l.MTU)
			if b := (ifaceKey{e.Node, e.Bridge}); e.Bridge != "" {
				if was, ok := smallest[b]; !ok || or(l.MTU) < was {
					smallest[b] = or(l.MTU)
				}
			}
		}
	}
	for i := range t.Nodes {
		n := &t.Nodes[i]
		all[ifaceKey{i, "lo"}] = loopbackMTU
		for k := range n.Interfaces {
			in := &n.Interfaces[k]
			if in.Bridge == "" {
				continue
			}
			b := ifaceKey{i, in.Bridge}
			mtu := or(n.mtuBelow(in, func(iface string) uint32 { return all[ifaceKey{i, iface}] }))
			if was, ok := smallest[b]; !ok || mtu < was {
				smallest[b] = mtu
			}
		}
		for _, b := range n.Bridges {
			mtu := b.MTU
			if mtu == 0 {
				mtu = smallest[ifaceKey{i, b.Name}]
			}
			all[ifaceKey{i, b.Name}] = or(mtu)
		}
		for k := range n.Interfaces {
			in := &n.Interfaces[k]
			if own := findInterfaceKind(in.Kind).mtu; in.MTU == 0 && own != 0 {
				all[ifaceKey{i, in.Name}] = own
				continue
			}
			all[ifaceKey{i, in.Name}] = or(n.mtuBelow(in, func(iface string) uint32 { return all[ifaceKey{i, iface}] }))
		}
	}
	return all
}
