package record

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/nslab/nslab/audit"
)

// PcapngWriter records datagrams in a pcapng file that Wireshark and tshark
// read: LINKTYPE_NETLINK, nanosecond timestamps. Each socket is a separate
// interface, called "netns/program/pid"; its description holds the rest of what
// is known of the socket. A loss (audit.OpLost) becomes the next packet's drop
// count, which is 1 if the number is not known. The format has no place for
// other events than datagrams and losses. A datagram is cut off at 262,128
// bytes. Each event is one call of Write.
type PcapngWriter struct {
	writing
	interfaces map[socketKey]uint32
	lost       uint64
}

// socketKey identifies a socket.
type socketKey struct {
	process audit.Process
	socket  audit.Socket
}

// NewPcapngWriter begins a section in w and returns a PcapngWriter that writes
// packets after it. Close does not close w.
func NewPcapngWriter(w io.Writer) (*PcapngWriter, error) {
	b := appendBlock(nil, blockSection, func(b []byte) []byte {
		b = binary.NativeEndian.AppendUint32(b, byteOrderMagic)
		b = binary.NativeEndian.AppendUint16(b, 1) // version 1.0
		b = binary.NativeEndian.AppendUint16(b, 0)
		b = binary.NativeEndian.AppendUint64(b, ^uint64(0)) // the section's length is not known
		b = appendOption(b, optUserAppl, []byte(userAppl))
		return appendOption(b, optEnd, nil)
	})
	if _, err := w.Write(b); err != nil {
		return nil, fmt.Errorf("write capture file: %w", err)
	}
	return &PcapngWriter{writing: writing{w: w, what: "capture file"}, interfaces: map[socketKey]uint32{}}, nil
}

// Write appends a packet if the event is a datagram.
func (p *PcapngWriter) Write(e *audit.Event) error {
	_, datagram := e.Datagram()
	if !datagram && e.Op != audit.OpLost {
		return p.Err()
	}
	return p.write(func(b []byte) []byte {
		if !datagram {
			p.lost += uint64(max(e.Lost, 1))
			return b
		}
		return p.appendPacket(b, e)
	})
}

// appendPacket appends a packet's block, after the interface's block if it is
// the interface's first packet.
func (p *PcapngWriter) appendPacket(b []byte, e *audit.Event) []byte {
	key := socketKey{process: e.Process, socket: e.Socket}
	// A descriptor may be copied and a socket may be bound late. If the
	// socket's inode is known, it is still the same socket.
	key.process.TID = 0
	if e.Inode != 0 {
		key.socket.FD, key.socket.PortID = 0, 0
	}
	id, known := p.interfaces[key]
	if !known {
		id = uint32(len(p.interfaces))
		p.interfaces[key] = id
		b = appendInterface(b, e)
	}
	return appendBlock(b, blockPacket, func(b []byte) []byte {
		var stamp uint64
		if sec := e.Time.Unix(); sec >= 0 && sec < 1<<33 {
			stamp = uint64(sec)*1e9 + uint64(e.Time.Nanosecond())
		}
		kept, length := packetSize(e)
		b = binary.NativeEndian.AppendUint32(b, id)
		b = binary.NativeEndian.AppendUint32(b, uint32(stamp>>32))
		b = binary.NativeEndian.AppendUint32(b, uint32(stamp))
		b = binary.NativeEndian.AppendUint32(b, uint32(kept))
		b = binary.NativeEndian.AppendUint32(b, uint32(length))
		b = pad(appendPacket(b, e))
		flags := uint32(flagOutbound)
		if e.Op == audit.OpReceive {
			flags = flagInbound | flagUnicast
			if d, _ := e.Datagram(); d.Multicast {
				flags = flagInbound | flagMulticast
			}
		}
		b = appendOption(b, optFlags, binary.NativeEndian.AppendUint32(nil, flags))
		if p.lost > 0 {
			b = appendOption(b, optDropCount, binary.NativeEndian.AppendUint64(nil, p.lost))
			p.lost = 0
		}
		return appendOption(b, optEnd, nil)
	})
}

// appendInterface appends the block of a socket's interface.
func appendInterface(b []byte, e *audit.Event) []byte {
	return appendBlock(b, blockInterface, func(b []byte) []byte {
		b = binary.NativeEndian.AppendUint16(b, linktypeNetlink)
		b = binary.NativeEndian.AppendUint16(b, 0)
		b = binary.NativeEndian.AppendUint32(b, pcapSnapLen)
		b = appendOption(b, optName, []byte(interfaceName(e)))
		b = appendOption(b, optDescription, []byte(socketDescription(e)))
		b = appendOption(b, optTSResol, []byte{9})
		return appendOption(b, optEnd, nil)
	})
}

// appendBlock appends a block whose body f appends; the body is a multiple of 4
// bytes long.
func appendBlock(b []byte, typ uint32, f func(b []byte) []byte) []byte {
	start := len(b)
	b = binary.NativeEndian.AppendUint32(b, typ)
	b = binary.NativeEndian.AppendUint32(b, 0)
	b = f(b)
	n := uint32(len(b) - start + 4)
	binary.NativeEndian.PutUint32(b[start+4:], n)
	return binary.NativeEndian.AppendUint32(b, n)
}
