package main

import (
	"context"
	"net"
	"net/netip"
	"testing"

	jsimonetti "github.com/jsimonetti/rtnetlink/v2"
	"github.com/nslab/nslab/rtnl"
	vishvananda "github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const (
	addrLinks   = 200
	addrPerLink = 50 // the kernel walks an interface's list for each address it adds
	batchSize   = 1000
)

// addresses are /32s, which have no broadcast address: vishvananda/netlink
// would compute one.
func addresses(ps []pair) []rtnl.Address {
	var as []rtnl.Address
	for i, p := range ps {
		for k := range addrPerLink {
			n := i*addrPerLink + k
			addr := netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
			as = append(as, rtnl.Address{Link: rtnl.LinkIndex(p.index), Prefix: netip.PrefixFrom(addr, 32)})
		}
	}
	return as
}

// deleteAddrs deletes all IPv4 addresses.
func deleteAddrs(t testing.TB, c *rtnl.Conn) {
	t.Helper()
	ctx := context.Background()
	as, err := c.Addrs(ctx, rtnl.AddrDump{Family: unix.AF_INET})
	if err != nil {
		t.Fatal(err)
	}
	var batch rtnl.Batch
	for _, a := range as {
		add(t, &batch, &rtnl.AddrDel{Address: rtnl.Address{Link: rtnl.LinkIndex(a.Link.Index), Prefix: a.Prefix}})
	}
	if err := c.Run(ctx, &batch); err != nil {
		t.Fatal(err)
	}
}

func vishvanandaAddrs(as []rtnl.Address) []*vishvananda.Addr {
	reqs := make([]*vishvananda.Addr, len(as))
	for i, a := range as {
		ip := net.IP(a.Prefix.Addr().AsSlice())
		reqs[i] = &vishvananda.Addr{IPNet: &net.IPNet{IP: ip, Mask: net.CIDRMask(a.Prefix.Bits(), 32)}, LinkIndex: int(a.Link.Index)}
	}
	return reqs
}

func jsimonettiAddrs(as []rtnl.Address) []*jsimonetti.AddressMessage {
	reqs := make([]*jsimonetti.AddressMessage, len(as))
	for i, a := range as {
		ip := net.IP(a.Prefix.Addr().AsSlice())
		reqs[i] = &jsimonetti.AddressMessage{Family: unix.AF_INET, PrefixLength: uint8(a.Prefix.Bits()), Index: a.Link.Index,
			Attributes: &jsimonetti.AddressAttributes{Address: ip, Local: ip}}
	}
	return reqs
}

// addrAdders returns an operation that adds address i of as.
func addrAdders(as []rtnl.Address) []impl[func(i int) error] {
	return append([]impl[func(i int) error]{
		{"nslab", func(t testing.TB) func(int) error {
			c, ctx := dialNslab(t), t.Context()
			reqs := make([]rtnl.AddrAdd, len(as))
			for i, a := range as {
				reqs[i].Address = a
			}
			return func(i int) error { return c.Do(ctx, &reqs[i]) }
		}},
		{"vishvananda", func(t testing.TB) func(int) error {
			h := dialVishvananda(t)
			reqs := vishvanandaAddrs(as)
			// Without a link, the address's own LinkIndex is used.
			return func(i int) error { return h.AddrAdd(nil, reqs[i]) }
		}},
	}, jsimonettiImpls(func(c *jsimonetti.Conn) func(int) error {
		reqs := jsimonettiAddrs(as)
		return func(i int) error { return c.Address.New(reqs[i]) }
	})...)
}

// BenchmarkAddr adds one IPv4 address: one request, one acknowledgement.
func BenchmarkAddr(b *testing.B) {
	ps := pairs(addrLinks)
	as := addresses(ps)
	run(b, addrAdders(as), func(b *testing.B, addAddr func(int) error) {
		benchAddrs(b, ps, as, 1, addAddr)
	})
}

// benchAddrs runs op, which adds as[i*each : (i+1)*each], until all addresses
// are added. It then checks and deletes them outside the timer, and starts
// over.
func benchAddrs(b *testing.B, ps []pair, as []rtnl.Address, each int, op func(i int) error) {
	c := dialNslab(b)
	makePairs(b, c, ps)
	m := newMeter(b)
	for left := b.N; left > 0; {
		n := min(left, len(as)/each)
		m.start()
		for i := range n {
			if err := op(i); err != nil {
				b.Fatal(err)
			}
		}
		m.stop()
		checkAddrs(b, c, as[:n*each])
		deleteAddrs(b, c)
		left -= n
	}
	m.report()
}
