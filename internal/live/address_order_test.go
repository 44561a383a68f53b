package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"golang.org/x/sys/unix"
)

// The kernel lists addresses as WithAddress says, and Reorder leads from any
// list to any other, whether or not it promotes secondary addresses.
func TestIntegrationAddressOrder(t *testing.T) {
	seed := testenv.Seed(t, "NSLAB_ADDRESS_SEED")
	rnd := rand.New(rand.NewPCG(seed, 0))
	h, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(int(h.FD()))})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := context.Background()
	do := func(what string, r rtnl.Request) {
		t.Helper()
		if err := c.Do(ctx, r); err != nil {
			t.Fatalf("seed %d: %s: %v", seed, what, err)
		}
	}
	const index = 7
	add := &rtnl.LinkAdd{Kind: &rtnl.Bridge{}, Name: "b", Index: index}
	do("a bridge", add)
	quiet, up := &rtnl.LinkSet{Link: rtnl.LinkIndex(index)}, &rtnl.LinkSet{Link: rtnl.LinkIndex(index)}
	quiet.AddrGenMode = rtnl.Some(rtnl.AddrGenModeNone)
	do("no link-local address", quiet)
	up.Up()
	do("up", up)
	list := func() (all []rtnl.Address) {
		all, err := c.Addrs(ctx, rtnl.AddrDump{Index: index})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	words := func(list []rtnl.Address) (all []string) {
		for _, family := range []bool{true, false} {
			for _, a := range list {
				if a.Prefix.Addr().Is4() == family {
					all = append(all, fmt.Sprintf("%v peer %v secondary %v", a.Prefix, a.Peer, IsSecondary(&a)))
				}
			}
		}
		return all
	}
	var pool []rtnl.Address
	for _, p := range []string{
		"10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24", "10.0.0.1/16", "10.0.9.9/16", "10.1.0.1/24", "10.1.0.2/24", "192.0.2.1/32", "192.0.2.2/32",
		"127.0.3.1/24", "127.0.3.2/24", "127.0.4.1/24", "fd00::1/64", "fd00::2/64", "fd00:1::1/64", "2001:db8::1/128",
		"fe80::1/64", "fe80::2/64", "fec0::1/64", "fec0::2/64", "::ffff:0:9/128",
	} {
		a := rtnl.Address{Link: rtnl.LinkIndex(index), Prefix: netip.MustParsePrefix(p)}
		a.Scope = rtnl.DefaultAddrScope(a.Prefix.Addr())
		if a.Prefix.Addr().Is6() {
			a.Flags = unix.IFA_F_NODAD
		}
		pool = append(pool, a)
	}
	for _, peer := range []string{"10.0.0.9", "10.5.0.1"} {
		a := rtnl.Address{Link: rtnl.LinkIndex(index), Prefix: netip.MustParsePrefix("10.7.0.1/24"), Peer: netip.MustParseAddr(peer)}
		a.Prefix = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 7, 0, peer[3]}), 24)
		pool = append(pool, a)
	}
	some := func() (chosen []rtnl.Address) {
		for _, i := range rnd.Perm(len(pool))[:rnd.IntN(len(pool)+1)] {
			chosen = append(chosen, pool[i])
		}
		return chosen
	}
	rounds := 300
	if testenv.Sampled() {
		rounds = 60
	}
	var have []rtnl.Address
	for round := range rounds {
		if round == rounds/2 {
			if _, err := sysctl.Try(h, "net.ipv4.conf.all.promote_secondaries", "1"); err != nil {
				t.Fatal(err)
			}
		}
		var want []rtnl.Address
		for _, a := range some() {
			want = WithAddress(want, a)
		}
		del, more := Reorder(have, want)
		for _, a := range del {
			do("delete "+a.Prefix.String(), &rtnl.AddrDel{Address: rtnl.Address{Link: rtnl.LinkIndex(index), Prefix: a.Prefix, Peer: a.Peer}})
		}
		for _, a := range more {
			do("add "+a.Prefix.String(), &rtnl.AddrAdd{Address: a})
		}
		now := list()
		if diff := cmp.Diff(words(want), words(now)); diff != "" {
			t.Fatalf("seed %d: from\n%q\nwithout %q\nwith %q (-want +got):\n%s", seed, words(have), words(del), words(more), diff)
		}
		have = now
	}
}

// What can stay stays.
func TestReorderLeast(t *testing.T) {
	list := func(prefixes ...string) (all []rtnl.Address) {
		for _, p := range prefixes {
			all = WithAddress(all, rtnl.Address{Prefix: netip.MustParsePrefix(p)})
		}
		return all
	}
	for _, c := range []struct {
		name           string
		have, want     []rtnl.Address
		deleted, added int
	}{
		{"nothing", nil, nil, 0, 0},
		{"as it is", list("10.0.0.1/24", "fd00::1/64", "10.0.0.2/24", "10.1.0.1/24"), list("10.0.0.1/24", "10.1.0.1/24", "10.0.0.2/24", "fd00::1/64"), 0, 0},
		{"one more behind", list("10.0.0.1/24", "fd00::1/64"), list("10.0.0.1/24", "10.1.0.1/24", "fd00::1/64", "fd00::2/64"), 0, 2},
		{"one less", list("10.0.0.1/24", "10.1.0.1/24", "10.2.0.1/24"), list("10.0.0.1/24", "10.2.0.1/24"), 1, 0},
		{"two primary ones swapped", list("10.0.0.1/24", "10.1.0.1/24"), list("10.1.0.1/24", "10.0.0.1/24"), 1, 1},
		{"the last comes first", list("10.0.0.1/24", "10.1.0.1/24", "10.2.0.1/24"), list("10.2.0.1/24", "10.0.0.1/24", "10.1.0.1/24"), 2, 2},
		{"a secondary one becomes primary", list("10.0.0.1/24", "10.0.0.2/24", "10.1.0.1/24"), list("10.0.0.2/24", "10.0.0.1/24", "10.1.0.1/24"), 3, 3},
		{"secondary ones swapped", list("10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24"), list("10.0.0.1/24", "10.0.0.3/24", "10.0.0.2/24"), 1, 1},
		{"IPv6 ones swapped", list("fd00::1/64", "fd00::2/64", "fe80::1/64"), list("fd00::2/64", "fd00::1/64", "fe80::1/64"), 1, 1},
		{"IPv6 scopes", list("fd00::1/64", "fe80::1/64"), list("fe80::1/64", "fd00::1/64"), 0, 0},
	} {
		if del, add := Reorder(c.have, c.want); len(del) != c.deleted || len(add) != c.added {
			t.Errorf("%s: %d are deleted and %d added, want %d and %d", c.name, len(del), len(add), c.deleted, c.added)
		}
	}
}
