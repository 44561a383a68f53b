package ping

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

func us(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// TestLines compares every kind of line with what iputils 20221126 prints.
func TestLines(t *testing.T) {
	var out, errOut strings.Builder
	newPrinter := func(o Options, e endpoint) *printer {
		o.ErrOut = &errOut
		p := &Pinger{endpoint: &e, o: o, name: o.Dest, literal: true, payload: filled(o.size(), nil), pause: o.interval()}
		return &printer{ctx: context.Background(), p: p, out: &out, fail: func(error) {}}
	}
	v4 := netip.MustParseAddr("10.0.0.2")
	v6 := netip.MustParseAddr("fe80::2%v0")
	p4 := newPrinter(Options{Dest: "10.0.0.2", Interface: "v0"}, endpoint{family: IPv4, dest: v4, source: netip.MustParseAddr("10.0.0.1")})
	p6 := newPrinter(Options{Dest: "fe80::2%v0", Size: 40, Source: netip.MustParseAddr("fe80::1")}, endpoint{family: IPv6, dest: v6, source: netip.MustParseAddr("fe80::1%v0")})
	p4.header()
	p6.header()
	p4.event(Reply{From: v4, Seq: 1, TTL: 64, Payload: filled(56, nil), RTT: us(61), WrongByte: -1})
	p6.event(Reply{From: v6, Seq: 65535, TTL: -1, Payload: filled(40, nil), RTT: us(1234567), WrongByte: -1, Duplicate: true})
	p4.event(Reply{From: v4, Seq: 2, TTL: 64, Payload: filled(56, nil), RTT: -1, WrongByte: -1, OtherAddress: true})
	p4.event(Reply{From: v4, Seq: 3, TTL: 64, Payload: filled(50, nil), RTT: us(5), WrongByte: -1, Truncated: true})
	wrong := filled(40, nil)
	wrong[17] = 0
	p6.event(Reply{From: v6, Seq: 4, TTL: 255, Payload: wrong, RTT: us(9), WrongByte: 17})
	p4.event(ICMPError{From: v4, Seq: 5, Type: ipv4.ICMPTypeDestinationUnreachable, Code: 1})
	p6.event(ICMPError{From: v6, Seq: 6, Type: ipv6.ICMPTypeDestinationUnreachable, Code: 3})
	p4.event(Redirect{From: v4, Seq: 7, Code: 1, Gateway: netip.MustParseAddr("10.0.0.9")})
	p4.event(LocalError{Op: opQueue, Err: unix.EMSGSIZE, MTU: 1400, Family: IPv4})
	p6.event(LocalError{Op: opQueue, Err: unix.EMSGSIZE, MTU: 1400, Family: IPv6})
	p4.event(LocalError{Op: "sendmsg", Err: unix.ENETUNREACH, Family: IPv4})
	p4.event(LocalError{Op: opQueue, Err: unix.EPERM, Family: IPv4})
	p4.statistics(Statistics{Transmitted: 3, Received: 2, Duplicates: 1, Errors: 1, Timed: 3, Min: us(61), Avg: us(1002), Max: us(1234567), Mdev: us(50), Pipe: 3, Time: 2034600 * time.Microsecond})
	p6.statistics(Statistics{Transmitted: 3, Errors: 3, Pipe: 3, Time: time.Second})
	p6.statistics(Statistics{})

	const want = `PING 10.0.0.2 (10.0.0.2) from 10.0.0.1 v0: 56(84) bytes of data.
PING fe80::2%v0(fe80::2%v0) from fe80::1%v0 : 40 data bytes
64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.061 ms
48 bytes from fe80::2%v0: icmp_seq=65535 time=1235 ms (DUP!)
64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 (DIFFERENT ADDRESS!)
58 bytes from 10.0.0.2: icmp_seq=3 ttl=64 (truncated)
48 bytes from fe80::2%v0: icmp_seq=4 ttl=255 time=0.009 ms
wrong data byte #17 should be 0x11 but was 0x0
#16	10 0 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f 20 21 22 23 24 25 26 27 ` + `
From 10.0.0.2 icmp_seq=5 Destination Host Unreachable
From fe80::2%v0 icmp_seq=6 Destination unreachable: Address unreachable
From 10.0.0.2: icmp_seq=7 Redirect Host(New nexthop: 10.0.0.9)

--- 10.0.0.2 ping statistics ---
3 packets transmitted, 2 received, +1 duplicates, +1 errors, 33.3333% packet loss, time 2035ms
rtt min/avg/max/mdev = 0.061/1.002/1234.567/0.050 ms, pipe 3

--- fe80::2%v0 ping statistics ---
3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 1000ms
pipe 3

--- fe80::2%v0 ping statistics ---
0 packets transmitted, 0 received

`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	const wantErr = `ping: local error: message too long, mtu=1400
ping: local error: message too long, mtu: 1400
ping: sendmsg: Network is unreachable
ping: local error: Operation not permitted
`
	if errOut.String() != wantErr {
		t.Errorf("standard error:\n%swant\n%s", errOut.String(), wantErr)
	}
}

func TestFormat(t *testing.T) {
	for d, want := range map[int64]string{
		0: "0.000", 61: "0.061", 999: "0.999", 1000: "1.00", 1234: "1.23", 9994: "9.99", 9995: "10.0",
		12345: "12.3", 99949: "99.9", 99950: "100", 1018554: "1019",
	} {
		if got := formatRTT(us(d)); got != want {
			t.Errorf("%d µs: %s, want %s", d, got, want)
		}
	}
	for _, tt := range []struct {
		sent, received int
		want           string
	}{{1, 1, "0"}, {1, 0, "100"}, {2, 1, "50"}, {3, 2, "33.3333"}, {3, 1, "66.6667"}, {7, 6, "14.2857"}, {1000, 999, "0.1"}, {10000000, 9999999, "1e-05"}, {0, 0, "0"}} {
		if got := formatPercent(Statistics{Transmitted: tt.sent, Received: tt.received}.Loss()); got != tt.want {
			t.Errorf("%d of %d: %s%%, want %s%%", tt.received, tt.sent, got, tt.want)
		}
	}
}

// TestICMPText has the messages that no test can make the kernel deliver.
func TestICMPText(t *testing.T) {
	for _, tt := range []struct {
		e    ICMPError
		want string
	}{
		{ICMPError{Type: ipv4.ICMPTypeDestinationUnreachable, Code: 15}, "Precedence Cutoff"},
		{ICMPError{Type: ipv4.ICMPTypeDestinationUnreachable, Code: 16}, "Dest Unreachable, Bad Code: 16"},
		{ICMPError{Type: ipv4.ICMPTypeDestinationUnreachable, Code: -1}, "Dest Unreachable, Bad Code: -1"},
		{ICMPError{Type: ipv4.ICMPType(4)}, "Source Quench"},
		{ICMPError{Type: ipv4.ICMPTypeTimeExceeded, Code: 1}, "Frag reassembly time exceeded"},
		{ICMPError{Type: ipv4.ICMPTypeTimeExceeded, Code: 9}, "Time exceeded, Bad Code: 9"},
		{ICMPError{Type: ipv4.ICMPType(77)}, "Bad ICMP type: 77"},
		{ICMPError{Type: ipv6.ICMPTypePacketTooBig, Code: 1, Info: 1280}, "Packet too big: mtu=1280, code=1"},
		{ICMPError{Type: ipv6.ICMPTypeTimeExceeded, Code: 1}, "Time exceeded: Defragmentation failure"},
		{ICMPError{Type: ipv6.ICMPTypeTimeExceeded, Code: 2}, "Time exceeded: code 2"},
		{ICMPError{Type: ipv6.ICMPTypeParameterProblem, Code: 0, Info: 6}, "Parameter problem: Wrong header field at 6"},
		{ICMPError{Type: ipv6.ICMPTypeParameterProblem, Code: 2, Info: 6}, "Parameter problem: Unknown option at 6"},
		{ICMPError{Type: ipv6.ICMPTypeParameterProblem, Code: 3, Info: 6}, "Parameter problem: code 3 at 6"},
		{ICMPError{Type: ipv6.ICMPType(99)}, "unknown icmp type: 99"},
	} {
		if got := tt.e.String(); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.e, got, tt.want)
		}
	}
	if got := (Redirect{Code: 7, Gateway: netip.MustParseAddr("10.0.0.1")}).String(); got != "Redirect, Bad Code: 7(New nexthop: 10.0.0.1)" {
		t.Error(got)
	}
}

