package rtnl

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// A dump and a request for one link return the same.
func TestIntegrationLinkGetAsDump(t *testing.T) {
	c := dial(t, nil)
	linkVariety(t, c)
	links, err := c.Links(t.Context(), LinkDump{})
	if err != nil || len(links) < 5 {
		t.Fatalf("%d links, %v", len(links), err)
	}
	for _, l := range links {
		one := getLink(t, c, LinkIndex(l.Index))
		for _, p := range []*Link{&l, &one} {
			// Counters and timers.
			p.Stats64, p.AFSpec, p.Data, p.PortData, p.OperState, p.Carrier, p.CarrierChanges = nil, nil, nil, nil, 0, 0, 0
			p.CarrierUpCount, p.CarrierDownCount, p.Flags = 0, 0, 0
		}
		if diff := cmp.Diff(l, one, allowOpts); diff != "" {
			t.Errorf("link %s: - dump, + get\n%s", l.Name, diff)
		}
	}
}

// sameAsJsimonetti compares this package's decoding of a message with
// jsimonetti/rtnetlink's. If the message repeats a field, both take the last.
func sameAsJsimonetti(t testing.TB, m Message) {
	t.Helper()
	l, err := DecodeLink(m)
	if err != nil {
		t.Fatal(err)
	}
	var j rtnetlink.LinkMessage
	if err := j.UnmarshalBinary(m.Data); err != nil {
		t.Fatalf("jsimonetti/rtnetlink refuses what nslab takes: %v\n%x", err, m.Data)
	}
	type view struct {
		Family            uint8
		Type              uint16
		Index, Flags      uint32
		Name, Alias       string
		AltNames          []string
		Address, Bcast    net.HardwareAddr
		MTU, Link         uint32
		Qdisc             string
		TxQueueLen, Group uint32
		Master            uint32
		OperState         uint8
		LinkMode, Carrier uint8
		Changes, Ups      uint32
		Downs             uint32
		Kind, PortKind    string
		Stats             LinkStats
	}
	ours := view{l.Family, l.Type, l.Index, l.Flags, l.Name, l.Alias, l.AltNames, l.Address, l.Broadcast, l.MTU, l.Link.Or(0), l.Qdisc,
		l.TxQueueLen, l.Group, l.Master, l.OperState, l.LinkMode, l.Carrier, l.CarrierChanges, l.CarrierUpCount, l.CarrierDownCount,
		l.Kind, l.PortKind, LinkStats{}}
	ours.Stats, _ = l.Stats()
	theirs := view{Family: uint8(j.Family), Type: j.Type, Index: j.Index, Flags: j.Flags}
	if a := j.Attributes; a != nil {
		theirs.Name, theirs.Alias, theirs.AltNames = a.Name, value(a.Alias), a.AltNames
		theirs.Address, theirs.Bcast, theirs.MTU, theirs.Link, theirs.Qdisc = a.Address, a.Broadcast, a.MTU, a.Type, a.QueueDisc
		theirs.TxQueueLen, theirs.Group, theirs.Master = value(a.TxQueueLen), value(a.NetDevGroup), value(a.Master)
		theirs.OperState, theirs.LinkMode, theirs.Carrier = uint8(a.OperationalState), value(a.LinkMode), value(a.Carrier)
		theirs.Changes, theirs.Ups, theirs.Downs = value(a.CarrierChanges), value(a.CarrierUpCount), value(a.CarrierDownCount)
		if a.Info != nil {
			theirs.Kind, theirs.PortKind = a.Info.Kind, a.Info.SlaveKind
		}
		if s := a.Stats64; s != nil {
			theirs.Stats = LinkStats{s.RXPackets, s.TXPackets, s.RXBytes, s.TXBytes, s.RXErrors, s.TXErrors, s.RXDropped, s.TXDropped,
				s.Multicast, s.Collisions, s.RXLengthErrors, s.RXOverErrors, s.RXCRCErrors, s.RXFrameErrors, s.RXFIFOErrors, s.RXMissedErrors,
				s.TXAbortedErrors, s.TXCarrierErrors, s.TXFIFOErrors, s.TXHeartbeatErrors, s.TXWindowErrors, s.RXCompressed, s.TXCompressed,
				s.RXNoHandler, s.RXOtherhostDropped}
		}
	}
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Errorf("- jsimonetti, + nslab\n%s\n%x", diff, m.Data)
	}
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// linkVariety creates links that differ in most attributes, with nslab and with
// ip.
func linkVariety(t testing.TB, c *Conn) {
	t.Helper()
	clearLinks(t, c)
	far := otherNetNS(t)
	do(t, c,
		&LinkAdd{Kind: withoutVLANs(fullBridge()), Name: "br", Index: 50},
		&LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "v1", Index: 61}}, Name: "v0", Index: 60, LinkAttrs: LinkAttrs{
			Master: Some(LinkIndex(50)), MTU: 1400, Group: Some(uint32(5)), TxQueueLen: Some(uint32(0)),
		}},
		&LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "far", LinkAttrs: LinkAttrs{NetNS: NetNSFD(far)}}}, Name: "near"},
		&AltNameAdd{Link: LinkIndex(60), Names: []string{"other", strings.Repeat("long", 31)}},
		&LinkSet{Link: LinkIndex(60), LinkAttrs: LinkAttrs{
			Flags: unix.IFF_UP, Change: unix.IFF_UP, AddrGenMode: Some(addrGenNone), Alias: Some("über 7")}},
		&LinkSet{Link: LinkName("near"), LinkAttrs: LinkAttrs{LinkMode: Some(uint8(1))}},
	)
}

