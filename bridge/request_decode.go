package bridge

import (
	"encoding/binary"
	"fmt"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// DecodeRequest reads a message that a program sends about a bridge's port or
// VLANs or forwarding database. It returns the request that means the same: a
// PortSet, a VLANAdd, VLANDel, VLANSet or VLANGlobalSet, an FDBFlush, or an
// rtnl.LinkSet with PortOptions as its Port. For other
// messages, including those that rtnl.DecodeRequest reads, the error matches
// rtnl.ErrNotSupported.
func DecodeRequest(m rtnl.Message) (rtnl.Request, error) {
	var r rtnl.Request
	var err error
	switch link := len(m.Data) >= unix.SizeofIfInfomsg; {
	case (m.Type == unix.RTM_SETLINK || m.Type == unix.RTM_DELLINK) && link && m.Data[0] == unix.AF_BRIDGE:
		if r, err = decodeVLANChange(m); r == nil && m.Type == unix.RTM_SETLINK && err == nil {
			r, err = decodePortSet(m)
		}
	case m.Type == unix.RTM_NEWVLAN:
		r, err = decodeVLANOptions(m)
	case m.Type == unix.RTM_NEWLINK && link:
		m = rtnl.WithPortKind(m)
		r, err = decodePortLink(m)
	case m.Type == unix.RTM_DELNEIGH && len(m.Data) >= unix.SizeofNdMsg:
		r, err = decodeFlush(m)
	}
	if err == nil && (r == nil || !rtnl.SameRequest(m, r)) {
		err = rtnl.ErrNotSupported
	}
	if err != nil {
		return nil, fmt.Errorf("a message of type %d as a request about a bridge: %w", m.Type, err)
	}
	return r, nil
}

// decodePortSet reads what `bridge link set` sends.
func decodePortSet(m rtnl.Message) (rtnl.Request, error) {
	set := &PortSet{Link: rtnl.LinkIndex(binary.NativeEndian.Uint32(m.Data[4:]))}
	r := rtnl.NewAttrReader(m.Data[unix.SizeofIfInfomsg:])
	for r.Next() {
		switch r.Type() {
		case unix.IFLA_PROTINFO:
			p, err := DecodePort(r.Bytes())
			if err != nil {
				return nil, err
			}
			set.Options = p.PortOptions
		case unix.IFLA_AF_SPEC:
			n := r.Nested()
			for n.Next() {
				switch n.Type() {
				case iflaBridgeFlags:
					set.Side = Side(n.Uint16())
				case iflaBridgeMode:
					set.Mode = rtnl.Some(Mode(n.Uint16()))
				}
			}
			r.Adopt(&n)
		}
	}
	return set, r.Err()
}

// decodePortLink reads what `ip link set dev X type bridge_slave` sends.
func decodePortLink(m rtnl.Message) (rtnl.Request, error) {
	set := &rtnl.LinkSet{Link: rtnl.LinkIndex(binary.NativeEndian.Uint32(m.Data[4:]))}
	r := rtnl.NewAttrReader(m.Data[unix.SizeofIfInfomsg:])
	for r.Next() {
		if r.Type() != unix.IFLA_LINKINFO {
			continue
		}
		n := r.Nested()
		for n.Next() {
			if n.Type() != unix.IFLA_INFO_SLAVE_DATA {
				continue
			}
			p, err := DecodePort(n.Bytes())
			if err != nil {
				return nil, err
			}
			set.Port = &p.PortOptions
		}
		r.Adopt(&n)
	}
	return set, r.Err()
}

// decodeFlush reads what `bridge fdb flush` sends.
func decodeFlush(m rtnl.Message) (rtnl.Request, error) {
	f := &FDBFlush{
		Link: rtnl.LinkIndex(binary.NativeEndian.Uint32(m.Data[4:])), State: binary.NativeEndian.Uint16(m.Data[8:]), Flags: m.Data[10],
	}
	r := rtnl.NewAttrReader(m.Data[unix.SizeofNdMsg:])
	for r.Next() {
		switch r.Type() {
		case unix.NDA_IFINDEX:
			f.Port = rtnl.LinkIndex(r.Uint32())
		case unix.NDA_VLAN:
			f.VLAN = rtnl.Some(r.Uint16())
		case ndaNDMFlagsMask:
			f.FlagsMask = r.Uint8()
		case ndaNDMStateMask:
			f.StateMask = r.Uint16()
		}
	}
	return f, r.Err()
}
