package rtnl

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"

	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"
)

// fibRuleHdrLen is the length of struct fib_rule_hdr (include/uapi/linux/fib_rules.h).
const fibRuleHdrLen = 12

// noSuppression is what the kernel reports for a rule that suppresses nothing.
const noSuppression = 1<<32 - 1

// DecodeRule reads an RTM_NEWRULE or RTM_DELRULE.
func DecodeRule(m Message) (Rule, error) {
	if m.Type != unix.RTM_NEWRULE && m.Type != unix.RTM_DELRULE {
		return Rule{}, fmt.Errorf("%w: type %d where a rule was expected", ErrMalformed, m.Type)
	}
	if len(m.Data) < fibRuleHdrLen {
		return Rule{}, fmt.Errorf("%w: a rule of %d bytes", ErrMalformed, len(m.Data))
	}
	var r Rule
	known, err := r.filter(m.Data)
	if err != nil {
		return Rule{}, fmt.Errorf("rule: %w", err)
	}
	var msg rtnetlink.RuleMessage
	if err := msg.UnmarshalBinary(known); err != nil {
		return Rule{}, fmt.Errorf("rule: %w: %v", ErrMalformed, err)
	}
	if err := r.set(&msg); err != nil {
		return Rule{}, err
	}
	return r, nil
}

// ruleAttrLen returns the length of an attribute that rtnetlink.RuleMessage
// decodes, 0 where it varies, and false for any other.
func ruleAttrLen(typ uint16) (int, bool) {
	switch typ {
	case unix.FRA_SRC, unix.FRA_DST, unix.FRA_IIFNAME, unix.FRA_OIFNAME:
		return 0, true
	case unix.FRA_L3MDEV, unix.FRA_PROTOCOL, unix.FRA_IP_PROTO:
		return 1, true
	case unix.FRA_GOTO, unix.FRA_PRIORITY, unix.FRA_FWMARK, unix.FRA_FWMASK, unix.FRA_FLOW, unix.FRA_TABLE,
		unix.FRA_SUPPRESS_IFGROUP, unix.FRA_SUPPRESS_PREFIXLEN, unix.FRA_SPORT_RANGE, unix.FRA_DPORT_RANGE:
		return 4, true
	}
	return 0, false
}

// filter returns the rule message b with the attributes that
// rtnetlink.RuleMessage decodes, each of the length that it wants, and reads those
// that it does not: v2.2.0 fails on attributes that it does not know, such as
// FRA_DSCP of Linux 6.14, takes the 32-bit numbers of FRA_UID_RANGE for 16-bit ones,
// and FRA_TUN_ID, which is in network byte order, for one in the machine's.
func (r *Rule) filter(b []byte) ([]byte, error) {
	known := append(make([]byte, 0, len(b)), b[:fibRuleHdrLen]...)
	a := AttrReader{rest: b[fibRuleHdrLen:]}
	for a.Next() {
		switch a.Type() {
		case unix.FRA_UID_RANGE:
			if !a.short(8) {
				r.UIDRange = Some(UIDRange{
					Start: binary.NativeEndian.Uint32(a.data), End: binary.NativeEndian.Uint32(a.data[4:]),
				})
			}
			continue
		case unix.FRA_TUN_ID:
			r.TunID = a.Uint64BE()
			continue
		}
		n, ok := ruleAttrLen(a.Type())
		if !ok || a.short(n) {
			continue
		}
		if n == 0 {
			n = len(a.data)
		}
		known = binary.NativeEndian.AppendUint16(known, uint16(nlaHdrLen+n))
		known = binary.NativeEndian.AppendUint16(known, a.Type())
		known = append(known, a.data[:n]...)
		for len(known)%unix.NLA_ALIGNTO != 0 {
			known = append(known, 0)
		}
	}
	return known, a.Err()
}

// set takes over what rtnetlink decoded.
func (r *Rule) set(m *rtnetlink.RuleMessage) (err error) {
	r.Family, r.TOS, r.Table, r.Action, r.Flags = m.Family, m.TOS, uint32(m.Table), m.Action, m.Flags
	a := m.Attributes
	if a == nil {
		a = &rtnetlink.RuleAttributes{}
	}
	if r.Src, err = rulePrefix(a.Src, m.SrcLength); err != nil {
		return err
	}
	if r.Dst, err = rulePrefix(a.Dst, m.DstLength); err != nil {
		return err
	}
	r.Priority = Some(deref(a.Priority, 0)) // the kernel leaves a 0 out
	r.Table = deref(a.Table, r.Table)
	r.Goto = deref(a.Goto, 0)
	r.FwMark = deref(a.FwMark, 0)
	r.FwMask = optional(a.FwMask)
	r.IIFName, r.OIFName = deref(a.IIFName, ""), deref(a.OIFName, "")
	r.L3MDev, r.IPProto, r.Protocol = deref(a.L3MDev, 0), deref(a.IPProto, 0), deref(a.Protocol, 0)
	if p := a.SPortRange; p != nil {
		r.SrcPorts = PortRange(*p)
	}
	if p := a.DPortRange; p != nil {
		r.DstPorts = PortRange(*p)
	}
	if p := a.SuppressPrefixLen; p != nil && *p != noSuppression {
		r.SuppressPrefixLen = Some(*p)
	}
	if p := a.SuppressIFGroup; p != nil && *p != noSuppression {
		r.SuppressIFGroup = Some(*p)
	}
	r.Realms = uint32(deref(a.SrcRealm, 0))<<16 | uint32(deref(a.DstRealm, 0))
	return nil
}

func rulePrefix(ip *net.IP, bits uint8) (netip.Prefix, error) {
	if ip == nil && bits == 0 {
		return netip.Prefix{}, nil
	}
	var a netip.Addr
	if ip != nil {
		a, _ = netip.AddrFromSlice(*ip)
	}
	p := netip.PrefixFrom(a, int(bits))
	if !p.IsValid() {
		return p, fmt.Errorf("%w: rule with a prefix %s of length %d", ErrMalformed, a, bits)
	}
	return p, nil
}

func deref[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}

func optional[T any](p *T) Opt[T] {
	if p == nil {
		return Opt[T]{}
	}
	return Some(*p)
}

// Rules lists rules in the order in which they are tried.
func (c *Conn) Rules(ctx context.Context, req RuleDump) ([]Rule, error) {
	m, err := c.Dump(ctx, &req)
	if err != nil {
		return nil, err
	}
	rules := make([]Rule, 0, m.Len())
	for msg := range m.All() {
		r, err := DecodeRule(msg)
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil
}
