package ping

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

// TestPacketsAsIputils passes the same arguments to ping(8) and to this
// package, and compares what arrives at the other end, byte by byte.
func TestPacketsAsIputils(t *testing.T) {
	newLab(t)
	for _, args := range []string{
		"10.0.0.2",
		"fd00::2",
		"-s 0 10.0.0.2",
		"-M do 10.0.0.2",
		"-M want 10.0.0.2",
		"-M dont 10.0.0.2",
		"-M dont -s 2000 10.0.0.2",
		"-M want -s 2000 10.0.0.2",
		"-M want -s 2000 fd00::2",
		"-M dont -s 2000 fd00::2",
		"-t 5 10.0.0.2",
		"-t 5 fd00::2",
		"-t 0 fd00::2",
		"-t 7 -W 0.05 -I va 224.0.0.77",
		"-t 7 -W 0.05 ff02::77%va",
		"-Q 0x10 10.0.0.2",
		"-Q 252 fd00::2",
		"-p ff 10.0.0.2",
		"-p 0102030405 10.0.0.2", // 56 is no multiple of 5
		"-p 0102030405 fd00::2",
		"-p 00112233445566778899aabbccddeeff -s 100 10.0.0.2",
		"-p abc -s 8 fd00::2",
		"-p 00112233445566778899aabbccddeeff -s 20 fd00::2",
		"-p 00112233445566778899aabbccddeeff -s 24 10.0.0.2",
		"-p 00112233445566778899aabbccddeeff -s 41 10.0.0.2",
		"-p 00112233445566778899aabbccddeeff -s 5 10.0.0.2",
		"-b -W 0.05 10.0.0.255",
		"-b 10.0.0.2",
		"-A -D -O -f -S 8192 10.0.0.2",
	} {
		t.Run(args, func(t *testing.T) {
			argv := append([]string{"-c", "2", "-i", "0.01"}, strings.Fields(args)...)
			// The status does not matter: the last requests may have no answer.
			theirs := captured(t, func() { iputils(t, "pa", argv...) })
			mine := captured(t, func() { ours(t, in("pa"), argv...) })
			if len(theirs) < 2 {
				t.Fatalf("%d packets of ping(8) arrived", len(theirs))
			}
			if a, b := strings.Join(theirs, "\n"), strings.Join(mine, "\n"); a != b {
				t.Errorf("ping(8):\n%s\nours:\n%s", a, b)
			}
		})
	}
}

// captured returns the requests that arrive at vb while fn runs, in hexadecimal
// digits. What differs between runs is masked.
func captured(t *testing.T, fn func()) (packets []string) {
	t.Helper()
	fd := -1
	err := in("pb")(func() (err error) {
		if fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
			return err
		}
		// ETH_P_ALL, in network byte order.
		return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: binary.NativeEndian.Uint16([]byte{0, unix.ETH_P_ALL})})
	})
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	fn()
	buf := make([]byte, 1<<16)
	for {
		n, from, err := unix.Recvfrom(fd, buf, 0)
		if errors.Is(err, unix.EAGAIN) {
			return packets
		}
		if err != nil {
			t.Fatal(err)
		}
		// Ignore loopback frames and our own answers.
		if sa, ok := from.(*unix.SockaddrLinklayer); !ok || sa.Pkttype == unix.PACKET_OUTGOING {
			continue
		}
		if masked := maskPacket(buf[:n]); masked != nil {
			packets = append(packets, hex.EncodeToString(masked))
		}
	}
}

