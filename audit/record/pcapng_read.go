package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"strings"
	"time"

	"github.com/nslab/nslab/audit"
)

// pcapngReader reads pcapng files with many sections, in either byte order, and
// many interfaces.
type pcapngReader struct {
	b          byteReader
	began      bool
	order      binary.ByteOrder
	swap       *swapper // nil for a section of this machine's byte order
	ours       bool     // a PcapngWriter wrote the section
	interfaces []captureInterface
	pending    int // packets that were lost before the one in held
	held       audit.Event
	holds      bool
}

// captureInterface is an interface of a section.
type captureInterface struct {
	refused  error // the reason why its packets cannot be read, or nil
	linktype uint16
	ticks    uint64 // units of timestamps per second
	offset   int64  // seconds to add to timestamps
	event    audit.Event
}

// Bounds on what a file may claim.
const (
	maxBlock      = maxDatagram + 64<<10
	maxInterfaces = 1 << 16
	maxLabel      = 256 // bytes of an interface's name that are kept
)

// NewPcapngReader reads a pcapng file. It ignores interfaces of link types that
// do not carry netlink, and fails if a file has no others.
func NewPcapngReader(r io.Reader) Reader { return &pcapngReader{b: newByteReader(r)} }

// Read reads the next packet that is netlink, or the next loss.
func (p *pcapngReader) Read(e *audit.Event) error {
	if p.holds {
		*e, p.holds = p.held, false
		return nil
	}
	for {
		found, err := p.block(e)
		if err == io.EOF && !p.began {
			return errors.New("the capture file is empty")
		}
		if err == io.EOF {
			return p.end()
		}
		if err != nil {
			return err
		}
		if found {
			if p.pending > 0 {
				p.held, p.holds = *e, true
				*e = lostEvent(p.pending, e.Time)
				p.pending = 0
			}
			return nil
		}
	}
}

// end returns the error at the end of the file.
func (p *pcapngReader) end() error {
	for _, i := range p.interfaces {
		if i.refused == nil {
			return io.EOF
		}
	}
	if len(p.interfaces) > 0 {
		return p.interfaces[0].refused
	}
	return io.EOF
}

func lostEvent(n int, at time.Time) audit.Event {
	e := blank()
	e.Op, e.Lost, e.Time, e.Text = audit.OpLost, n, at, "the capture dropped datagrams"
	return e
}

// block reads one block; found says that e is an event.
func (p *pcapngReader) block(e *audit.Event) (found bool, err error) {
	start := p.b.off
	h, err := p.b.next(8, "a block's header")
	if err != nil {
		return false, err
	}
	if binary.LittleEndian.Uint32(h) == blockSection { // it is the same in both byte orders
		return false, p.section(start, [4]byte(h[4:]))
	}
	if !p.began {
		return false, fmt.Errorf("offset %d: a pcapng file begins with a section header", start)
	}
	typ, total := p.order.Uint32(h), p.order.Uint32(h[4:])
	if total < 12 || total%4 != 0 {
		return false, fmt.Errorf("offset %d: a block of %d bytes; its length must be a multiple of 4, at least 12", start+4, total)
	}
	switch typ {
	case blockInterface, blockOldPacket, blockSimple, blockStatistics, blockPacket:
		if total > maxBlock {
			return false, fmt.Errorf("offset %d: a block of %d bytes; at most %d are read", start+4, total, maxBlock)
		}
	default:
		return false, p.b.within(p.b.skip(int64(total)-8, "a block"), "a block")
	}
	body, err := p.b.next(int(total)-8, "a block")
	if err = p.b.within(err, "a block"); err != nil {
		return false, err
	}
	if again := p.order.Uint32(body[len(body)-4:]); again != total {
		return false, fmt.Errorf("offset %d: a block says %d bytes at its start and %d at its end", start+4, total, again)
	}
	body = body[:len(body)-4]
	switch typ {
	case blockInterface:
		err = p.addInterface(body)
	case blockStatistics:
		found, err = p.statistics(e, body)
	default:
		found, err = p.packet(e, typ, body, start)
	}
	if err != nil {
		return false, fmt.Errorf("offset %d: %w", start, err)
	}
	return found, nil
}

