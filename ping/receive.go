package ping

import (
	"bytes"
	"net/netip"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

// opQueue is the Op of a LocalError that was read from the error queue.
const opQueue = "local error"

// receive reads one packet, or one entry of the error queue, without waiting.
// The event is nil if it is not about our requests. more is false if there was
// nothing.
func (p *Pinger) receive(fd int) (ev Event, more bool) {
	n, oobn, _, sa, err := unix.Recvmsg(fd, p.buf, p.oob[:], unix.MSG_DONTWAIT)
	switch err {
	case nil:
		return p.packetEvent(p.buf[:n], p.oob[:oobn], sa), true
	case unix.EINTR:
		return nil, true
	case unix.EAGAIN:
		return p.receiveError(fd)
	}
	// The error of a request is returned once; its details are in the queue.
	if ev, more := p.receiveError(fd); more {
		return ev, true
	}
	return p.localError("recvmsg", err), true
}

// nextError reads one entry of the error queue. found is false if there is
// none.
func (p *Pinger) nextError() (ev Event, found bool, err error) {
	err = p.rc.Control(func(fd uintptr) { ev, found = p.receiveError(int(fd)) })
	if err != nil {
		return nil, false, failed("ICMP socket", err)
	}
	return ev, found, nil
}

func (p *Pinger) receiveError(fd int) (ev Event, found bool) {
	for {
		n, oobn, _, sa, err := unix.Recvmsg(fd, p.buf, p.oob[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		switch err {
		case nil:
			return p.errorEvent(p.buf[:n], p.oob[:oobn], sa), true
		case unix.EINTR:
		default:
			return nil, false
		}
	}
}

// packetEvent turns a received packet into an event. It returns nil for a
// packet that is not ours, or so damaged that this is unclear.
func (p *Pinger) packetEvent(b, oob []byte, sa unix.Sockaddr) Event {
	now := time.Now()
	from, scope := fromSockaddr(sa)
	ctl, err := parseControl(oob)
	if err != nil || !from.IsValid() {
		return nil
	}
	pkt, err := parsePacket(p.family, p.raw && p.family == IPv4, b)
	if err != nil || p.raw && pkt.id != p.id {
		return nil
	}
	if pkt.redirect {
		if pkt.dest != p.dest {
			return nil
		}
		return Redirect{From: from, Seq: pkt.seq, Code: pkt.code, Gateway: pkt.gateway}
	}
	sent, ok := p.win.sentAt(pkt.seq)
	if !ok {
		return nil
	}
	r := Reply{From: p.named(from, scope), Seq: pkt.seq, TTL: pkt.ttl, Payload: pkt.data, RTT: -1, WrongByte: -1}
	if r.TTL < 0 {
		r.TTL = ctl.ttl
	}
	timed := len(p.payload) >= timestampLen && len(pkt.data) >= timestampLen
	if !p.many && !(p.family == IPv6 && anycast(p.dest)) {
		r.OtherAddress = from != p.dest.WithZone("")
	}
	if timed {
		// Another ping may have the same identifier, but its timestamp differs.
		var want [timestampLen]byte
		stamp(want[:], sent)
		if !bytes.Equal(want[:], pkt.data[:timestampLen]) {
			return nil
		}
		r.RTT = roundTrip(sent, ctl.stamp, now)
	}
	r.Duplicate = p.win.answer(pkt.seq)
	r.Truncated = len(pkt.data) < len(p.payload)
	for i := timestampLen; i < min(len(p.payload), len(pkt.data)); i++ {
		if pkt.data[i] != p.payload[i] {
			r.WrongByte = i
			break
		}
	}
	return r
}

// roundTrip is the time from sent to the kernel's receive timestamp. That is
// wall-clock time: if the clock was set meanwhile, or the timestamp is missing,
// the monotonic time until now is used instead.
func roundTrip(sent, stamp, now time.Time) time.Duration {
	elapsed := now.Sub(sent)
	if stamp.IsZero() {
		return elapsed.Truncate(time.Microsecond)
	}
	d := time.Duration(stamp.UnixMicro()-sent.UnixMicro()) * time.Microsecond
	if d < 0 || d > elapsed+time.Millisecond {
		return elapsed.Truncate(time.Microsecond)
	}
	return d
}

// errorEvent turns an entry of the error queue into an event, nil if it is not
// ours. b starts with the ICMP header of the request; sa is where the request
// was sent.
func (p *Pinger) errorEvent(b, oob []byte, sa unix.Sockaddr) Event {
	ctl, err := parseControl(oob)
	if err != nil || ctl.err == nil {
		return nil
	}
	switch e := ctl.err; e.Origin {
	case unix.SO_EE_ORIGIN_LOCAL:
		l := p.localError(opQueue, unix.Errno(e.Errno))
		if l.Err == unix.EMSGSIZE {
			l.MTU = e.Info
		}
		return l
	case unix.SO_EE_ORIGIN_ICMP, unix.SO_EE_ORIGIN_ICMP6:
		id, seq, err := parseRequest(p.family, b)
		dest, _ := fromSockaddr(sa)
		if err != nil || dest != p.dest.WithZone("") || p.raw && id != p.id {
			return nil
		}
		var typ icmp.Type = ipv4.ICMPType(e.Type)
		if e.Origin == unix.SO_EE_ORIGIN_ICMP6 {
			typ = ipv6.ICMPType(e.Type)
		}
		if typ == ipv4.ICMPTypeRedirect {
			// Datagram sockets deliver redirects here, with the gateway as the
			// info.
			return Redirect{From: e.offender, Seq: seq, Code: int(e.Code), Gateway: gatewayFromInfo(e.Info)}
		}
		return ICMPError{From: p.named(e.offender, e.scope), Seq: seq, Type: typ, Code: int(e.Code), Info: e.Info}
	}
	return nil
}

// gatewayFromInfo reads an IPv4 address that the kernel converted to host byte
// order.
func gatewayFromInfo(info uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(info >> 24), byte(info >> 16), byte(info >> 8), byte(info)})
}

// localError is an error that a system call returned: an errno, as package unix
// promises.
func (p *Pinger) localError(op string, err error) LocalError {
	e, ok := err.(unix.Errno)
	if !ok {
		e = unix.EIO
	}
	return LocalError{Op: op, Err: e, Family: p.family}
}
