package ping

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

const icmpHeaderLen = 8

// filled returns iputils' payload: each byte holds its own offset, modulo 256,
// or the pattern is repeated as iputils does it (fill in ping/ping_common.c).
// That uses the pattern only once unless there are 8 bytes more than it has,
// and a long pattern leaves zeros at the end.
func filled(size int, pattern []byte) []byte {
	b := make([]byte, size)
	if n := len(pattern); n > 0 {
		last := 0
		if size >= n+8 {
			last = size - n + 8
		}
		for i := 0; i <= last && i < size; i += n {
			copy(b[i:], pattern)
		}
		return b
	}
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// stamp writes t over the start of payload, as a struct timeval in the
// machine's byte order, which packet analysers expect. A payload that is too
// small stays as it is.
func stamp(payload []byte, t time.Time) {
	if len(payload) < timestampLen {
		return
	}
	us := t.UnixMicro()
	binary.NativeEndian.PutUint64(payload, uint64(us/1e6))
	binary.NativeEndian.PutUint64(payload[8:], uint64(us%1e6))
}

// marshalEcho builds an echo request. It sets the checksum for IPv4. For IPv6,
// the kernel computes it, because it covers the addresses.
func marshalEcho(f Family, id, seq uint16, payload []byte) ([]byte, error) {
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: int(id), Seq: int(seq), Data: payload}}
	if f == IPv6 {
		m.Type = ipv6.ICMPTypeEchoRequest
	}
	return m.Marshal(nil)
}

// A packet is a received message that may be about one of our requests.
type packet struct {
	id, seq uint16
	// ttl is from the IPv4 header, or -1 if the socket delivers no header.
	ttl int
	// data is the payload of an echo reply.
	data []byte
	// redirect is set for a redirect, with the code, the gateway, and the
	// destination of the request.
	redirect      bool
	code          int
	gateway, dest netip.Addr
}

var (
	errNotEcho = errors.New("neither an echo reply nor a redirect of an echo request")
	errShort   = errors.New("message too short")
)

// parsePacket decodes what the socket delivered: an IPv4 header and an ICMP
// message from a raw IPv4 socket, an ICMP message from all others.
func parsePacket(f Family, withHeader bool, b []byte) (packet, error) {
	ttl, proto := -1, unix.IPPROTO_ICMP
	if f == IPv6 {
		proto = unix.IPPROTO_ICMPV6
	}
	if withHeader {
		var err error
		if b, ttl, _, err = stripIPv4(b); err != nil {
			return packet{}, err
		}
	}
	if len(b) < icmpHeaderLen {
		return packet{}, fmt.Errorf("%w: ICMP message of %d bytes", errShort, len(b))
	}
	m, err := icmp.ParseMessage(proto, b)
	if err != nil {
		return packet{}, fmt.Errorf("ICMP message: %w", err)
	}
	switch m.Type {
	case ipv4.ICMPTypeEchoReply, ipv6.ICMPTypeEchoReply:
		echo, ok := m.Body.(*icmp.Echo)
		if !ok {
			return packet{}, errNotEcho
		}
		return packet{id: uint16(echo.ID), seq: uint16(echo.Seq), ttl: ttl, data: echo.Data}, nil
	case ipv4.ICMPTypeRedirect:
		// RFC 792: the gateway, then the header of the forwarded packet and the
		// first 8 bytes of what it carried.
		gateway := netip.AddrFrom4([4]byte(b[4:8]))
		quoted, _, dest, err := stripIPv4(b[icmpHeaderLen:])
		if err != nil {
			return packet{}, fmt.Errorf("quoted packet: %w", err)
		}
		id, seq, err := parseRequest(f, quoted)
		if err != nil {
			return packet{}, err
		}
		return packet{id: id, seq: seq, ttl: ttl, redirect: true, code: m.Code, gateway: gateway, dest: dest}, nil
	}
	return packet{}, errNotEcho
}

// stripIPv4 returns what follows an IPv4 header that carries ICMP, and the
// header's time to live and destination. It does not check the header's total
// length: the kernel has done so, and a quoted packet is cut short.
func stripIPv4(b []byte) (body []byte, ttl int, dest netip.Addr, err error) {
	if len(b) < ipv4.HeaderLen {
		return nil, 0, dest, fmt.Errorf("%w: IPv4 header of %d bytes", errShort, len(b))
	}
	n := int(b[0]&0xf) * 4
	if b[0]>>4 != ipv4.Version || n < ipv4.HeaderLen || n > len(b) {
		return nil, 0, dest, fmt.Errorf("IPv4 header: version %d, header length %d of %d bytes", b[0]>>4, n, len(b))
	}
	if b[9] != unix.IPPROTO_ICMP {
		return nil, 0, dest, fmt.Errorf("IPv4 header: protocol %d is not ICMP", b[9])
	}
	return b[n:], int(b[8]), netip.AddrFrom4([4]byte(b[16:20])), nil
}

// parseRequest reads the identifier and sequence number of our echo request
// that an error message quotes. The quote may end after the ICMP header.
func parseRequest(f Family, b []byte) (id, seq uint16, err error) {
	if len(b) < icmpHeaderLen {
		return 0, 0, fmt.Errorf("%w: quoted ICMP message of %d bytes", errShort, len(b))
	}
	want := byte(ipv4.ICMPTypeEcho)
	if f == IPv6 {
		want = byte(ipv6.ICMPTypeEchoRequest)
	}
	if b[0] != want {
		return 0, 0, errNotEcho
	}
	return binary.BigEndian.Uint16(b[4:]), binary.BigEndian.Uint16(b[6:]), nil
}
