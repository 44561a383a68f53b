package rtnl

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// ruleStateFlags are the flags of a rule that only the kernel sets. It accepts
// FIB_RULE_PERMANENT in a request, and then never deletes the rule again.
const ruleStateFlags = unix.FIB_RULE_PERMANENT | unix.FIB_RULE_UNRESOLVED |
	unix.FIB_RULE_IIF_DETACHED | unix.FIB_RULE_OIF_DETACHED

// A Rule says which routing table is looked up for which packets. A dump
// returns it; RuleAdd and RuleDel take it. A selector that is zero or absent
// matches every packet.
type Rule struct {
	// Family is AF_INET or AF_INET6. In a request, 0 means the family of Src or
	// Dst, else AF_INET. A dump of all families also lists the rules of
	// multicast forwarding: RTNL_FAMILY_IPMR (128) and RTNL_FAMILY_IP6MR (129).
	Family uint8
	// Priority is the rule's position; the lowest comes first. If it is absent
	// in a RuleAdd, the kernel puts the rule before all others except the one
	// of priority 0. If it is absent in a RuleDel, it matches any. A decoded
	// Rule always has it.
	Priority Opt[uint32]
	// Action is FR_ACT_*.
	Action uint8
	// Table is the routing table that FR_ACT_TO_TBL looks up.
	Table uint32
	// Goto is the priority of the rule that FR_ACT_GOTO continues with.
	Goto uint32
	// Flags are FIB_RULE_*; FIB_RULE_INVERT is the "not" of ip(8). Requests
	// ignore those that only the kernel sets.
	Flags uint32
	// Src and Dst are the packet's addresses.
	Src, Dst netip.Prefix
	// TOS is the packet's type of service.
	TOS uint8
	// FwMark is the packet's mark under FwMask. Without a mask, all bits count;
	// with a mask, a mark of 0 counts, too.
	FwMark uint32
	FwMask Opt[uint32]
	// IIFName and OIFName are names of interfaces, at most 15 bytes. They need
	// not exist.
	IIFName, OIFName string
	// L3MDev is 1 for packets of an L3 master device (a VRF), whose table is
	// then looked up. Table must be 0.
	L3MDev uint8
	// UIDRange is the range of users that send.
	UIDRange Opt[UIDRange]
	// IPProto is IPPROTO_*.
	IPProto uint8
	// SrcPorts and DstPorts are ranges of IPProto's ports.
	SrcPorts, DstPorts PortRange
	// TunID is the key of the tunnel that the packet came through.
	TunID uint64
	// SuppressPrefixLen rejects a route whose prefix has this length or less.
	SuppressPrefixLen Opt[uint32]
	// SuppressIFGroup rejects a route through an interface of that group.
	SuppressIFGroup Opt[uint32]
	// Realms are the IPv4 routing realms, source in the upper 16 bits.
	Realms uint32
	// Protocol says who added the rule, RTPROT_*.
	Protocol uint8
}

// A UIDRange is a range of user ids, from Start to End inclusive.
type UIDRange struct{ Start, End uint32 }

// A PortRange is a range of ports from 1 to 65534, from Start to End inclusive.
// The zero PortRange means none.
type PortRange struct{ Start, End uint16 }

// RuleAdd adds a rule. Action 0 means FR_ACT_GOTO if there is a Goto, else
// FR_ACT_TO_TBL; Table 0 then means RT_TABLE_MAIN unless L3MDev is set. If
// Action is FR_ACT_TO_TBL and there is no Table, the kernel takes the first
// IPv4 table without routes. If an identical rule exists, the error matches
// fs.ErrExist.
type RuleAdd struct{ Rule }

