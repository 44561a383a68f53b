package rtnl

import (
	"encoding/binary"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// Forever is a lifetime without end (INFINITY_LIFE_TIME,
// include/net/addrconf.h).
const Forever = 1<<32 - 1

// ifaProto is IFA_PROTO (include/uapi/linux/if_addr.h), which x/sys/unix lacks.
const ifaProto = 11

// An Address is an IP address of an interface. A dump returns it; AddrAdd and
// AddrDel take it.
type Address struct {
	// Link is the interface. A decoded Address has only its index.
	Link LinkRef
	// Prefix is the address (IFA_LOCAL) with its prefix length. With a Peer,
	// the length is that of the peer's network.
	Prefix netip.Prefix
	// Peer is the address of the other end of a point-to-point link
	// (IFA_ADDRESS). It is not valid if that equals the address itself.
	Peer netip.Addr
	// Broadcast is the IPv4 broadcast address; not valid means none. The kernel
	// does not compute it: see BroadcastAddr.
	Broadcast netip.Addr
	// Anycast and Multicast are what RTM_GETANYCAST and RTM_GETMULTICAST list;
	// such messages have no Prefix. Requests ignore them.
	Anycast, Multicast netip.Addr
	// Label is the IPv4 address label, at most 15 bytes. If it is "", the
	// kernel uses the interface's name.
	Label string
	// Scope is RT_SCOPE_*. IPv6 ignores it and derives it from the address; for
	// IPv4 see DefaultAddrScope.
	Scope uint8
	// Flags are IFA_F_*.
	Flags uint32
	// Preferred and Valid are lifetimes in seconds; Forever has no end. If both
	// are absent, the kernel uses Forever. If one is given, the absent
	// Preferred equals Valid, or the absent Valid is Forever. Preferred must
	// not exceed Valid, and Valid must not be 0.
	Preferred, Valid Opt[uint32]
	// Protocol says who added the address, IFAPROT_* (Linux 5.18; earlier
	// kernels ignore it). 0 is unspecified.
	Protocol uint8
	// Metric is the priority of the address's prefix route, 0 for the kernel's
	// default (IFA_RT_PRIORITY).
	Metric uint32
	// Created and Updated are times since boot, with a resolution of 10 ms.
	// Requests ignore them.
	Created, Updated time.Duration
	// TargetNetNSID is the id of the namespace that an AddrDump was for.
	// Requests ignore it, as the kernel does in RTM_NEWADDR.
	TargetNetNSID Opt[int32]
}

// BroadcastAddr returns the broadcast address of an IPv4 network, which has all
// host bits set; ip(8) calls it "broadcast +". For networks of one or two
// addresses (/32, and /31 by RFC 3021) and for IPv6, the result is not valid.
func BroadcastAddr(p netip.Prefix) netip.Addr {
	if !p.IsValid() || !p.Addr().Is4() || p.Bits() > 30 {
		return netip.Addr{}
	}
	b := p.Addr().As4()
	n := binary.BigEndian.Uint32(b[:]) | (1<<(32-p.Bits()) - 1)
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

// DefaultAddrScope returns the scope that ip(8) gives an address: RT_SCOPE_HOST
// for IPv4 loopback addresses, RT_SCOPE_UNIVERSE for all others.
func DefaultAddrScope(a netip.Addr) uint8 {
	if a.Is4() && a.IsLoopback() {
		return unix.RT_SCOPE_HOST
	}
	return unix.RT_SCOPE_UNIVERSE
}

// AddrAdd adds an address to an interface. With ModeAdd, the error matches
// fs.ErrExist if the interface has the address.
type AddrAdd struct {
	Address
	// Mode is ModeAdd, ModeReplace or ModeChange.
	Mode Mode
}

// Encode implements Request.
func (r *AddrAdd) Encode(e *Encoder) {
	e.Begin(unix.RTM_NEWADDR, r.Mode.flags(e, "address", ModeChange))
	if !r.encodeLocal(e, r.Flags) {
		return
	}
	r.encodePeer(e)
	r.encodeLabel(e)
	if r.Broadcast.IsValid() {
		e.Addr(unix.IFA_BROADCAST, r.Broadcast)
	}
	if r.Flags > 0xff {
		e.Uint32(unix.IFA_FLAGS, r.Flags)
	}
	r.encodeLifetimes(e)
	nonZero(e, unix.IFA_RT_PRIORITY, r.Metric)
	if r.Protocol != 0 {
		e.Uint8(ifaProto, r.Protocol)
	}
}

// AddrDel deletes an address. It is identified by the interface, the address
// with its prefix length and, if given, its peer and its label. If the
// interface has no such address, the error matches fs.ErrNotExist. Deleting a
// primary IPv4 address also deletes its secondary addresses, unless the sysctl
// promote_secondaries is set. With IFA_F_MANAGETEMPADDR in Flags, the temporary
// IPv6 addresses derived from it are deleted too; other flags are not sent.
type AddrDel struct {
	Address
	// AnyLength ignores the prefix length and the peer: the first IPv4 address
	// that equals Prefix's is deleted, whatever its network. IPv6 always
	// compares the length.
	AnyLength bool
}

// Encode implements Request.
func (r *AddrDel) Encode(e *Encoder) {
	e.Begin(unix.RTM_DELADDR, 0)
	switch {
	case r.AnyLength && r.Peer.IsValid():
		e.Fail("address %s: Peer and AnyLength exclude each other", r.Prefix)
	case r.AnyLength && !r.Prefix.Addr().Is4():
		e.Fail("address %s: AnyLength is for IPv4 addresses only", r.Prefix)
	}
	if !r.encodeLocal(e, 0) {
		return
	}
	if !r.AnyLength {
		r.encodePeer(e)
	}
	r.encodeLabel(e)
	if f := r.Flags & unix.IFA_F_MANAGETEMPADDR; f != 0 {
		e.Uint32(unix.IFA_FLAGS, f)
	}
}

// encodeLocal appends the ifaddrmsg and the address.
func (a *Address) encodeLocal(e *Encoder, flags uint32) bool {
	local := a.Prefix.Addr()
	switch {
	case !a.Prefix.IsValid():
		e.Fail("no address with a prefix length given")
	case a.Link.IsZero():
		e.Fail("address %s: no interface index given", a.Prefix)
	case a.Peer.IsValid() && a.Peer.BitLen() != local.BitLen():
		e.Fail("address %s: the peer %s is of another family", a.Prefix, a.Peer)
	case len(a.Label) >= unix.IFNAMSIZ:
		e.Fail("address %s: label %q has %d bytes, at most %d are allowed",
			a.Prefix, a.Label, len(a.Label), unix.IFNAMSIZ-1)
	}
	if e.err != nil {
		return false
	}
	if flags > 0xff {
		flags = 0 // ifa_flags has only 8 bits; IFA_FLAGS has all
	}
	e.Header(ipFamily(local), uint8(a.Prefix.Bits()), uint8(flags), a.Scope)
	e.HeaderLink(a.Link)
	e.Addr(unix.IFA_LOCAL, local)
	return true
}

// encodePeer appends the address of the other end. Without one, it is the
// address itself.
func (a *Address) encodePeer(e *Encoder) {
	peer := a.Prefix.Addr()
	if a.Peer.IsValid() {
		peer = a.Peer
	}
	e.Addr(unix.IFA_ADDRESS, peer)
}

func (a *Address) encodeLabel(e *Encoder) {
	if a.Label != "" {
		e.String(unix.IFA_LABEL, a.Label)
	}
}

// encodeLifetimes appends a struct ifa_cacheinfo.
func (a *Address) encodeLifetimes(e *Encoder) {
	if !a.Preferred.IsSet() && !a.Valid.IsSet() {
		return
	}
	valid := a.Valid.Or(Forever)
	preferred := a.Preferred.Or(valid)
	if preferred > valid || valid == 0 {
		e.Fail("address %s: the preferred lifetime of %d s must not exceed the valid lifetime of %d s, which must not be 0",
			a.Prefix, preferred, valid)
		return
	}
	var b [unix.SizeofIfaCacheinfo]byte
	binary.NativeEndian.PutUint32(b[0:], preferred)
	binary.NativeEndian.PutUint32(b[4:], valid)
	e.Bytes(unix.IFA_CACHEINFO, b[:])
}

// AddrDump lists addresses; the zero value lists all. Conn.Addrs runs it.
type AddrDump struct {
	// Family is AF_INET, AF_INET6, or AF_UNSPEC for both.
	Family uint8
	// Index, unless 0, is the interface whose addresses are listed. If it does
	// not exist, the error matches fs.ErrNotExist.
	Index uint32
	// NetNS is the namespace to list, by id (NetNSID). Zero is the socket's.
	NetNS NetNS
}

// Encode implements Request.
func (r *AddrDump) Encode(e *Encoder) {
	e.Begin(unix.RTM_GETADDR, unix.NLM_F_DUMP)
	dumpFamily(e, "addresses", r.Family)
	e.Header(r.Family, 0, 0, 0)
	e.buf = binary.NativeEndian.AppendUint32(e.buf, r.Index)
	switch r.NetNS.attr {
	case 0:
	case unix.IFLA_TARGET_NETNSID:
		e.Int32(unix.IFA_TARGET_NETNSID, r.NetNS.value)
	default:
		e.Fail("list addresses: give the namespace by its id")
	}
}

// ipFamily returns the address family of a, AF_UNSPEC if a is not valid.
func ipFamily(a netip.Addr) uint8 {
	switch {
	case a.Is4():
		return unix.AF_INET
	case a.Is6():
		return unix.AF_INET6
	}
	return unix.AF_UNSPEC
}

// dumpFamily fails e if a dump of IP objects is for another family: the kernel
// would list all families.
func dumpFamily(e *Encoder, objects string, family uint8) {
	switch family {
	case unix.AF_UNSPEC, unix.AF_INET, unix.AF_INET6:
	default:
		e.Fail("list %s: family %d, want AF_INET, AF_INET6 or AF_UNSPEC for both", objects, family)
	}
}
