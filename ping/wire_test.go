package ping

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestMarshalEcho compares requests with what iputils 20221126 sends for `ping
// -s 15 -e 6572` according to strace (15 bytes hold no timestamp).
func TestMarshalEcho(t *testing.T) {
	for _, tt := range []struct {
		family Family
		dest   string
		want   string
	}{
		{IPv4, "127.0.0.1", "0800a62119ac0001000102030405060708090a0b0c0d0e"},
		{IPv6, "::1", "8000000019ac0001000102030405060708090a0b0c0d0e"}, // the kernel adds the checksum
	} {
		b, err := marshalEcho(tt.family, 6572, 1, filled(15, nil))
		if err != nil {
			t.Fatal(err)
		}
		if want := unhex(t, tt.want); !bytes.Equal(b, want) {
			t.Errorf("%s:\n%x want\n%x", tt.dest, b, want)
		}
	}
}

func TestStamp(t *testing.T) {
	at := time.Unix(1795559432, 145343999)
	payload := filled(20, nil)
	stamp(payload, at)
	if sec, us := binary.NativeEndian.Uint64(payload), binary.NativeEndian.Uint64(payload[8:]); sec != 1795559432 || us != 145343 {
		t.Errorf("stamped %d s and %d µs", sec, us)
	}
	if !bytes.Equal(payload[16:], []byte{16, 17, 18, 19}) {
		t.Errorf("the rest is %x", payload[16:])
	}
	small := filled(15, nil)
	stamp(small, at)
	if !bytes.Equal(small, filled(15, nil)) {
		t.Errorf("15 bytes became %x", small)
	}
}

const (
	ipv4Header  = "4500001c00000000" + "3f01" + "0000" + "0a000002" + "0a000001"
	echoReply4  = "0000" + "0000" + "19ac0002" + "aabb"
	echoReply6  = "8100" + "0000" + "19ac0003" + "cc"
	echoRequest = "0800" + "0000" + "19ac0004"
	quotedIPv4  = "4600002000000000" + "3f01" + "0000" + "0a000001" + "0a000002" + "01010101"
	redirect4   = "0501" + "0000" + "0a00004d" + quotedIPv4 + echoRequest
)