// Encode implements Request.
func (r *RuleAdd) Encode(e *Encoder) {
	e.Begin(unix.RTM_NEWRULE, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	action, table := r.action(), r.Table
	if action == unix.FR_ACT_UNSPEC {
		action = unix.FR_ACT_TO_TBL
		if table == 0 && r.L3MDev == 0 {
			table = unix.RT_TABLE_MAIN
		}
	}
	r.encode(e, action, table)
}

// RuleDel deletes the first rule that matches all given fields. With a Goto,
// Action 0 means FR_ACT_GOTO; nothing else is filled in. If no rule matches,
// the error matches fs.ErrNotExist.
type RuleDel struct{ Rule }

// Encode implements Request.
func (r *RuleDel) Encode(e *Encoder) {
	e.Begin(unix.RTM_DELRULE, 0)
	r.encode(e, r.action(), r.Table)
}

// RuleDump lists rules. Conn.Rules runs it.
type RuleDump struct {
	// Family is AF_INET, AF_INET6, or AF_UNSPEC for all.
	Family uint8
}

// Encode implements Request.
func (r *RuleDump) Encode(e *Encoder) {
	e.Begin(unix.RTM_GETRULE, unix.NLM_F_DUMP)
	dumpFamily(e, "rules", r.Family)
	e.Header(r.Family, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
}

func (r *Rule) action() uint8 {
	if r.Action == unix.FR_ACT_UNSPEC && r.Goto != 0 {
		return unix.FR_ACT_GOTO
	}
	return r.Action
}

// encode appends the fib_rule_hdr and the attributes of a rule
// (include/uapi/linux/fib_rules.h).
func (r *Rule) encode(e *Encoder, action uint8, table uint32) {
	family := r.Family
	for _, p := range [...]netip.Prefix{r.Src, r.Dst} {
		switch {
		case p == (netip.Prefix{}):
		case !p.IsValid():
			e.Fail("rule: %s is not a valid prefix", p)
		case family == 0:
			family = ipFamily(p.Addr())
		case family != ipFamily(p.Addr()):
			e.Fail("rule: prefix %s is not of family %d", p, family)
		}
	}
	if family == 0 {
		family = unix.AF_INET
	}
	for _, name := range [...]string{r.IIFName, r.OIFName} {
		if len(name) >= unix.IFNAMSIZ {
			e.Fail("rule: interface name %q has %d bytes, at most %d are allowed", name, len(name), unix.IFNAMSIZ-1)
		}
	}
	if e.err != nil {
		return
	}
	header := table
	if table > 0xff {
		header = unix.RT_TABLE_UNSPEC // the table does not fit into 8 bits and goes into FRA_TABLE
	}
	e.buf = append(e.buf, family, prefixLen(r.Dst), prefixLen(r.Src), r.TOS, uint8(header), 0, 0, action)
	e.buf = binary.NativeEndian.AppendUint32(e.buf, r.Flags&^ruleStateFlags)
	if prefixLen(r.Src) > 0 {
		e.Addr(unix.FRA_SRC, r.Src.Addr())
	}
	if prefixLen(r.Dst) > 0 {
		e.Addr(unix.FRA_DST, r.Dst.Addr())
	}
	if table > 0xff {
		e.Uint32(unix.FRA_TABLE, table)
	}
	opt32(e, unix.FRA_PRIORITY, r.Priority)
	nonZero(e, unix.FRA_GOTO, r.Goto)
	nonZero(e, unix.FRA_FWMARK, r.FwMark)
	opt32(e, unix.FRA_FWMASK, r.FwMask)
	if r.IIFName != "" {
		e.String(unix.FRA_IIFNAME, r.IIFName)
	}
	if r.OIFName != "" {
		e.String(unix.FRA_OIFNAME, r.OIFName)
	}
	if r.L3MDev != 0 {
		e.Uint8(unix.FRA_L3MDEV, r.L3MDev)
	}
	if u, ok := r.UIDRange.Get(); ok {
		var b [8]byte
		binary.NativeEndian.PutUint32(b[0:], u.Start)
		binary.NativeEndian.PutUint32(b[4:], u.End)
		e.Bytes(unix.FRA_UID_RANGE, b[:])
	}
	if r.IPProto != 0 {
		e.Uint8(unix.FRA_IP_PROTO, r.IPProto)
	}
	r.SrcPorts.encode(e, unix.FRA_SPORT_RANGE)
	r.DstPorts.encode(e, unix.FRA_DPORT_RANGE)
	if r.TunID != 0 {
		e.Uint64BE(unix.FRA_TUN_ID, r.TunID)
	}
	opt32(e, unix.FRA_SUPPRESS_PREFIXLEN, r.SuppressPrefixLen)
	opt32(e, unix.FRA_SUPPRESS_IFGROUP, r.SuppressIFGroup)
	nonZero(e, unix.FRA_FLOW, r.Realms)
	if r.Protocol != 0 {
		e.Uint8(unix.FRA_PROTOCOL, r.Protocol)
	}
}

func (p PortRange) encode(e *Encoder, typ uint16) {
	if p == (PortRange{}) {
		return
	}
	var b [4]byte
	binary.NativeEndian.PutUint16(b[0:], p.Start)
	binary.NativeEndian.PutUint16(b[2:], p.End)
	e.Bytes(typ, b[:])
}

// prefixLen returns the length of p, 0 if p is not valid.
func prefixLen(p netip.Prefix) uint8 { return uint8(max(p.Bits(), 0)) }
