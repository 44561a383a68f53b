package bridge

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// The State of an FDB entry's rtnl.Neigh, in bridge(8)'s words.
const (
	// Permanent marks an address of this machine: frames to it are not
	// forwarded ("local", "permanent").
	Permanent = unix.NUD_NOARP | unix.NUD_PERMANENT
	// Static marks an entry that stays until it is deleted ("static", "temp").
	Static = unix.NUD_NOARP | unix.NUD_REACHABLE
	// Dynamic marks an entry that ages, as a learned one does ("dynamic").
	Dynamic = unix.NUD_REACHABLE
)

// Flags and attributes that x/sys/unix lacks (include/uapi/linux/neighbour.h).
const (
	// NTFSticky, in an entry's Flags, keeps the entry on its port when its
	// address arrives on another.
	NTFSticky = 1 << 6

	ndaNDMStateMask = 16
	ndaNDMFlagsMask = 17
)

// AddFDB adds an entry to the FDB of a port's bridge or, with NTF_SELF in its
// Flags, to that of the device itself. It sets the Family. Mode is ModeAdd,
// ModeReplace, or ModeAppend, which adds a destination to an address if the
// device allows several. With ModeAdd, the error matches fs.ErrExist if the
// address has an entry.
func AddFDB(ctx context.Context, c *rtnl.Conn, mode rtnl.Mode, n rtnl.Neigh) error {
	n.Family = unix.AF_BRIDGE
	return c.Do(ctx, &rtnl.NeighAdd{Neigh: n, Mode: mode})
}

// DeleteFDB deletes an entry, given by its port, address, VLAN and side. If it
// does not exist, the error matches fs.ErrNotExist.
func DeleteFDB(ctx context.Context, c *rtnl.Conn, n rtnl.Neigh) error {
	n.Family = unix.AF_BRIDGE
	return c.Do(ctx, &rtnl.NeighDel{Neigh: n})
}

// GetFDB returns one entry, given by its address and its port or bridge. If it
// does not exist, the error matches fs.ErrNotExist.
func GetFDB(ctx context.Context, c *rtnl.Conn, req rtnl.NeighGet) (rtnl.Neigh, error) {
	req.Family = unix.AF_BRIDGE
	return c.Neigh(ctx, req)
}

// An FDBFilter says which entries to list. The zero value lists all entries of
// all devices.
type FDBFilter struct {
	// Bridge and Port are indices, 0 for any. Port may be any device with an
	// FDB.
	Bridge, Port uint32
	// VLAN is 1 to 4094, 0 for any.
	VLAN uint16
	// States are NUD_* bits. Entries with one of them are listed; 0 lists all.
	States uint16
	// Aging lists only entries that are not permanent.
	Aging bool
}

// Match reports whether an entry is listed.
func (f *FDBFilter) Match(n *rtnl.Neigh) bool {
	return n.Family == unix.AF_BRIDGE &&
		(f.Port == 0 || n.Link.Index == f.Port) &&
		(f.States == 0 || n.State&f.States != 0) &&
		(f.VLAN == 0 || n.VLAN == f.VLAN) &&
		(!f.Aging || n.State&unix.NUD_PERMANENT == 0)
}

// FDB lists entries, in the kernel's order.
func FDB(ctx context.Context, c *rtnl.Conn, f FDBFilter) ([]rtnl.Neigh, error) {
	all, err := c.Neighs(ctx, rtnl.NeighDump{Family: unix.AF_BRIDGE, Index: f.Port, Master: f.Bridge})
	if err != nil {
		return nil, err
	}
	some := all[:0]
	for i := range all {
		if f.Match(&all[i]) {
			some = append(some, all[i])
		}
	}
	return some, nil
}

// FDBFlush deletes all entries that match. It is the RTM_DELNEIGH with
// NLM_F_BULK of Linux 5.19, which FlushFDB sends.
//
// On an older kernel, Set with FDBFlush deletes all learned entries of a
// bridge, and SetPort with FDBFlush those of a port.
type FDBFlush struct {
	// Link is a bridge (NTF_SELF) or one of its ports (NTF_MASTER).
	Link rtnl.LinkRef
	// Flags combine two things. NTF_SELF and NTF_MASTER say whose entries are
	// deleted; if neither is set, NTF_SELF is used. The bits in FlagsMask must
	// be equal in an entry: NTF_USE (added by a user), NTF_EXT_LEARNED,
	// NTF_OFFLOADED, NTFSticky.
	Flags, FlagsMask uint8
	// State must equal an entry's state in the bits of StateMask:
	// NUD_PERMANENT, NUD_NOARP.
	State, StateMask uint16
	// Port, unless zero, restricts the flush to entries on that port.
	Port rtnl.LinkRef
	// VLAN, if set, restricts the flush to entries of that VLAN; 0 means
	// entries without a VLAN.
	VLAN rtnl.Opt[uint16]
}

// Encode implements rtnl.Request.
func (r *FDBFlush) Encode(e *rtnl.Encoder) {
	e.Begin(unix.RTM_DELNEIGH, unix.NLM_F_BULK)
	if r.Link.IsZero() {
		e.Fail("flush FDB: no interface given")
		return
	}
	flags := r.Flags
	if flags&(unix.NTF_SELF|unix.NTF_MASTER) == 0 {
		flags |= unix.NTF_SELF
	}
	// struct ndmsg: family, index, state, flags, type.
	e.Header(unix.AF_BRIDGE, 0, 0, 0)
	e.HeaderLink(r.Link)
	e.Header(append(binary.NativeEndian.AppendUint16(nil, r.State), flags, 0)...)
	if !r.Port.IsZero() {
		e.Link(unix.NDA_IFINDEX, r.Port)
	}
	opt16(e, unix.NDA_VLAN, r.VLAN)
	if r.FlagsMask != 0 {
		e.Uint8(ndaNDMFlagsMask, r.FlagsMask)
	}
	if r.StateMask != 0 {
		e.Uint16(ndaNDMStateMask, r.StateMask)
	}
}

// FlushFDB deletes all entries that match. On kernels before 5.19, and for a
// device that does not support it, the error matches rtnl.ErrNotSupported.
func FlushFDB(ctx context.Context, c *rtnl.Conn, req FDBFlush) error {
	return FlushError(c.Do(ctx, &req))
}

// FlushError turns the error of an FDBFlush that was not run by FlushFDB into
// the error that FlushFDB would have returned.
func FlushError(err error) error {
	var e *rtnl.Error
	// A kernel that ignores NLM_F_BULK complains that the address of the one
	// entry to delete is missing (rtnl_fdb_del in net/core/rtnetlink.c).
	if errors.As(err, &e) && e.Errno == unix.EINVAL && e.Message == "invalid address" {
		return fmt.Errorf("flush FDB: %w; selecting the entries to flush needs Linux 5.19 or later: %w", rtnl.ErrNotSupported, err)
	}
	return err
}
