package ping

import (
	"net/netip"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/sys/unix"
)

// An Event is something that happened during Pinger.Run: a Reply, an ICMPError,
// a Redirect or a LocalError, with Options.Outstanding also a NoAnswer, with
// Options.Ask also a SoFar.
type Event interface{ event() }

// A Reply is an echo reply to one of our requests.
type Reply struct {
	// From is the address that replied, with a zone if it is link-local.
	From netip.Addr
	// Seq is the sequence number of the request. The first is 1; it wraps
	// around.
	Seq uint16
	// TTL is the time to live, or hop limit, that the reply arrived with, or -1
	// if the kernel did not report it.
	TTL int
	// Payload is what followed the 8 bytes of ICMP header. It is valid only
	// until the callback returns.
	Payload []byte
	// RTT is the time from sending to the kernel's receive timestamp, in whole
	// microseconds. It is -1 if the payload was too small for a timestamp.
	RTT time.Duration
	// Duplicate is set if the request had already been answered.
	Duplicate bool
	// OtherAddress is set if From is not the address that was pinged, although
	// that address stands for a single host.
	OtherAddress bool
	// Truncated is set if the reply is shorter than the request.
	Truncated bool
	// WrongByte is the offset of the first payload byte that differs from what
	// was sent, ignoring the timestamp, or -1 if there is none.
	WrongByte int
}

// A SoFar is the reaction to a value from Options.Ask.
type SoFar struct{ Statistics }

// An ICMPError is an ICMP error message about one of our requests.
type ICMPError struct {
	// From is the address that sent the message.
	From netip.Addr
	// Seq is the sequence number of the request.
	Seq uint16
	// Type is an ipv4.ICMPType or ipv6.ICMPType.
	Type icmp.Type
	// Code is the code of that type.
	Code int
	// Info is extra information: the MTU in bytes that a packet exceeded, or
	// the pointer of a parameter problem, else 0.
	Info uint32
}

// A Redirect is an ICMP redirect about one of our requests. It is not an error:
// the request was forwarded.
type Redirect struct {
	// From is the router that sent it.
	From netip.Addr
	// Seq is the sequence number of the request.
	Seq uint16
	// Code is 0 to 3 (RFC 792).
	Code int
	// Gateway is the better next hop.
	Gateway netip.Addr
}

// A LocalError is a request that this machine did not send, or a failure to
// receive.
type LocalError struct {
	// Op is "sendmsg" or "recvmsg", or "local error" if the reason was read
	// from the socket's error queue (MSG_ERRQUEUE, recv(2)).
	Op string
	// Err is the reason; EMSGSIZE means that the request does not fit the MTU.
	Err unix.Errno
	// MTU is the maximum in bytes that EMSGSIZE is about; 0 if unknown.
	MTU uint32
	// Family is that of the socket.
	Family Family
}

// A NoAnswer is a request that has no reply when the next one is about to be
// sent.
type NoAnswer struct {
	// Seq is the sequence number of the request.
	Seq uint16
}

func (NoAnswer) event()   {}
func (Reply) event()      {}
func (ICMPError) event()  {}
func (Redirect) event()   {}
func (LocalError) event() {}
func (SoFar) event()      {}
