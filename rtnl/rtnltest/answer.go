package rtnltest

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// An Answer writes what a program receives for one request. Each method writes
// one datagram unless it says otherwise; messages get the request's sequence
// number and port. An Answer may also be used after the Handler has returned:
// then the answer comes late.
type Answer struct {
	sock        *socket
	raw         []byte // the request, with its header
	request     rtnl.Message
	written     atomic.Bool
	interrupted atomic.Bool
}

// NetNS returns the label of the socket that the request was sent through: its
// namespace's name, or Config.Name.
func (a *Answer) NetNS() string { return a.sock.cfg.Name }

// Protocol returns the socket's protocol, unix.NETLINK_*.
func (a *Answer) Protocol() int { return a.sock.cfg.Protocol }

// Ack acknowledges the request. It writes nothing if the request does not ask
// for that (NLM_F_ACK), like those of a Batch but for the last one of a chunk.
func (a *Answer) Ack() { a.ack(0, nil) }

// Warn is Ack with a message: the program's OnWarning gets it.
func (a *Answer) Warn(message string) { a.ack(0, &ExtAck{Message: message}) }

// Error refuses the request. Ack may be nil. It panics if ack names an
// attribute that is not in the request, since the kernel cannot point there.
func (a *Answer) Error(errno unix.Errno, ack *ExtAck) { a.ack(errno, ack) }

func (a *Answer) ack(errno unix.Errno, ack *ExtAck) {
	if errno == 0 && a.request.Flags&unix.NLM_F_ACK == 0 {
		a.written.Store(true)
		return
	}
	// A Conn asks for capped errors (NETLINK_CAP_ACK): of the request, they
	// repeat the header.
	data := append(number(errno), a.raw[:unix.NLMSG_HDRLEN]...)
	a.Reply(a.control(unix.NLMSG_ERROR, unix.NLM_F_CAPPED, data, ack))
}

// control returns a message with extended acknowledgements behind its data.
func (a *Answer) control(typ, flags uint16, data []byte, ack *ExtAck) rtnl.Message {
	if tlvs := ack.encode(a); len(tlvs) > 0 {
		flags |= unix.NLM_F_ACK_TLVS
		data = append(data, tlvs...)
	}
	return rtnl.Message{Type: typ, Flags: flags, Data: data}
}

// number is an errno as messages have it: negative.
func number(errno unix.Errno) []byte {
	return binary.NativeEndian.AppendUint32(nil, uint32(-int32(errno)))
}

// Reply writes messages as they are: what is asked for by a request that is no
// dump, or what NLM_F_ECHO asks for.
func (a *Answer) Reply(messages ...rtnl.Message) {
	messages = slices.Clone(messages)
	for i := range messages {
		m := &messages[i]
		m.Seq, m.PortID = a.request.Seq, a.request.PortID
		if a.interrupted.Load() {
			m.Flags |= unix.NLM_F_DUMP_INTR
		}
	}
	a.Raw(encode(messages))
}

// partSize is the most that Dump puts into a datagram, in bytes, unless one
// message is larger: NLMSG_GOODSIZE (include/linux/netlink.h).
const partSize = 8192

// Dump writes a table and its end, in datagrams of at most 8 KiB, unless a
// single message is larger.
func (a *Answer) Dump(messages ...rtnl.Message) {
	from, size := 0, 0
	for i, m := range messages {
		if size += unix.NLMSG_HDRLEN + align(len(m.Data)); i > from && size > partSize {
			a.Part(messages[from:i]...)
			from, size = i, unix.NLMSG_HDRLEN+align(len(m.Data))
		}
	}
	if from < len(messages) {
		a.Part(messages[from:]...)
	}
	a.Done()
}

// Part writes a part of a table, with NLM_F_MULTI in each message.
func (a *Answer) Part(messages ...rtnl.Message) {
	messages = slices.Clone(messages)
	for i := range messages {
		messages[i].Flags |= unix.NLM_F_MULTI
	}
	a.Reply(messages...)
}

// Done writes the end of a table, NLMSG_DONE.
func (a *Answer) Done() { a.DoneError(0, nil) }

// DoneError ends a table with an error, as the kernel does if it fails behind
// its first part. Ack may be nil.
func (a *Answer) DoneError(errno unix.Errno, ack *ExtAck) {
	a.Part(a.control(unix.NLMSG_DONE, 0, number(errno), ack))
}

// Interrupt says that the table changes now: the messages that this Answer
// writes from now on have NLM_F_DUMP_INTR. It writes nothing.
func (a *Answer) Interrupt() { a.interrupted.Store(true) }

// Lose writes nothing. The program waits for the answer until its context or
// Config.ReplyTimeout ends; a table it asks for again at once.
func (a *Answer) Lose() { a.written.Store(true) }

// Overrun says that the receive buffer had no room for answers (ENOBUFS), which
// were dropped. Like the kernel, it says so before it hands out what is queued.
func (a *Answer) Overrun() {
	a.written.Store(true)
	a.sock.lose()
}

// Raw writes a datagram that the test has built: one that is malformed, or that
// answers another request.
func (a *Answer) Raw(b []byte) {
	a.written.Store(true)
	if len(b) == 0 {
		panic("rtnltest: a datagram without data")
	}
	a.sock.deliver(datagram{data: slices.Clone(b)})
}

// encode returns messages as a datagram, padded to 4 bytes each. None are no
// data.
func encode(messages []rtnl.Message) (b []byte) {
	for _, m := range messages {
		n := unix.NLMSG_HDRLEN + len(m.Data)
		if uint64(n) > 1<<32-1 {
			panic(fmt.Sprintf("rtnltest: a message of %d bytes", n))
		}
		b = binary.NativeEndian.AppendUint32(b, uint32(n))
		b = binary.NativeEndian.AppendUint16(b, m.Type)
		b = binary.NativeEndian.AppendUint16(b, m.Flags)
		b = binary.NativeEndian.AppendUint32(b, m.Seq)
		b = binary.NativeEndian.AppendUint32(b, m.PortID)
		b = append(b, m.Data...)
		b = append(b, make([]byte, align(n)-n)...)
	}
	return b
}
