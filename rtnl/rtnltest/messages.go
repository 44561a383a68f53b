package rtnltest

import (
	"encoding/binary"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// The functions below return the messages by which the kernel reports objects,
// in answers and in notifications. Interfaces must be given by index. They
// panic if an object cannot be encoded, for example an address without a
// prefix.

// NewLink returns RTM_NEWLINK, from which rtnl.DecodeLink reads l again. What
// is zero or absent in l is left out.
func NewLink(l rtnl.Link) rtnl.Message { return message((*link)(&l)) }

// NewAddr returns RTM_NEWADDR, from which rtnl.DecodeAddress reads a again. It
// has no Anycast and no Multicast: those are in answers of other types.
func NewAddr(a rtnl.Address) rtnl.Message {
	return message(report(func(e *rtnl.Encoder) {
		own := a
		own.Preferred, own.Valid = rtnl.Opt[uint32]{}, rtnl.Opt[uint32]{} // with the times below
		(&rtnl.AddrAdd{Address: own}).Encode(e)
		if a.Preferred.IsSet() || a.Valid.IsSet() || a.Created != 0 || a.Updated != 0 {
			e.Bytes(unix.IFA_CACHEINFO, numbers(a.Preferred.Or(rtnl.Forever), a.Valid.Or(rtnl.Forever), ticks(a.Created), ticks(a.Updated)))
		}
		int32Attr(e, unix.IFA_TARGET_NETNSID, a.TargetNetNSID)
	}))
}

// NewRoute returns RTM_NEWROUTE. Family, Table, Protocol, Scope and Type are
// filled in as rtnl.RouteAdd does; from a route that has them, rtnl.DecodeRoute
// reads r again.
func NewRoute(r rtnl.Route) rtnl.Message {
	m := message(report(func(e *rtnl.Encoder) {
		own := r
		own.NHID = 0 // with it, a request leaves out what it stands for
		(&rtnl.RouteAdd{Route: own}).Encode(e)
		uint32Attr(e, rtaNHID, r.NHID)
		uint32Attr(e, unix.RTA_IIF, r.IIF)
		uint32Attr(e, unix.RTA_MARK, r.Mark)
		if uid, ok := r.UID.Get(); ok {
			e.Uint32(unix.RTA_UID, uid)
		}
		if c, ok := r.CacheInfo.Get(); ok {
			e.Bytes(unix.RTA_CACHEINFO, numbers(c.References, ticks(c.LastUse), ticks(c.Expires), uint32(c.Error), c.Used, c.ID, c.TS, c.TSAge))
		}
	}))
	// A request cannot have the flags that only the kernel sets.
	binary.NativeEndian.PutUint32(m.Data[8:], r.Flags)
	return m
}

// NewRule returns RTM_NEWRULE. Action and Table are filled in as rtnl.RuleAdd
// does; from a rule that has them and a Priority, rtnl.DecodeRule reads r
// again.
func NewRule(r rtnl.Rule) rtnl.Message {
	m := message(&rtnl.RuleAdd{Rule: r})
	binary.NativeEndian.PutUint32(m.Data[8:], r.Flags) // as for routes
	return m
}

// NewNeigh returns RTM_NEWNEIGH, from which rtnl.DecodeNeigh reads n again if
// it has a Family. State is NUD_*, 0 for NUD_NONE.
func NewNeigh(n rtnl.Neigh) rtnl.Message {
	m := message(report(func(e *rtnl.Encoder) {
		(&rtnl.NeighAdd{Neigh: n}).Encode(e)
		uint32Attr(e, unix.NDA_MASTER, n.Master)
		uint32Attr(e, unix.NDA_PROBES, n.Probes)
		int32Attr(e, unix.NDA_LINK_NETNSID, n.LinkNetNSID)
		if c, ok := n.CacheInfo.Get(); ok {
			e.Bytes(unix.NDA_CACHEINFO, numbers(ticks(c.Confirmed), ticks(c.Used), ticks(c.Updated), c.References))
		}
	}))
	binary.NativeEndian.PutUint16(m.Data[8:], n.State&^rtnl.NeighStateNone)
	m.Data[11] = n.Type
	return m
}

// Del returns the message that reports the end of what an RTM_NEW* message
// reports: RTM_DELLINK for RTM_NEWLINK.
func Del(m rtnl.Message) rtnl.Message {
	m.Type++ // each object's types are NEW, DEL, GET, SET (include/uapi/linux/rtnetlink.h)
	return m
}

// rtaNHID is RTA_NH_ID (include/uapi/linux/rtnetlink.h), which x/sys/unix
// lacks.
const rtaNHID = 30

// report is a request that says what only the kernel says besides.
type report func(e *rtnl.Encoder)

// Encode implements rtnl.Request.
func (f report) Encode(e *rtnl.Encoder) { f(e) }

// message encodes a request as a message. It panics if that fails.
func message(r rtnl.Request) rtnl.Message {
	b, err := rtnl.Encode(r)
	if err != nil {
		panic("rtnltest: " + err.Error())
	}
	size := binary.NativeEndian.Uint32(b)
	return rtnl.Message{Type: binary.NativeEndian.Uint16(b[4:]), Data: b[unix.NLMSG_HDRLEN:size:size]}
}

// numbers returns 32-bit numbers in a row.
func numbers(v ...uint32) (b []byte) {
	for _, n := range v {
		b = binary.NativeEndian.AppendUint32(b, n)
	}
	return b
}

// ticks is a time in hundredths of seconds (USER_HZ).
func ticks(d time.Duration) uint32 { return uint32(int32(d / (10 * time.Millisecond))) }

func uint32Attr(e *rtnl.Encoder, typ uint16, v uint32) {
	if v != 0 {
		e.Uint32(typ, v)
	}
}

func int32Attr(e *rtnl.Encoder, typ uint16, o rtnl.Opt[int32]) {
	if v, ok := o.Get(); ok {
		e.Int32(typ, v)
	}
}
