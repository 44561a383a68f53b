package rtnl

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// fibRuleHdrLen is the length of struct fib_rule_hdr
// (include/uapi/linux/fib_rules.h).
const fibRuleHdrLen = 12

// noSuppression is what the kernel reports for a rule that suppresses nothing.
const noSuppression = 1<<32 - 1

// DecodeRule reads an RTM_NEWRULE or RTM_DELRULE. It ignores attributes that it
// does not know, such as FRA_DSCP of Linux 6.14.
func DecodeRule(m Message) (Rule, error) {
	if m.Type != unix.RTM_NEWRULE && m.Type != unix.RTM_DELRULE {
		return Rule{}, fmt.Errorf("%w: type %d where a rule was expected", ErrMalformed, m.Type)
	}
	b := m.Data
	if len(b) < fibRuleHdrLen {
		return Rule{}, fmt.Errorf("%w: a rule of %d bytes", ErrMalformed, len(b))
	}
	r := Rule{
		Family: b[0], TOS: b[3], Table: uint32(b[4]), Action: b[7], Flags: binary.NativeEndian.Uint32(b[8:]),
		Priority: Some(uint32(0)), // the kernel omits 0
	}
	var dst, src netip.Addr
	a := AttrReader{rest: b[fibRuleHdrLen:]}
	for a.Next() {
		switch a.Type() {
		case unix.FRA_DST:
			dst = a.Addr()
		case unix.FRA_SRC:
			src = a.Addr()
		default:
			r.attr(&a)
		}
	}
	if a.err != nil {
		return Rule{}, fmt.Errorf("rule: %w", a.err)
	}
	var err error
	if r.Dst, err = rulePrefix(dst, b[1]); err != nil {
		return Rule{}, err
	}
	if r.Src, err = rulePrefix(src, b[2]); err != nil {
		return Rule{}, err
	}
	return r, nil
}

func (r *Rule) attr(a *AttrReader) {
	switch a.Type() {
	case unix.FRA_TABLE:
		r.Table = a.Uint32()
	case unix.FRA_PRIORITY:
		r.Priority = Some(a.Uint32())
	case unix.FRA_GOTO:
		r.Goto = a.Uint32()
	case unix.FRA_FWMARK:
		r.FwMark = a.Uint32()
	case unix.FRA_FWMASK:
		r.FwMask = Some(a.Uint32())
	case unix.FRA_IIFNAME:
		r.IIFName = a.String()
	case unix.FRA_OIFNAME:
		r.OIFName = a.String()
	case unix.FRA_L3MDEV:
		r.L3MDev = a.Uint8()
	case unix.FRA_UID_RANGE:
		if !a.short(8) {
			r.UIDRange = Some(UIDRange{
				Start: binary.NativeEndian.Uint32(a.data), End: binary.NativeEndian.Uint32(a.data[4:]),
			})
		}
	case unix.FRA_IP_PROTO:
		r.IPProto = a.Uint8()
	case unix.FRA_SPORT_RANGE:
		r.SrcPorts = a.portRange()
	case unix.FRA_DPORT_RANGE:
		r.DstPorts = a.portRange()
	case unix.FRA_TUN_ID:
		r.TunID = a.Uint64BE()
	case unix.FRA_SUPPRESS_PREFIXLEN:
		r.SuppressPrefixLen = a.suppression()
	case unix.FRA_SUPPRESS_IFGROUP:
		r.SuppressIFGroup = a.suppression()
	case unix.FRA_FLOW:
		r.Realms = a.Uint32()
	case unix.FRA_PROTOCOL:
		r.Protocol = a.Uint8()
	}
}

// portRange reads a struct fib_rule_port_range.
func (r *AttrReader) portRange() PortRange {
	if r.short(4) {
		return PortRange{}
	}
	return PortRange{Start: binary.NativeEndian.Uint16(r.data), End: binary.NativeEndian.Uint16(r.data[2:])}
}

func (r *AttrReader) suppression() Opt[uint32] {
	if v := r.Uint32(); v != noSuppression {
		return Some(v)
	}
	return Opt[uint32]{}
}

// rulePrefix returns the prefix of a with that many bits. It is not valid if
// there is none.
func rulePrefix(a netip.Addr, bits uint8) (netip.Prefix, error) {
	if !a.IsValid() && bits == 0 {
		return netip.Prefix{}, nil
	}
	p := netip.PrefixFrom(a, int(bits))
	if !p.IsValid() {
		return p, fmt.Errorf("%w: rule with a prefix %s of length %d", ErrMalformed, a, bits)
	}
	return p, nil
}

// Rules lists rules in the order in which the kernel tries them.
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
