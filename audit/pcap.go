package audit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// The format of a classic capture file (draft-ietf-opsawg-pcap) and of a packet of LINKTYPE_NETLINK in it
// (https://www.tcpdump.org/linktypes/LINKTYPE_NETLINK.html).
const (
	pcapMagicNano   = 0xa1b23c4d // timestamps in nanoseconds, integers in the byte order the magic is read in
	pcapMajor       = 2
	pcapMinor       = 4
	linktypeNetlink = 253
	pcapFileHeader  = 24
	pcapRecord      = 16
	cookedHeader    = 16 // the cooked header before each datagram, in network byte order

	// pcapSnapLen is the longest packet that Wireshark takes from a file of most link types (WTAP_MAX_PACKET_SIZE_STANDARD).
	pcapSnapLen = 262144
)

// PcapWriter records datagrams in a capture file that Wireshark and tshark read: classic pcap, nanosecond timestamps,
// LINKTYPE_NETLINK. The cooked header before each datagram says whether it was sent or received; the format has no
// field for the namespace. A datagram that is longer than 262,128 bytes is cut off there, and its record says how long it was.
//
// It is an nlspec.Observer and may be used by several sockets at once. Each record is one call of Write, so that everything
// seen so far is in the file, whatever happens next.
type PcapWriter struct {
	mu     sync.Mutex
	w      io.Writer
	closer io.Closer
	err    error
	buf    []byte
}

// NewPcapWriter writes the file's header to w and returns a PcapWriter that writes records after it. Close does not close w.
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
	return &PcapWriter{w: w}, nil
}

// CreatePcap creates a capture file, replacing an existing one, and returns a PcapWriter whose Close closes it. If name is
// a FIFO, CreatePcap waits for the reader.
func CreatePcap(name string) (*PcapWriter, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, fmt.Errorf("create capture file: %w", err)
	}
	p, err := NewPcapWriter(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	p.closer = f
	return p, nil
}

// Err returns the first error of writing, or nil. Nothing is written after an error.
func (p *PcapWriter) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Close closes the file that CreatePcap created, and returns the first error of writing or closing. Datagrams observed
// later are dropped. Closing again does nothing.
func (p *PcapWriter) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w == nil {
		return p.err
	}
	p.w = nil
	if p.closer != nil {
		if err := p.closer.Close(); err != nil && p.err == nil {
			p.err = fmt.Errorf("close capture file: %w", err)
		}
	}
	return p.err
}

// Observe appends a record.
func (p *PcapWriter) Observe(d nlspec.Datagram) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil || p.w == nil {
		return
	}
	p.buf = appendRecord(p.buf[:0], d)
	if _, err := p.w.Write(p.buf); err != nil {
		p.err = fmt.Errorf("write capture file: %w", err)
	}
}

// appendRecord appends a record header, the cooked header and the datagram.
func appendRecord(b []byte, d nlspec.Datagram) []byte {
	data := d.Data[:min(len(d.Data), pcapSnapLen-cookedHeader)]
	sec, nsec := timestamp(d.Time)
	b = binary.NativeEndian.AppendUint32(b, sec)
	b = binary.NativeEndian.AppendUint32(b, nsec)
	b = binary.NativeEndian.AppendUint32(b, uint32(cookedHeader+len(data)))
	b = binary.NativeEndian.AppendUint32(b, uint32(cookedHeader+len(d.Data)))

	b = binary.BigEndian.AppendUint16(b, packetType(d))
	b = binary.BigEndian.AppendUint16(b, unix.ARPHRD_NETLINK)
	b = append(b, make([]byte, 10)...)
	b = binary.BigEndian.AppendUint16(b, uint16(d.Protocol))
	return append(b, data...)
}

// packetType is how a packet socket would have seen the datagram (packet(7)).
func packetType(d nlspec.Datagram) uint16 {
	if d.Direction == nlspec.Sent {
		return unix.PACKET_OUTGOING
	}
	return unix.PACKET_HOST
}

// timestamp splits t, which the format holds from 1970 to 2106. A time before that, such as the zero time, is 0.
func timestamp(t time.Time) (sec, nsec uint32) {
	if t.Unix() < 0 || t.Unix() > int64(^uint32(0)) {
		return 0, 0
	}
	return uint32(t.Unix()), uint32(t.Nanosecond())
}
