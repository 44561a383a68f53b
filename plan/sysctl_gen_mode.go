package plan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
)

// How an interface makes its link-local address, if any, is said by the file's
// ipv6:, by settings of the node for all interfaces or new ones, and by
// settings of the interface itself: the nearest counts. Interfaces without IPv6
// have none whatever the node's say.

// addrGenMode is the last part of the settings that say how interfaces make
// their link-local addresses, and stableSecret that of those which say of what;
// written, they set addrGenMode to stablePrivacy (addrconf_sysctl_stable_secret
// in net/ipv6/addrconf.c).
const (
	addrGenMode   = ".addr_gen_mode"
	stableSecret  = ".stable_secret"
	stablePrivacy = "2"
)

func isGenMode(key string) bool {
	return strings.HasPrefix(key, "net.ipv6.conf.") && strings.HasSuffix(key, addrGenMode)
}

func isStableSecret(key string) bool {
	return strings.HasPrefix(key, "net.ipv6.conf.") && strings.HasSuffix(key, stableSecret)
}

// genModeBeside is the mode that a secret sets.
func genModeBeside(secret string) string {
	return strings.TrimSuffix(secret, stableSecret) + addrGenMode
}

// defaultSecret is that of new interfaces by the file, "" for none.
func (p *planner) defaultSecret(node int) string {
	for _, s := range p.t.Nodes[node].Sysctls {
		if s.Key == "net.ipv6.conf.default"+stableSecret {
			return s.Value
		}
	}
	return ""
}

// ownGenMode is the mode that the file gives an interface itself, "" for none.
func ownGenMode(n *topology.Node, iface string) string {
	if len(n.Sysctls) == 0 {
		return ""
	}
	mode, at := "", "net.ipv6.conf."+sysctl.Part(iface)
	for _, s := range n.Sysctls { // the mode is before the secret
		switch {
		case s.Key == at+addrGenMode:
			mode = s.Value
		case s.Key == at+stableSecret && mode == "":
			mode = stablePrivacy
		}
	}
	return mode
}

// genModeOf is the mode of an interface in a new lab of the file.
func (p *planner) genModeOf(node string, iface string, ipv6 topology.IPv6Mode) uint8 {
	n := p.t.Node(node)
	mode := ownGenMode(n, iface)
	if mode == "" && ipv6 == topology.IPv6Off {
		return rtnl.AddrGenModeNone
	}
	if mode == "" {
		mode = p.nodeGenMode(n, iface)
	}
	number, err := strconv.ParseUint(mode, 0, 8)
	if err != nil {
		return rtnl.AddrGenModeEUI64 // no mode: writing it says why
	}
	return uint8(number)
}

// nodeGenMode is the mode with which an interface begins by the node's
// settings.
func (p *planner) nodeGenMode(n *topology.Node, iface string) string {
	mode := fmt.Sprint(rtnl.AddrGenModeEUI64)
	if len(n.Sysctls) == 0 {
		return mode
	}
	key := "net.ipv6.conf." + sysctl.Part(iface) + addrGenMode
	for _, s := range byReach(slices.Clone(n.Sysctls)) {
		switch {
		case s.Key == live.OfAll(key, "default") && iface != "lo" || s.Key == live.OfAll(key, "all"):
			mode = s.Value
		case s.Key == "net.ipv6.conf.default"+stableSecret:
			return stablePrivacy // whatever the default is (ipv6_add_dev)
		}
	}
	return mode
}

// freshGenMode is the mode of a new interface, for one that is there, "" where
// it is planned with the link: from none and to none.
func (p *planner) freshGenMode(node int, l *live.Link) string {
	have, known := l.AddrGenMode()
	mode := p.nodeGenMode(&p.t.Nodes[node], l.Name)
	if l.Index == live.LoopbackIndex {
		return mode
	}
	if !known || l.GenNone || p.t.IPv6Of(node, l.Name) == topology.IPv6Off || have == rtnl.AddrGenModeNone || mode == fmt.Sprint(rtnl.AddrGenModeNone) {
		return ""
	}
	return mode
}

// linkLocalSetting plans a setting of an interface that says how its link-local
// address is made, so that it has that of a new one and no other: the kernel
// makes one by a new mode, and leaves those of the old; by a new secret it
// makes none at once.
func (p *planner) linkLocalSetting(s *Step, n *topology.Node, have string, want sysctl.Setting) bool {
	secret := isStableSecret(want.Key)
	if !secret && !isGenMode(want.Key) {
		return false
	}
	l := p.w.Nodes[n.Name].Links[live.SettingInterface(want.Key)]
	if l == nil {
		return false // lo, for one, which has no such address
	}
	mode := want.Value
	if secret {
		mode = fmt.Sprint(p.genModeOf(n.Name, l.Name, p.t.IPv6Of(p.t.NodeIndex(n.Name), l.Name)))
		s.op(n.Name, &engine.SysctlSet{Key: want.Key, Value: want.Value})
		if have != "" {
			s.undoOp(n.Name, &engine.SysctlSet{Key: want.Key, Value: have})
		}
	}
	was, known := l.AddrGenMode()
	first := len(s.ops)
	s.do(anew(n.Name, l, mode)...)
	if known && !l.IsNew {
		s.takeBack(first, anew(n.Name, l, fmt.Sprint(was))...)
	}
	if number, err := strconv.ParseUint(mode, 0, 8); err == nil {
		l.GenMode = rtnl.Some(uint8(number))
	}
	return true
}

// anew are the operations after which a link has the link-local address of a
// mode, and no other.
func anew(node string, l *live.Link, mode string) []engine.Op {
	none, _ := linkLocalOps(node, l)
	if mode == fmt.Sprint(rtnl.AddrGenModeNone) {
		return none
	}
	return append(none, engine.Op{NetNS: node, Action: &engine.SysctlSet{Key: genModeKey(l), Value: mode}})
}

// undoGenModes makes undoing a step give interfaces the modes and addresses
// again that they have, where its setting gives all of them one.
func (p *planner) undoGenModes(s *Step, key string) {
	if key != "net.ipv6.conf.all"+addrGenMode {
		return
	}
	there := p.w.Nodes[s.Node]
	for _, name := range slices.Sorted(maps.Keys(there.Links)) {
		if l := there.Links[name]; l.Index != live.LoopbackIndex && !l.IsNew {
			if was, known := l.AddrGenMode(); known {
				s.takeBack(0, anew(s.Node, l, fmt.Sprint(was))...)
			}
		}
	}
}

// genModesFollow notes what writing a setting of a node makes of the modes of
// the interfaces that are there: these are set again where they are planned.
func (p *planner) genModesFollow(n *topology.Node, set sysctl.Setting) {
	var mode uint64
	switch set.Key {
	case "net.ipv6.conf.default" + stableSecret:
		mode, _ = strconv.ParseUint(stablePrivacy, 10, 8)
	case "net.ipv6.conf.all" + addrGenMode:
		var err error
		if mode, err = strconv.ParseUint(set.Value, 0, 8); err != nil {
			return // it will be refused
		}
	default:
		return
	}
	there := p.w.Nodes[n.Name]
	for _, l := range there.Links {
		if was, known := l.AddrGenMode(); known && was != uint8(mode) {
			l.GenMode, l.GenChanged = rtnl.Some(uint8(mode)), true
		}
		if key := genModeKey(l); there.Sysctls[key] != "" {
			there.Sysctls[key] = fmt.Sprint(mode)
		}
	}
}