func TestStatistics(t *testing.T) {
	var s Statistics
	for _, d := range []int64{34, 11} { // printed by ping(8) as 0.011/0.022/0.034/0.011
		s.addRTT(us(d))
	}
	if s.Min != us(11) || s.Avg != us(22) || s.Max != us(34) || s.Mdev != us(11) || s.Timed != 2 {
		t.Errorf("%+v", s)
	}
	// Beyond INT_MAX microseconds in all.
	s = Statistics{}
	for _, d := range []time.Duration{30 * time.Minute, 30 * time.Minute, 36 * time.Minute} {
		s.addRTT(d)
	}
	if s.Avg != 32*time.Minute || s.Mdev.Round(time.Second) != 170*time.Second {
		t.Errorf("%+v", s)
	}
}

func TestWindow(t *testing.T) {
	var w window
	at := time.Unix(1, 0)
	if _, ok := w.sentAt(1); ok {
		t.Error("request 1 was never sent")
	}
	if _, ok := w.sentAt(0); ok {
		t.Error("request 0 was never sent")
	}
	for n := 1; n <= 70000; n++ {
		w.transmit(n, at.Add(time.Duration(n)))
		if w.answer(uint16(n)) {
			t.Fatalf("request %d was answered before", n)
		}
		if n%2 == 0 {
			w.acknowledge(n, uint16(n-1))
			w.acknowledge(n, uint16(n))
			if w.inFlight(n) != 0 {
				t.Fatalf("%d in flight after %d", w.inFlight(n), n)
			}
		}
	}
	if !w.answer(uint16(70000 & math.MaxUint16)) {
		t.Error("request 70000 was answered")
	}
	if got, ok := w.sentAt(uint16(70000 & math.MaxUint16)); !ok || got != at.Add(70000) {
		t.Errorf("request 70000 was sent at %v", got)
	}
	if len(w.sent) != 1<<16 || w.pipe != 2 {
		t.Errorf("%d times kept, pipe %d", len(w.sent), w.pipe)
	}
}