// section begins a section; length is the bytes of its length field.
func (p *pcapngReader) section(start int64, length [4]byte) error {
	magic, err := p.b.next(4, "a section's header")
	if err = p.b.within(err, "a section's header"); err != nil {
		return err
	}
	switch {
	case binary.LittleEndian.Uint32(magic) == byteOrderMagic:
		p.order = binary.LittleEndian
	case binary.BigEndian.Uint32(magic) == byteOrderMagic:
		p.order = binary.BigEndian
	default:
		return fmt.Errorf("offset %d: %#x is not the byte-order magic of a section", start+8, binary.BigEndian.Uint32(magic))
	}
	p.began, p.interfaces = true, p.interfaces[:0]
	switch {
	case !isOther(p.order):
		p.swap = nil
	case p.swap == nil:
		p.swap = new(swapper)
	}
	total := p.order.Uint32(length[:])
	if total < 28 || total%4 != 0 {
		return fmt.Errorf("offset %d: a section's header of %d bytes; its length must be a multiple of 4, at least 28", start+4, total)
	}
	version, err := p.b.next(4, "a section's header")
	if err = p.b.within(err, "a section's header"); err != nil {
		return err
	}
	if major := p.order.Uint16(version); major != 1 {
		return fmt.Errorf("offset %d: version %d.%d of the pcapng format is not known", start+12, major, p.order.Uint16(version[2:]))
	}
	if total > maxBlock {
		return fmt.Errorf("offset %d: a section's header of %d bytes; at most %d are read", start+4, total, maxBlock)
	}
	rest, err := p.b.next(int(total)-16, "a section's header")
	if err = p.b.within(err, "a section's header"); err != nil {
		return err
	}
	p.ours = false
	err = p.options(rest[8:len(rest)-4], func(code uint16, value []byte) {
		p.ours = p.ours || code == optUserAppl && string(value) == userAppl
	})
	if err != nil {
		return fmt.Errorf("offset %d: %w", start, err)
	}
	return nil
}

// addInterface reads the body of an interface description block.
func (p *pcapngReader) addInterface(body []byte) error {
	if len(body) < 8 {
		return fmt.Errorf("an interface of %d bytes; at least 8 are needed", len(body))
	}
	if len(p.interfaces) >= maxInterfaces {
		return fmt.Errorf("a section with more than %d interfaces", maxInterfaces)
	}
	i := captureInterface{linktype: p.order.Uint16(body), ticks: 1e6, event: blank()}
	i.refused = checkLinktype(i.linktype)
	err := p.options(body[8:], func(code uint16, value []byte) {
		switch {
		case code == optName && (!p.ours || !parseInterfaceName(&i.event, string(value))):
			i.event.NetNS = string(value)
		case code == optDescription && p.ours:
			parseSocketDescription(&i.event, string(value))
		case code == optTSResol && len(value) > 0:
			i.ticks = ticksPerSecond(value[0])
		case code == optTSOffset && len(value) == 8:
			i.offset = int64(p.order.Uint64(value))
		}
	})
	if err != nil {
		return err
	}
	// They are written before each line, and are kept.
	i.event.NetNS, i.event.Program = label(i.event.NetNS), label(i.event.Program)
	p.interfaces = append(p.interfaces, i)
	return nil
}

// label shortens a name that is too long for a namespace or a program.
func label(s string) string {
	if len(s) <= maxLabel {
		return s
	}
	return strings.Clone(s[:maxLabel-3]) + "..."
}

// ticksPerSecond reads if_tsresol: a negative power of 10 or, if the highest
// bit is set, of 2. It returns 0 if the result does not fit in 64 bits.
func ticksPerSecond(resol byte) uint64 {
	if resol&0x80 != 0 {
		if resol&0x7f > 63 {
			return 0
		}
		return 1 << (resol & 0x7f)
	}
	n := uint64(1)
	for range resol {
		hi, lo := bits.Mul64(n, 10)
		if hi != 0 {
			return 0
		}
		n = lo
	}
	return n
}

// time returns the time of a timestamp, or the zero time for 0 and for one out
// of range.
func (i *captureInterface) time(stamp uint64) time.Time {
	if stamp == 0 && i.offset == 0 || i.ticks == 0 {
		return time.Time{}
	}
	sec := stamp / i.ticks
	hi, lo := bits.Mul64(stamp%i.ticks, 1e9)
	nsec, _ := bits.Div64(hi, lo, i.ticks)
	if sec > math.MaxInt32*1000 || i.offset > math.MaxInt32*1000 || i.offset < math.MinInt32*1000 {
		return time.Time{}
	}
	return time.Unix(int64(sec)+i.offset, int64(nsec)).UTC()
}

