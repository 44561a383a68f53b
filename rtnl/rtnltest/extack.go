package rtnltest

import (
	"fmt"

	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// An ExtAck is what the kernel says besides an error number
// (Documentation/userspace-api/netlink/intro.rst). The program finds it in an
// rtnl.Error.
type ExtAck struct {
	// Message is a sentence (NLMSGERR_ATTR_MSG).
	Message string
	// Attr is the path of the request's attribute that is at fault, as
	// rtnl.Error has it: "IFLA_LINKINFO/IFLA_INFO_KIND" (NLMSGERR_ATTR_OFFS).
	Attr string
	// Missing is the path of an attribute that the request lacks
	// (NLMSGERR_ATTR_MISS_TYPE and _NEST).
	Missing string
	// Policy is what the kernel allows at Attr (NLMSGERR_ATTR_POLICY).
	Policy *rtnl.Policy
	// Cookie is NLMSGERR_ATTR_COOKIE, at most 20 bytes in the kernel.
	Cookie []byte
}

// encode returns the attributes, with places in the request that a answers.
func (x *ExtAck) encode(a *Answer) []byte {
	if x == nil {
		return nil
	}
	return message(report(func(e *rtnl.Encoder) {
		e.Begin(unix.NLMSG_ERROR, 0)
		if x.Message != "" {
			e.String(unix.NLMSGERR_ATTR_MSG, x.Message)
		}
		if x.Attr != "" {
			e.Uint32(unix.NLMSGERR_ATTR_OFFS, a.attr(x.Attr))
		}
		if len(x.Cookie) > 0 {
			e.Bytes(unix.NLMSGERR_ATTR_COOKIE, x.Cookie)
		}
		if x.Policy != nil {
			nest := e.Nest(nlspec.NLMSGERR_ATTR_POLICY)
			encodePolicy(e, x.Policy)
			e.EndNest(nest)
		}
		if x.Missing != "" {
			typ, nest := a.missing(x.Missing)
			e.Uint32(nlspec.NLMSGERR_ATTR_MISS_TYPE, typ)
			if nest != 0 {
				e.Uint32(nlspec.NLMSGERR_ATTR_MISS_NEST, nest)
			}
		}
	})).Data
}

// attr returns where an attribute of the request starts, in bytes from the
// start of the message. Of several of the same path it is the first.
func (a *Answer) attr(path string) uint32 {
	for off := unix.NLMSG_HDRLEN; off < len(a.raw); off += unix.NLA_ALIGNTO {
		if nlspec.AttrPath(a.Protocol(), a.raw, off) == path {
			return uint32(off)
		}
	}
	panic(fmt.Sprintf("rtnltest: %s has no attribute %s", a.name(), path))
}

// maxMissing is above all types of attributes that can be missing.
const maxMissing = 256

// missing returns the type of an attribute that the request lacks, and where
// the attribute starts that it should be in, 0 for none.
func (a *Answer) missing(path string) (typ, nest uint32) {
	for nest := 0; nest < len(a.raw); nest += unix.NLA_ALIGNTO {
		if nest != 0 && nlspec.AttrPath(a.Protocol(), a.raw, nest) == "" {
			continue // no attribute is here
		}
		for typ := range uint16(maxMissing) {
			if nlspec.MissingPath(a.Protocol(), a.raw, nest, typ) == path {
				return uint32(typ), uint32(nest)
			}
		}
	}
	panic(fmt.Sprintf("rtnltest: %s can have no attribute %s, or not with what else it has", a.name(), path))
}

func (a *Answer) name() string { return nlspec.MessageName(a.Protocol(), a.request.Type) }

func encodePolicy(e *rtnl.Encoder, p *rtnl.Policy) {
	e.Uint32(unix.NL_POLICY_TYPE_ATTR_TYPE, p.Type)
	signed := func(typ uint16, o rtnl.Opt[int64]) {
		if v, ok := o.Get(); ok {
			e.Uint64(typ, uint64(v))
		}
	}
	unsigned := func(typ uint16, o rtnl.Opt[uint64]) {
		if v, ok := o.Get(); ok {
			e.Uint64(typ, v)
		}
	}
	length := func(typ uint16, o rtnl.Opt[uint32]) {
		if v, ok := o.Get(); ok {
			e.Uint32(typ, v)
		}
	}
	signed(unix.NL_POLICY_TYPE_ATTR_MIN_VALUE_S, p.Min)
	signed(unix.NL_POLICY_TYPE_ATTR_MAX_VALUE_S, p.Max)
	unsigned(unix.NL_POLICY_TYPE_ATTR_MAX_VALUE_U, p.MaxUnsigned)
	length(unix.NL_POLICY_TYPE_ATTR_MIN_LENGTH, p.MinLength)
	length(unix.NL_POLICY_TYPE_ATTR_MAX_LENGTH, p.MaxLength)
	unsigned(unix.NL_POLICY_TYPE_ATTR_MASK, p.Mask)
}
