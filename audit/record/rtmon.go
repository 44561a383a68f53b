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

// The file that rtmon(8) writes and "ip monitor file FILE" reads has messages
// of NETLINK_ROUTE, one after another, each aligned to 4 bytes, as they came
// from the kernel and in its byte order. Messages of type NLMSG_TSTAMP give the
// time of those after them as two u32: seconds since 1970, and microseconds
// (iproute2, lib/libnetlink.c and ip/rtmon.c).
const (
	rtmonStamp    = 15
	rtmonStampLen = unix.NLMSG_HDRLEN + 8
)

// rtmonReader reads files of rtmon.
type rtmonReader struct {
	b     byteReader
	at    time.Time
	order binary.ByteOrder // nil until the first message is read
	swap  *swapper         // nil for a file of this machine's byte order
}

// NewRtmonReader reads a file of rtmon.
func NewRtmonReader(r io.Reader) Reader { return &rtmonReader{b: newByteReader(r)} }

// rtmonOrder returns the byte order of a file that begins with head. It returns
// nil if the first message is not a time stamp, as in a file of rtmon.
func rtmonOrder(head []byte) binary.ByteOrder {
	if len(head) >= 6 {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			if order.Uint32(head) == rtmonStampLen && order.Uint16(head[4:]) == rtmonStamp {
				return order
			}
		}
	}
	return nil
}

// Read reads the next message.
func (m *rtmonReader) Read(e *audit.Event) error {
	for {
		start := m.b.off
		head, err := m.b.peek(unix.NLMSG_HDRLEN)
		if err == io.EOF && m.order == nil {
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
		if m.order == nil {
			if m.order = rtmonOrder(head); m.order == nil {
				return errors.New("offset 0: a file of rtmon begins with a time, and this one does not")
			}
			if isOther(m.order) {
				m.swap = new(swapper)
			}
		}
		n, typ := m.order.Uint32(head), m.order.Uint16(head[4:])
		if n < unix.NLMSG_HDRLEN || n > maxDatagram {
			return fmt.Errorf("offset %d: a message of %d bytes; it must have %d to %d", start, n, unix.NLMSG_HDRLEN, maxDatagram)
		}
		data, err := m.b.next(int(n+3)&^3, "a message")
		if err != nil {
			return err
		}
		if typ != rtmonStamp {
			data = data[:n]
			*e = blank()
			e.Op, e.Time, e.Protocol, e.Data, e.Length = audit.OpReceive, m.at, unix.NETLINK_ROUTE, data, len(data)
			// rtmon itself asks only for dumps.
			e.Multicast = m.order.Uint16(data[6:])&unix.NLM_F_MULTI == 0
			if m.swap != nil {
				m.swap.event(e)
			}
			return nil
		}
		if n != rtmonStampLen {
			return fmt.Errorf("offset %d: a time of %d bytes; it must have %d", start, n, rtmonStampLen)
		}
		sec, usec := m.order.Uint32(data[unix.NLMSG_HDRLEN:]), m.order.Uint32(data[unix.NLMSG_HDRLEN+4:])
		m.at = time.Unix(int64(sec), int64(usec)*1000).UTC()
	}
}
