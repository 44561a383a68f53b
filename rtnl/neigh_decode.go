package rtnl

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// ndaCacheInfoLen is the length of struct nda_cacheinfo
// (include/uapi/linux/neighbour.h).
const ndaCacheInfoLen = 16

// DecodeNeigh reads an RTM_NEWNEIGH or RTM_DELNEIGH, or, from a Monitor, an
// RTM_GETNEIGH, with which the kernel asks user space for a missing entry.
func DecodeNeigh(m Message) (Neigh, error) {
	var n Neigh
	if err := n.decode(m); err != nil {
		return Neigh{}, err
	}
	return n, nil
}

func (n *Neigh) decode(m Message) error {
	if m.Type != unix.RTM_NEWNEIGH && m.Type != unix.RTM_DELNEIGH && m.Type != unix.RTM_GETNEIGH {
		return fmt.Errorf("%w: type %d where a neighbour was expected", ErrMalformed, m.Type)
	}
	if len(m.Data) < unix.SizeofNdMsg {
		return fmt.Errorf("%w: a neighbour of %d bytes", ErrMalformed, len(m.Data))
	}
	n.Family = m.Data[0]
	n.Link.Index = binary.NativeEndian.Uint32(m.Data[4:])
	n.State = binary.NativeEndian.Uint16(m.Data[8:])
	n.Flags, n.Type = m.Data[10], m.Data[11]
	r := AttrReader{rest: m.Data[unix.SizeofNdMsg:]}
	for r.Next() {
		n.attr(&r)
	}
	if r.err != nil {
		return fmt.Errorf("neighbour on index %d: %w", n.Link.Index, r.err)
	}
	return nil
}

func (n *Neigh) attr(r *AttrReader) {
	switch r.Type() {
	case unix.NDA_DST:
		n.Dst = r.Addr()
	case unix.NDA_LLADDR:
		n.LLAddr = net.HardwareAddr(r.Bytes())
	case unix.NDA_CACHEINFO:
		if r.short(ndaCacheInfoLen) {
			return
		}
		b := r.Bytes()
		n.CacheInfo = Some(NeighCacheInfo{
			Confirmed:  fromClockT(uint64(binary.NativeEndian.Uint32(b[0:]))),
			Used:       fromClockT(uint64(binary.NativeEndian.Uint32(b[4:]))),
			Updated:    fromClockT(uint64(binary.NativeEndian.Uint32(b[8:]))),
			References: binary.NativeEndian.Uint32(b[12:]),
		})
	case unix.NDA_PROBES:
		n.Probes = r.Uint32()
	case unix.NDA_VLAN:
		n.VLAN = r.Uint16()
	case unix.NDA_PORT:
		n.Port = r.Uint16BE()
	case unix.NDA_VNI:
		n.VNI = r.Uint32()
	case unix.NDA_IFINDEX:
		n.Via.Index = r.Uint32()
	case unix.NDA_MASTER:
		n.Master = r.Uint32()
	case unix.NDA_LINK_NETNSID:
		n.LinkNetNSID = Some(r.Int32())
	case unix.NDA_SRC_VNI:
		n.SrcVNI = r.Uint32()
	case ndaProtocol:
		n.Protocol = r.Uint8()
	case ndaNHID:
		n.NHID = r.Uint32()
	case ndaFlagsExt:
		n.ExtFlags = r.Uint32()
	}
}

// Neigh returns one entry. If it does not exist, the error matches
// fs.ErrNotExist.
func (c *Conn) Neigh(ctx context.Context, req NeighGet) (Neigh, error) {
	m, err := c.Get(ctx, &req)
	if err != nil {
		return Neigh{}, err
	}
	return DecodeNeigh(m)
}

// Neighs lists entries. With AF_UNSPEC, it omits those of protocols other than
// IPv4 and IPv6.
func (c *Conn) Neighs(ctx context.Context, req NeighDump) ([]Neigh, error) {
	m, err := c.Dump(ctx, &req)
	if err != nil {
		return nil, err
	}
	neighs := make([]Neigh, m.Len())
	i := 0
	for msg := range m.All() {
		if req.Family == unix.AF_UNSPEC && !isIP(msg) {
			continue
		}
		if err := neighs[i].decode(msg); err != nil {
			return nil, err
		}
		i++
	}
	return neighs[:i], nil
}

// isIP reports whether the fixed header of m, which begins with the address
// family, is for IPv4 or IPv6.
func isIP(m Message) bool {
	return len(m.Data) > 0 && (m.Data[0] == unix.AF_INET || m.Data[0] == unix.AF_INET6)
}
