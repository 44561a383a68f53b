package record

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// pcapSnapLen is the longest packet, in bytes, that Wireshark accepts for most
// link types (WTAP_MAX_PACKET_SIZE_STANDARD).
const pcapSnapLen = 262144

// PcapWriter records datagrams in a capture file that Wireshark and tshark
// read: classic pcap, nanosecond timestamps, LINKTYPE_NETLINK. The cooked
// header before each datagram says whether it was sent or received; the format
// has no place for anything else. A datagram is cut off at 262,128 bytes; its
// record gives the full length. Each record is one call of Write, so that
// everything seen so far is in the file whatever happens next.
type PcapWriter struct{ writing }

// NewPcapWriter writes the file's header to w and returns a PcapWriter that
// writes records after it. Close does not close w.
func NewPcapWriter(w io.Writer) (*PcapWriter, error) {
	h := make([]byte, 0, pcapFileHeader)
	h = binary.NativeEndian.AppendUint32(h, pcapMagicNano)
	h = binary.NativeEndian.AppendUint16(h, pcapMajor)
	h = binary.NativeEndian.AppendUint16(h, pcapMinor)
	h = binary.NativeEndian.AppendUint64(h, 0) // two fields that are always zero
	h = binary.NativeEndian.AppendUint32(h, pcapSnapLen)
	h = binary.NativeEndian.AppendUint32(h, linktypeNetlink)
	if _, err := w.Write(h); err != nil {
		return nil, fmt.Errorf("write capture file: %w", err)
	}
	return &PcapWriter{writing{w: w, what: "capture file"}}, nil
}

// Write appends a record if the event is a datagram.
func (p *PcapWriter) Write(e *audit.Event) error {
	if _, ok := e.Datagram(); !ok {
		return p.Err()
	}
	return p.write(func(b []byte) []byte { return appendRecord(b, e) })
}

// appendRecord appends a record header and a packet.
func appendRecord(b []byte, e *audit.Event) []byte {
	sec, nsec := timestamp(e.Time)
	kept, length := packetSize(e)
	b = binary.NativeEndian.AppendUint32(b, sec)
	b = binary.NativeEndian.AppendUint32(b, nsec)
	b = binary.NativeEndian.AppendUint32(b, uint32(kept))
	b = binary.NativeEndian.AppendUint32(b, uint32(length))
	return appendPacket(b, e)
}

// packetSize returns how many bytes of an event's packet a capture file keeps,
// and how many the packet has.
func packetSize(e *audit.Event) (kept, length int) {
	return cookedHeader + min(len(e.Data), pcapSnapLen-cookedHeader), cookedHeader + max(e.Length, len(e.Data))
}

// appendPacket appends the cooked header of LINKTYPE_NETLINK and as much of the
// datagram as a capture file keeps.
func appendPacket(b []byte, e *audit.Event) []byte {
	typ := uint16(unix.PACKET_HOST) // as a packet socket would have seen it (packet(7))
	if e.Op == audit.OpSend {
		typ = unix.PACKET_OUTGOING
	}
	b = binary.BigEndian.AppendUint16(b, typ)
	b = binary.BigEndian.AppendUint16(b, unix.ARPHRD_NETLINK)
	b = append(b, make([]byte, 10)...)
	b = binary.BigEndian.AppendUint16(b, uint16(e.Protocol))
	return append(b, e.Data[:min(len(e.Data), pcapSnapLen-cookedHeader)]...)
}

// timestamp splits t; the format can hold times from 1970 to 2106. An earlier
// time, such as the zero time, becomes 0.
func timestamp(t time.Time) (sec, nsec uint32) {
	if t.Unix() < 0 || t.Unix() > int64(^uint32(0)) {
		return 0, 0
	}
	return uint32(t.Unix()), uint32(t.Nanosecond())
}
