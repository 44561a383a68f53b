package plan

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
)

// bridgeDiff compares the options that a file gives with those of a bridge. It
// returns what to set, what to set to take that back, and both in words.
func bridgeDiff(want, have *rtnl.Bridge) (set, undo *rtnl.Bridge, what change) {
	set, undo = &rtnl.Bridge{}, &rtnl.Bridge{}
	var old, now []string
	diffOpt(&old, &now, "stp_state", want.STPState, have.STPState, &set.STPState, &undo.STPState)
	diffOpt(&old, &now, "forward_delay", want.ForwardDelay, have.ForwardDelay, &set.ForwardDelay, &undo.ForwardDelay)
	diffOpt(&old, &now, "hello_time", want.HelloTime, have.HelloTime, &set.HelloTime, &undo.HelloTime)
	diffOpt(&old, &now, "max_age", want.MaxAge, have.MaxAge, &set.MaxAge, &undo.MaxAge)
	diffOpt(&old, &now, "ageing_time", want.AgeingTime, have.AgeingTime, &set.AgeingTime, &undo.AgeingTime)
	diffOpt(&old, &now, "priority", want.Priority, have.Priority, &set.Priority, &undo.Priority)
	diffOpt(&old, &now, "vlan_filtering", want.VLANFiltering, have.VLANFiltering, &set.VLANFiltering, &undo.VLANFiltering)
	diffOpt(&old, &now, "vlan_default_pvid", want.VLANDefaultPVID, have.VLANDefaultPVID, &set.VLANDefaultPVID, &undo.VLANDefaultPVID)
	diffOpt(&old, &now, "group_fwd_mask", want.GroupFwdMask, have.GroupFwdMask, &set.GroupFwdMask, &undo.GroupFwdMask)
	diffOpt(&old, &now, "mcast_snooping", want.MulticastSnooping, have.MulticastSnooping, &set.MulticastSnooping, &undo.MulticastSnooping)
	diffOpt(&old, &now, "mcast_querier", want.MulticastQuerier, have.MulticastQuerier, &set.MulticastQuerier, &undo.MulticastQuerier)
	diffOpt(&old, &now, "mcast_router", want.MulticastRouter, have.MulticastRouter, &set.MulticastRouter, &undo.MulticastRouter)
	return set, undo, change{strings.Join(old, ", "), strings.Join(now, ", ")}
}

// changeOptions sets the options of a bridge that differ.
func (p *planner) changeOptions(node string, l *live.Link, want, have *rtnl.Bridge) {
	set, undo, what := bridgeDiff(want, have)
	if what.old == what.new {
		return
	}
	if set.STPState == rtnl.Some(uint32(0)) && !set.AgeingTime.IsSet() {
		// If its topology is changing then, the kernel would keep the short
		// ageing time for good (__br_set_topology_change in
		// net/bridge/br_stp.c).
		set.AgeingTime, undo.AgeingTime = cmp.Or(want.AgeingTime, have.AgeingTime, rtnl.Some(ageingDefault)), have.AgeingTime
	}
	s := Step{Verb: Update, Object: "bridge", Node: node, Name: l.Name, Old: what.old, New: what.new}
	for _, o := range oneByOne(set, undo) {
		s.op(node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Kind = o.set }))
		if o.undo != nil {
			s.undoOp(node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Kind = o.undo }))
			if o.undo.VLANDefaultPVID.IsSet() { // which changes the VLANs of ports
				s.takeBack(len(s.ops)-1, p.portVLANsAgain(node, l.Index)...)
			}
		}
	}
	p.add(s)
}

// bridgeOption is one option of a bridge, and what takes it back, nil if that
// is not known.
type bridgeOption struct{ set, undo *rtnl.Bridge }

// oneByOne splits options, for a message each: of several in one message the
// kernel keeps those before one that it refuses (br_changelink in
// net/bridge/br_netlink.c). The order is the kernel's own, but STP goes off
// before, and on after, the forward delay: one under 2 s is refused while it is
// on (br_set_forward_delay in net/bridge/br_stp.c).
func oneByOne(set, undo *rtnl.Bridge) []bridgeOption {
	var all []bridgeOption
	stp := func(b *rtnl.Bridge) *rtnl.Opt[uint32] { return &b.STPState }
	off := set.STPState.Or(1) == 0
	if off {
		all = appendOption(all, set, undo, stp)
	}
	all = appendOption(all, set, undo, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.ForwardDelay })
	all = appendOption(all, set, undo, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.HelloTime })
	all = appendOption(all, set, undo, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MaxAge })
	all = appendOption(all, set, undo, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.AgeingTime })
	if !off {
		all = appendOption(all, set, undo, stp)
	}
	all = appendOption(all, set, undo, func(b *rtnl.Bridge) *rtnl.Opt[uint16] { return &b.Priority })
	all = appendOption(all, set, undo, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.VLANFiltering })
	all = appendOption(all, set, undo, func(b *rtnl.Bridge) *rtnl.Opt[uint16] { return &b.VLANDefaultPVID })
	all = appendOption(all, set, undo, func(b *rtnl.Bridge) *rtnl.Opt[uint16] { return &b.GroupFwdMask })
	all = appendOption(all, set, undo, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastRouter })
	all = appendOption(all, set, undo, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastSnooping })
	return appendOption(all, set, undo, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastQuerier })
}

func appendOption[T any](all []bridgeOption, set, undo *rtnl.Bridge, field func(*rtnl.Bridge) *rtnl.Opt[T]) []bridgeOption {
	if !field(set).IsSet() {
		return all
	}
	o := bridgeOption{set: &rtnl.Bridge{}}
	*field(o.set) = *field(set)
	if field(undo).IsSet() {
		o.undo = &rtnl.Bridge{}
		*field(o.undo) = *field(undo)
	}
	return append(all, o)
}