func TestIntegrationLinkDifferential(t *testing.T) {
	c := dial(t, nil)
	linkVariety(t, c)
	rng := rand.New(rand.NewPCG(1, 2))
	messages := 0
	for _, req := range []*LinkDump{{}, {Kind: "veth"}, {Family: unix.AF_BRIDGE}} {
		got, err := c.Dump(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		for m := range got.All() {
			messages++
			sameAsJsimonetti(t, m)
			for range 100 {
				sameAsJsimonetti(t, mutateLink(rng, m))
			}
		}
	}
	if messages < 5+3+1 {
		t.Errorf("%d messages, want those of 5 links, 3 veth ends and a port", messages)
	}
}

// mutateLink changes a message and leaves it valid: attributes swap places,
// some disappear, and payloads change, but not in length.
func mutateLink(rng *rand.Rand, m Message) Message {
	head := bytes.Clone(m.Data[:unix.SizeofIfInfomsg])
	for i := range head {
		if i > 1 && rng.IntN(4) == 0 { // jsimonetti reads the padding into the family
			head[i] = byte(rng.Uint32())
		}
	}
	var attrs [][]byte
	for rest := m.Data[unix.SizeofIfInfomsg:]; len(rest) > 0; {
		n := align4(int(binary.NativeEndian.Uint16(rest)))
		attrs = append(attrs, bytes.Clone(rest[:n]))
		rest = rest[n:]
	}
	rng.Shuffle(len(attrs), func(i, j int) { attrs[i], attrs[j] = attrs[j], attrs[i] })
	attrs = attrs[:len(attrs)-rng.IntN(len(attrs))]
	for _, a := range attrs {
		switch binary.NativeEndian.Uint16(a[2:]) & nlaTypeMask {
		case unix.IFLA_LINKINFO, unix.IFLA_PROP_LIST, unix.IFLA_XDP, unix.IFLA_AF_SPEC, unix.IFLA_PROTINFO:
			continue // nested: their own lengths are inside
		}
		n := int(binary.NativeEndian.Uint16(a))
		for i := nlaHdrLen; i < n-1; i++ { // a text's NUL stays
			if rng.IntN(8) == 0 {
				a[i] = 1 + byte(rng.UintN(255)) // and no other NUL comes
			}
		}
	}
	m.Data = append(head, bytes.Join(attrs, nil)...)
	return m
}

func TestIntegrationLinksAgreeWithIP(t *testing.T) {
	c := dial(t, nil)
	linkVariety(t, c)
	byName := agreeWithIP(t, c)
	for _, name := range []string{"lo", "br", "v0", "v1", "near"} {
		if byName[name] == nil {
			t.Errorf("link %s is not there", name)
		}
	}
	// What ip makes.
	for _, l := range []string{
		"link add name ipbr type bridge forward_delay 400 ageing_time 1234 priority 7 mcast_snooping 0",
		"link add name ip0 numtxqueues 3 numrxqueues 2 mtu 9000 address 02:00:00:00:00:77 type veth peer name ip1 mtu 1280",
		"link set dev ip0 master ipbr group 12 alias by-ip txqueuelen 7",
		"link set dev ip1 promisc on allmulticast on arp off up",
		"link property add dev ip1 altname alt-by-ip",
		"link add name ipmv link near type macvlan mode private",
		"link set dev ipmv protodown on",
	} {
		testenv.Run(t, "ip", strings.Fields(l)...)
	}
	byName = agreeWithIP(t, c)
	ip0 := byName["ip0"]
	if ip0 == nil || ip0.TxQueues != 3 || ip0.RxQueues != 2 && byName["lo"].RxQueues != 0 || ip0.MTU != 9000 || ip0.Alias != "by-ip" || ip0.Group != 12 ||
		ip0.Address.String() != "02:00:00:00:00:77" || ip0.Master != byName["ipbr"].Index || ip0.PortKind != "bridge" {
		t.Errorf("made by ip: %+v", ip0)
	}
}

// Frames of known number and length are counted as ip counts them.
func TestIntegrationLinkStats(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	quiet := pair("s0", "s1")
	quiet.MTU, quiet.Kind.(*Veth).Peer.MTU = 1000, 1000 // too small for IPv6, which would talk
	do(t, c, quiet, &LinkSet{Link: LinkName("s0"), LinkAttrs: up()}, &LinkSet{Link: LinkName("s1"), LinkAttrs: up()})
	from, err := c.LinkIndex(t.Context(), "s0")
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	before := agreeWithIP(t, c)
	frame := make([]byte, 100)
	copy(frame, "\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x88\xb5") // broadcast, IEEE's local experimental EtherType
	for range 7 {
		if err := unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: int(from), Halen: 6}); err != nil {
			t.Fatal(err)
		}
	}
	after := agreeWithIP(t, c)
	count := func(name string) (rx, tx, rxBytes, txBytes uint64) {
		a, ok := before[name].Stats()
		b, ok2 := after[name].Stats()
		if !ok || !ok2 {
			t.Fatalf("no counters for %s", name)
		}
		return b.RxPackets - a.RxPackets, b.TxPackets - a.TxPackets, b.RxBytes - a.RxBytes, b.TxBytes - a.TxBytes
	}
	if _, tx, _, bytes := count("s0"); tx != 7 || bytes != 700 {
		t.Errorf("s0 sent %d packets of %d bytes, want 7 of 700", tx, bytes)
	}
	if rx, _, bytes, _ := count("s1"); rx != 7 || bytes != 700 {
		t.Errorf("s1 received %d packets of %d bytes, want 7 of 700", rx, bytes)
	}
	if _, ok := (&Link{}).Stats(); ok {
		t.Error("a link without counters has some")
	}
	// A kernel that knows fewer counters sends fewer bytes.
	short := Link{Stats64: after["s1"].Stats64[:8*24]}
	if s, ok := short.Stats(); !ok || s.RxPackets == 0 || s.RxOtherhostDropped != 0 {
		t.Errorf("of 24 counters: %+v, %v", s, ok)
	}
}
