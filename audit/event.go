package audit

import (
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// Op is the kind of an Event.
type Op uint8

// The kinds of events. The zero value is not one of them.
const (
	OpSocket     Op = iota + 1 // socket(2)
	OpBind                     // bind(2)
	OpConnect                  // connect(2)
	OpSetsockopt               // setsockopt(2), of any level
	OpSend                     // a datagram sent, by any call: sendmmsg(2) makes one event for each datagram
	OpReceive                  // a datagram received or peeked at, or a receiving call that failed
	OpClose                    // close(2), or the end of the last descriptor, as far as the recorder can tell
	OpExtAck                   // Text is the kernel's message about a request (tracepoint netlink_extack)
	OpFound                    // the first call with a socket that was in Groups before the recorder saw it
	OpLost                     // something that happened here was not recorded; Text says what, Lost how many
)

// Event is one call with a netlink socket. Fields that do not apply to its Op
// are zero. So are, unless the field says otherwise, fields that the recorder
// did not know: a capture file holds much less than a tracer sees.
type Event struct {
	Op Op
	// Time is when the call began, because the kernel carries out a request
	// within the send call, and others may hear of the change before the call
	// returns. For OpReceive it is when the call returned.
	Time  time.Time
	Took  time.Duration // how long the call took
	After time.Duration // of a reply: the time since its request (its Time)
	Errno unix.Errno    // the call's error, 0 for success

	Process
	Socket

	SocketType int      // OpSocket: SOCK_RAW or SOCK_DGRAM with SOCK_CLOEXEC and SOCK_NONBLOCK
	Address    *Address // OpBind: the address asked for; OpConnect, OpSend: the destination; OpReceive: the sender; nil if not given or not asked for

	// For OpSetsockopt: the option and its value.
	Level, Option int    // SOL_NETLINK and NETLINK_EXT_ACK, SOL_SOCKET and SO_RCVBUF ...
	Value         []byte // as passed to the kernel, in the host's byte order

	// For OpSend and OpReceive:
	Flags     int       // the call's flags: MSG_PEEK, MSG_DONTWAIT, MSG_TRUNC ...
	MsgFlags  int       // OpReceive: msg_flags as the kernel set them: MSG_TRUNC, MSG_CTRUNC ...
	Multicast bool      // OpReceive: it is known to have come through a multicast group
	Room      int       // OpReceive: size of the program's buffer in bytes; -1 if not known
	Control   []Control // OpReceive: the control messages (cmsg(3))
	Length    int       // size of the datagram in bytes; more than len(Data) if the recorder or the program's buffer held less
	Data      []byte    // the messages, in the host's byte order

	Groups []uint32 // OpFound: numbers of multicast groups, each once

	// For OpExtAck and OpLost:
	Text string
	Lost int // OpLost: how many events or datagrams are missing; 0 if not known
}

// Process is the process that made the call.
type Process struct {
	PID, TID int    // ids in the recorder's PID namespace; TID is 0 if threads are not distinguished
	Program  string // its name (/proc/PID/comm), which may hold any byte but NUL
}

// Socket is the netlink socket of a call.
type Socket struct {
	NetNS       string // label of its network namespace; "" for the recorder's own, or if not known
	NetNSCookie uint64 // SO_NETNS_COOKIE of the namespace, unique until the machine reboots (since Linux 5.14)
	NetNSInode  uint64 // inode number of the namespace in nsfs, which may be reused when the namespace is gone
	Inode       uint64 // inode number in sockfs, the same for all copies of the descriptor, also in other processes
	FD          int    // the descriptor; -1 if not known
	Protocol    int    // unix.NETLINK_ROUTE ...
	PortID      uint32 // its own port ID (nl_pid)
}

// Address is struct sockaddr_nl (netlink(7)).
type Address struct {
	PortID uint32 // nl_pid: 0 is the kernel; in OpBind it asks the kernel to choose
	Groups uint32 // nl_groups: bit n-1 is multicast group n
}

// Control is a control message (cmsg(3)).
type Control struct {
	Level, Type int // SOL_NETLINK and NETLINK_PKTINFO ...
	Data        []byte
}

// DatagramEvent returns a datagram, as a socket's Observer sees it, as an
// event. The event shares d.Data.
func DatagramEvent(d nlspec.Datagram) Event {
	e := Event{
		Op: OpReceive, Time: d.Time, Multicast: d.Multicast, Room: -1, Length: len(d.Data), Data: d.Data,
		Socket: Socket{NetNS: d.NetNS, FD: -1, Protocol: d.Protocol, PortID: d.PortID},
	}
	if d.Direction == nlspec.Sent {
		e.Op = OpSend
	}
	return e
}

// Datagram returns the event's datagram as an Observer sees it. ok is false if
// the event moved none: for other operations, for failed calls, and for a peek
// (MSG_PEEK), which leaves the datagram in the queue.
func (e *Event) Datagram() (d nlspec.Datagram, ok bool) {
	d = nlspec.Datagram{
		Time: e.Time, Direction: nlspec.Received, Protocol: e.Protocol, NetNS: e.NetNS, PortID: e.PortID,
		Multicast: e.Multicast || e.Address != nil && e.Address.Groups != 0 || e.Group() != 0, Data: e.Data,
	}
	switch {
	case e.Errno != 0:
		return nlspec.Datagram{}, false
	case e.Op == OpSend:
		d.Direction, d.Multicast = nlspec.Sent, false
		return d, true
	case e.Op == OpReceive && e.Flags&unix.MSG_PEEK == 0:
		return d, true
	}
	return nlspec.Datagram{}, false
}

// Group returns the number of the multicast group that a datagram came through,
// according to NETLINK_PKTINFO, or 0 for none or if it is not known. Unlike
// Address.Groups, it covers groups above 32.
func (e *Event) Group() uint32 {
	n, _ := e.control(unix.NETLINK_PKTINFO)
	return n
}

// NSID returns the id of the network namespace that a notification came from,
// if the socket listens to all of them (NETLINK_LISTEN_ALL_NSID). The id is the
// one in the socket's own namespace.
func (e *Event) NSID() (nsid int32, ok bool) {
	n, ok := e.control(unix.NETLINK_LISTEN_ALL_NSID)
	return int32(n), ok
}

func (e *Event) control(typ int) (n uint32, ok bool) {
	for _, c := range e.Control {
		if c.Level == unix.SOL_NETLINK && c.Type == typ && len(c.Data) == 4 {
			return binary.NativeEndian.Uint32(c.Data), true
		}
	}
	return 0, false
}

// Int returns the value that setsockopt set, for options that are an int.
func (e *Event) Int() (n int32, ok bool) {
	if len(e.Value) != 4 {
		return 0, false
	}
	return int32(binary.NativeEndian.Uint32(e.Value)), true
}
