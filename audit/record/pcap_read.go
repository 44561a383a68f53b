package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nslab/nslab/audit"
)

// The format of a classic capture file (draft-ietf-opsawg-pcap).
const (
	pcapMagicMicro = 0xa1b2c3d4 // timestamps in microseconds, integers in the byte order the magic is read in
	pcapMagicNano  = 0xa1b23c4d // timestamps in nanoseconds
	pcapMajor      = 2
	pcapMinor      = 4
	pcapFileHeader = 24
	pcapRecord     = 16
)

// pcapReader reads classic capture files, with timestamps in microseconds or
// nanoseconds, in either byte order. The datagrams have the file's byte order.
type pcapReader struct {
	b        byteReader
	order    binary.ByteOrder // nil until the file's header is read
	unit     time.Duration
	linktype uint16
	swap     *swapper // nil for a file of this machine's byte order
}

// NewPcapReader reads a classic capture file of LINKTYPE_NETLINK, or of
// "cooked" packets, from which it picks those of netlink. If a packet does not
// give its direction, as in captures of an nlmon device, NLM_F_REQUEST decides
// whether it was sent or received.
func NewPcapReader(r io.Reader) Reader { return &pcapReader{b: newByteReader(r)} }

// pcapMagic returns the byte order and the unit of timestamps of a file that
// begins with head.
func pcapMagic(head []byte) (order binary.ByteOrder, unit time.Duration) {
	if len(head) < 4 {
		return nil, 0
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(head) {
		case pcapMagicMicro:
			return order, time.Microsecond
		case pcapMagicNano:
			return order, time.Nanosecond
		}
	}
	return nil, 0
}

func (p *pcapReader) begin() error {
	h, err := p.b.next(pcapFileHeader, "the file's header")
	if err == io.EOF {
		return errors.New("the capture file is empty")
	}
	if err != nil {
		return err
	}
	order, unit := pcapMagic(h)
	if order == nil {
		return fmt.Errorf("offset 0: %#x is not the magic number of a pcap file", binary.BigEndian.Uint32(h))
	}
	if major := order.Uint16(h[4:]); major != pcapMajor {
		return fmt.Errorf("offset 4: version %d.%d of the pcap format is not known", major, order.Uint16(h[6:]))
	}
	// The upper bits are about a frame check sequence.
	p.linktype = uint16(order.Uint32(h[20:]))
	if err := checkLinktype(p.linktype); err != nil {
		return fmt.Errorf("offset 20: %w", err)
	}
	p.order, p.unit = order, unit
	if isOther(order) {
		p.swap = new(swapper)
	}
	return nil
}

// Read reads the next packet that is netlink.
func (p *pcapReader) Read(e *audit.Event) error {
	if p.order == nil {
		if err := p.begin(); err != nil {
			return err
		}
	}
	for {
		start := p.b.off
		h, err := p.b.next(pcapRecord, "a packet's header")
		if err != nil {
			return err
		}
		sec, frac, kept, length := p.order.Uint32(h), p.order.Uint32(h[4:]), p.order.Uint32(h[8:]), p.order.Uint32(h[12:])
		if kept > maxDatagram {
			return fmt.Errorf("offset %d: a packet of %d bytes; at most %d are read", start+8, kept, maxDatagram)
		}
		packet, err := p.b.next(int(kept), "a packet")
		if err = p.b.within(err, "a packet"); err != nil {
			return err
		}
		*e = blank()
		if sec != 0 || frac != 0 {
			e.Time = time.Unix(int64(sec), int64(frac)*int64(p.unit)).UTC()
		}
		netlink := openPacket(e, p.linktype, packet, int(length), p.order, start)
		if netlink {
			if p.swap != nil {
				p.swap.event(e)
			}
			return nil
		}
	}
}