func TestRoundTrip(t *testing.T) {
	sent := time.Now()
	now := sent.Add(5 * time.Millisecond)
	wall := func(d time.Duration) time.Time { return time.Unix(0, sent.UnixNano()).Add(d) }
	for _, tt := range []struct {
		name  string
		stamp time.Time
		want  time.Duration
	}{
		{"kernel", wall(2 * time.Millisecond), 2 * time.Millisecond},
		{"none", time.Time{}, 5 * time.Millisecond},
		{"clock set back", wall(-time.Hour), 5 * time.Millisecond},
		{"clock set forward", wall(time.Hour), 5 * time.Millisecond},
	} {
		if got := roundTrip(sent, tt.stamp, now); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{}, "no destination: give an address or a name"},
		{Options{Dest: "::1", Count: -1}, "count -1: want 1 or more, or 0 for no limit"},
		{Options{Dest: "::1", Size: 65536}, "payload of 65536 bytes: want 0 to 65535"},
		{Options{Dest: "::1", Interval: time.Microsecond}, "interval 1µs: want at least 1ms, or none"},
		{Options{Dest: "::1", Timeout: -time.Second}, "timeout -1s: want 0 or more"},
		{Options{Dest: "::1", Family: 7}, "family 7: want FamilyAny, IPv4 or IPv6"},
		{Options{Dest: "::1", Family: IPv6, Source: netip.MustParseAddr("10.0.0.1")}, "source address 10.0.0.1 is not IPv6"},
		{Options{Dest: "::1", Deadline: -1}, "deadline -1ns: want 0 or more"},
	} {
		_, err := Open(t.Context(), tt.o)
		if err == nil || err.Error() != tt.want || !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v, want %s", tt.o, err, tt.want)
		}
	}
	_, err := Open(t.Context(), Options{Dest: "::1", Source: netip.MustParseAddr("10.0.0.1")})
	if want := "::1: Address family for hostname not supported: the source address 10.0.0.1 is IPv4"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	_, err = Open(t.Context(), Options{Dest: "::1", Interface: "a-name-of-16-bytes"})
	if !errors.Is(err, unix.ENODEV) {
		t.Errorf("long interface name: %v", err)
	}
	for _, s := range []string{"", "x", "-1", "1e9", "NaN", "inf", "1s"} {
		if _, err := ParseInterval(s); !errors.Is(err, ErrInvalid) {
			t.Errorf("interval %q: %v", s, err)
		}
	}
	for s, want := range map[string]time.Duration{"0": None, "0.2": 200 * time.Millisecond, "1": time.Second, "0.0004": None} {
		if got, err := ParseTimeout(s); got != want || err != nil {
			t.Errorf("timeout %q: %v, %v", s, got, err)
		}
	}
	for s, want := range map[string]int{"0": None, "56": 56, "65535": 65535} {
		if got, err := ParseSize(s); got != want || err != nil {
			t.Errorf("size %q: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "-1", "65536", "5x"} {
		if _, err := ParseSize(s); !errors.Is(err, ErrInvalid) {
			t.Errorf("size %q: %v", s, err)
		}
	}
	for s, want := range map[string]string{"eth0": "eth0|invalid IP", "10.0.0.1": "|10.0.0.1", "fe80::1%v0": "v0|fe80::1", "fd00::1": "|fd00::1", "lo%x": "lo%x|invalid IP"} {
		device, source, err := ParseInterface(s)
		if got := device + "|" + source.String(); got != want || err != nil {
			t.Errorf("-I %s: %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "eth0:1", "::x"} {
		if _, _, err := ParseInterface(s); !errors.Is(err, ErrInvalid) {
			t.Errorf("-I %q: %v", s, err)
		}
	}
}

func TestExitStatus(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		s    Statistics
		err  error
		want int
	}{
		{Options{}, Statistics{Received: 1}, nil, 0},
		{Options{Count: 3}, Statistics{Received: 1}, nil, 0},
		{Options{Count: 3, Deadline: 1}, Statistics{Received: 2}, nil, 1},
		{Options{Count: 3, Deadline: 1}, Statistics{Received: 3}, nil, 0},
		{Options{}, Statistics{Transmitted: 1}, nil, 1},
		{Options{}, Statistics{Received: 1}, unix.EPIPE, 2},
	} {
		if got := ExitStatus(tt.o, tt.s, tt.err); got != tt.want {
			t.Errorf("%+v: %d", tt, got)
		}
	}
}

// TestWriteFails ends a ping whose output cannot be written.
func TestWriteFails(t *testing.T) {
	newLab(t)
	n := 0
	var out writerFunc = func(b []byte) (int, error) {
		if n++; n == 2 {
			return 0, unix.EPIPE
		}
		return len(b), nil
	}
	o := Options{Dest: "127.0.0.1", In: in("pa")}
	s, err := Run(t.Context(), o, out)
	if !errors.Is(err, unix.EPIPE) || n != 2 || ExitStatus(o, s, err) != 2 {
		t.Errorf("%d writes, %v", n, err)
	}
}

// Names that others choose are no commands to a terminal: those of the
// destination, of who answers, and of devices, which are zones.
func TestControlCharacters(t *testing.T) {
	var out, errOut strings.Builder
	o := Options{Dest: "h\x1b[31m", Interface: "v\x1b[31m", ErrOut: &errOut, Hosts: []byte("10.0.0.2 h\x1b[31m\nfe80::2%v\x1b[31m h\u009b1m\n")}
	for _, dest := range []string{"10.0.0.2", "fe80::2%v\x1b[31m"} {
		a := netip.MustParseAddr(dest)
		e := endpoint{family: IPv4, dest: a, source: a}
		if a.Is6() {
			e.family = IPv6
		}
		p := &printer{ctx: t.Context(), out: &out, fail: func(error) {}, p: &Pinger{endpoint: &e, o: o, name: o.Dest, payload: filled(o.size(), nil), pause: o.interval()}}
		p.header()
		p.event(Reply{From: a, Seq: 1, TTL: 64, Payload: filled(56, nil), RTT: us(61), WrongByte: -1})
		p.event(ICMPError{From: a, Seq: 5, Type: ipv4.ICMPTypeDestinationUnreachable, Code: 1})
		p.complain("h\x1b[31m: no such thing")
		p.statistics(Statistics{})
	}
	for _, text := range []string{out.String(), errOut.String()} {
		if !strings.Contains(text, `h\x1b[31m`) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' }) {
			t.Errorf("it prints %q", text)
		}
	}
}
