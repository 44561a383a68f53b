package nlspec

import "time"

// Direction is the direction of a datagram as seen from the socket's owner.
type Direction uint8

// The two directions. The zero value is neither.
const (
	Sent Direction = iota + 1
	Received
)

// String returns "sent", "received" or "unknown".
func (d Direction) String() string {
	switch d {
	case Sent:
		return "sent"
	case Received:
		return "received"
	}
	return "unknown"
}

// Datagram is one netlink datagram, as one sendmsg wrote it or one recvmsg read
// it. It holds one or more messages.
type Datagram struct {
	Time      time.Time // when it was sent or received
	Direction Direction
	Protocol  int    // the socket's protocol, such as unix.NETLINK_ROUTE
	NetNS     string // the label of the socket's network namespace; "" for the caller's own
	PortID    uint32 // the socket's own port ID (nl_pid); 0 if unknown
	Multicast bool   // it was received through a multicast group
	Data      []byte // the messages in the host's byte order; valid only during the call of Observe
}

// Observer sees each datagram that a socket sends or receives.
type Observer interface {
	// Observe is called synchronously, and in order for each socket; two
	// sockets may call it at the same time. It must not change d.Data, or keep
	// it after it returns.
	Observe(d Datagram)
}

// Observers returns an Observer that calls each of o in turn, except nil ones.
// It returns nil if none is left.
func Observers(o ...Observer) Observer {
	var list observers
	for _, one := range o {
		if one != nil {
			list = append(list, one)
		}
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return list
}

type observers []Observer

func (o observers) Observe(d Datagram) {
	for _, one := range o {
		one.Observe(d)
	}
}
