package record

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// Link types of capture files that carry netlink
// (https://www.tcpdump.org/linktypes.html): LINKTYPE_NETLINK, and the two
// "cooked" types of captures of all devices, for packets of an nlmon device.
// Each datagram follows a header in network byte order.
const (
	linktypeNetlink   = 253
	linktypeLinuxSLL  = 113
	linktypeLinuxSLL2 = 276

	cookedHeader  = 16 // bytes, of LINKTYPE_NETLINK and LINKTYPE_LINUX_SLL
	cookedHeader2 = 20 // bytes, of LINKTYPE_LINUX_SLL2
)

// Packet types that only nlmon has (include/uapi/linux/if_packet.h).
const (
	packetUser   = 6 // to user space
	packetKernel = 7 // to the kernel
)

// checkLinktype refuses link types that do not carry netlink.
func checkLinktype(linktype uint16) error {
	switch linktype {
	case linktypeNetlink, linktypeLinuxSLL, linktypeLinuxSLL2:
		return nil
	}
	return fmt.Errorf("link type %d does not carry netlink; it must be NETLINK (%d), LINUX_SLL (%d), LINUX_SLL2 (%d)",
		linktype, linktypeNetlink, linktypeLinuxSLL, linktypeLinuxSLL2)
}

// openPacket reads a packet of a capture file into e: its protocol, direction
// and datagram. It returns false for packets that are not netlink, which a
// capture of all devices contains. length is the packet's length before it was
// cut off, and at its offset in the file. The datagram keeps the byte order of
// the file. A packet that was cut off within its header becomes an OpLost.
func openPacket(e *audit.Event, linktype uint16, packet []byte, length int, order binary.ByteOrder, at int64) (netlink bool) {
	n := cookedHeader
	if linktype == linktypeLinuxSLL2 {
		n = cookedHeader2
	}
	if len(packet) < n {
		e.Op, e.Lost, e.Text = audit.OpLost, 1, fmt.Sprintf("offset %d: only %d bytes of a packet were captured; its header has %d", at, len(packet), n)
		return true
	}
	length = max(length, len(packet)) // some programs write 0 for an unknown length
	var typ, device, protocol uint16
	if linktype == linktypeLinuxSLL2 {
		protocol, device, typ = binary.BigEndian.Uint16(packet), binary.BigEndian.Uint16(packet[8:]), uint16(packet[10])
	} else {
		typ, device, protocol = binary.BigEndian.Uint16(packet), binary.BigEndian.Uint16(packet[2:]), binary.BigEndian.Uint16(packet[14:])
	}
	if device != unix.ARPHRD_NETLINK {
		return false
	}
	e.Protocol, e.Data, e.Length = int(protocol), packet[n:], length-n
	switch typ {
	case packetKernel:
		e.Op = audit.OpSend
	case unix.PACKET_HOST, packetUser:
		e.Op = audit.OpReceive
	case unix.PACKET_BROADCAST, unix.PACKET_MULTICAST:
		e.Op, e.Multicast = audit.OpReceive, true
	default:
		// Packets of an nlmon device are PACKET_OUTGOING, whoever sent them.
		e.Op = guessDirection(e.Data, order)
	}
	return true
}

// guessDirection tells from the first message whether a datagram was sent to
// the kernel or received from it, for recordings that do not say so:
// NLM_F_REQUEST is set in requests and not in the kernel's messages.
func guessDirection(data []byte, order binary.ByteOrder) audit.Op {
	if len(data) >= 8 && order.Uint16(data[6:])&unix.NLM_F_REQUEST != 0 {
		if typ := order.Uint16(data[4:]); typ != unix.NLMSG_ERROR && typ != unix.NLMSG_DONE {
			return audit.OpSend
		}
	}
	return audit.OpReceive
}

// blank returns an event of which nothing is known yet.
func blank() audit.Event { return audit.Event{Socket: audit.Socket{FD: -1}, Room: -1} }
