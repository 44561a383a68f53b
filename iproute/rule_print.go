package iproute

import (
	"net/netip"
	"strconv"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// rule writes one rule (print_rule in ip/iprule.c).
func (p *printer) rule(r *rtnl.Rule, o *Options, deleted bool) {
	p.open("")
	p.deleted(deleted)
	p.num("priority", "%d:\t", uint64(r.Priority.Or(0)))
	if r.Flags&unix.FIB_RULE_INVERT != 0 {
		p.null("not", "not ")
	}
	p.text("from ")
	if r.Src.Bits() <= 0 {
		p.str("src", "%s", "all")
	} else {
		p.rulePrefix("src", r.Src)
	}
	if r.Dst.Bits() > 0 {
		p.text(" to ")
		p.rulePrefix("dst", r.Dst)
	}
	p.ruleSelectors(r, o)
	p.ruleTable(r, o)
	p.ruleAction(r, o)
	if r.Protocol != 0 && r.Protocol != unix.RTPROT_KERNEL || o.Details > 0 {
		p.str("protocol", " proto %s", rtProtos.name(uint32(r.Protocol), o))
	}
	p.endLine()
	p.end()
}

// rulePrefix writes a prefix, without the length for a single address.
func (p *printer) rulePrefix(key string, prefix netip.Prefix) {
	p.paint(hueOf(prefix.Addr()), key, "%s", ipText(prefix.Addr()))
	if !prefix.IsSingleIP() {
		p.num(key+"len", "/%d", uint64(prefix.Bits()))
	}
}

// ruleSelectors writes the conditions of a rule besides the addresses.
func (p *printer) ruleSelectors(r *rtnl.Rule, o *Options) {
	if r.TOS != 0 {
		p.str("tos", " tos %s", dsfieldText(r.TOS, o))
	}
	if mask, ok := r.FwMask.Get(); ok || r.FwMark != 0 {
		p.str("fwmark", " fwmark %s", markText(r.FwMark))
		if ok && mask != 1<<32-1 {
			p.str("fwmask", "/%s", markText(mask))
		}
	}
	p.ruleInterface("iif", r.IIFName, r.Flags&unix.FIB_RULE_IIF_DETACHED != 0)
	p.ruleInterface("oif", r.OIFName, r.Flags&unix.FIB_RULE_OIF_DETACHED != 0)
	if r.L3MDev != 0 {
		p.null("l3mdev", " lookup [l3mdev-table]")
	}
	if u, ok := r.UIDRange.Get(); ok {
		p.num("uid_start", " uidrange %d", uint64(u.Start))
		p.num("uid_end", "-%d", uint64(u.End))
	}
	if r.IPProto != 0 {
		p.str("ipproto", " ipproto %s", ipProtos.name(r.IPProto, o))
	}
	p.rulePorts("sport", r.SrcPorts)
	p.rulePorts("dport", r.DstPorts)
	if r.TunID != 0 {
		p.num("tun_id", " tun_id %d", r.TunID)
	}
}

func (p *printer) ruleInterface(key, name string, detached bool) {
	if name == "" {
		return
	}
	p.text(" %s ", key)
	p.paint(hueIfname, key, "%s", name)
	if detached {
		p.null(key+"_detached", " [detached]")
	}
}

func (p *printer) rulePorts(key string, ports rtnl.PortRange) {
	switch {
	case ports == rtnl.PortRange{}:
	case ports.Start == ports.End:
		p.num(key, " "+key+" %d", uint64(ports.Start))
	default:
		p.num(key+"_start", " "+key+" %d", uint64(ports.Start))
		p.num(key+"_end", "-%d", uint64(ports.End))
	}
}

// ruleTable writes the table that a rule looks up, and the realms.
func (p *printer) ruleTable(r *rtnl.Rule, o *Options) {
	if r.Table != 0 {
		p.str("table", " lookup %s", rtTables.name(r.Table, o))
		if n, ok := r.SuppressPrefixLen.Get(); ok {
			p.signed("suppress_prefixlen", " suppress_prefixlength %d", int64(int32(n)))
		}
		if g, ok := r.SuppressIFGroup.Get(); ok {
			p.str("suppress_ifgroup", " suppress_ifgroup %s", rtGroups.name(g, o))
		}
	}
	if r.Realms == 0 {
		return
	}
	p.text(" realms ")
	if from := r.Realms >> 16; from != 0 {
		p.str("flow_from", "%s/", rtRealms.name(from, o))
	}
	p.str("flow_to", "%s", rtRealms.name(r.Realms&0xffff, o))
}

// ruleAction writes what a rule does unless it looks up a table.
func (p *printer) ruleAction(r *rtnl.Rule, o *Options) {
	switch r.Action {
	case unix.FR_ACT_TO_TBL:
	case unix.FR_ACT_GOTO:
		if r.Goto == 0 {
			p.str("goto", " goto %s", "none")
		} else {
			p.num("goto", " goto %d", uint64(r.Goto))
		}
		if r.Flags&unix.FIB_RULE_UNRESOLVED != 0 {
			p.null("unresolved", " [unresolved]")
		}
	case unix.FR_ACT_NOP:
		p.null("nop", " nop")
	default:
		p.str("action", " %s", routeTypeName(r.Action, o))
	}
}

// markText writes a number as C's "%#llx" does, which has no "0x" for 0.
func markText(v uint32) string {
	if v == 0 {
		return "0"
	}
	return "0x" + strconv.FormatUint(uint64(v), 16)
}
