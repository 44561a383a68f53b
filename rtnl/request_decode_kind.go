package rtnl

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

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
	{"bond", decodeBondKind},
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

// port returns the options of a port, nil if there are none of a kind that this
// package has.
func (i *linkInfo) port() (Kind, error) {
	if i.portKind != "bond" {
		return nil, nil
	}
	p, err := DecodeBondPort(i.portData)
	if err != nil {
		return nil, err
	}
	return &p.BondPort, nil
}

// withPortKind returns a message with IFLA_INFO_SLAVE_KIND for what ip(8)
// sends: "bond_slave" as the kind of the link, which the kernel ignores.
func withPortKind(m Message) Message {
	if !bytes.Contains(m.Data, []byte("bond_slave\x00")) {
		return m
	}
	return WithPortKind(m)
}

// WithPortKind returns a message about a port's options with
// IFLA_INFO_SLAVE_KIND. ip(8) instead sends "bridge_slave" as the kind of the
// link, which the kernel ignores.
func WithPortKind(m Message) Message {
	data := bytes.Clone(m.Data[:unix.SizeofIfInfomsg])
	r := AttrReader{rest: m.Data[unix.SizeofIfInfomsg:]}
	for r.Next() {
		payload := r.Bytes()
		if r.Type() == unix.IFLA_LINKINFO {
			payload = nil
			for n := r.Nested(); n.Next(); {
				kind, port := strings.CutSuffix(n.String(), "_slave")
				if n.Type() == unix.IFLA_INFO_KIND && port {
					payload = appendAttr(payload, unix.IFLA_INFO_SLAVE_KIND, []byte(kind))
				} else {
					payload = appendAttr(payload, n.Type(), n.Bytes())
				}
			}
		}
		data = appendAttr(data, r.Type(), payload)
	}
	if r.Err() == nil {
		m.Data = data
	}
	return m
}

func appendAttr(b []byte, typ uint16, payload []byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(nlaHdrLen+len(payload)))
	b = binary.NativeEndian.AppendUint16(b, typ)
	b = append(b, payload...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
