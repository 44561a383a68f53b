package trace

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

func u32(b []byte) uint32 { return binary.NativeEndian.Uint32(b) }

// sends reads the datagrams that a call will send. This happens before the
// call, because the program may change them during it.
func (c *call) sends(m memory) []audit.Event {
	a := c.args
	switch c.kind {
	case kindSendto:
		return []audit.Event{datagram(m, []span{{a[1], a[2]}}, int(int32(a[3])), address(m, a[4], a[5]&0xffffffff))}
	case kindWrite:
		return []audit.Event{datagram(m, []span{{a[1], a[2]}}, 0, nil)}
	case kindWritev:
		h := msghdr{iov: a[1], iovLen: a[2]}
		return []audit.Event{datagram(m, h.spans(m), 0, nil)}
	case kindSendmsg:
		if b := readAt(m, a[1], sizeMsghdr); b != nil {
			return []audit.Event{message(m, b, int(int32(a[2])))}
		}
		return []audit.Event{datagram(m, nil, int(int32(a[2])), nil)}
	case kindSendmmsg:
		var events []audit.Event
		for b := mmsghdrs(m, a[1], a[2]); len(b) >= sizeMmsghdr; b = b[sizeMmsghdr:] {
			events = append(events, message(m, b, int(int32(a[3]))))
		}
		return events
	}
	return nil
}

// mmsghdrs reads the array of struct mmsghdr of sendmmsg(2) and recvmmsg(2), as
// much of it as is mapped.
func mmsghdrs(m memory, addr, n uint64) []byte {
	n = min(n&0xffffffff, maxMessages)
	b := make([]byte, n*sizeMmsghdr)
	return b[:m.read(b, []span{{addr, uint64(len(b))}})]
}

// message returns the event of a datagram that a struct msghdr describes.
func message(m memory, b []byte, flags int) audit.Event {
	h := parseMsghdr(b)
	return datagram(m, h.spans(m), flags, address(m, h.name, h.nameLen))
}

// datagram returns the event of a datagram that is sent.
func datagram(m memory, spans []span, flags int, to *audit.Address) audit.Event {
	n := total(spans)
	return audit.Event{
		Op: audit.OpSend, Flags: flags, Address: to, Room: -1,
		Data: gather(m, spans, n), Length: int(min(n, 1<<62)),
	}
}

// receives reads the datagrams that a call has received; n is its result. A
// failed call is also an event.
func (c *call) receives(m memory, n int64, errno unix.Errno) []audit.Event {
	a := c.args
	e := audit.Event{Op: audit.OpReceive, Errno: errno, Room: -1}
	var spans []span
	switch c.kind {
	case kindRecvfrom:
		e.Flags, spans = int(int32(a[3])), []span{{a[1], a[2]}}
		if errno == 0 {
			e.Address = address(m, a[4], c.nameLen)
		}
	case kindRead:
		spans = []span{{a[1], a[2]}}
	case kindReadv:
		h := msghdr{iov: a[1], iovLen: a[2]}
		spans = h.spans(m)
	case kindRecvmsg:
		if b := readAt(m, a[1], sizeMsghdr); b != nil {
			return []audit.Event{receivedMessage(m, b, int(int32(a[2])), n, errno)}
		}
		e.Flags = int(int32(a[2]))
	case kindRecvmmsg:
		return c.receivesMany(m, n, errno)
	}
	take(&e, m, spans, n)
	return []audit.Event{e}
}

// receivesMany is receives for recvmmsg(2), which says how many datagrams it
// has received.
func (c *call) receivesMany(m memory, n int64, errno unix.Errno) (events []audit.Event) {
	flags := int(int32(c.args[3]))
	if errno != 0 {
		return []audit.Event{{Op: audit.OpReceive, Errno: errno, Flags: flags, Room: -1}}
	}
	b := mmsghdrs(m, c.args[1], min(c.args[2]&0xffffffff, uint64(n)))
	for ; len(b) >= sizeMmsghdr; b = b[sizeMmsghdr:] {
		events = append(events, receivedMessage(m, b, flags, int64(u32(b[sizeMsghdr:])), 0))
	}
	return events
}

// receivedMessage returns the event of a datagram of n bytes that was received
// into the buffers of a struct msghdr.
func receivedMessage(m memory, b []byte, flags int, n int64, errno unix.Errno) audit.Event {
	h := parseMsghdr(b)
	e := audit.Event{Op: audit.OpReceive, Errno: errno, Flags: flags, Room: -1}
	if errno == 0 {
		e.MsgFlags, e.Address, e.Control = h.flags, address(m, h.name, h.nameLen), h.controls(m)
	}
	take(&e, m, h.spans(m), n)
	return e
}

// take reads a datagram of n bytes that was received into spans. If the call
// had MSG_TRUNC, n may exceed their size.
func take(e *audit.Event, m memory, spans []span, n int64) {
	room := total(spans)
	e.Room = int(min(room, 1<<62))
	if e.Errno != 0 || n < 0 {
		return
	}
	e.Length = int(n)
	e.Data = gather(m, spans, uint64(n))
}