func TestParsePacket(t *testing.T) {
	for _, tt := range []struct {
		name   string
		family Family
		header bool
		hex    string
		want   packet
		err    string
	}{
		{"raw reply", IPv4, true, ipv4Header + echoReply4, packet{id: 0x19ac, seq: 2, ttl: 63, data: []byte{0xaa, 0xbb}}, ""},
		{"datagram reply", IPv4, false, echoReply4, packet{id: 0x19ac, seq: 2, ttl: -1, data: []byte{0xaa, 0xbb}}, ""},
		{"reply over IPv6", IPv6, false, echoReply6, packet{id: 0x19ac, seq: 3, ttl: -1, data: []byte{0xcc}}, ""},
		{"redirect", IPv4, true, ipv4Header + redirect4, packet{id: 0x19ac, seq: 4, ttl: 63, redirect: true, code: 1,
			gateway: netip.MustParseAddr("10.0.0.77"), dest: netip.MustParseAddr("10.0.0.2")}, ""},
		{"empty", IPv4, true, "", packet{}, "message too short: IPv4 header of 0 bytes"},
		{"empty over IPv6", IPv6, false, "", packet{}, "message too short: ICMP message of 0 bytes"},
		{"header only", IPv4, true, ipv4Header, packet{}, "message too short: ICMP message of 0 bytes"},
		{"short ICMP", IPv4, true, ipv4Header + "00000000000000", packet{}, "message too short: ICMP message of 7 bytes"},
		{"IHL 4", IPv4, true, "44" + ipv4Header[2:] + echoReply4, packet{}, "IPv4 header: version 4, header length 16 of 30 bytes"},
		{"IHL beyond the end", IPv4, true, "4f" + ipv4Header[2:] + echoReply4, packet{}, "IPv4 header: version 4, header length 60 of 30 bytes"},
		{"version 6", IPv4, true, "65" + ipv4Header[2:] + echoReply4, packet{}, "IPv4 header: version 6, header length 20 of 30 bytes"},
		{"request", IPv4, false, echoRequest, packet{}, errNotEcho.Error()},
		{"redirect without a quotation", IPv4, true, ipv4Header + redirect4[:16], packet{}, "quoted packet: message too short: IPv4 header of 0 bytes"},
		{"redirect of 7 bytes", IPv4, true, ipv4Header + redirect4[:16] + quotedIPv4 + echoRequest[2:], packet{}, "message too short: quoted ICMP message of 7 bytes"},
		{"redirect of a reply", IPv4, true, ipv4Header + redirect4[:16] + quotedIPv4 + "00" + echoRequest[2:], packet{}, errNotEcho.Error()},
	} {
		got, err := parsePacket(tt.family, tt.header, unhex(t, tt.hex))
		if (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.err)
		}
		if got.id != tt.want.id || got.seq != tt.want.seq || got.ttl != tt.want.ttl || !bytes.Equal(got.data, tt.want.data) ||
			got.redirect != tt.want.redirect || got.code != tt.want.code || got.gateway != tt.want.gateway || got.dest != tt.want.dest {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// cmsg is one control message.
func cmsg(level, typ int32, data []byte) []byte {
	b := make([]byte, unix.CmsgSpace(len(data)))
	h := unix.Cmsghdr{}
	h.SetLen(unix.CmsgLen(len(data)))
	if unix.SizeofCmsghdr == 16 {
		binary.NativeEndian.PutUint64(b, uint64(h.Len))
	} else {
		binary.NativeEndian.PutUint32(b, uint32(h.Len))
	}
	binary.NativeEndian.PutUint32(b[unix.SizeofCmsghdr-8:], uint32(level))
	binary.NativeEndian.PutUint32(b[unix.SizeofCmsghdr-4:], uint32(typ))
	copy(b[unix.CmsgLen(0):], data)
	return b
}

func native32(vs ...uint32) (b []byte) {
	for _, v := range vs {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	return b
}

func native64(vs ...uint64) (b []byte) {
	for _, v := range vs {
		b = binary.NativeEndian.AppendUint64(b, v)
	}
	return b
}

// hostUnreachable is what IP_RECVERR delivers for an ICMP error from 10.0.0.1.
func hostUnreachable() []byte {
	b := native32(uint32(unix.EHOSTUNREACH))
	b = append(b, unix.SO_EE_ORIGIN_ICMP, 3, 1, 0)
	b = append(b, native32(7, 0)...)
	b = binary.NativeEndian.AppendUint16(b, unix.AF_INET)
	return append(b, 0, 0, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
}

func TestParseControl(t *testing.T) {
	oob := cmsg(unix.SOL_SOCKET, unix.SCM_TIMESTAMPNS, native64(1795559432, 123456789))
	oob = append(oob, cmsg(unix.IPPROTO_IP, unix.IP_TTL, native32(63))...)
	oob = append(oob, cmsg(99, 99, []byte("whatever"))...)
	c, err := parseControl(oob)
	if err != nil || c.ttl != 63 || !c.stamp.Equal(time.Unix(1795559432, 123456789)) || c.err != nil {
		t.Errorf("got %+v, %v", c, err)
	}
	c, err = parseControl(cmsg(unix.IPPROTO_IP, unix.IP_RECVERR, hostUnreachable()))
	if err != nil || c.err == nil {
		t.Fatalf("got %+v, %v", c, err)
	}
	if e := c.err; unix.Errno(e.Errno) != unix.EHOSTUNREACH || e.Type != 3 || e.Code != 1 || e.Info != 7 || e.offender != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("got %+v", e)
	}
	sa6 := append(make([]byte, 16), native32(0, 0)...)
	binary.NativeEndian.PutUint16(sa6[16:], unix.AF_INET6)
	sa6 = append(sa6, netip.MustParseAddr("fe80::1").AsSlice()...)
	sa6 = append(sa6, native32(5)...)
	c, err = parseControl(cmsg(unix.IPPROTO_IPV6, unix.IPV6_RECVERR, sa6))
	if err != nil || c.err == nil || c.err.offender != netip.MustParseAddr("fe80::1") || c.err.scope != 5 {
		t.Errorf("got %+v, %v", c.err, err)
	}
	for name, oob := range map[string][]byte{
		"hop limit": cmsg(unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT, []byte{1, 2, 3}),
		"timestamp": cmsg(unix.SOL_SOCKET, unix.SCM_TIMESTAMPNS, native32(1)),
		"error":     cmsg(unix.IPPROTO_IP, unix.IP_RECVERR, make([]byte, 15)),
	} {
		if _, err := parseControl(oob); !errors.Is(err, errShort) {
			t.Errorf("short %s: %v", name, err)
		}
	}
	if _, err := parseControl(make([]byte, 16)); err == nil {
		t.Error("no error for a control message of length 0")
	}
}

// FuzzReceive feeds packets and control messages to both parsers; what they
// accept must be inside what they were given.
func FuzzReceive(f *testing.F) {
	seed := func(family Family, header bool, packet string, oob []byte) {
		f.Add(int(family), header, unhex(f, packet), oob)
	}
	seed(IPv4, true, ipv4Header+echoReply4, cmsg(unix.SOL_SOCKET, unix.SCM_TIMESTAMPNS, native64(1, 2)))
	seed(IPv4, true, ipv4Header+redirect4, cmsg(unix.IPPROTO_IP, unix.IP_RECVERR, hostUnreachable()))
	seed(IPv4, false, echoReply4, cmsg(unix.IPPROTO_IP, unix.IP_TTL, native32(64)))
	seed(IPv4, false, redirect4, nil)
	seed(IPv6, false, echoReply6, cmsg(unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT, native32(255)))
	seed(IPv6, false, "0100000000000000", nil)
	f.Fuzz(func(t *testing.T, family int, header bool, b, oob []byte) {
		fam := Family(family)
		if p, err := parsePacket(fam, header, b); err == nil {
			if len(p.data) > len(b)-icmpHeaderLen || p.ttl < -1 || p.ttl > 255 {
				t.Errorf("%d bytes gave %+v", len(b), p)
			}
			if p.redirect && (!p.gateway.Is4() || !p.dest.Is4()) {
				t.Errorf("redirect without addresses: %+v", p)
			}
		}
		if id, seq, err := parseRequest(fam, b); err == nil {
			if id != binary.BigEndian.Uint16(b[4:6]) || seq != binary.BigEndian.Uint16(b[6:8]) {
				t.Errorf("%x: id %#x, seq %#x", b, id, seq)
			}
		}
		if c, err := parseControl(oob); err == nil && c.err != nil && len(oob) < 16 {
			t.Errorf("%d bytes gave %+v", len(oob), c.err)
		}
	})
}
