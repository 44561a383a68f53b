package bridge

import (
	"encoding/binary"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// decodeVLANChange reads what `bridge vlan add` and `del` send. The request is
// nil if the message has no VLANs.
func decodeVLANChange(m rtnl.Message) (rtnl.Request, error) {
	add := &VLANAdd{Link: rtnl.LinkIndex(binary.NativeEndian.Uint32(m.Data[4:]))}
	r := rtnl.NewAttrReader(m.Data[unix.SizeofIfInfomsg:])
	found := false
	for r.Next() {
		if r.Type() != unix.IFLA_AF_SPEC {
			continue
		}
		p, err := DecodeVLANs(&rtnl.Link{AFSpec: r.Bytes()})
		switch {
		case err != nil:
			return nil, err
		case len(p.Tunnels) > 0:
			add.VLANs, add.Tunnels, found = p.Tunnels[0].VLANs, rtnl.Some(p.Tunnels[0].Tunnels), true
		case len(p.VLANs) > 0:
			add.VLANs, found = p.VLANs[0], true
		}
		for n := r.Nested(); n.Next(); {
			if n.Type() == iflaBridgeFlags {
				add.Side = Side(n.Uint16())
			}
		}
	}
	switch {
	case r.Err() != nil || !found:
		return nil, r.Err()
	case m.Type == unix.RTM_DELLINK:
		return (*VLANDel)(add), nil
	}
	return add, nil
}

// decodeVLANOptions reads what `bridge vlan set` and `global set` send.
func decodeVLANOptions(m rtnl.Message) (rtnl.Request, error) {
	entries, err := DecodeVLANEntries(m)
	if err != nil || len(entries) != 1 {
		return nil, err
	}
	v := &entries[0]
	link := rtnl.LinkIndex(v.Index)
	if v.Global != nil {
		return &VLANGlobalSet{Link: link, VLANs: v.VLANs, Options: *v.Global}, nil
	}
	return &VLANSet{Link: link, VLANs: v.VLANs, State: v.State, MulticastRouter: v.MulticastRouter}, nil
}
