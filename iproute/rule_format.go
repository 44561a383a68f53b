package iproute

import (
	"net/netip"
	"strconv"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// formatRule returns the words of the ip rule command that does what a request
// does. It is nil if there is none.
func formatRule(r rtnl.Request) []string {
	switch m := r.(type) {
	case *rtnl.RuleAdd:
		return formatRuleCommand("add", &m.Rule)
	case *rtnl.RuleDel:
		return formatRuleCommand("delete", &m.Rule)
	}
	return nil
}

func formatRuleCommand(command string, r *rtnl.Rule) []string {
	family := r.Family
	for _, p := range []netip.Prefix{r.Src, r.Dst} {
		switch f := familyOf(p.Addr()); {
		case f == unix.AF_UNSPEC:
		case family == unix.AF_UNSPEC:
			family = f
		case family != f:
			return nil
		}
	}
	var words []string
	switch family {
	case unix.AF_UNSPEC, unix.AF_INET:
	case unix.AF_INET6:
		words = append(words, "-6")
	default:
		return nil
	}
	words = append(words, "rule", command)
	n := len(words)
	selectors := formatRuleSelectors(r)
	action, ok := formatRuleAction(r)
	if !ok || r.Flags&^unix.FIB_RULE_INVERT != 0 {
		return nil
	}
	words = append(append(words, selectors...), action...)
	if len(words) == n {
		// ip requires a word, and this one restricts nothing.
		words = append(words, "from", "all")
	}
	return words
}

func formatRuleSelectors(r *rtnl.Rule) (f []string) {
	add := func(words ...string) { f = append(f, words...) }
	number := func(key string, v uint64) { add(key, strconv.FormatUint(v, 10)) }
	if r.Flags&unix.FIB_RULE_INVERT != 0 {
		add("not")
	}
	if v, ok := r.Priority.Get(); ok {
		number("priority", uint64(v))
	}
	if r.Src.Bits() > 0 {
		add("from", prefixText(r.Src))
	}
	if r.Dst.Bits() > 0 {
		add("to", prefixText(r.Dst))
	}
	if r.TOS != 0 {
		add("tos", "0x"+strconv.FormatUint(uint64(r.TOS), 16))
	}
	if mask, ok := r.FwMask.Get(); ok {
		add("fwmark", markText(r.FwMark)+"/"+markText(mask))
	} else if r.FwMark != 0 {
		add("fwmark", markText(r.FwMark))
	}
	if r.IIFName != "" {
		add("iif", r.IIFName)
	}
	if r.OIFName != "" {
		add("oif", r.OIFName)
	}
	if r.L3MDev != 0 {
		add("l3mdev")
	}
	if u, ok := r.UIDRange.Get(); ok {
		add("uidrange", rangeText(uint64(u.Start), uint64(u.End), true))
	}
	if r.IPProto != 0 {
		number("ipproto", uint64(r.IPProto))
	}
	if r.SrcPorts != (rtnl.PortRange{}) {
		add("sport", rangeText(uint64(r.SrcPorts.Start), uint64(r.SrcPorts.End), false))
	}
	if r.DstPorts != (rtnl.PortRange{}) {
		add("dport", rangeText(uint64(r.DstPorts.Start), uint64(r.DstPorts.End), false))
	}
	if r.TunID != 0 {
		number("tun_id", r.TunID)
	}
	return f
}

// formatRuleAction returns the words for what a rule does. It is not ok for an
// action that ip has no word for.
func formatRuleAction(r *rtnl.Rule) (f []string, ok bool) {
	number := func(key string, v uint64) { f = append(f, key, strconv.FormatUint(v, 10)) }
	if r.Table != 0 {
		number("table", uint64(r.Table))
	}
	if r.Protocol != 0 {
		number("protocol", uint64(r.Protocol))
	}
	if r.Realms != 0 {
		f = append(f, "realms", realmsWord(r.Realms))
	}
	if v, ok := r.SuppressPrefixLen.Get(); ok {
		number("suppress_prefixlength", uint64(v))
	}
	if v, ok := r.SuppressIFGroup.Get(); ok {
		number("suppress_ifgroup", uint64(v))
	}
	switch {
	case r.Action == unix.FR_ACT_UNSPEC && r.Goto == 0:
		return f, true
	case r.Action == unix.FR_ACT_UNSPEC || r.Action == unix.FR_ACT_GOTO:
		number("goto", uint64(r.Goto))
		return f, true
	case r.Goto != 0:
		return nil, false
	}
	for _, t := range ruleTypes {
		if t.action == r.Action {
			return append(f, t.word), true
		}
	}
	return nil, false
}

func rangeText(first, last uint64, both bool) string {
	s := strconv.FormatUint(first, 10)
	if both || first != last {
		s += "-" + strconv.FormatUint(last, 10)
	}
	return s
}
