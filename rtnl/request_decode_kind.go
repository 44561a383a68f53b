package rtnl

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// kindDecoders read the options of device types in requests.
var kindDecoders = []struct {
	name   string
	decode func(data []byte) (Kind, error)
}{
	{"bridge", decodeBridgeKind},
	{"veth", decodeVeth},
	{"vlan", decodeVLANKind},
	{"macvlan", decodeMacvlanKind},
	{"vrf", decodeVRFKind},
	{"vxlan", decodeVXLANKind},
}

// kind returns the device type with its options, if this package has it.
func (i *linkInfo) kind() (Kind, error) {
	if i.kindName == "" {
		return nil, nil
	}
	for _, k := range kindDecoders {
		if k.name == i.kindName {
			return k.decode(i.data)
		}
	}
	if len(i.data) > 0 {
		return nil, fmt.Errorf("the options of a link of type %s: %w", quote(i.kindName), ErrNotSupported)
	}
	return PlainKind(i.kindName), nil
}

func decodeBridgeKind(data []byte) (Kind, error) {
	b, err := DecodeBridge(data)
	if err != nil {
		return nil, err
	}
	return &b.Bridge, nil
}

func decodeVeth(data []byte) (Kind, error) {
	k := &Veth{}
	r := AttrReader{rest: data}
	for r.Next() {
		if r.Type() != vethInfoPeer || r.short(unix.SizeofIfInfomsg) {
			continue
		}
		p, err := decodeLinkParts(r.data)
		if err != nil {
			return nil, err
		}
		k.Peer = &VethPeer{Name: p.name, Index: p.index, LinkAttrs: p.attrs}
	}
	return k, r.err
}
