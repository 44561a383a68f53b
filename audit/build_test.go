package audit

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

func u16(n uint16) []byte { return binary.NativeEndian.AppendUint16(nil, n) }
func u32(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }

// attr is one attribute, padded.
func attr(typ uint16, payload ...[]byte) []byte {
	b := append(u16(0), u16(typ)...)
	for _, p := range payload {
		b = append(b, p...)
	}
	binary.NativeEndian.PutUint16(b, uint16(len(b)))
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// msg is one message.
func msg(typ, flags uint16, seq uint32, parts ...[]byte) []byte {
	b := make([]byte, unix.NLMSG_HDRLEN)
	for _, p := range parts {
		b = append(b, p...)
	}
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], typ)
	binary.NativeEndian.PutUint16(b[6:], flags)
	binary.NativeEndian.PutUint32(b[8:], seq)
	return b
}

// ifinfo is an empty struct ifinfomsg.
func ifinfo() []byte { return make([]byte, unix.SizeofIfInfomsg) }

func sent(data []byte) nlspec.Datagram {
	return nlspec.Datagram{Direction: nlspec.Sent, Protocol: unix.NETLINK_ROUTE, NetNS: "sw", PortID: 7, Data: data}
}

func received(data []byte) nlspec.Datagram {
	d := sent(data)
	d.Direction = nlspec.Received
	return d
}
