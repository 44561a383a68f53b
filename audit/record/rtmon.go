package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// The file that rtmon(8) writes and "ip monitor file FILE" reads: messages of NETLINK_ROUTE one after the other, each
// aligned to 4 bytes, as they came from the kernel and in its byte order. Messages of type NLMSG_TSTAMP say when those
// after them came: two u32, seconds since 1970 and microseconds (iproute2, lib/libnetlink.c and ip/rtmon.c).
const (
	rtmonStamp    = 15
	rtmonStampLen = unix.NLMSG_HDRLEN + 8
)

// rtmonReader reads files of rtmon.
type rtmonReader struct {
	b     byteReader
	at    time.Time
	began bool
}

// NewRtmonReader reads a file that rtmon wrote.
func NewRtmonReader(r io.Reader) Reader { return &rtmonReader{b: newByteReader(r)} }

// isRtmon reports whether a file that begins with head is rtmon's: its first message is a stamp.
func isRtmon(head []byte) bool {
	return len(head) >= 6 && binary.NativeEndian.Uint32(head) == rtmonStampLen && binary.NativeEndian.Uint16(head[4:]) == rtmonStamp
}

// Read reads the next message.
func (m *rtmonReader) Read(e *audit.Event) error {
	for {
		start := m.b.off
		head, err := m.b.peek(unix.NLMSG_HDRLEN)
		if err == io.EOF && !m.began {
			return errors.New("the file is empty")
		}
		if err == io.EOF {
			return io.EOF
		}
		if err != nil {
			return err
		}
		if len(head) < unix.NLMSG_HDRLEN {
			return fmt.Errorf("offset %d: the file ends within a message's header: %d of %d bytes", start, len(head), unix.NLMSG_HDRLEN)
		}
		n, typ := binary.NativeEndian.Uint32(head), binary.NativeEndian.Uint16(head[4:])
		if n < unix.NLMSG_HDRLEN || n > maxDatagram {
			return fmt.Errorf("offset %d: a message of %d bytes; it has %d to %d", start, n, unix.NLMSG_HDRLEN, maxDatagram)
		}
		if !m.began && (typ != rtmonStamp || n != rtmonStampLen) {
			return errors.New("offset 0: a file of rtmon begins with the time, and this one does not")
		}
		m.began = true
		data, err := m.b.next(int(n+3)&^3, "a message")
		if err != nil {
			return err
		}
		if typ != rtmonStamp {
			data = data[:n]
			*e = blank()
			e.Op, e.Time, e.Protocol, e.Data, e.Length = audit.OpReceive, m.at, unix.NETLINK_ROUTE, data, len(data)
			// What it asked for itself, it asked for as a dump.
			e.Multicast = binary.NativeEndian.Uint16(data[6:])&unix.NLM_F_MULTI == 0
			return nil
		}
		if n != rtmonStampLen {
			return fmt.Errorf("offset %d: a time of %d bytes, which has %d", start, n, rtmonStampLen)
		}
		sec, usec := binary.NativeEndian.Uint32(data[unix.NLMSG_HDRLEN:]), binary.NativeEndian.Uint32(data[unix.NLMSG_HDRLEN+4:])
		m.at = time.Unix(int64(sec), int64(usec)*1000).UTC()
	}
}
