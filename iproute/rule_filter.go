package iproute

import (
	"net/netip"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// ruleFilter says which rules to list or flush: those that equal like in the
// fields set there.
type ruleFilter struct {
	like     rtnl.Rule
	src, dst inetPrefix
	tos      bool // like.TOS counts
	protocol bool // like.Protocol counts
}

// parse takes the words of a filter. It reports whether they ask for help.
func (f *ruleFilter) parse(c *Command, w *words) (help bool) {
	f.like.Family = c.ruleFamily()
	for w.more() {
		switch k := w.keyword(ruleFilterKeys); k {
		case "from", "src":
			f.src = w.inetPrefix("the source of packets", f.like.Family)
		case "to", "dst":
			f.dst = w.inetPrefix("the destination of packets", f.like.Family)
		case "tos", "dsfield":
			f.like.TOS, f.tos = w.dsfield(), true
		case "table", "lookup", "protocol", "proto":
			ruleFilterTexts.take(w, k, func() { f.look(w, k) })
		case "help":
			// iproute2 does not know this keyword, and complains that it is no
			// prefix.
			c.usage(w, ruleUsage)
			if !w.loose {
				c.do = printUsageWith(ruleUsage, statusFailed)
			}
			return true
		default:
			if !w.ruleSelector(k, &f.like) {
				f.dst = w.inetPrefix("the destination of packets, or a parameter of ip rule list", f.like.Family)
			}
		}
	}
	if !inetFamily(f.like.Family) {
		w.fail("rules are of family inet or inet6, not of %s", familyName(f.like.Family))
		w.peer("%s\nDump terminated", answers(unix.EAFNOSUPPORT))
	}
	return false
}

// ruleFilterKeys are the parameters of ip rule list and flush
// (iprule_list_flush_or_save in ip/iprule.c).
const ruleFilterKeys keywords = "pref preference* order* prio priority* not tos dsfield fwmark dev iif oif l3mdev uidrange tun_id* " +
	"lookup* table* from* src* proto protocol* ipproto sport dport dst* to* help"

// look takes what a filter has in addition to the selectors of a rule.
func (f *ruleFilter) look(w *words, k string) {
	switch k {
	case "table", "lookup":
		f.like.Table = w.named(rtTables, "a table", 1<<32-1)
	default:
		if f.protocol = !w.is("all"); f.protocol {
			f.like.Protocol = uint8(w.named(rtProtos, `a routing protocol, or "all"`, 255))
		}
	}
}

// matches reports whether a rule passes the filter (filter_nlmsg in
// ip/iprule.c).
func (f *ruleFilter) matches(r *rtnl.Rule) bool {
	l := &f.like
	prefix := func(want inetPrefix, have netip.Prefix) bool {
		return want.bits() == 0 || want.bits() <= have.Bits() && sameBits(want.prefix.Addr(), have.Addr(), want.bits())
	}
	optional := func(want, have rtnl.Opt[uint32]) bool { return !want.IsSet() || want.Or(0) == have.Or(0) }
	switch {
	case l.Family != r.Family,
		!optional(l.Priority, r.Priority),
		l.Flags&unix.FIB_RULE_INVERT != 0 && r.Flags&unix.FIB_RULE_INVERT == 0,
		!prefix(f.src, r.Src), !prefix(f.dst, r.Dst),
		f.tos && l.TOS != r.TOS,
		l.FwMark != 0 && l.FwMark != r.FwMark,
		l.FwMask.Or(0) != 0 && l.FwMask.Or(0) != r.FwMask.Or(0),
		l.IIFName != "" && l.IIFName != r.IIFName,
		l.OIFName != "" && l.OIFName != r.OIFName,
		l.L3MDev != 0 && r.L3MDev == 0,
		l.UIDRange.IsSet() && l.UIDRange != r.UIDRange,
		l.IPProto != 0 && l.IPProto != r.IPProto,
		l.SrcPorts.Start != 0 && l.SrcPorts != r.SrcPorts,
		l.DstPorts.Start != 0 && l.DstPorts != r.DstPorts,
		l.TunID != 0 && l.TunID != r.TunID,
		l.Table != 0 && l.Table != r.Table,
		f.protocol && l.Protocol != r.Protocol:
		return false
	}
	return true
}
