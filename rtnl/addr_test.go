package rtnl

import (
	"errors"
	"io/fs"
	"net/netip"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
func ip(s string) netip.Addr       { return netip.MustParseAddr(s) }

func TestAddressGolden(t *testing.T) {
	const v0 = v0Index
	testGolden(t, unix.SizeofIfAddrmsg, []golden{
		{"ip addr add 10.0.1.1/24 dev v0", &AddrAdd{Address: Address{Link: LinkIndex(v0), Prefix: prefix("10.0.1.1/24")}},
			unix.RTM_NEWADDR, 0x600, "021800000a000000 080002000a000101 080001000a000101"},
		{"ip addr replace 10.0.1.1/24 broadcast + label v0:x dev v0 valid_lft 100 preferred_lft 50",
			&AddrAdd{Mode: ModeReplace, Address: Address{Link: LinkIndex(v0), Prefix: prefix("10.0.1.1/24"), Label: "v0:x",
				Broadcast: BroadcastAddr(prefix("10.0.1.1/24")), Preferred: Some(uint32(50)), Valid: Some(uint32(100))}},
			unix.RTM_NEWADDR, 0x500, "021800000a000000 080002000a000101 0900030076303a7800000000 080001000a000101" +
				"080004000a0001ff 1400060032000000640000000000000000000000"},
		{"ip addr change 10.0.1.1/24 dev v0 metric 7",
			&AddrAdd{Mode: ModeChange, Address: Address{Link: LinkIndex(v0), Prefix: prefix("10.0.1.1/24"), Metric: 7}},
			unix.RTM_NEWADDR, 0x100, "021800000a000000 080002000a000101 0800090007000000 080001000a000101"},
		{"ip addr add 10.0.2.1 peer 10.0.2.2/30 dev v0 scope link noprefixroute",
			&AddrAdd{Address: Address{Link: LinkIndex(v0), Prefix: prefix("10.0.2.1/30"), Peer: ip("10.0.2.2"),
				Scope: unix.RT_SCOPE_LINK, Flags: unix.IFA_F_NOPREFIXROUTE}},
			unix.RTM_NEWADDR, 0x600, "021e00fd0a000000 080002000a000201 080001000a000202 0800080000020000"},
		{"ip addr add 127.0.0.2/8 dev lo",
			&AddrAdd{Address: Address{Link: LinkIndex(loIndex), Prefix: prefix("127.0.0.2/8"), Scope: DefaultAddrScope(ip("127.0.0.2"))}},
			unix.RTM_NEWADDR, 0x600, "020800fe01000000 080002007f000002 080001007f000002"},
		{"ip addr add 2001:db8::1/64 dev v0 nodad",
			&AddrAdd{Address: Address{Link: LinkIndex(v0), Prefix: prefix("2001:db8::1/64"), Flags: unix.IFA_F_NODAD}},
			unix.RTM_NEWADDR, 0x600, "0a4002000a000000 1400020020010db8000000000000000000000001" +
				"1400010020010db8000000000000000000000001"},
		{"ip addr add 2001:db8:1::1/64 dev v0 mngtmpaddr home nodad",
			&AddrAdd{Address: Address{Link: LinkIndex(v0), Prefix: prefix("2001:db8:1::1/64"),
				Flags: unix.IFA_F_MANAGETEMPADDR | unix.IFA_F_HOMEADDRESS | unix.IFA_F_NODAD}},
			unix.RTM_NEWADDR, 0x600, "0a4000000a000000 1400020020010db8000100000000000000000001" +
				"0800080012010000 1400010020010db8000100000000000000000001"},
		{"ip addr del 10.0.1.1/24 dev v0", &AddrDel{Address: Address{Link: LinkIndex(v0), Prefix: prefix("10.0.1.1/24")}},
			unix.RTM_DELADDR, 0, "021800000a000000 080002000a000101 080001000a000101"},
		{"ip addr del 2001:db8:2::1 peer 2001:db8:2::2/64 dev v0",
			&AddrDel{Address: Address{Link: LinkIndex(v0), Prefix: prefix("2001:db8:2::1/64"), Peer: ip("2001:db8:2::2")}},
			unix.RTM_DELADDR, 0, "0a4000000a000000 1400020020010db8000200000000000000000001" +
				"1400010020010db8000200000000000000000002"},
		{"ip addr del 10.0.1.1 dev v0", &AddrDel{Address: Address{Link: LinkIndex(v0), Prefix: prefix("10.0.1.1/32")}, AnyLength: true},
			unix.RTM_DELADDR, 0, "022000000a000000 080002000a000101"},
		{"ip addr del 2001:db8:1::1/64 dev v0 mngtmpaddr",
			&AddrDel{Address: Address{Link: LinkIndex(v0), Prefix: prefix("2001:db8:1::1/64"), Flags: unix.IFA_F_MANAGETEMPADDR | unix.IFA_F_PERMANENT}},
			unix.RTM_DELADDR, 0, "0a4000000a000000 1400020020010db8000100000000000000000001" +
				"0800080000010000 1400010020010db8000100000000000000000001"},
		{"ip addr show dev v0", &AddrDump{Index: v0}, unix.RTM_GETADDR, 0x300, "000000000a000000"},
		{"ip -4 addr show dev v0", &AddrDump{Family: unix.AF_INET, Index: v0}, unix.RTM_GETADDR, 0x300, "020000000a000000"},
		{"", &AddrDump{NetNS: NetNSID(5)}, unix.RTM_GETADDR, 0x300, "0000000000000000 08000a0005000000"},
		{"", &AddrAdd{Address: Address{Link: LinkIndex(v0), Prefix: prefix("10.0.1.1/24"), Protocol: 3, Valid: Some(uint32(100))}},
			unix.RTM_NEWADDR, 0x600, "021800000a000000 080002000a000101 080001000a000101" +
				"1400060064000000640000000000000000000000 05000b0003000000"},
	})
}

func TestAddressInvalid(t *testing.T) {
	testInvalid(t, []struct {
		req  Request
		want string
	}{
		{&AddrAdd{Address: Address{Link: LinkIndex(1)}}, "no address with a prefix length given"},
		{&AddrAdd{Address: Address{Prefix: prefix("10.0.0.1/8")}}, "address 10.0.0.1/8: no interface index"},
		{&AddrDel{Address: Address{Link: LinkIndex(1), Prefix: prefix("10.0.0.1/8"), Peer: ip("::1")}}, "peer ::1 is of another family"},
		{&AddrDel{Address: Address{Link: LinkIndex(1), Prefix: prefix("10.0.0.1/8"), Peer: ip("10.0.0.2")}, AnyLength: true}, "Peer and AnyLength exclude each other"},
		{&AddrDel{Address: Address{Link: LinkIndex(1), Prefix: prefix("fd00::1/64")}, AnyLength: true}, "AnyLength is for IPv4"},
		{&AddrAdd{Address: Address{Link: LinkIndex(1), Prefix: prefix("10.0.0.1/8"), Label: "eth0:1234567890a"}}, "has 16 bytes, at most 15"},
		{&AddrAdd{Address: Address{Link: LinkIndex(1), Prefix: prefix("10.0.0.1/8"), Label: "a\x00b"}}, "NUL"},
		{&AddrAdd{Address: Address{Link: LinkIndex(1), Prefix: prefix("10.0.0.1/8"), Preferred: Some(uint32(9)), Valid: Some(uint32(8))}},
			"preferred lifetime of 9 s"},
		{&AddrAdd{Address: Address{Link: LinkIndex(1), Prefix: prefix("10.0.0.1/8")}, Mode: ModeAppend}, "append is not possible"},
		{&AddrAdd{Address: Address{Link: LinkIndex(1), Prefix: prefix("10.0.0.1/8")}, Mode: 77}, "mode 77 is not possible"},
		{&AddrDump{Family: 99}, "list addresses: family 99"},
		{&AddrDump{NetNS: NetNSFD(3)}, "by its id"},
	})
}

func TestBroadcastAddr(t *testing.T) {
	for in, want := range map[string]netip.Addr{
		"10.0.1.1/24": ip("10.0.1.255"), "10.0.1.1/0": ip("255.255.255.255"), "10.0.1.1/30": ip("10.0.1.3"),
		"10.0.1.1/9": ip("10.127.255.255"), "10.0.1.0/31": {}, "10.0.1.1/32": {}, "2001:db8::1/64": {},
	} {
		if got := BroadcastAddr(prefix(in)); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	if got := BroadcastAddr(netip.Prefix{}); got.IsValid() {
		t.Errorf("no prefix: got %s", got)
	}
}

// addrPairs are addresses in every field, with the ip line that sets the same.
func addrPairs() []twin {
	add := func(a Address) *AddrAdd { return &AddrAdd{Address: a} }
	const v0 = v0Index
	return []twin{
		{add(Address{Link: LinkIndex(v0), Prefix: prefix("10.0.1.1/24")}), "ip addr add 10.0.1.1/24 dev v0"},
		{add(Address{Link: LinkIndex(v0), Prefix: prefix("10.0.3.1/24"), Broadcast: BroadcastAddr(prefix("10.0.3.1/24")), Label: "v0:x",
			Scope: unix.RT_SCOPE_SITE, Metric: 7, Valid: Some(uint32(100000)), Preferred: Some(uint32(50000))}),
			"ip addr add 10.0.3.1/24 broadcast + label v0:x scope site metric 7 valid_lft 100000 preferred_lft 50000 dev v0"},
		{add(Address{Link: LinkIndex(v0), Prefix: prefix("10.0.2.1/30"), Peer: ip("10.0.2.2"), Scope: unix.RT_SCOPE_LINK,
			Flags: unix.IFA_F_NOPREFIXROUTE}), "ip addr add 10.0.2.1 peer 10.0.2.2/30 dev v0 scope link noprefixroute"},
		{add(Address{Link: LinkIndex(loIndex), Prefix: prefix("127.0.0.2/8"), Scope: unix.RT_SCOPE_HOST}), "ip addr add 127.0.0.2/8 dev lo"},
		{add(Address{Link: LinkIndex(v0), Prefix: prefix("2001:db8::1/64"), Flags: unix.IFA_F_NODAD}), "ip addr add 2001:db8::1/64 dev v0 nodad"},
		{add(Address{Link: LinkIndex(v0), Prefix: prefix("2001:db8:1::1/64"), Flags: unix.IFA_F_HOMEADDRESS | unix.IFA_F_NOPREFIXROUTE | unix.IFA_F_NODAD}),
			"ip addr add 2001:db8:1::1/64 dev v0 home noprefixroute nodad"},
		{add(Address{Link: LinkIndex(v0), Prefix: prefix("2001:db8:2::1/64"), Peer: ip("2001:db8:2::2"), Flags: unix.IFA_F_NODAD,
			Metric: 99, Valid: Some(uint32(100000)), Preferred: Some(uint32(0))}),
			"ip addr add 2001:db8:2::1 peer 2001:db8:2::2/64 dev v0 nodad metric 99 valid_lft 100000 preferred_lft 0"},
	}
}

// settle makes a dumped address comparable: with the original lifetimes, and
// without times. The kernel counts lifetimes down, by less than 1,000 s in a
// test.
func (a Address) settle() Address {
	up := func(o Opt[uint32]) Opt[uint32] {
		if v, ok := o.Get(); ok && v != Forever {
			return Some((v + 999) / 1000 * 1000)
		}
		return o
	}
	a.Preferred, a.Valid, a.Created, a.Updated = up(a.Preferred), up(a.Valid), 0, 0
	return a
}

// testAddrs returns the addresses that the tests made, by address.
func testAddrs(t *testing.T, c *Conn, req AddrDump) map[string]Address {
	t.Helper()
	addrs, err := c.Addrs(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	m := make(map[string]Address)
	for _, a := range addrs {
		if a.Prefix.Addr().IsLinkLocalUnicast() || a.Prefix.Addr() == ip("::1") || a.Prefix.Addr() == ip("127.0.0.1") {
			continue
		}
		if a.Created == 0 || a.Updated < a.Created {
			t.Errorf("%s: created %v after boot, updated %v", a.Prefix, a.Created, a.Updated)
		}
		m[a.Prefix.String()] = a.settle()
	}
	return m
}

func TestIntegrationAddresses(t *testing.T) {
	testenv.NeedTool(t, "ip")
	c := dial(t, nil)
	plumb(t, c)
	want := make(map[string]Address)
	for _, p := range addrPairs() {
		do(t, c, p.req)
		a := p.req.(*AddrAdd).Address
		if a.Prefix.Addr().Is4() && a.Label == "" {
			a.Label = map[uint32]string{loIndex: "lo", v0Index: "v0"}[a.Link.Index]
		}
		if !a.Valid.IsSet() {
			a.Preferred, a.Valid = Some(uint32(Forever)), Some(uint32(Forever))
			a.Flags |= unix.IFA_F_PERMANENT
		}
		if a.Prefix == prefix("127.0.0.2/8") {
			a.Flags |= unix.IFA_F_SECONDARY // to 127.0.0.1/8
		}
		if a.Preferred.Or(1) == 0 {
			a.Flags |= unix.IFA_F_DEPRECATED
		}
		want[a.Prefix.String()] = a
	}
	ours := testAddrs(t, c, AddrDump{})
	if diff := same(want, ours); diff != "" {
		t.Errorf("read back (-set +dumped):\n%s", diff)
	}
	if v4 := testAddrs(t, c, AddrDump{Family: unix.AF_INET, Index: v0Index}); len(v4) != 3 {
		t.Errorf("AF_INET on v0: %v", v4)
	}
	ourJSON := ipAddrs(t)
	for _, a := range ours {
		do(t, c, &AddrDel{Address: a})
	}
	if left := testAddrs(t, c, AddrDump{}); len(left) != 0 {
		t.Fatalf("deleted, and still there: %v", left)
	}
	for _, p := range addrPairs() {
		ipLines(t, p.line)
	}
	if diff := same(ours, testAddrs(t, c, AddrDump{})); diff != "" {
		t.Errorf("addresses that ip made (-ours +ip's):\n%s", diff)
	}
	if diff := same(ipAddrs(t), ourJSON); diff != "" {
		t.Errorf("what ip reads (-its own +ours):\n%s", diff)
	}
	for _, a := range testAddrs(t, c, AddrDump{}) {
		do(t, c, &AddrDel{Address: a})
	}
}

// ipAddrs returns what ip says about the addresses that the tests made.
func ipAddrs(t *testing.T) map[string]any {
	t.Helper()
	m := make(map[string]any)
	for _, link := range ipJSON(t, "ip -j -d addr show") {
		infos, _ := link["addr_info"].([]any)
		for _, i := range infos {
			info := i.(map[string]any)
			local, _ := info["local"].(string)
			if a, err := netip.ParseAddr(local); err != nil || a.IsLinkLocalUnicast() || local == "::1" || local == "127.0.0.1" {
				continue
			}
			for _, k := range []string{"valid_life_time", "preferred_life_time"} {
				if v := info[k].(float64); v != Forever {
					info[k] = (int(v) + 999) / 1000 * 1000
				}
			}
			m[local] = info
		}
	}
	if len(m) == 0 {
		t.Fatal("ip shows no address")
	}
	return m
}

func TestIntegrationAddressModes(t *testing.T) {
	c := dial(t, nil)
	plumb(t, c)
	a := Address{Link: LinkIndex(v0Index), Prefix: prefix("10.0.1.1/24")}
	if err := c.Do(t.Context(), &AddrDel{Address: a}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("deleting a missing address: %v", err)
	}
	six := Address{Link: LinkIndex(v0Index), Prefix: prefix("2001:db8::1/64"), Flags: unix.IFA_F_NODAD}
	// As ModeChange documents, this creates them.
	do(t, c, &AddrAdd{Address: a, Mode: ModeChange}, &AddrAdd{Address: six, Mode: ModeChange})
	if err := c.Do(t.Context(), &AddrAdd{Address: a}); !errors.Is(err, fs.ErrExist) || !errors.Is(err, unix.EEXIST) {
		t.Errorf("adding it twice: %v", err)
	}
	a.Metric = 9
	do(t, c, &AddrAdd{Address: a, Mode: ModeReplace}, &AddrAdd{Address: six, Mode: ModeReplace})
	got := testAddrs(t, c, AddrDump{Index: v0Index})
	if len(got) != 2 || got["10.0.1.1/24"].Metric != 9 {
		t.Errorf("after replacing: %v", got)
	}
	if _, err := c.Addrs(t.Context(), AddrDump{Index: 9999}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("addresses of an interface that does not exist: %v", err)
	}
	a.Link.Index = 9999
	if err := c.Do(t.Context(), &AddrAdd{Address: a}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("adding to an interface that does not exist: %v", err)
	}
}

// TestIntegrationAddressProtocol uses IFA_PROTO, which ip 6.1 cannot set.
func TestIntegrationAddressProtocol(t *testing.T) {
	needLinux(t, 5, 18, "IFA_PROTO")
	c := dial(t, nil)
	plumb(t, c)
	for _, p := range []string{"10.0.1.1/24", "2001:db8::1/64"} {
		do(t, c, &AddrAdd{Address: Address{Link: LinkIndex(v0Index), Prefix: prefix(p), Protocol: 2, Flags: unix.IFA_F_NODAD}})
		if got := testAddrs(t, c, AddrDump{Index: v0Index})[p]; got.Protocol != 2 {
			t.Errorf("protocol of %s: %d", p, got.Protocol)
		}
	}
}

// TestIntegrationMulticastAddresses reads what RTM_GETMULTICAST and
// RTM_GETANYCAST list, for which this package has no requests.
func TestIntegrationMulticastAddresses(t *testing.T) {
	c := dial(t, nil)
	plumb(t, c)
	msgs, err := c.Dump(t.Context(), rawDump{unix.RTM_GETMULTICAST, []byte{unix.AF_INET6, 0, 0, 0, 0, 0, 0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for m := range msgs.All() {
		a, err := DecodeAddress(m)
		if err != nil {
			t.Fatal(err)
		}
		found = found || a.Multicast == ip("ff02::1") && a.Link.Index == v0Index && !a.Prefix.IsValid()
	}
	if !found {
		t.Errorf("ff02::1 on v0 is not among %d entries", msgs.Len())
	}
}

type rawDump struct {
	typ  uint16
	body []byte
}

func (r rawDump) Encode(e *Encoder) {
	e.Begin(r.typ, unix.NLM_F_DUMP)
	e.Header(r.body...)
}

func FuzzDecodeAddress(f *testing.F) {
	seed(f, &AddrAdd{Address: Address{Link: LinkIndex(1), Prefix: prefix("10.0.0.1/8"), Peer: ip("10.0.0.2"), Broadcast: ip("10.255.255.255"),
		Label: "lo:1", Flags: 0x280, Valid: Some(uint32(9)), Metric: 3, Protocol: 2}},
		&AddrAdd{Address: Address{Link: LinkIndex(1), Prefix: prefix("2001:db8::1/64")}})
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := DecodeAddress(Message{Type: unix.RTM_NEWADDR, Data: b})
		checkDecoded(t, err)
		if err == nil && a.Prefix.IsValid() && a.Link.Index != 0 && a.Peer.BitLen()|a.Prefix.Addr().BitLen() == a.Prefix.Addr().BitLen() {
			var e Encoder
			if _, err := e.message(&AddrDel{Address: a}); err != nil && len(a.Label) < unix.IFNAMSIZ {
				t.Errorf("%+v cannot be encoded: %v", a, err)
			}
		}
	})
}

// seed adds the bodies of requests, whole and cut, to a fuzz target's corpus.
func seed(f *testing.F, reqs ...Request) {
	for _, r := range reqs {
		var e Encoder
		if _, err := e.message(r); err != nil {
			f.Fatal(err)
		}
		f.Add(e.buf[nlmsgHdrLen:])
		f.Add(e.buf[nlmsgHdrLen : len(e.buf)-3])
	}
}

// checkDecoded fails if a decoder's error does not say what it is.
func checkDecoded(t *testing.T, err error) {
	if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrNotSupported) {
		t.Errorf("the error matches neither ErrMalformed nor ErrNotSupported: %v", err)
	}
}