// maskPacket returns an echo request, or a part of one, with zeros for its
// identifiers, checksums and timestamp. It returns nil for another packet.
func maskPacket(b []byte) []byte {
	var icmp []byte
	first := true
	switch b[0] >> 4 {
	case 4:
		icmp = b[4*int(b[0]&15):]
		first = binary.BigEndian.Uint16(b[6:])&0x1fff == 0
		clear(b[4:6])   // identification
		clear(b[10:12]) // checksum
		if b[9] != unix.IPPROTO_ICMP || first && icmp[0] != byte(ipv4.ICMPTypeEcho) {
			return nil
		}
	case 6:
		icmp = b[40:]
		clear(b[1:4]) // flow label, and half the traffic class
		next := b[6]
		if next == unix.IPPROTO_FRAGMENT {
			first = binary.BigEndian.Uint16(icmp[2:])&^7 == 0
			next = icmp[0]
			clear(icmp[4:8]) // identification
			icmp = icmp[8:]
		}
		if next != unix.IPPROTO_ICMPV6 || first && icmp[0] != byte(ipv6.ICMPTypeEchoRequest) {
			return nil
		}
	default:
		return nil
	}
	if first {
		clear(icmp[2:6]) // checksum, identifier
		if payload := icmp[icmpHeaderLen:]; len(payload) >= timestampLen {
			clear(payload[:timestampLen])
		}
	}
	return b
}

// TestValuesAsIputils passes bad values to ping(8) and to this package. Both
// refuse them in the same words, and nothing is sent.
func TestValuesAsIputils(t *testing.T) {
	newLab(t)
	read := map[string]func(string) error{
		"-c": func(s string) error { _, err := ParseCount(s); return err },
		"-M": func(s string) error { _, err := ParseDiscovery(s); return err },
		"-p": func(s string) error { _, err := ParsePattern(s); return err },
		"-Q": func(s string) error { _, err := ParseTOS(s); return err },
		"-S": func(s string) error { _, err := ParseSendBuffer(s); return err },
		"-s": func(s string) error { _, err := ParseSize(s); return err },
		"-t": func(s string) error { _, err := ParseTTL(s); return err },
		"-w": func(s string) error { _, err := ParseDeadline(s); return err },
	}
	for _, tt := range []struct{ args, differs string }{
		{"-c 0", ""}, {"-c x", ""}, {"-c -1", ""},
		{"-c 9223372036854775808", "the C library's words"},
		{"-M foo", ""}, {"-M DO", ""}, {"-M 1", ""},
		{"-p zz", ""},
		{"-p 0x12", "the rest, x12"}, {"-p 1-", "the rest, -"},
		{"-Q 256", ""}, {"-Q x", ""}, {"-Q 0x1g", ""}, {"-Q 0x100", ""},
		{"-S 0", ""}, {"-S x", ""}, {"-S 2147483648", ""},
		{"-s x", ""},
		{"-s -1", "another limit"},
		{"-t 256", ""}, {"-t -1", ""}, {"-t x", ""}, {"-t 1.5", ""},
		{"-w -1", ""}, {"-w x", ""}, {"-w 1.5", ""}, {"-w 2147483648", ""},
	} {
		t.Run(tt.args, func(t *testing.T) {
			argv := strings.Fields(tt.args)
			want := iputils(t, "pa", append([]string{"-W1", argv[0] + argv[1]}, "127.0.0.1")...)
			words := strings.TrimPrefix(strings.TrimSpace(want.err), "ping: ")
			if want.status == 0 || want.out != "" || words == "" {
				t.Fatalf("ping(8) takes it:\n%s", want)
			}
			err := read[argv[0]](argv[1])
			if !errors.Is(err, ErrInvalid) || strings.HasPrefix(err.Error(), words) == (tt.differs != "") {
				t.Errorf("got %v, want %q (%s)", err, words, tt.differs)
			}
		})
	}
}

// TestEmptyValues passes empty values, as a shell does for an unset variable.
func TestEmptyValues(t *testing.T) {
	for name, parse := range map[string]func(string) error{
		"-M": func(s string) error { _, err := ParseDiscovery(s); return err },
		"-p": func(s string) error { _, err := ParsePattern(s); return err },
		"-Q": func(s string) error { _, err := ParseTOS(s); return err },
		"-t": func(s string) error { _, err := ParseTTL(s); return err },
	} {
		if err := parse(""); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s without a value: %v", name, err)
		}
	}
}