// packet reads the body of a packet's block.
func (p *pcapngReader) packet(e *audit.Event, typ uint32, body []byte, at int64) (found bool, err error) {
	var id, kept, length uint32
	var stamp uint64
	head := 20
	if typ == blockSimple {
		head = 4
	}
	if len(body) < head {
		return false, fmt.Errorf("a packet's block of %d bytes; at least %d are needed", len(body), head)
	}
	switch typ {
	case blockSimple:
		length = p.order.Uint32(body)
		kept = min(length, uint32(len(body)-head))
	case blockOldPacket:
		id = uint32(p.order.Uint16(body))
		if drops := p.order.Uint16(body[2:]); drops != 0xffff {
			p.pending += int(drops)
		}
		fallthrough
	default:
		if typ == blockPacket {
			id = p.order.Uint32(body)
		}
		stamp = uint64(p.order.Uint32(body[4:]))<<32 | uint64(p.order.Uint32(body[8:]))
		kept, length = p.order.Uint32(body[12:]), p.order.Uint32(body[16:])
	}
	if uint64(id) >= uint64(len(p.interfaces)) {
		return false, fmt.Errorf("a packet of interface %d; the section has %d interfaces", id, len(p.interfaces))
	}
	if uint64(kept) > uint64(len(body)-head) {
		return false, fmt.Errorf("a packet of %d bytes in a block with %d", kept, len(body)-head)
	}
	i := &p.interfaces[id]
	if i.refused != nil {
		return false, nil
	}
	*e = i.event
	e.Time = i.time(stamp)
	if !openPacket(e, i.linktype, body[head:head+int(kept)], int(length), p.order, at) {
		return false, nil
	}
	if typ != blockSimple {
		if err := p.packetOptions(e, body[head+(int(kept)+3)&^3:]); err != nil {
			return false, err
		}
	}
	if p.swap != nil {
		p.swap.event(e)
	}
	return true, nil
}

// packetOptions reads a packet's direction, and how many packets were lost
// before it.
func (p *pcapngReader) packetOptions(e *audit.Event, options []byte) error {
	return p.options(options, func(code uint16, value []byte) {
		switch {
		case code == optFlags && len(value) == 4 && e.Op != audit.OpLost:
			flags := p.order.Uint32(value)
			switch flags & flagDirection {
			case flagInbound:
				e.Op = audit.OpReceive
			case flagOutbound:
				e.Op = audit.OpSend
			}
			e.Multicast = e.Op == audit.OpReceive && (e.Multicast || flags&flagReception == flagMulticast)
		case code == optDropCount && len(value) == 8:
			p.pending += int(min(p.order.Uint64(value), math.MaxInt32))
		}
	})
}

// statistics reads the body of an interface statistics block, which says how
// many packets the interface lost.
func (p *pcapngReader) statistics(e *audit.Event, body []byte) (found bool, err error) {
	if len(body) < 12 {
		return false, fmt.Errorf("statistics of %d bytes; at least 12 are needed", len(body))
	}
	id := p.order.Uint32(body)
	if uint64(id) >= uint64(len(p.interfaces)) {
		return false, fmt.Errorf("statistics of interface %d; the section has %d interfaces", id, len(p.interfaces))
	}
	i := &p.interfaces[id]
	if i.refused != nil {
		return false, nil
	}
	var lost uint64
	err = p.options(body[12:], func(code uint16, value []byte) {
		if (code == optIfDrop || code == optOSDrop) && len(value) == 8 {
			lost += min(p.order.Uint64(value), math.MaxInt32)
		}
	})
	if err != nil || lost == 0 {
		return false, err
	}
	*e = lostEvent(int(lost), i.time(uint64(p.order.Uint32(body[4:]))<<32|uint64(p.order.Uint32(body[8:]))))
	e.Socket, e.Process = i.event.Socket, i.event.Process
	return true, nil
}

// options calls f for each option of b.
func (p *pcapngReader) options(b []byte, f func(code uint16, value []byte)) error {
	for len(b) >= 4 {
		code, n := p.order.Uint16(b), int(p.order.Uint16(b[2:]))
		if code == optEnd {
			return nil
		}
		if n > len(b)-4 {
			return fmt.Errorf("option %d of %d bytes; its block has %d", code, n, len(b)-4)
		}
		f(code, b[4:4+n])
		b = b[min(4+(n+3)&^3, len(b)):]
	}
	return nil
}