// diffOpt compares one option. One that the file does not give is left alone;
// one that the kernel does not report cannot be compared, and is set.
func diffOpt[T comparable](old, now *[]string, name string, want, have rtnl.Opt[T], set, undo *rtnl.Opt[T]) {
	w, ok := want.Get()
	h, known := have.Get()
	if !ok || known && w == h {
		return
	}
	*set = want
	*undo = have
	*old = append(*old, name+" "+optWord(h))
	*now = append(*now, name+" "+optWord(w))
}

func optWord(v any) string {
	if d, ok := v.(time.Duration); ok {
		return d.String()
	}
	return fmt.Sprint(v)
}

// ownTimers makes the timers of a bridge that is not the root its own, as far
// as they are known: the kernel reports those of the root (br_fill_info in
// net/bridge/br_netlink.c), and what was set in the bridge itself cannot be
// read. It has what the file said that the lab was made to agree with. Where
// there are several, for that was interrupted, they are unknown, and so they
// are where it said nothing.
func ownTimers(have *rtnl.Bridge, old []*rtnl.Bridge) {
	var own rtnl.Bridge
	if len(old) == 1 {
		own = *old[0]
	}
	have.ForwardDelay, have.HelloTime, have.MaxAge = own.ForwardDelay, own.HelloTime, own.MaxAge
}

// ownAgeing makes the ageing time of a bridge its own, as far as it is known:
// while the topology changes, it is twice the forward delay
// (__br_set_topology_change in net/bridge/br_stp.c), and what was set cannot be
// read.
func ownAgeing(have *rtnl.BridgeInfo, old []*rtnl.Bridge) {
	if have.TopologyChange == 0 || have.AgeingTime.Or(0) != 2*have.ForwardDelay.Or(0) {
		return
	}
	have.AgeingTime = rtnl.Opt[time.Duration]{}
	if len(old) == 1 {
		have.AgeingTime = old[0].AgeingTime
	}
}

// Options of a new bridge.
const (
	ageingDefault   = 5 * time.Minute
	snoopingDefault = 1 // mcast_snooping
	defaultPVID     = 1 // vlan_default_pvid
)

// unknownOptions takes those options out of the wanted ones that the kernel
// does not report, because it was built without what they are for: it ignores
// them (br_changelink in net/bridge/br_netlink.c). It says which of them are
// wanted otherwise than as in a new bridge.
func unknownOptions(want, have *rtnl.Bridge) (bad []string) {
	var fresh, all rtnl.Bridge
	all.VLANDefaultPVID, all.MulticastSnooping = rtnl.Some[uint16](0), rtnl.Some[uint8](0)
	all.MulticastQuerier, all.MulticastRouter = all.MulticastSnooping, all.MulticastSnooping
	dropOptions(&fresh, &all)
	bad = unknownOption(bad, &want.VLANDefaultPVID, have.VLANDefaultPVID, fresh.VLANDefaultPVID, "vlan_default_pvid", "CONFIG_BRIDGE_VLAN_FILTERING")
	const snooping = "CONFIG_BRIDGE_IGMP_SNOOPING"
	bad = unknownOption(bad, &want.MulticastSnooping, have.MulticastSnooping, fresh.MulticastSnooping, "multicast_snooping", snooping)
	bad = unknownOption(bad, &want.MulticastQuerier, have.MulticastQuerier, fresh.MulticastQuerier, "multicast_querier", snooping)
	return unknownOption(bad, &want.MulticastRouter, have.MulticastRouter, fresh.MulticastRouter, "multicast_router", snooping)
}

func unknownOption[T comparable](bad []string, want *rtnl.Opt[T], have, fresh rtnl.Opt[T], name, config string) []string {
	if have.IsSet() || !want.IsSet() {
		return bad
	}
	if *want != fresh {
		bad = append(bad, fmt.Sprintf("%s needs a kernel with %s", name, config))
	}
	*want = rtnl.Opt[T]{}
	return bad
}

// dropOptions makes options that an earlier file gave and this one does not
// what they are in a new bridge (br_dev_setup in net/bridge/br_device.c).
func dropOptions(want, old *rtnl.Bridge) {
	dropOpt(&want.STPState, old.STPState, 0)
	dropOpt(&want.ForwardDelay, old.ForwardDelay, 15*time.Second)
	dropOpt(&want.HelloTime, old.HelloTime, 2*time.Second)
	dropOpt(&want.MaxAge, old.MaxAge, 20*time.Second)
	dropOpt(&want.AgeingTime, old.AgeingTime, 300*time.Second)
	dropOpt(&want.Priority, old.Priority, 0x8000)
	dropOpt(&want.VLANFiltering, old.VLANFiltering, 0)
	dropOpt(&want.VLANDefaultPVID, old.VLANDefaultPVID, defaultPVID)
	dropOpt(&want.GroupFwdMask, old.GroupFwdMask, 0)
	dropOpt(&want.MulticastSnooping, old.MulticastSnooping, snoopingDefault)
	dropOpt(&want.MulticastQuerier, old.MulticastQuerier, 0)
	dropOpt(&want.MulticastRouter, old.MulticastRouter, 1)
}

func dropOpt[T any](want *rtnl.Opt[T], old rtnl.Opt[T], fresh T) {
	if old.IsSet() && !want.IsSet() {
		*want = rtnl.Some(fresh)
	}
}
