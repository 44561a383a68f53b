package ping

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

// A fake answers echo requests instead of pb. Both functions may send any
// messages.
type fake func(t *testing.T, request *icmp.Message, header []byte, send func(from string, m icmp.Message))

// answer runs f for each echo request for dest that arrives at pb, over IPv4
// with its header. It ends with the test.
func answer(t *testing.T, dest string, f fake) {
	t.Helper()
	to := netip.MustParseAddr(dest)
	network, proto := "ip4:icmp", unix.IPPROTO_ICMP
	if to.Is6() {
		network, proto = "ip6:ipv6-icmp", unix.IPPROTO_ICMPV6
	}
	var conn net.PacketConn
	err := in("pb")(func() (err error) {
		conn, err = net.ListenPacket(network, dest)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	go func() {
		defer close(done)
		buf := make([]byte, 1<<16)
		for {
			n, from, err := conn.ReadFrom(buf) // without the IPv4 header
			if err != nil {
				return // closed
			}
			m, err := icmp.ParseMessage(proto, buf[:n])
			if err != nil || m.Type != ipv4.ICMPTypeEcho && m.Type != ipv6.ICMPTypeEchoRequest {
				continue
			}
			src := from.(*net.IPAddr)
			f(t, m, ipHeader(src.IP, to, n), func(as string, m icmp.Message) {
				b, err := m.Marshal(nil)
				if err != nil {
					t.Error(err)
					return
				}
				if to.Is4() {
					cm := &ipv4.ControlMessage{Src: net.ParseIP(as)}
					_, err = ipv4.NewPacketConn(conn).WriteTo(b, cm, src)
				} else {
					cm := &ipv6.ControlMessage{Src: net.ParseIP(as)}
					_, err = ipv6.NewPacketConn(conn).WriteTo(b, cm, src)
				}
				// ping may have waited for only the first of several answers,
				// and the test may be over.
				if err != nil && !errors.Is(err, net.ErrClosed) {
					t.Error(err)
				}
			})
		}
	}()
}

// ipHeader is the header that a router would quote.
func ipHeader(from net.IP, to netip.Addr, n int) []byte {
	if to.Is4() {
		b := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 63, unix.IPPROTO_ICMP, 0, 0}
		binary.BigEndian.PutUint16(b[2:], uint16(20+n))
		return append(append(b, from.To4()...), to.AsSlice()...)
	}
	b := []byte{0x60, 0, 0, 0, 0, 0, unix.IPPROTO_ICMPV6, 63}
	binary.BigEndian.PutUint16(b[4:], uint16(n))
	return append(append(b, from.To16()...), to.AsSlice()...)
}

func reply(request *icmp.Message) icmp.Message {
	m := icmp.Message{Type: ipv4.ICMPTypeEchoReply, Body: request.Body}
	if request.Type == ipv6.ICMPTypeEchoRequest {
		m.Type = ipv6.ICMPTypeEchoReply
	}
	return m
}

// errorAbout returns an ICMP error that quotes the request. info fills the four
// bytes before the quotation.
func errorAbout(request *icmp.Message, header []byte, typ icmp.Type, code int, info uint32) icmp.Message {
	quoted, err := request.Marshal(nil)
	if err != nil {
		panic(err)
	}
	data := binary.BigEndian.AppendUint32(nil, info)
	data = append(append(data, header...), quoted...)
	return icmp.Message{Type: typ, Code: code, Body: &icmp.RawBody{Data: data}}
}

// TestOddAnswers lets a fake host answer ping(8) and this package with messages
// that a healthy kernel never sends, and compares everything that a user sees.
func TestOddAnswers(t *testing.T) {
	newLab(t)
	sysctl(t, "pb", "ipv4/icmp_echo_ignore_all", "1")
	sysctl(t, "pb", "ipv6/icmp/echo_ignore_all", "1")
	for _, a := range []string{"10.0.0.3/24", "fd00::3/64"} {
		testenv.Run(t, "ip", "-n", "pb", "addr", "add", a, "dev", "vb")
	}
	icmpError := func(typ icmp.Type, code int, info uint32) fake {
		return func(_ *testing.T, m *icmp.Message, h []byte, send func(string, icmp.Message)) {
			from := "10.0.0.3"
			if m.Type == ipv6.ICMPTypeEchoRequest {
				from = "fd00::3"
			}
			send(from, errorAbout(m, h, typ, code, info))
		}
	}
	for _, tt := range []struct {
		name, args, contains string
		fake                 fake
	}{
		{"duplicate", "-c 2 -i 0.3 10.0.0.2", "(DUP!)", func(_ *testing.T, m *icmp.Message, _ []byte, send func(string, icmp.Message)) {
			send("10.0.0.2", reply(m))
			send("10.0.0.2", reply(m))
		}},
		{"duplicate", "-c 2 -i 0.3 -q fd00::2", "duplicates", func(_ *testing.T, m *icmp.Message, _ []byte, send func(string, icmp.Message)) {
			send("fd00::2", reply(m))
			send("fd00::2", reply(m))
		}},
		{"other address", "-c 1 10.0.0.2", "64 bytes from 10.0.0.3: icmp_seq=1 ttl=64 time=T ms (DIFFERENT ADDRESS!)", func(_ *testing.T, m *icmp.Message, _ []byte, send func(string, icmp.Message)) {
			send("10.0.0.3", reply(m))
		}},
		{"other address", "-c 1 fd00::2", "(DIFFERENT ADDRESS!)", func(_ *testing.T, m *icmp.Message, _ []byte, send func(string, icmp.Message)) {
			send("fd00::3", reply(m))
		}},
		{"truncated", "-c 1 10.0.0.2", "28 bytes from 10.0.0.2: icmp_seq=1 ttl=64 (truncated)", func(_ *testing.T, m *icmp.Message, _ []byte, send func(string, icmp.Message)) {
			m.Body.(*icmp.Echo).Data = m.Body.(*icmp.Echo).Data[:20]
			send("10.0.0.2", reply(m))
		}},
		{"longer", "-c 1 10.0.0.2", "74 bytes from", func(_ *testing.T, m *icmp.Message, _ []byte, send func(string, icmp.Message)) {
			m.Body.(*icmp.Echo).Data = append(m.Body.(*icmp.Echo).Data, make([]byte, 10)...)
			send("10.0.0.2", reply(m))
		}},
		{"wrong byte", "-c 1 -s 100 10.0.0.2", "wrong data byte #50 should be 0x32 but was 0xcd", func(_ *testing.T, m *icmp.Message, _ []byte, send func(string, icmp.Message)) {
			m.Body.(*icmp.Echo).Data[50] ^= 0xff
			send("10.0.0.2", reply(m))
		}},
		{"stranger", "-c 1 -W 0.3 10.0.0.2", "100% packet loss", func(_ *testing.T, m *icmp.Message, _ []byte, send func(string, icmp.Message)) {
			m.Body.(*icmp.Echo).ID ^= 1
			send("10.0.0.2", reply(m))
		}},
		{"redirect", "-c 1 10.0.0.2", "From 10.0.0.3: icmp_seq=1 Redirect Host(New nexthop: 10.0.0.77)", func(_ *testing.T, m *icmp.Message, h []byte, send func(string, icmp.Message)) {
			send("10.0.0.3", errorAbout(m, h, ipv4.ICMPTypeRedirect, 1, 0x0a00004d))
			send("10.0.0.2", reply(m))
		}},
		{"hop limit", "-c 1 10.0.0.2", "Time to live exceeded", icmpError(ipv4.ICMPTypeTimeExceeded, 0, 0)},
		{"too big", "-c 1 10.0.0.2", "Frag needed and DF set (mtu = 1300)", icmpError(ipv4.ICMPTypeDestinationUnreachable, 4, 1300)},
		{"parameter", "-c 1 10.0.0.2", "Parameter problem: pointer = 9", icmpError(ipv4.ICMPTypeParameterProblem, 0, 9<<24)},
		{"filtered", "-c 1 10.0.0.2", "Packet filtered", icmpError(ipv4.ICMPTypeDestinationUnreachable, 13, 0)},
		{"port", "-c 1 10.0.0.2", "Destination Port Unreachable", icmpError(ipv4.ICMPTypeDestinationUnreachable, 3, 0)},
		{"protocol", "-c 1 10.0.0.2", "Destination Protocol Unreachable", icmpError(ipv4.ICMPTypeDestinationUnreachable, 2, 0)},
		{"hop limit", "-c 1 fd00::2", "Time exceeded: Hop limit", icmpError(ipv6.ICMPTypeTimeExceeded, 0, 0)},
		{"too big", "-c 1 fd00::2", "Packet too big: mtu=1300", icmpError(ipv6.ICMPTypePacketTooBig, 0, 1300)},
		{"parameter", "-c 1 fd00::2", "Parameter problem: Unknown header at 40", icmpError(ipv6.ICMPTypeParameterProblem, 1, 40)},
		{"filtered", "-c 1 fd00::2", "Destination unreachable: Administratively prohibited", icmpError(ipv6.ICMPTypeDestinationUnreachable, 1, 0)},
		{"code", "-c 1 fd00::2", "Destination unreachable: Unknown code 6", icmpError(ipv6.ICMPTypeDestinationUnreachable, 6, 0)},
	} {
		t.Run(tt.name+" "+tt.args, func(t *testing.T) {
			argv := strings.Fields(tt.args)
			answer(t, argv[len(argv)-1], tt.fake)
			want := iputils(t, "pa", argv...).masked()
			raw, _ := ours(t, in("pa"), argv...)
			if got := raw.masked(); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			if !strings.Contains(want.out, tt.contains) {
				t.Errorf("ping(8) printed:\n%s\nwhich lacks %q", want, tt.contains)
			}
		})
	}
}

// TestEvents checks what a program is told, instead of a person.
func TestEvents(t *testing.T) {
	newLab(t)
	run := func(o Options) ([]Event, Statistics) {
		t.Helper()
		o.In = in("pa")
		p, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		var events []Event
		s, err := p.Run(t.Context(), func(e Event) {
			if r, ok := e.(Reply); ok {
				if r.RTT < 0 || r.RTT > time.Minute {
					t.Errorf("round trip of %v", r.RTT)
				}
				r.RTT = 0
				r.Payload = slices.Clone(r.Payload[timestampLen:])
				e = r
			}
			events = append(events, e)
		})
		if err != nil {
			t.Fatal(err)
		}
		return events, s
	}
	events, s := run(Options{Dest: "10.0.0.2", Count: 2, Interval: time.Millisecond, Size: 20})
	payload := []byte{16, 17, 18, 19}
	want := []Event{
		Reply{From: netip.MustParseAddr("10.0.0.2"), Seq: 1, TTL: 64, Payload: payload, WrongByte: -1},
		Reply{From: netip.MustParseAddr("10.0.0.2"), Seq: 2, TTL: 64, Payload: payload, WrongByte: -1},
	}
	addrs := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	if diff := cmp.Diff(want, events, addrs); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if s.Transmitted != 2 || s.Received != 2 || s.Timed != 2 || s.Min <= 0 || s.Max < s.Min || s.Avg < s.Min || s.Avg > s.Max {
		t.Errorf("statistics %+v", s)
	}

	events, s = run(Options{Dest: "fd00::99", Count: 1})
	want = []Event{ICMPError{From: netip.MustParseAddr("fd00::1"), Seq: 1, Type: ipv6.ICMPTypeDestinationUnreachable, Code: 3}}
	if diff := cmp.Diff(want, events, addrs); diff != "" || s.Errors != 1 || s.Received != 0 {
		t.Errorf("statistics %+v, events (-want +got):\n%s", s, diff)
	}

	// Both pa itself and pb answer, so each request has a duplicate.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p, err := Open(ctx, Options{Dest: "ff02::1%va", Interval: 10 * time.Millisecond, In: in("pa")})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	from := map[string]bool{}
	duplicate := false
	s, err = p.Run(ctx, func(e Event) {
		r := e.(Reply)
		from[r.From.String()] = true
		duplicate = duplicate || r.Duplicate
		if duplicate && from["fe80::1%va"] && from["fe80::2%va"] {
			cancel()
		}
		if r.OtherAddress {
			t.Errorf("%v is said to be another address than %v", r.From, p.Addr())
		}
	})
	if err != nil || len(from) != 2 || s.Duplicates == 0 || ExitStatus(Options{}, s, nil) != 0 {
		t.Errorf("replies from %v, statistics %+v, %v", from, s, err)
	}
}

// TestConcurrent runs many pings of one address in one namespace. Each must see
// only its own replies.
func TestConcurrent(t *testing.T) {
	newLab(t)
	const pingers, count = 50, 3
	var wg sync.WaitGroup
	for range pingers {
		p, err := Open(t.Context(), Options{Dest: "10.0.0.2", Count: count, Interval: time.Millisecond, In: in("pa")})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		wg.Go(func() {
			s, err := p.Run(t.Context(), nil)
			if err != nil || s.Transmitted != count || s.Received != count || s.Duplicates != 0 {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
	wg.Wait()
}

// TestForeignTimestamp lets a reply with the right identifier and sequence
// number, but another timestamp, arrive before the real one. It belongs to
// another ping.
func TestForeignTimestamp(t *testing.T) {
	newLab(t)
	sysctl(t, "pb", "ipv4/icmp_echo_ignore_all", "1")
	answer(t, "10.0.0.2", func(_ *testing.T, m *icmp.Message, _ []byte, send func(string, icmp.Message)) {
		data := m.Body.(*icmp.Echo).Data
		data[8] ^= 1
		send("10.0.0.2", reply(m))
		data[8] ^= 1
		send("10.0.0.2", reply(m))
	})
	// When the reply to the second request has arrived, all replies to the
	// first have been seen.
	got, s := ours(t, in("pa"), "-c", "2", "-i", "0.01", "10.0.0.2")
	if s.Received != 2 || s.Duplicates != 0 || strings.Count(got.out, "64 bytes from") != 2 {
		t.Errorf("%+v\n%s", s, got)
	}
}

// TestContextEnds waits for a reply to an endless ping and then interrupts it.
func TestContextEnds(t *testing.T) {
	newLab(t)
	for _, dest := range []string{"10.0.0.2", "fd00::2"} {
		ctx, cancel := context.WithCancel(t.Context())
		p, err := Open(ctx, Options{Dest: dest, In: in("pa")})
		if err != nil {
			t.Fatal(err)
		}
		s, err := p.Run(ctx, func(Event) { cancel() })
		if err != nil || s.Received != 1 {
			t.Errorf("%s: %+v, %v", dest, s, err)
		}
		if _, err := p.Run(ctx, nil); err == nil {
			t.Error("a second Run succeeded")
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		cancel()
	}

	// The same while it waits for a reply that never comes.
	sysctl(t, "pb", "ipv4/icmp_echo_ignore_all", "1")
	ctx, cancel := context.WithCancel(t.Context())
	answer(t, "10.0.0.2", func(*testing.T, *icmp.Message, []byte, func(string, icmp.Message)) { cancel() })
	var out strings.Builder
	o := Options{Dest: "10.0.0.2", Timeout: None, Count: 1, In: in("pa")}
	s, err := Run(ctx, o, &out)
	if err != nil || s.Transmitted != 1 || s.Received != 0 || ExitStatus(o, s, err) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if !strings.Contains(out.String(), "1 packets transmitted, 0 received, 100% packet loss") {
		t.Errorf("no statistics: %s", out.String())
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestNames resolves through hosts files, and through a name server that only
// the namespace reaches.
func TestNames(t *testing.T) {
	newLab(t)
	hosts := t.TempDir() + "/hosts"
	writeFile(t, hosts, "10.0.0.2 peer.lab Peer # a comment\nfd00::2 peer.lab peer6\n10.7.0.1 multi\n10.0.0.2 multi\n")
	o := Options{Count: 1, In: in("pa"), HostsFiles: []string{hosts + ".missing", hosts}}
	for _, tt := range []struct {
		dest   string
		family Family
		want   string
	}{
		{"PEER.", FamilyAny, "PING peer.lab (10.0.0.2) 56(84) bytes of data.\n64 bytes from peer.lab (10.0.0.2): icmp_seq=1"},
		{"peer.lab", IPv6, "PING peer.lab(peer.lab (fd00::2)) 56 data bytes\n64 bytes from peer.lab (fd00::2): icmp_seq=1"},
		{"peer6", FamilyAny, "PING peer6(peer.lab (fd00::2)) 56 data bytes"},
	} {
		o.Dest, o.Family = tt.dest, tt.family
		var out strings.Builder
		s, err := Run(t.Context(), o, &out)
		if err != nil || s.Received != 1 || !strings.HasPrefix(out.String(), tt.want) {
			t.Errorf("%s: %v, %+v, got\n%swant\n%s", tt.dest, err, s, out.String(), tt.want)
		}
	}

	// The first address of a name has no route: the second is pinged.
	addRefusals(t)
	writeFile(t, hosts, "10.8.0.1 multi\n10.0.0.2 multi\n")
	o.Dest, o.Family = "multi", FamilyAny
	p, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if p.Addr() != netip.MustParseAddr("10.0.0.2") || p.Source() != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("pings %v from %v", p.Addr(), p.Source())
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}

	var server net.PacketConn
	err = in("pb")(func() (err error) {
		server, err = net.ListenPacket("udp", "10.0.0.2:53")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	client, err := o.resolver(netip.AddrPort{}).Dial(t.Context(), "udp", "10.0.0.2:53")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Write([]byte("query")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 16)
	n, from, err := server.ReadFrom(buf)
	if err != nil || string(buf[:n]) != "query" || from.(*net.UDPAddr).IP.String() != "10.0.0.1" {
		t.Errorf("the server got %q from %v, %v", buf[:n], from, err)
	}
}
