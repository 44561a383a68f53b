package audit

import (
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// Op is what a program did with a netlink socket.
type Op uint8

// What is done with a socket. The zero value is none of them.
const (
	OpSocket     Op = iota + 1 // socket(2)
	OpBind                     // bind(2)
	OpConnect                  // connect(2)
	OpSetsockopt               // setsockopt(2), of any level
	OpSend                     // a datagram sent, by whichever call: sendmmsg(2) makes one event a datagram
	OpReceive                  // a datagram received, or peeked at, or a receiving call that failed
	OpClose                    // close(2) or the end of the last descriptor, as far as the recorder can tell
	OpExtAck                   // the kernel said Text about a request, whoever asked to be told (tracepoint netlink_extack)
	OpLost                     // a mark: something that happened here was not recorded; Text says what, Lost how many
)

// Event is one thing that a program did with a netlink socket. Fields that say nothing of an Op are zero, and so is, unless
// it says otherwise, what the recorder did not know: a capture file holds much less than what a tracer sees.
type Event struct {
	Op Op
	// Time is when the call began: the kernel does what it is asked inside send, so that others may hear of the change
	// before the call returns. Of OpReceive it is when the call returned.
	Time  time.Time
	Took  time.Duration // how long the call took
	After time.Duration // of a reply: since the request was sent (its Time)
	Errno unix.Errno    // what the call failed with, 0 for success

	Process
	Socket

	SocketType int      // OpSocket: SOCK_RAW or SOCK_DGRAM with SOCK_CLOEXEC and SOCK_NONBLOCK
	Address    *Address // OpBind: what was asked for; OpConnect, OpSend: to whom; OpReceive: from whom; nil when not given or not asked for

	// Of OpSetsockopt: what it set.
	Level, Option int    // SOL_NETLINK and NETLINK_EXT_ACK, SOL_SOCKET and SO_RCVBUF ...
	Value         []byte // as passed to the kernel, in the host's byte order

	// Of OpSend and OpReceive.
	Flags     int       // the call's flags: MSG_PEEK, MSG_DONTWAIT, MSG_TRUNC ...
	MsgFlags  int       // OpReceive: msg_flags as the kernel set them: MSG_TRUNC, MSG_CTRUNC ...
	Multicast bool      // OpReceive: known to have come through a multicast group
	Room      int       // OpReceive: how many bytes the program had room for; -1 when not known
	Control   []Control // OpReceive: the control messages (cmsg(3))
	Length    int       // bytes of the datagram; more than len(Data) when the recorder or the program's buffer held less
	Data      []byte    // the messages, in the host's byte order

	// Of OpExtAck and OpLost.
	Text string
	Lost int // OpLost: how many events or datagrams are missing; 0 when not known
}

// Process is who did it.
type Process struct {
	PID, TID int    // as the recorder's PID namespace numbers them; TID is 0 where threads are not told apart
	Program  string // its name (/proc/PID/comm), which may hold any byte but NUL
}

// Socket is the netlink socket that it was done with.
type Socket struct {
	NetNS       string // label of its network namespace, "" for that of the recorder, or not known
	NetNSCookie uint64 // SO_NETNS_COOKIE of the namespace, unique as long as the machine runs (since Linux 5.14)
	NetNSInode  uint64 // number of the namespace in nsfs, which may be used again when the namespace is gone
	Inode       uint64 // number in sockfs: it stays when a descriptor is copied, passed on or inherited
	FD          int    // the descriptor; -1 when not known
	Protocol    int    // unix.NETLINK_ROUTE ...
	PortID      uint32 // its own port ID (nl_pid)
}

// Address is struct sockaddr_nl (netlink(7)).
type Address struct {
	PortID uint32 // nl_pid: 0 is the kernel; in OpBind, the kernel shall choose
	Groups uint32 // nl_groups: bit n-1 is multicast group n
}

// Control is a control message (cmsg(3)).
type Control struct {
	Level, Type int // SOL_NETLINK and NETLINK_PKTINFO ...
	Data        []byte
}

// DatagramEvent is what a socket's Observer sees, as an event. It shares d.Data.
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

// Datagram is the event as an Observer sees it; ok is false when it moved none: for other operations, for failed calls,
// and for a peek (MSG_PEEK), after which the same datagram is still to be received.
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

// Group returns the number of the multicast group that a datagram came through, as NETLINK_PKTINFO tells it, 0 for none or
// not known. It knows groups above 32, which Address.Groups has no bit for.
func (e *Event) Group() uint32 {
	n, _ := e.control(unix.NETLINK_PKTINFO)
	return n
}

// NSID returns the number of the network namespace that a notification came from, as the socket's own namespace knows it,
// when the socket listens to all of them (NETLINK_LISTEN_ALL_NSID).
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

// Int returns the value that a setsockopt set, for options that are an int.
func (e *Event) Int() (n int32, ok bool) {
	if len(e.Value) != 4 {
		return 0, false
	}
	return int32(binary.NativeEndian.Uint32(e.Value)), true
}
